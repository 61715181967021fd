"""Replacements: agreed on, paid, sent, taken out; what becomes of stock and of the order."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone

from orders.models import FulfillmentLine, Payment, StockLevel
from returns import eligibility, lifecycle
from returns.errors import (
    InvalidAmount,
    InvalidQuantity,
    InvalidState,
    KeyReused,
    NotExchangeable,
    NothingChosen,
    NotPermitted,
    OutOfStock,
    UnknownLine,
)
from returns.exchanges import agreements as exchanges
from returns.exchanges import offers
from returns.lifecycle import ExchangeRequest, Tracking
from returns.models import Event, EventType, ExchangeShipment, Refund, Return
from returns.refunds import payouts, proposals
from tests.factories import (
    LocationFactory,
    StockLevelFactory,
    StoreFactory,
    VariantFactory,
)
from tests.returns.exchanging import (
    BUYER,
    SYSTEM,
    bought,
    dearer,
    only,
    pay,
    receive,
    send,
    shirt,
    stock_of,
    swap,
    types,
    wishes,
)

pytestmark = pytest.mark.django_db


# --- asking -----------------------------------------------------------------------------------


def test_request_with_exchange_holds_the_pieces_and_waits_for_a_decision() -> None:
    order = bought(1)
    large = shirt(order, stock=3)

    return_ = lifecycle.request(
        order,
        wishes(order),
        actor=BUYER,
        exchanges=[ExchangeRequest(variant_id=large.pk, quantity=1, replaces=0)],
    )

    line = only(return_)
    assert (return_.status, return_.exchange_quantity) == ("REQUESTED", 1)
    assert (line.status, line.return_line, line.options) == (
        "PENDING",
        return_.lines.get(),
        {"Size": "L", "Colour": "Sage"},
    )
    assert line.reserved_until - return_.created_at == timedelta(days=14)
    assert stock_of(large) == (3, 1)
    told = return_.events.get().data["exchanges"]
    assert told == [{"title": "Linen shirt", "options": "Size: L, Colour: Sage", "quantity": 1}]


def test_request_the_same_twice_gives_the_same_return() -> None:
    order, key = bought(1), uuid4()
    large = shirt(order, stock=3)
    wanted = [ExchangeRequest(variant_id=large.pk, quantity=1, replaces=0)]

    def ask(exchanges: list[ExchangeRequest]) -> Return:
        return lifecycle.request(
            order, wishes(order), actor=BUYER, exchanges=exchanges, request_key=key
        )

    assert ask(wanted) == ask(wanted)
    assert stock_of(large) == (3, 1)
    with pytest.raises(KeyReused):
        ask([])


@pytest.mark.parametrize(
    ("terms", "same", "quantity", "error", "field"),
    [
        ("NONE", True, 1, NotExchangeable, ("exchanges", "0")),
        ("SAME_PRODUCT", False, 1, NotExchangeable, ("exchanges", "0", "variant")),
        ("SAME_PRODUCT", True, 2, InvalidQuantity, ("exchanges", "0", "quantity")),
        ("ANY_PRODUCT", False, 0, InvalidQuantity, ("exchanges", "0", "quantity")),
    ],
)
def test_request_against_the_terms_is_refused(
    terms: str, same: bool, quantity: int, error: type[Exception], field: tuple[str, ...]
) -> None:
    order = bought(1, terms={"exchanges": terms})
    other = shirt(order, stock=5) if same else StockLevelFactory().variant
    wanted = [ExchangeRequest(variant_id=other.pk, quantity=quantity, replaces=0)]

    with pytest.raises(error) as refused:
        lifecycle.request(order, wishes(order), actor=BUYER, exchanges=wanted)

    assert refused.value.field == field  # type: ignore[attr-defined]
    assert not Return.objects.exists()
    assert StockLevel.objects.get(variant=other).reserved == 0


def test_request_for_any_product_where_the_terms_let() -> None:
    order = bought(1, terms={"exchanges": "ANY_PRODUCT"})
    cap = VariantFactory(price=Decimal("20.00"))
    StockLevelFactory(variant=cap)

    line = only(swap(order, cap))

    assert (line.unit_price, line.is_even) == (Decimal("20.00"), False)


def test_request_for_what_just_sold_out_says_so_and_changes_nothing() -> None:
    order = bought(1)
    large = shirt(order, stock=0)

    with pytest.raises(OutOfStock) as refused:
        swap(order, large)

    assert refused.value.message == (
        "Linen shirt (L, Sage) has just sold out. Choose another one, or take the money back."
    )
    assert refused.value.field == ("exchanges", "0", "variant")
    assert not Return.objects.exists()
    assert FulfillmentLine.objects.get(fulfillment__order=order).returning_quantity == 0


def test_request_by_a_buyer_with_a_discount_is_refused() -> None:
    order = bought(1)
    large = shirt(order)
    wanted = [
        ExchangeRequest(variant_id=large.pk, quantity=1, replaces=0, discount=Decimal("5.00"))
    ]

    with pytest.raises(NotPermitted):
        lifecycle.request(order, wishes(order), actor=BUYER, exchanges=wanted)


def test_request_for_an_unknown_variant_or_line_is_refused() -> None:
    order = bought(1)
    large = shirt(order)

    for wanted, field in (
        (ExchangeRequest(variant_id=0, quantity=1, replaces=0), "variant"),
        (ExchangeRequest(variant_id=large.pk, quantity=1, replaces=7), "replaces"),
    ):
        with pytest.raises(UnknownLine) as refused:
            lifecycle.request(order, wishes(order), actor=BUYER, exchanges=[wanted])
        assert refused.value.field == ("exchanges", "0", field)


def test_one_location_must_have_all_pieces_of_a_line() -> None:
    order = bought(2)
    large = shirt(order, stock=1)
    StockLevelFactory(variant=large, available=1)

    with pytest.raises(OutOfStock):
        swap(order, large, 2)


def test_pieces_come_from_where_the_order_came_from_if_there_are_enough() -> None:
    order = bought(2)
    home, away = LocationFactory(), LocationFactory()
    order.fulfillments.update(location=home)
    large = shirt(order, stock=0)
    StockLevelFactory(variant=large, location=home, available=2)
    StockLevelFactory(variant=large, location=away, available=9)

    assert only(swap(order, large, 2)).location == home
    assert StockLevel.objects.get(location=home, variant=large).free == 0


def test_bundle_is_neither_offered_nor_even() -> None:
    order = bought(1)
    variant = StockLevelFactory().variant
    line = order.lines.get()
    line.variant, line.bundle_kind = variant, "FIXED"
    line.save()

    assert offers.for_lines(order, [line]) == {}
    with pytest.raises(NotExchangeable):
        swap(order, variant)
    assert not only(swap(order, variant, override_policy=True)).is_even


def test_order_in_another_currency_is_exchanged_evenly_only() -> None:
    store = StoreFactory(currency="EUR")
    order = bought(1, 1, store=store, currency="CHF")
    even, dearer = shirt(order, "L"), shirt(order, "XL", price="99.00")

    with pytest.raises(NotExchangeable) as refused:
        swap(order, dearer)

    assert refused.value.message == "This item has no price in CHF."
    assert only(swap(order, even)).is_even


# --- an even exchange -------------------------------------------------------------------------


def test_even_exchange_carries_the_discount_over_and_costs_nothing() -> None:
    order = bought(3, tax_included=False)
    order.lines.update(discount_total=Decimal("10.00"), tax_total=Decimal("26.53"))
    large = shirt(order)

    return_ = swap(order, large)

    assert return_.exchange_owed == 0
    proposal = proposals.propose(return_)
    assert proposal.exchange_amount == proposal.items_amount > 0
    assert proposal.amount == proposal.owed == 0


def test_even_exchange_from_request_to_replacement() -> None:
    order = bought(1)
    large = shirt(order, stock=2)
    return_ = swap(order, large)
    assert only(return_).status == "PENDING"

    return_ = receive(return_)
    assert (return_.status, only(return_).status) == ("OPEN", "READY")
    assert list(Return.objects.waiting_for_replacement()) == [return_]

    return_ = send(return_, tracking=Tracking(company="DHL", number="123", url="https://d.example"))

    line = only(return_)
    assert (return_.status, line.status) == ("CLOSED", "PROCESSED")
    assert stock_of(large) == (1, 0)
    joined = order.lines.get(from_exchange=True)
    assert (joined.position, joined.quantity, joined.sku) == (2, 1, large.sku)
    assert joined.subtotal == order.lines.get(from_exchange=False).subtotal
    parcel = order.fulfillments.get(from_exchange=True)
    assert (parcel.number, parcel.tracking_number, parcel.location) == (2, "123", line.location)
    assert ExchangeShipment.objects.get().order_line == joined
    # What came back was worth what was sent: nobody has to pay anything back.
    refund = Refund.objects.get()
    assert (refund.amount, refund.exchange_amount) == (Decimal(0), joined.subtotal)
    assert list(Return.objects.waiting_for_refund()) == []
    assert types(return_) == ["return.created", "return.processed", "exchange.sent"]


def test_the_replacement_can_go_back_itself_for_all_that_was_paid() -> None:
    order = bought(1)
    return_ = send(receive(swap(order, shirt(order))))
    assert return_.status == "CLOSED"

    found = [item for item in eligibility.for_order(order) if item.returnable]
    (item,) = found
    assert item.order_line.from_exchange
    assert item.fulfillment_line is not None

    wish = lifecycle.LineRequest(
        fulfillment_line_id=item.fulfillment_line.pk, quantity=1, reason="too-big"
    )
    again = lifecycle.create(order, [wish], actor=SYSTEM)
    refund = payouts.refund(receive(again), actor=SYSTEM, key=uuid4())

    assert again.reference == f"{order.reference}-R2"
    assert refund.amount == Payment.objects.get().amount


def test_sending_before_the_goods_are_back_needs_the_terms() -> None:
    late, instant = bought(1), bought(1, terms={"instant_exchange": True})
    waiting, ready = swap(late, shirt(late)), swap(instant, shirt(instant))

    with pytest.raises(InvalidState):
        send(waiting)
    ready = send(ready)

    assert (ready.status, only(ready).status) == ("OPEN", "PROCESSED")
    assert Refund.objects.count() == 0
    assert receive(ready).status == "CLOSED"
    assert Refund.objects.get().amount == 0


def test_pieces_are_sent_once() -> None:
    order = bought(2)
    large = shirt(order, stock=2)
    return_ = receive(swap(order, large, 2))
    line = only(return_)

    lifecycle.process_exchange(return_, actor=SYSTEM, quantities={line.pk: 1})
    with pytest.raises(InvalidQuantity):
        lifecycle.process_exchange(return_, actor=SYSTEM, quantities={line.pk: 2})
    lifecycle.process_exchange(return_, actor=SYSTEM, quantities={line.pk: 1})
    with pytest.raises(InvalidState):
        lifecycle.process_exchange(return_, actor=SYSTEM, quantities={line.pk: 1})

    assert stock_of(large) == (0, 0)
    assert [one.quantity for one in order.lines.filter(from_exchange=True)] == [1, 1]


@pytest.mark.parametrize(
    ("quantities", "error"), [({}, NothingChosen), ({0: 1}, UnknownLine), (None, InvalidQuantity)]
)
def test_sending_nothing_or_something_else_is_refused(
    quantities: dict[int, int] | None, error: type[Exception]
) -> None:
    order = bought(1)
    return_ = receive(swap(order, shirt(order)))
    pieces = {only(return_).pk: 2} if quantities is None else quantities

    with pytest.raises(error):
        lifecycle.process_exchange(return_, actor=SYSTEM, quantities=pieces)


# --- taking out, giving up --------------------------------------------------------------------


def test_added_replacement_joins_a_return_that_is_on_its_way() -> None:
    order = bought(1)
    return_ = lifecycle.create(order, wishes(order), actor=SYSTEM)
    large = shirt(order)
    wanted = ExchangeRequest(variant_id=large.pk, quantity=1, replaces=return_.lines.get().pk)

    return_ = lifecycle.add_exchanges(return_, actor=SYSTEM, exchanges=[wanted], note="By phone.")

    assert (only(return_).is_even, stock_of(large)) == (True, (1, 1))
    assert types(return_) == ["return.created", "exchange.added"]
    with pytest.raises(InvalidQuantity):
        lifecycle.add_exchanges(return_, actor=SYSTEM, exchanges=[wanted])


def test_added_replacement_with_a_discount_and_without_what_it_replaces() -> None:
    order = bought(1, tax_included=False)
    order.lines.update(tax_total=Decimal("4.99"))
    return_ = lifecycle.create(order, wishes(order), actor=SYSTEM)
    large = shirt(order, price="60.00")
    wanted = ExchangeRequest(variant_id=large.pk, quantity=1, discount=Decimal("10.00"))

    return_ = lifecycle.add_exchanges(
        return_, actor=SYSTEM, exchanges=[wanted], override_policy=True
    )

    line = only(return_)
    assert (line.subtotal, line.tax_total) == (Decimal("50.00"), Decimal("5.00"))
    assert return_.exchange_owed == Decimal("0.11")


def test_discount_above_the_price_is_refused() -> None:
    order = bought(1)
    large = shirt(order)
    wanted = ExchangeRequest(variant_id=large.pk, quantity=1, replaces=0, discount=Decimal("50.00"))

    with pytest.raises(InvalidAmount) as refused:
        lifecycle.create(order, wishes(order), actor=SYSTEM, exchanges=[wanted])

    assert refused.value.field == ("exchanges", "0", "discount")


@pytest.mark.parametrize("verb", ["cancel", "close"])
def test_what_is_held_is_given_free_when_the_return_ends(verb: str) -> None:
    order = bought(1)
    large = shirt(order)
    return_ = swap(order, large)

    getattr(lifecycle, verb)(return_, actor=SYSTEM)

    assert (stock_of(large), only(return_).status) == ((1, 0), "REMOVED")


def test_declined_request_gives_what_is_held_free() -> None:
    order = bought(1)
    large = shirt(order)
    wanted = [ExchangeRequest(variant_id=large.pk, quantity=1, replaces=0)]
    return_ = lifecycle.request(order, wishes(order), actor=BUYER, exchanges=wanted)

    lifecycle.decline(return_, actor=SYSTEM, reason="FINAL_SALE")

    assert (stock_of(large), only(return_).status) == ((1, 0), "REMOVED")


def test_pieces_taken_out_of_the_return_take_their_replacement_with_them() -> None:
    order = bought(2)
    large = shirt(order, stock=2)
    return_ = swap(order, large, 2)

    lifecycle.remove_lines(return_, actor=SYSTEM, quantities={return_.lines.get().pk: 1})

    line = only(return_)
    assert (line.quantity, line.removed_quantity, stock_of(large)) == (1, 1, (2, 1))
    assert proposals.propose(return_).owed == 0


def test_return_whose_replacement_was_paid_or_sent_is_not_called_off() -> None:
    paid, _line = dearer()
    pay(paid, "1.00")
    order = bought(1, terms={"instant_exchange": True})
    sent = send(swap(order, shirt(order)))

    for return_ in (paid, sent):
        with pytest.raises(InvalidState):
            lifecycle.cancel(return_, actor=SYSTEM)


def test_reservation_ends_but_the_replacement_stays() -> None:
    order = bought(1)
    large = shirt(order)
    return_ = receive(swap(order, large))
    now = timezone.now()

    assert exchanges.end_reservations(before=now) == 0
    assert exchanges.end_reservations(before=now + timedelta(days=15)) == 1
    assert exchanges.end_reservations(before=now + timedelta(days=15)) == 0

    assert (stock_of(large), only(return_).status) == ((1, 0), "READY")
    assert types(return_)[-1] == "exchange.expired"
    StockLevel.objects.update(available=0)
    with pytest.raises(OutOfStock) as refused:
        send(return_)
    assert refused.value.field == ("exchanges", str(only(return_).pk))
    StockLevel.objects.update(available=1)
    assert send(return_).status == "CLOSED"


def test_payment_after_the_reservation_ended_holds_the_pieces_again() -> None:
    return_, line = dearer()
    exchanges.end_reservations(before=timezone.now() + timedelta(days=15))
    assert stock_of(line.variant) == (1, 0)

    pay(return_, "10.10")

    assert stock_of(line.variant) == (1, 1)


def test_delivery_cost_stays_while_something_of_the_order_is_replaced() -> None:
    order = bought(1, shipping_amount=Decimal("4.90"))
    large = shirt(order)
    plain = proposals.estimate(order, [(FulfillmentLine.objects.get(), 1)])
    assert plain.shipping_amount == Decimal("4.90")

    return_ = receive(swap(order, large))

    assert proposals.propose(return_).shipping_amount == 0
    send(return_)
    assert Event.objects.filter(type=EventType.EXCHANGE_SENT).count() == 1
