"""Where a return stands, in words for its buyer."""

from decimal import Decimal
from typing import Any

import pytest

from returns.models import Return
from storefront import progress
from tests.factories import ReturnFactory

STAGES: list[tuple[dict[str, Any], str, str | None, str]] = [
    ({"status": "REQUESTED"}, "Requested", "Requested", "We are looking at your request"),
    ({"status": "OPEN"}, "Approved", "Approved", "Send the items back"),
    (
        {"status": "OPEN", "processed_quantity": 1},
        "Partly received",
        "Approved",
        "1 of 3 pieces have arrived",
    ),
    (
        {"status": "OPEN", "processed_quantity": 3},
        "Received",
        "Received",
        "Everything has arrived",
    ),
    (
        {"status": "CLOSED", "processed_quantity": 3, "refunded_amount": Decimal("9.90")},
        "Refunded",
        "Refunded",
        "All done",
    ),
    (
        {"status": "CLOSED", "processed_quantity": 3},
        "Closed",
        "Received",
        "This return is closed",
    ),
    ({"status": "DECLINED"}, "Declined", "Declined", "We cannot take these items back"),
    ({"status": "CANCELED"}, "Canceled", None, "This return was canceled"),
]


@pytest.mark.parametrize(("fields", "label", "current", "title"), STAGES)
@pytest.mark.django_db
def test_every_stage_has_its_words(
    fields: dict[str, Any], label: str, current: str | None, title: str
) -> None:
    return_: Return = ReturnFactory(total_quantity=3, **fields)
    reached = [step["label"] for step in progress.steps(return_) if step["is_current"]]
    assert progress.label(return_) == label
    assert reached == ([current] if current else [])
    assert progress.explained(return_)["title"] == title


def test_steps_before_the_current_one_are_done() -> None:
    return_ = ReturnFactory.build(status="OPEN", total_quantity=1, processed_quantity=1)
    assert [(step["is_done"], step["is_current"]) for step in progress.steps(return_)] == [
        (True, False),
        (True, False),
        (False, True),
        (False, False),
    ]
