"""How much comes back for orders and returns, before and after others went back."""

from dataclasses import asdict
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from pytest_django.asserts import assertNumQueries

from accounts import actors
from orders.models import FulfillmentLine, Order, Payment
from orders.money import is_exact
from returns import lifecycle
from returns.errors import InvalidAmount, InvalidQuantity, UnknownLine
from returns.lifecycle import DisposeRequest, LineRequest, Receipt
from returns.models import Return
from returns.models.policies import ReturnTerms, ShippingRefund
from returns.refunds import payouts, proposals
from returns.refunds.proposals import Proposal
from tests.factories import (
    FulfillmentLineFactory,
    OrderFactory,
    OrderLineFactory,
    PaymentFactory,
    sent_bundle,
    sent_order,
)

SYSTEM = actors.system()
ZERO = Decimal(0)


def told(proposal: Proposal) -> dict[str, str]:
    """The amounts that are not 0, but for what is only shown beside the proposal."""
    left_out = {"lines", "currency", "maximum", "shipping_left"}
    return {
        name: str(value)
        for name, value in asdict(proposal).items()
        if name not in left_out and value
    }


def parcels(order: Order) -> list[FulfillmentLine]:
    found = FulfillmentLine.objects.filter(fulfillment__order=order)
    return list(found.select_related("order_line").order_by("pk"))


def back(order: Order, *quantities: int) -> Return:
    """Create a return with so many pieces of each line of the order (0: not that line)."""
    wishes = [
        LineRequest(fulfillment_line_id=parcel.pk, quantity=count, reason="too-small")
        for parcel, count in zip(parcels(order), quantities, strict=False)
        if count
    ]
    return lifecycle.create(order, wishes, actor=SYSTEM)


def terms(**changes: Any) -> dict[str, Any]:
    return ReturnTerms(**changes).to_json()


def priced_order(*lines: dict[str, Any], **order: Any) -> Order:
    """An order whose lines were sent, paid with 1000.00 on one payment."""
    made = OrderFactory(**order)
    for line in lines:
        FulfillmentLineFactory(order_line=OrderLineFactory(order=made, **line))
    PaymentFactory(order=made, amount=Decimal(1000))
    return made


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("tax_included", "amount", "tax"), [(True, "26.66", "4.26"), (False, "30.92", "4.26")]
)
def test_propose_with_discount_and_tax(tax_included: bool, amount: str, tax: str) -> None:
    order = priced_order(
        {
            "quantity": 3,
            "unit_price": Decimal("15.00"),
            "discount_total": Decimal("5.01"),
            "tax_total": Decimal("6.38"),
        },
        tax_included=tax_included,
    )

    proposal = proposals.propose(back(order, 2))

    assert told(proposal) == {"items_amount": amount, "items_tax": tax, "amount": amount}


@pytest.mark.django_db
def test_propose_for_a_free_line_with_tax_stated_pays_nothing() -> None:
    line = {
        "unit_price": Decimal("9.00"),
        "discount_total": Decimal("9.00"),
        "tax_total": Decimal("1.44"),
    }
    return_ = back(priced_order(line), 1)

    refund = payouts.refund(return_, actor=SYSTEM, key=uuid4())

    assert (refund.status, refund.amount, refund.items_tax) == ("SUCCEEDED", ZERO, ZERO)
    assert [line.quantity for line in refund.lines.all()] == [1]
    assert list(refund.transactions.all()) == []


@pytest.mark.django_db
def test_propose_for_a_bundle_pays_its_whole_price() -> None:
    order = OrderFactory()
    sent_bundle(order, quantity=2, per_bundle=[1, 3])
    order.lines.filter(bundle_parent=None).update(unit_price=Decimal("25.00"))
    PaymentFactory(order=order, amount=Decimal(50))

    assert proposals.propose(back(order, 1)).amount == Decimal("25.00")


@pytest.mark.django_db
def test_propose_counts_what_came_back_once_something_did() -> None:
    order = priced_order({"quantity": 4, "unit_price": Decimal(10)})
    return_ = back(order, 4)
    before = proposals.propose(return_)
    line = return_.lines.get()
    receipt = Receipt(
        line_id=line.pk, quantity=3, dispositions=(DisposeRequest(type="MISSING", quantity=1),)
    )

    return_ = lifecycle.process(return_, actor=SYSTEM, receipts=[receipt])

    assert (before.quantity, before.amount) == (4, Decimal(40))
    assert proposals.propose(return_).lines[0].quantity == 2
    assert proposals.propose(return_, quantities={line.pk: 4}).amount == Decimal(40)


