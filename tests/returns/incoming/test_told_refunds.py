"""Money that the shop paid back itself is recorded once, and never paid again."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from accounts import actors
from orders.models import FulfillmentLine, Order, OrderSource, SourceKind
from returns.models import Refund, Return, ReturnStatus, ToldRefund
from returns.refunds import payouts, proposals
from returns.refunds.gateways import GATEWAYS
from tests.orders.sources.bodies import body
from tests.orders.sources.factories import OrderSourceFactory, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def source() -> OrderSource:
    return OrderSourceFactory()


@pytest.fixture
def order(source: OrderSource) -> Order:
    told(source, "orders/create", body("shopify_order"))
    told(source, "fulfillments/create", body("shopify_fulfillment"))
    return Order.objects.get()


def refund(**changes: Any) -> dict[str, Any]:
    return body("shopify_refund", **changes)


def with_type(kind: str, quantity: int = 1) -> list[dict[str, Any]]:
    [line] = refund()["refund_line_items"]
    return [{**line, "restock_type": kind, "quantity": quantity}]


def test_refund_with_goods_becomes_a_closed_return(source: OrderSource, order: Order) -> None:
    delivery = told(source, "refunds/create", refund())
    assert (delivery.status, delivery.message) == ("APPLIED", "")
    return_ = Return.objects.get()
    assert (return_.status, return_.total_quantity) == (ReturnStatus.CLOSED, 1)
    made = Refund.objects.get()
    assert (made.amount, made.for_return, made.status) == (Decimal("18.00"), return_, "SUCCEEDED")
    assert made.transactions.get().gateway == "manual"
    assert order.payments.get().refunded_amount == Decimal("18.00")
    cup = FulfillmentLine.objects.get(order_line__sku="CUP-SAGE")
    assert (cup.returning_quantity, cup.quantity) == (1, 2)


def test_refund_told_again_or_within_the_order_changes_nothing(
    source: OrderSource, order: Order
) -> None:
    told(source, "refunds/create", refund())
    told(source, "refunds/create", refund())
    changes = {"updated_at": "2026-10-10T10:00:00Z", "refunds": [refund()]}
    inside = body("shopify_order", **changes)
    inside["fulfillments"] = [body("shopify_fulfillment")]
    delivery = told(source, "orders/updated", inside)
    assert delivery.status == "APPLIED", delivery.message
    assert (Refund.objects.count(), Return.objects.count(), ToldRefund.objects.count()) == (1, 1, 1)


def test_refund_without_goods_counts_its_pieces(source: OrderSource, order: Order) -> None:
    told(source, "refunds/create", refund(refund_line_items=with_type("no_restock")))
    assert not Return.objects.exists()
    line = order.lines.get(sku="CUP-SAGE")
    assert (line.refunded_quantity, Refund.objects.get().amount) == (1, Decimal("18.00"))


def test_refund_of_delivery_cost_counts_as_that(source: OrderSource, order: Order) -> None:
    shipping = [{"kind": "shipping_refund", "amount": "-4.90", "tax_amount": "0.00"}]
    paid = [{**refund()["transactions"][0], "amount": "4.90"}]
    message = refund(refund_line_items=[], order_adjustments=shipping, transactions=paid)
    told(source, "refunds/create", message)
    made = Refund.objects.get()
    assert (made.amount, made.shipping_amount) == (Decimal("4.90"), Decimal("4.90"))


def test_what_retour_paid_back_by_hand_is_not_counted_twice(
    source: OrderSource, order: Order
) -> None:
    line = order.lines.get(sku="CUP-SAGE")
    payouts.refund_order(order, actor=actors.system(), key=uuid4(), quantities={line.pk: 1})
    told(source, "refunds/create", refund(refund_line_items=with_type("no_restock")))
    assert Refund.objects.count() == 1
    assert ToldRefund.objects.get().refund is None
    more = refund(id=5, refund_line_items=with_type("no_restock"))
    told(source, "refunds/create", more)
    assert [each.amount for each in Refund.objects.order_by("pk")] == [
        Decimal("18.00"),
        Decimal("18.00"),
    ]
    line.refresh_from_db()
    assert line.refunded_quantity == 2


def test_more_than_was_paid_is_recorded_as_such(source: OrderSource, order: Order) -> None:
    paid = [{**refund()["transactions"][0], "amount": "70.00"}]
    told(source, "refunds/create", refund(refund_line_items=[], transactions=paid))
    made = Refund.objects.get()
    assert (made.amount, made.over_amount) == (Decimal("70.00"), Decimal("11.10"))


def test_goods_and_others_in_one_refund_share_the_money(source: OrderSource, order: Order) -> None:
    plate = {"line_item_id": 141249953214522974, "quantity": 1, "restock_type": "no_restock"}
    paid = [{**refund()["transactions"][0], "amount": "36.00"}]
    lines = [*with_type("return"), plate]
    told(source, "refunds/create", refund(refund_line_items=lines, transactions=paid))
    on_order, on_return = Refund.objects.order_by("pk")
    assert (on_order.amount, on_order.for_return) == (Decimal("18.00"), None)
    assert (on_return.amount, on_return.for_return) == (Decimal("18.00"), Return.objects.get())
    done = proposals.paid_back(order, [on_order, on_return])
    assert sorted(done.values()) == [1, 1]


def test_refund_waits_for_its_order(source: OrderSource) -> None:
    delivery = told(source, "refunds/create", refund())
    assert (delivery.status, delivery.waits_for) == ("RECEIVED", "820982911946154508")


def test_payment_through_stripe_is_never_paid_back_by_what_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = OrderSourceFactory(kind=SourceKind.WOOCOMMERCE, shop_domain="")
    told(source, "order.created", body("woocommerce_order"))
    changes = {"date_modified_gmt": "2026-10-05T12:00:00", "refunds": [{"id": 9, "total": "-10"}]}
    called: list[str] = []

    class Alarm:
        def refund(self, request: object) -> None:
            called.append("refund")

    monkeypatch.setitem(GATEWAYS, "stripe", Alarm())
    delivery = told(source, "order.updated", body("woocommerce_order", **changes))
    assert delivery.status == "APPLIED", delivery.message
    made = Refund.objects.get()
    assert (made.amount, called) == (Decimal("10.00"), [])
    assert made.transactions.get().gateway == "manual"
