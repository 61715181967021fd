"""What is repaired: it comes in, is mended and goes back, and nothing is paid back for it."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Role
from orders.models import FulfillmentLine
from returns import deadlines, lifecycle
from returns.errors import (
    InvalidDisposition,
    InvalidLink,
    InvalidQuantity,
    InvalidState,
    NothingChosen,
    NotPermitted,
    ReturnError,
    TooLong,
    UnknownLine,
)
from returns.lifecycle import DisposeRequest, ExchangeRequest, Receipt
from returns.models import (
    BuyerParcel,
    EventType,
    Return,
    ReturnStatus,
)
from returns.policies.terms import Wish
from returns.refunds import payouts, proposals
from tests.returns.stories import BUYER, SYSTEM, event_types, received, staff, wish
from tests.returns.wishing import ask, line_of, order_of, repair, variant_of

pytestmark = pytest.mark.django_db


def test_repair_comes_in_is_mended_and_goes_back() -> None:
    return_ = repair(2)
    assert (proposals.propose(return_).lines, proposals.default_quantities([line_of(return_)])) == (
        (),
        {},
    )

    here = received(return_, "PROCESSING_REQUIRED")

    assert (here.status, line_of(here).repairable_quantity) == (ReturnStatus.OPEN, 2)
    assert not deadlines.is_owed([line_of(here)])
    assert not Return.objects.waiting_for_refund().exists()
    assert not Return.objects.waiting_for_us().exists()
    assert Return.objects.waiting_for_disposal().get() == here

    parcel = lifecycle.ship_repaired(
        here,
        actor=staff(Role.WAREHOUSE),
        quantities={line_of(here).pk: 2},
        carrier="DHL",
        tracking_number="JJD1",
    )

    now, line = Return.objects.get(pk=return_.pk), line_of(return_)
    assert (now.status, now.refunded_quantity, line.shipped_back_quantity) == ("CLOSED", 0, 2)
    assert (parcel.is_repaired, parcel.message, parcel.tracking_number) == (True, "", "JJD1")
    event = now.events.get(type=EventType.REPAIRED)
    assert event.data == {"items": [{"title": "Linen shirt", "quantity": 2}], "parcel": parcel.pk}
    assert event_types(now).count("return.shipped_back") == 0
    with pytest.raises(InvalidQuantity):
        payouts.refund(now, actor=SYSTEM, key=uuid4(), quantities={line.pk: 1})


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"quantities": {}}, NothingChosen),
        ({"pieces": 3}, InvalidQuantity),
        ({"quantities": {0: 1}}, UnknownLine),
        ({"message": "x" * 501}, TooLong),
        ({"tracking_url": "javascript:alert(1)"}, InvalidLink),
        ({"actor": BUYER}, NotPermitted),
    ],
)
def test_repair_that_cannot_go_back_changes_nothing(
    said: dict[str, Any], error: type[ReturnError]
) -> None:
    return_ = received(repair(2), "PROCESSING_REQUIRED")
    pieces = {line_of(return_).pk: said.pop("pieces", 1)}
    with pytest.raises(error):
        lifecycle.ship_repaired(return_, **{"actor": SYSTEM, "quantities": pieces, **said})
    assert not BuyerParcel.objects.exists()
    assert Return.objects.get(pk=return_.pk).status == ReturnStatus.OPEN


def test_only_what_is_here_to_be_repaired_goes_back_as_repaired() -> None:
    expected = repair()
    with pytest.raises(InvalidState):
        lifecycle.ship_repaired(expected, actor=SYSTEM, quantities={line_of(expected).pk: 1})
    refused = received(
        lifecycle.create(order := order_of(), [wish(order)], actor=SYSTEM), "PROCESSING_REQUIRED"
    )
    with pytest.raises(InvalidQuantity):
        lifecycle.ship_repaired(refused, actor=SYSTEM, quantities={line_of(refused).pk: 1})


def test_parcel_without_a_message_is_one_with_repaired_goods() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        BuyerParcel.objects.create(for_return=repair(), message="")


def test_what_is_to_be_repaired_is_not_put_in_stock_before_it_is_paid_back() -> None:
    return_ = repair()
    with pytest.raises(InvalidDisposition, match="Pay it back first"):
        received(return_, "RESTOCKED")
    here = received(return_, "PROCESSING_REQUIRED")
    payouts.refund(here, actor=SYSTEM, key=uuid4(), quantities={line_of(here).pk: 1})

    finish = DisposeRequest(type="RESTOCKED", quantity=1)
    receipt = Receipt(line_id=line_of(here).pk, quantity=0, dispositions=(finish,))
    done = lifecycle.process(here, actor=SYSTEM, receipts=[receipt])

    assert (done.status, line_of(done).restocked_quantity) == (ReturnStatus.CLOSED, 1)


def test_replacement_takes_the_place_of_a_repair_that_fails() -> None:
    return_ = repair(offers_replacement=True)
    variant = variant_of(return_.order)

    lifecycle.add_exchanges(
        return_,
        actor=SYSTEM,
        exchanges=[ExchangeRequest(variant_id=variant, quantity=1, replaces=line_of(return_).pk)],
    )

    now = Return.objects.get(pk=return_.pk)
    assert line_of(now).resolution == "REPLACEMENT"
    assert now.exchange_owed == 0
    with pytest.raises(InvalidQuantity):
        lifecycle.ship_repaired(
            received(now, "PROCESSING_REQUIRED"), actor=SYSTEM, quantities={line_of(now).pk: 1}
        )


def test_repair_is_never_kept_by_the_buyer_at_once() -> None:
    order = order_of(offers_repair=True, keep_item_below=Decimal(100))

    assert ask(order, repair=True).status == ReturnStatus.REQUESTED
    parcel = FulfillmentLine.objects.select_related("order_line").get(fulfillment__order=order)
    said = {parcel.pk: Wish(resolution="REPAIR")}
    assert proposals.estimate(order, [(parcel, 1)], said=said).amount == 0


def test_delivery_cost_stays_while_something_is_repaired() -> None:
    order = order_of(offers_repair=True)
    type(order).objects.update(shipping_amount=Decimal("4.90"))
    order.refresh_from_db()
    ask(order, repair=True)
    parcel = FulfillmentLine.objects.select_related("order_line").get(fulfillment__order=order)

    assert proposals.estimate(order, [(parcel, 1)]).shipping_amount == 0
    other = ask(order)
    assert proposals.propose(other).shipping_amount == 0