@pytest.mark.django_db
def test_propose_when_all_is_missing_pays_nothing() -> None:
    return_ = back(priced_order({"unit_price": Decimal(10)}), 1)
    receipt = Receipt(
        line_id=return_.lines.get().pk,
        quantity=1,
        dispositions=(DisposeRequest(type="MISSING", quantity=1),),
    )

    return_ = lifecycle.process(return_, actor=SYSTEM, receipts=[receipt])

    assert (proposals.propose(return_).lines, proposals.propose(return_).amount) == ((), ZERO)
    assert list(Return.objects.waiting_for_refund()) == []


@pytest.mark.django_db
def test_returns_wait_for_their_refund_until_it_is_made() -> None:
    return_ = back(priced_order({"quantity": 2, "unit_price": Decimal(10)}), 2)
    receipt = Receipt(
        line_id=return_.lines.get().pk,
        quantity=2,
        dispositions=(
            DisposeRequest(type="MISSING", quantity=1),
            DisposeRequest(type="NOT_RESTOCKED", quantity=1),
        ),
    )
    lifecycle.process(return_, actor=SYSTEM, receipts=[receipt])
    waiting = list(Return.objects.waiting_for_refund())

    payouts.refund(return_, actor=SYSTEM, key=uuid4())

    assert waiting == [return_]
    assert list(Return.objects.waiting_for_refund()) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("quantities", "error"),
    [({0: 1}, UnknownLine), (-1, InvalidQuantity), (3, InvalidQuantity)],
)
def test_propose_for_pieces_there_are_not_is_refused(
    quantities: Any, error: type[Exception]
) -> None:
    return_ = back(priced_order({"quantity": 3}), 2)
    line = return_.lines.get()
    chosen = quantities if isinstance(quantities, dict) else {line.pk: quantities}

    with pytest.raises(error):
        proposals.propose(return_, quantities=chosen)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("rule", "first", "second"),
    [
        (ShippingRefund.FULL_RETURN, "0", "4.90"),
        (ShippingRefund.NEVER, "0", "0"),
    ],
)
def test_shipping_comes_back_with_the_last_piece(
    rule: ShippingRefund, first: str, second: str
) -> None:
    order = priced_order(
        {"quantity": 2},
        {"quantity": 1},
        {"quantity": 1, "is_goods": False},
        shipping_amount=Decimal("4.90"),
        shipping_tax=Decimal("0.78"),
        return_terms=terms(shipping_refund=rule),
    )
    shares = []
    for quantities in ((2, 0), (0, 1)):
        refund = payouts.refund(back(order, *quantities), actor=SYSTEM, key=uuid4())
        shares.append(refund.shipping_amount)

    assert shares == [Decimal(first), Decimal(second)]


@pytest.mark.django_db
def test_shipping_stays_while_something_was_never_sent() -> None:
    order = priced_order({"quantity": 1}, shipping_amount=Decimal("4.90"))
    OrderLineFactory(order=order, quantity=1)

    assert proposals.propose(back(order, 1)).shipping_amount == 0


@pytest.mark.django_db
@pytest.mark.parametrize("tax_included", [True, False])
def test_shipping_in_parts_as_staff_say(tax_included: bool) -> None:
    order = priced_order(
        {"quantity": 2},
        shipping_amount=Decimal("4.90"),
        shipping_tax=Decimal("0.78"),
        tax_included=tax_included,
    )
    whole = Decimal("4.90") if tax_included else Decimal("5.68")
    return_ = back(order, 2)
    line = return_.lines.get()
    payouts.refund(
        return_, actor=SYSTEM, key=uuid4(), quantities={line.pk: 1}, shipping=Decimal("1.00")
    )

    rest = proposals.propose(return_, quantities={line.pk: 1})

    assert (rest.shipping_amount, rest.shipping_left) == (whole - 1, whole - 1)
    with pytest.raises(InvalidAmount):
        proposals.propose(return_, shipping=whole - 1 + Decimal("0.01"))


