"""What a changed order changes, and what a live return keeps as it is."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from orders.intake import OrderData, OrderRejected, Outcome, PaymentData, take_in
from orders.models import Fulfillment, FulfillmentLine, Order, OrderLine, Payment, Store
from orders.taxes import Tax
from tests.factories import ReturnFactory, ReturnLineFactory
from tests.orders.intake.examples import SHIPPED, line, order, parcel
from tests.orders.intake.test_intake import everything

PLATE = line(title="Plate", quantity=1, unit_price=Decimal("7.50"), sku="PLATE-1")


def hold(pieces: int) -> None:
    """Put so many of the cups (line 1) into a live return."""
    sent = FulfillmentLine.objects.get(order_line__position=1)
    return_ = ReturnFactory(order=sent.fulfillment.order)
    ReturnLineFactory(for_return=return_, fulfillment_line=sent, quantity=pieces)


def rejection(data: OrderData) -> str:
    """Return the message that `data` is refused with; nothing may change."""
    before = everything()
    with pytest.raises(OrderRejected) as rejected:
        take_in(data)
    assert everything() == before
    return str(rejected.value)


def test_changed_line_is_changed_in_place(store: Store) -> None:
    take_in(order())
    before = OrderLine.objects.get(position=1)

    intake = take_in(order(lines=(line(title="Tea cup", unit_price=Decimal("9.00")), PLATE)))

    assert intake.outcome == Outcome.UPDATED
    after = OrderLine.objects.get(pk=before.pk)
    assert (after.title, after.unit_price, after.uuid) == (
        "Tea cup",
        Decimal("9"),
        before.uuid,
    )
    assert OrderLine.objects.count() == 2


def test_added_line_and_parcel_join_those_that_exist(store: Store) -> None:
    take_in(order())
    old = set(OrderLine.objects.values_list("pk", flat=True))
    bowl = line(title="Bowl", sku="BOWL")

    take_in(order(lines=(line(), PLATE, bowl), fulfillments=(parcel(3, 1), parcel(0, 0, 2))))

    lines = list(OrderLine.objects.order_by("position"))
    assert [row.title for row in lines] == ["Cup", "Plate", "Bowl"]
    assert old < {row.pk for row in lines}
    sent = FulfillmentLine.objects.order_by("fulfillment__number", "order_line__position")
    assert list(sent.values_list("fulfillment__number", "order_line__position", "quantity")) == [
        (1, 1, 3),
        (1, 2, 1),
        (2, 3, 2),
    ]


def test_line_with_its_own_id_keeps_its_row_wherever_it_stands(store: Store) -> None:
    cup, plate = line(external_id="a"), replace(PLATE, external_id="b")
    take_in(order(lines=(cup, plate)))
    rows = {row.external_id: row.pk for row in OrderLine.objects.all()}

    take_in(order(lines=(plate, cup), fulfillments=(parcel(1, 3),)))

    assert {row.external_id: row.pk for row in OrderLine.objects.all()} == rows
    assert list(OrderLine.objects.values_list("position", "external_id")) == [(1, "b"), (2, "a")]
    sent = FulfillmentLine.objects.order_by("order_line__position")
    assert list(sent.values_list("order_line__external_id", "quantity")) == [("b", 1), ("a", 3)]


def test_removed_line_and_parcel_go(store: Store) -> None:
    take_in(order(fulfillments=(parcel(2), parcel(1, 1))))

    take_in(order(lines=(line(),), fulfillments=(parcel(2),)))

    assert OrderLine.objects.count() == 1
    assert Fulfillment.objects.count() == 1
    assert FulfillmentLine.objects.get().quantity == 2


def test_parcel_is_changed_in_place(store: Store) -> None:
    take_in(order())
    before = Fulfillment.objects.get()
    delivered = SHIPPED + timedelta(days=2)

    take_in(order(fulfillments=(parcel(3, 1, tracking_number="X1", delivered_at=delivered),)))

    after = Fulfillment.objects.get()
    assert (after.pk, after.tracking_number, after.delivered_at) == (before.pk, "X1", delivered)


def test_title_and_parcel_of_a_held_line_may_change(store: Store) -> None:
    take_in(order())
    hold(2)

    take_in(order(lines=(line(title="Tea cup"), PLATE), fulfillments=(parcel(2, 1), parcel(1))))

    assert OrderLine.objects.get(position=1).title == "Tea cup"
    held = FulfillmentLine.objects.get(fulfillment__number=1, order_line__position=1)
    assert (held.quantity, held.returning_quantity) == (2, 2)


def test_held_line_cannot_go(store: Store) -> None:
    take_in(order(lines=(PLATE, line()), fulfillments=(parcel(1, 3),)))
    sent = FulfillmentLine.objects.get(order_line__position=2)
    ReturnLineFactory(
        for_return=ReturnFactory(order=Order.objects.get()), fulfillment_line=sent, quantity=1
    )

    message = rejection(order(lines=(PLATE,), fulfillments=(parcel(1),)))

    assert message == "lines: Line 2 (Cup) is in a return and cannot go."


def test_line_that_was_paid_back_without_a_return_keeps_its_worth(store: Store) -> None:
    take_in(order(lines=(PLATE, line()), fulfillments=(parcel(1),)))
    OrderLine.objects.filter(position=2).update(refunded_quantity=1)

    gone = rejection(order(lines=(PLATE,), fulfillments=(parcel(1),)))
    dearer = order(lines=(PLATE, line(unit_price=Decimal(9))), fulfillments=(parcel(1),))

    assert gone == "lines: Line 2 (Cup) was paid back and cannot go."
    assert "Was paid back: article, quantity and price cannot change." in rejection(dearer)
    take_in(order(lines=(PLATE, line(title="Tea cup")), fulfillments=(parcel(1, 3),)))
    assert OrderLine.objects.get(position=2).title == "Tea cup"


@pytest.mark.parametrize(
    "change",
    [
        {"unit_price": Decimal("9.00")},
        {"quantity": 4},
        {"sku": "CUP-2"},
        {"discount_total": Decimal("1.00")},
        {"tax_total": Decimal("4.79")},
        {"taxes": (Tax(title="GST", amount=Decimal("1.50")),), "tax_total": Decimal("1.50")},
    ],
)
def test_worth_of_a_held_line_cannot_change(store: Store, change: dict[str, object]) -> None:
    take_in(order())
    hold(1)

    message = rejection(order(lines=(line(**change), PLATE)))

    assert message == ("lines.1: Is in a return: article, quantity and price cannot change.")


def test_fewer_pieces_than_are_in_a_return_cannot_be_sent(store: Store) -> None:
    take_in(order())
    hold(2)

    message = rejection(order(fulfillments=(parcel(1, 1),)))

    assert message == "fulfillments.1: 2 pieces of Cup are in a return; no fewer can be sent."


def test_parcel_with_a_held_line_cannot_go(store: Store) -> None:
    take_in(order(fulfillments=(parcel(0, 1), parcel(3))))
    hold(1)

    message = rejection(order(fulfillments=(parcel(0, 1),)))

    assert message == "fulfillments: A fulfilment with a return cannot go."


def test_currency_of_an_order_with_a_return_cannot_change(store: Store) -> None:
    take_in(order())
    hold(1)

    assert rejection(order(currency="CHF")) == (
        "currency: Cannot change: the order has a return or a refund."
    )


def test_what_an_ended_return_names_cannot_go(store: Store) -> None:
    take_in(order(lines=(PLATE, line()), fulfillments=(parcel(1, 3),)))
    sent = FulfillmentLine.objects.get(order_line__position=2)
    ended = ReturnFactory(order=Order.objects.get(), status="DECLINED")
    ReturnLineFactory(for_return=ended, fulfillment_line=sent, quantity=1)

    message = rejection(order(lines=(PLATE,), fulfillments=(parcel(1),)))

    assert message == "A return or refund refers to something that the shop no longer lists."


def test_counters_of_returns_and_refunds_stay(store: Store) -> None:
    take_in(order())
    hold(2)
    Payment.objects.update(refunded_amount=Decimal("20.00"))

    take_in(order(payments=(PaymentData(amount=Decimal("45.45")),)))

    assert FulfillmentLine.objects.get(order_line__position=1).returning_quantity == 2
    payment = Payment.objects.get()
    assert (payment.amount, payment.refunded_amount) == (Decimal("45.45"), Decimal("20"))


def test_payment_cannot_fall_below_its_refunds(store: Store) -> None:
    take_in(order())
    Payment.objects.update(refunded_amount=Decimal("20.00"))

    assert rejection(order(payments=(PaymentData(amount=Decimal("19.99")),))) == (
        "payments.1.amount: 20.00 was refunded already; the payment cannot be less."
    )
    assert rejection(order(payments=())) == "payments: A payment with a refund cannot go."


@pytest.mark.parametrize(
    ("refunded_here", "refunded_there", "left"),
    [("0", "5", "36.45"), ("20", "20", "41.45"), ("20", "0", "41.45"), ("20", "25", "36.45")],
)
def test_refunds_of_the_shop_count_those_of_retour_once(
    store: Store, refunded_here: str, refunded_there: str, left: str
) -> None:
    take_in(order())
    Payment.objects.update(refunded_amount=Decimal(refunded_here))

    paid = PaymentData(amount=Decimal("41.45"), method="CARD", refunded=Decimal(refunded_there))
    take_in(order(payments=(paid,), shipping_tax=Decimal("0.63")))

    assert Payment.objects.get().amount == Decimal(left)


def test_order_with_a_live_return_is_not_archived_again(store: Store) -> None:
    take_in(order(archived_at=SHIPPED))
    hold(1)
    Order.objects.update(archived_at=None)

    take_in(order(archived_at=SHIPPED, shipping_amount=Decimal(0)))

    assert Order.objects.get().archived_at is None


def test_words_follow_the_content(store: Store) -> None:
    take_in(order())

    take_in(order(fulfillments=(parcel(3, 1, tracking_number="NEW-9"),)))

    assert "new-9" in str(Order.objects.values_list("search", flat=True).get())
    assert "jjd0001" not in str(Order.objects.values_list("search", flat=True).get())
