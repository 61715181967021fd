"""Make tokens for programs that call the APIs."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts import clients
from accounts.models import Scope


class Command(BaseCommand):
    help = "Make an API client and print its token, once: only a hash of it is kept."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        create = actions.add_parser("create", help="make a client")
        create.add_argument("--name", required=True, help="what the timeline calls the client")
        create.add_argument(
            "--scopes",
            default="",
            help=f"names with commas between, or 'all'. Known: {', '.join(Scope.values)}",
        )
        create.add_argument("--days", type=int, help="until it expires; without: never")

    def handle(self, *_args: Any, **options: Any) -> None:
        asked = options["scopes"].replace(",", " ").split()
        scopes = Scope.values if asked == ["all"] else asked
        days = options["days"]
        try:
            expires_at = None if days is None else timezone.now() + timedelta(days=days)
            made = clients.create(name=options["name"], scopes=scopes, expires_at=expires_at)
        except (clients.ClientError, OverflowError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(made.token)