@pytest.mark.django_db
def test_return_shipping_fee_is_kept_once_per_return() -> None:
    order = priced_order(
        {"quantity": 3, "unit_price": Decimal(10)},
        return_terms=terms(return_shipping_fee=Decimal("14.95")),
    )
    return_ = back(order, 3)
    line = return_.lines.get()
    kept = []
    for _piece in range(3):
        refund = payouts.refund(return_, actor=SYSTEM, key=uuid4(), quantities={line.pk: 1})
        kept.append((refund.return_shipping_fee, refund.amount))

    assert kept == [
        (Decimal(10), ZERO),
        (Decimal("4.95"), Decimal("5.05")),
        (ZERO, Decimal(10)),
    ]


@pytest.mark.django_db
def test_estimate_is_what_the_refund_then_pays() -> None:
    order = priced_order(
        {
            "quantity": 3,
            "unit_price": Decimal("3.33"),
            "discount_total": Decimal("0.50"),
            "tax_total": Decimal("1.51"),
        },
        {"quantity": 1, "unit_price": Decimal("19.99"), "tax_total": Decimal("3.19")},
        tax_included=False,
        shipping_amount=Decimal("4.90"),
        shipping_tax=Decimal("0.78"),
        return_terms=terms(
            restocking_fee_percent=Decimal("7.5"), return_shipping_fee=Decimal("2.95")
        ),
    )
    estimated, paid = [], []
    for quantities in ((1, 0), (2, 1)):
        chosen = list(zip(parcels(order), quantities, strict=True))
        estimated.append(told(proposals.estimate(order, chosen)))
        return_ = back(order, *quantities)
        proposal = proposals.propose(return_)
        assert payouts.refund(return_, actor=SYSTEM, key=uuid4()).amount == proposal.amount
        paid.append(told(proposal))

    assert estimated == paid


@pytest.mark.django_db
@pytest.mark.parametrize("count", [-1, 3])
def test_estimate_for_pieces_there_are_not_is_refused(count: int) -> None:
    order = priced_order({"quantity": 3})
    back(order, 1)

    with pytest.raises(InvalidQuantity) as refused:
        proposals.estimate(order, [(parcels(order)[0], count)])

    assert refused.value.field == ("lines", "0", "quantity")


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3])
def test_propose_queries(count: int) -> None:
    order = sent_order(*[1] * count)
    return_ = Return.objects.select_related("order").get(pk=back(order, *[1] * count).pk)

    with assertNumQueries(5):
        proposals.propose(return_)


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3])
def test_estimate_queries(count: int) -> None:
    order = sent_order(*[1] * count)
    chosen = [(parcel, 1) for parcel in parcels(order)]

    with assertNumQueries(3):
        proposals.estimate(order, chosen)


LINES = st.lists(
    st.fixed_dictionaries(
        {
            "quantity": st.integers(1, 4),
            "unit_price": st.decimals(0, 300, places=2),
            "tax_total": st.decimals(0, 50, places=2),
        }
    ),
    min_size=1,
    max_size=3,
)


class WholeOrders(TestCase):
    """Orders of any shape that go back piece by piece; hypothesis rolls each example back."""

    @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        lines=LINES,
        tax_included=st.booleans(),
        shipping=st.decimals(0, 20, places=2),
        data=st.data(),
    )
    def test_order_returned_in_parts_is_paid_back_to_the_cent(
        self,
        lines: list[dict[str, Any]],
        tax_included: bool,
        shipping: Decimal,
        data: st.DataObject,
    ) -> None:
        order = OrderFactory(tax_included=tax_included, shipping_amount=shipping)
        total = shipping
        for line in lines:
            made = OrderLineFactory(order=order, **line)
            FulfillmentLineFactory(order_line=made)
            total += made.subtotal + (ZERO if tax_included else line["tax_total"])
        payment = PaymentFactory(order=order, amount=total) if total else None
        left = [line["quantity"] for line in lines]
        while any(left):
            back_now = [data.draw(st.integers(0, count)) for count in left]
            if any(back_now):
                return_ = back(order, *back_now)
                payouts.refund(return_, actor=SYSTEM, key=uuid4())
                left = [count - gone for count, gone in zip(left, back_now, strict=True)]

        if payment is not None:
            payment = Payment.objects.get(pk=payment.pk)
            assert payment.refunded_amount == payment.amount == total
        paid = order.refunds.all()
        assert all(is_exact(refund.amount, "EUR") for refund in paid)
        assert sum(refund.adjustment for refund in paid) == 0
