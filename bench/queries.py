"""Counts the SQL statements of every page, flow and verb, and holds them against the limits."""

import argparse
import sys
from collections.abc import Iterator, Sequence

from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench import _database
from bench._orders import arrive
from bench.verbs import Runner
from bench.web import flows, pages
from bench.web.visits import Step
from returns.automation import running
from returns.models import AutomationRule, Event, EventType

# (part of a name, statements at most): the first that fits counts.
LIMITS = (
    ("glue: returns with", 8),
    ("glue: orders", 6),
    ("glue:", 4),
    ("storefront:", 10),
    ("detail", 18),
    ("returns:", 10),
    ("orders:", 10),
    ("verb: request", 20),
    ("verb: create", 20),
    ("verb: receive", 30),
    ("verb: refund", 30),
    ("rules:", 5),
)
RULES = 200
_UNDONE = ("BEGIN", "ROLLBACK", "SAVEPOINT", "RELEASE")
_TRANSACTION = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


def main(arguments: Sequence[str]) -> None:
    """Print statements by page, flow and verb; exit with 1 when one is above its limit."""
    argparse.ArgumentParser(prog="python -m bench queries", description=__doc__).parse_args(
        arguments
    )
    _database.require_seed()
    _database.prepare()
    above = False
    for name, statements in (*_pages(), *_flows(), *_verbs(), *_rules()):
        limit = next((most for part, most in LIMITS if part in name), None)
        own = sum(statement.startswith(_TRANSACTION) for statement in statements)
        told = f"of them {own} begin or end a transaction" if own else ""
        above |= limit is not None and len(statements) > limit
        print(f"{name:46}{len(statements):5}{f'<= {limit}' if limit else '':>8}  {told}")
    if above:
        sys.exit("Above the limit.")


def _pages() -> Iterator[tuple[str, list[str]]]:
    for group in pages.groups():
        client = _client(group.session, group.token)
        client.get(group.paths[0])
        with CaptureQueriesContext(connection) as captured:
            client.get(group.paths[0])
        yield group.name, [query["sql"] for query in captured]


def _client(session: str, token: str = "") -> Client:
    headers = {"Authorization": f"Bearer {token}"} if token else None
    client = Client(SERVER_NAME="localhost", headers=headers)
    client.cookies[settings.SESSION_COOKIE_NAME] = session
    return client


def _flows() -> Iterator[tuple[str, list[str]]]:
    for name, (session, visits) in flows.plans(1, 1)[0].items():
        client, location = _client(session), ""
        for number, step in enumerate(visits[0], start=1):
            with CaptureQueriesContext(connection) as captured:
                location = _take(client, step, location) or location
            said = f"{name}, request {number}" if len(visits[0]) > 1 else name
            yield said, [query["sql"] for query in captured]


def _take(client: Client, step: Step, location: str) -> str:
    path = step.path or location
    answer = client.get(path) if step.form is None else client.post(path, step.form)
    if answer.status_code != step.status:
        raise RuntimeError(f"{path}: {answer.status_code} instead of {step.status}")
    return str(answer.headers.get("Location", ""))


def _verbs() -> Iterator[tuple[str, list[str]]]:
    runner = Runner()
    asked, created = arrive(2, lines=3)
    for name, act, order in (
        ("request", runner.request, asked),
        ("approve", runner.approve, asked),
        ("receive", runner.receive, asked),
        ("refund", runner.refund, asked),
        ("create", runner.create, created),
    ):
        with CaptureQueriesContext(connection) as captured:
            act(order)
        yield f"verb: {name}", [query["sql"] for query in captured]


def _rules() -> Iterator[tuple[str, list[str]]]:
    """Count what it takes to find out that none of many rules fits a request."""
    order = arrive(1)[0]
    Runner().request(order)
    event = Event.objects.get(order=order.order_id, type=EventType.RETURN_REQUESTED)
    with CaptureQueriesContext(connection) as captured:
        _evaluate(event)
    own = [query["sql"] for query in captured]
    # The first writes the rules, the others begin and end what is rolled back.
    written = [sql for sql in own if sql.startswith("INSERT") or sql.startswith(_UNDONE)]
    yield f"rules: {RULES} on one event", [sql for sql in own if sql not in written]


def _evaluate(event: Event) -> None:
    """Evaluate rules about an event that ask for everything and fit nothing; they do not stay."""
    asks = {"returns_at_least": 9999, "pieces_at_least": 1, "in_window": True}
    rules = [
        AutomationRule(
            name=f"Bench {number}",
            trigger=event.type,
            conditions=asks,
            actions={"tag": {"tags": ["bench"]}},
            enabled=True,
            enabled_at=event.at,
        )
        for number in range(RULES)
    ]
    with transaction.atomic():
        AutomationRule.objects.bulk_create(rules)
        running.run_for_event(event.pk)
        transaction.set_rollback(True)
