"""What other systems may agree on with a return: fees, words, and disposing before processing."""

from decimal import Decimal
from typing import Any

import pytest

from accounts import actors
from orders.models import FulfillmentLine, Order
from returns import lifecycle
from returns.errors import (
    InvalidAmount,
    InvalidQuantity,
    InvalidState,
    MissingNote,
    MissingReason,
    NotPermitted,
    ReturnError,
    TooLong,
)
from returns.lifecycle import DisposeRequest, LineRequest, Receipt
from returns.models import FeeKind, Return, ReturnFee, ReturnStatus
from returns.models.policies import ReturnTerms
from tests.factories import sent_order
from tests.returns.stories import SYSTEM, opened

pytestmark = pytest.mark.django_db
BUYER = actors.buyer("Ada")


def ordered() -> Order:
    terms = ReturnTerms(restocking_fee_percent=Decimal(20), return_shipping_fee=Decimal(5))
    return sent_order(2, return_terms=terms.to_json())


def wish(order: Order, **more: Any) -> LineRequest:
    line = FulfillmentLine.objects.get(fulfillment__order=order)
    said = {"quantity": 1, "reason": "too-small", **more}
    return LineRequest(fulfillment_line_id=line.pk, **said)


def fees_of(return_: Return) -> dict[str, Decimal | None]:
    return {
        fee.kind: fee.percent if fee.kind == FeeKind.RESTOCKING else fee.amount
        for fee in ReturnFee.objects.filter(for_return=return_)
    }


def test_agreed_fees_replace_those_of_the_terms() -> None:
    order = ordered()
    usual = lifecycle.create(order, [wish(order)], actor=SYSTEM)
    assert fees_of(usual) == {"RESTOCKING": 20, "RETURN_SHIPPING": 5}
    agreed = wish(order, restocking_percent=Decimal("7.5"))
    other = lifecycle.create(order, [agreed], actor=SYSTEM, return_shipping=Decimal(0))
    assert fees_of(other) == {"RESTOCKING": Decimal("7.5")}


@pytest.mark.parametrize(
    ("line", "more", "error"),
    [
        ({"restocking_percent": Decimal(101)}, {}, InvalidAmount),
        ({"restocking_percent": Decimal("0.001")}, {}, InvalidAmount),
        ({"restocking_percent": Decimal(-1)}, {}, InvalidAmount),
        ({}, {"return_shipping": Decimal("-0.01")}, InvalidAmount),
        ({}, {"return_shipping": Decimal("0.001")}, InvalidAmount),
        ({"reason_note": "x" * 256}, {}, TooLong),
        ({"reason": "unknown"}, {}, MissingReason),
        ({"reason": "other-reason"}, {}, MissingNote),
    ],
)
def test_wrong_agreements_make_nothing(
    line: dict[str, Any], more: dict[str, Any], error: type[ReturnError]
) -> None:
    order = ordered()
    with pytest.raises(error):
        lifecycle.create(order, [wish(order, **line)], actor=SYSTEM, **more)
    assert not Return.objects.exists()


@pytest.mark.parametrize(
    ("line", "more"),
    [
        ({"restocking_percent": Decimal(0)}, {}),
        ({}, {"return_shipping": Decimal(0)}),
        ({}, {"override_policy": True}),
    ],
)
def test_buyers_agree_on_nothing_themselves(line: dict[str, Any], more: dict[str, Any]) -> None:
    order = ordered()
    with pytest.raises(NotPermitted):
        lifecycle.request(order, [wish(order, **line)], actor=BUYER, **more)


def test_words_of_whoever_asks_are_enough() -> None:
    order = ordered()
    words = wish(order, reason="other-reason", reason_note="A gift")
    made = lifecycle.create(order, [words], actor=SYSTEM)
    assert made.lines.get().reason_note == "A gift"
    silent = wish(order, reason="unknown", needs_note=False, offered_only=False)
    assert lifecycle.create(order, [silent], actor=SYSTEM).lines.get().reason.handle == "unknown"


def ahead(return_: Return, quantity: int) -> Return:
    line = return_.lines.get()
    disposals = (DisposeRequest(type="NOT_RESTOCKED", quantity=quantity),)
    receipt = Receipt(line_id=line.pk, quantity=quantity, dispositions=disposals, ahead=True)
    return lifecycle.process(return_, actor=SYSTEM, receipts=[receipt])


def test_pieces_disposed_of_ahead_keep_the_return_open_until_they_are_processed() -> None:
    return_ = ahead(opened(quantity=2), 2)
    line = return_.lines.get()
    assert (return_.status, return_.processed_quantity) == (ReturnStatus.OPEN, 0)
    assert (line.processed_quantity, line.disposed_ahead_quantity) == (2, 2)

    receipt = Receipt(line_id=line.pk, quantity=1)
    return_ = lifecycle.process(return_, actor=SYSTEM, receipts=[receipt])
    assert (return_.status, return_.processed_quantity) == (ReturnStatus.OPEN, 1)
    return_ = lifecycle.process(return_, actor=SYSTEM, receipts=[receipt])
    line.refresh_from_db()
    assert (return_.status, return_.processed_quantity) == (ReturnStatus.CLOSED, 2)
    assert (line.processed_quantity, line.disposed_ahead_quantity) == (2, 0)


def test_pieces_are_disposed_of_and_processed_once() -> None:
    return_ = ahead(opened(quantity=2), 1)
    line = return_.lines.get()
    with pytest.raises(InvalidQuantity):
        ahead(return_, 2)
    with pytest.raises(InvalidQuantity):
        receipt = Receipt(line_id=line.pk, quantity=3)
        lifecycle.process(return_, actor=SYSTEM, receipts=[receipt])
    with pytest.raises(InvalidState):
        lifecycle.cancel(return_, actor=SYSTEM)
