"""Fill an empty installation with a shop to try it with."""

from typing import Any

from django.core.management.base import BaseCommand

from returns_project import demo


class Command(BaseCommand):
    help = (
        "Fills an empty database with a demo shop: stores, orders, returns and logins whose"
        " password everybody can know. Does nothing when there is a store."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if demo.exists():
            self.stdout.write("There is a store already; nothing was loaded.")
            return
        demo.load()
        self.stdout.write("The demo shop is loaded.\n\n  " + "\n  ".join(demo.greeting()) + "\n")
