"""Server-sent events: what happened since the event that a page saw last, in short answers."""

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertNumQueries

from returns.models import Event
from tests.returns.stories import opened, requested

pytestmark = pytest.mark.django_db


def ask(client: Client, last: str | None = None) -> tuple[str, list[dict[str, Any]]]:
    """Return the id that the browser comes back with, and what it is told."""
    headers = {} if last is None else {"Last-Event-ID": last}
    response = client.get(reverse("backoffice:events"), headers=headers)
    assert (response.status_code, response["Content-Type"]) == (200, "text/event-stream")
    lines = response.content.decode().split("\n")
    assert lines[0] == "retry: 3000"
    told = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
    return lines[1].removeprefix("id: "), told


def test_page_hears_of_what_happened_after_it_looked(support: Client) -> None:
    with time_machine.travel(timezone.now() - timedelta(minutes=1)):
        old = requested().events.get()
    last, told = ask(support)
    assert (last, told) == (str(old.pk), [])
    new = requested().events.get()
    last, told = ask(support, last)
    assert told == [
        {
            "event": new.pk,
            "return": new.for_return_id,
            "order": new.order_id,
            "type": "return.requested",
        }
    ]
    # A smaller id may still be on its way, so a young event does not move the mark yet.
    assert last == str(old.pk)


def test_mark_moves_past_what_has_settled(support: Client) -> None:
    opened()
    newest = Event.objects.latest("pk").pk
    with time_machine.travel(timezone.now() + timedelta(seconds=11)):
        last, told = ask(support, "0")
        assert (last, len(told)) == (str(newest), 2)
        assert ask(support, last) == (str(newest), [])


@pytest.mark.parametrize("last", ["x", "-1", "9" * 30, "٣", ""])
def test_nonsense_begins_anew(support: Client, last: str) -> None:
    assert ask(support, last) == ("0", [])


def test_many_events_come_in_parts(support: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backoffice.views.live.MOST", 2)
    opened()
    opened()
    last, first = ask(support, "0")
    _last, second = ask(support, last)
    assert len({each["event"] for each in (*first, *second)}) == 4


@pytest.mark.parametrize("count", [1, 3])
def test_answer_takes_few_statements(support: Client, count: int) -> None:
    for _number in range(count):
        requested()
    with assertNumQueries(3):
        ask(support, "0")


def test_strangers_hear_nothing() -> None:
    response = Client().get(reverse("backoffice:events"))
    assert response.status_code == 302
