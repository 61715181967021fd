"""The compliance report: every statement with hash, times and what became of it, as CSV."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from django.db.models import QuerySet

from orders.money import ZERO
from returns.models import (
    RefundStatus,
    Return,
    WithdrawalCase,
    WithdrawalEvent,
    WithdrawalEventType,
)
from returns.withdrawals import statements

# What a spreadsheet would take for a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_AT_ONCE: Final = 500

COLUMNS: Final = (
    "reference",
    "id",
    "store",
    "submitted_at",
    "submitted_at_local",
    "time_zone",
    "name",
    "confirmation_to",
    "order_stated",
    "order_found",
    "whole_contract",
    "items",
    "language",
    "acknowledged_at",
    "handled_at",
    "state",
    "flags",
    "order_chosen_by",
    "order_chosen_at",
    "returns",
    "refund_by",
    "refunded_amount",
    "currency",
    "refunded_at",
    "settled_at",
    "settled_by",
    "note",
    "sha256",
    "is_genuine",
    "content",
)


class _Echo:
    """A file that gives back what is written, so that each row can be sent at once."""

    def write(self, text: str) -> str:
        return text


def lines(cases: QuerySet[WithdrawalCase]) -> Iterator[str]:
    """Yield the report line by line, oldest first; times are UTC in ISO 8601."""
    writer = csv.writer(_Echo())
    yield writer.writerow(COLUMNS)
    loaded = (
        cases.select_related("statement__store", "order")
        .prefetch_related("statement__returns__refunds", "events")
        .order_by("pk")
    )
    for case in loaded.iterator(chunk_size=_AT_ONCE):
        yield writer.writerow([_cell(value) for value in row(case)])


def row(case: WithdrawalCase) -> list[Any]:
    """Return what the report says of one withdrawal, in the order of COLUMNS."""
    said = case.statement
    returns = list(said.returns.all())
    events = {event.type: event for event in case.events.all()}
    chosen = events.get(WithdrawalEventType.ORDER_CHOSEN)
    settled = events.get(WithdrawalEventType.SETTLED)
    return [
        said.reference,
        said.public_id,
        said.store.code,
        said.received_at,
        said.received_at.astimezone(said.store.zone).isoformat(timespec="seconds"),
        said.store.time_zone,
        said.name,
        said.email,
        said.order_reference,
        case.order.reference if case.order else "",
        said.is_whole,
        _items(case),
        said.language,
        case.acknowledged_at,
        case.handled_at,
        case.state,
        " ".join(case.flags),
        *_who_when(chosen),
        " ".join(f"{return_.reference}:{return_.status}" for return_ in returns),
        case.refund_by.isoformat(),
        sum((return_.refunded_amount for return_ in returns), ZERO) if returns else "",
        case.order.currency if case.order else "",
        _refunded_at(returns),
        *reversed(_who_when(settled)),
        settled.note if settled else "",
        said.sha256,
        statements.is_genuine(said),
        said.content,
    ]


def _who_when(event: WithdrawalEvent | None) -> tuple[str, datetime | None]:
    return (event.actor_name, event.at) if event else ("", None)


def _items(case: WithdrawalCase) -> str:
    said = case.statement
    named = [f"{item['quantity']} x {item['title']} ({item['sku']})" for item in said.items]
    return "; ".join([*named, said.items_text] if said.items_text else named)


def _refunded_at(returns: list[Return]) -> datetime | None:
    """Return when money went back last."""
    paid = [
        refund.settled_at
        for return_ in returns
        for refund in return_.refunds.all()
        if refund.status == RefundStatus.SUCCEEDED and refund.settled_at
    ]
    return max(paid, default=None)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
