"""Make programs that buyers sign in with."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import buyer_programs
from accounts.clients import ClientError


class Command(BaseCommand):
    help = "Make a program that buyers sign in with, and print its client id and, once, its secret."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        create = actions.add_parser("create", help="make a program")
        create.add_argument("--name", required=True, help="what people call it")
        create.add_argument(
            "--redirect-uri",
            action="append",
            default=[],
            help="where it takes buyers back after signing in; may be given again",
        )
        create.add_argument(
            "--logout-uri", action="append", default=[], help="likewise after signing out"
        )
        create.add_argument(
            "--origin",
            action="append",
            default=[],
            help="of web pages that call the API themselves, as in https://shop.example",
        )
        create.add_argument(
            "--confidential", action="store_true", help="runs on a server and keeps a secret"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            made = buyer_programs.create(
                name=options["name"],
                redirect_uris=options["redirect_uri"],
                logout_uris=options["logout_uri"],
                origins=options["origin"],
                is_confidential=options["confidential"],
            )
        except ClientError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(made.client.pk)
        if made.secret:
            self.stdout.write(made.secret)
