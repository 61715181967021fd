"""What comes back, what is owed and what a replacement costs balance to the unit."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from orders.models import Order, Payment
from orders.money import ZERO, is_exact, rounded, smallest_unit
from returns import lifecycle
from returns.exchanges import prices
from returns.lifecycle import ExchangeRequest
from returns.models import Refund, RefundLine, Return
from returns.refunds import payouts, proposals
from tests.factories import StoreFactory
from tests.returns.exchanging import SYSTEM, bought, pay, receive, send, shirt, wishes

UNITS = st.integers(0, 50_000)


def order_of(
    currency: str, *, included: bool, quantity: int, price: int, discount: int, tax: int
) -> Order:
    """An order of one line, with amounts in the smallest units of its currency."""
    unit = smallest_unit(currency)
    order = bought(
        quantity, store=StoreFactory(currency=currency), currency=currency, tax_included=included
    )
    line = order.lines.get()
    variant = line.variant
    assert variant is not None
    variant.price = line.unit_price = price * unit
    variant.save(update_fields=["price"])
    line.discount_total = min(discount * unit, line.unit_price * quantity)
    line.tax_total = min(tax * unit, line.subtotal)
    line.save()
    paid = line.subtotal + (ZERO if included else line.tax_total)
    order.payments.all().delete()
    if paid:
        Payment.objects.create(order=order, amount=paid, captured_at=order.placed_at)
    return order


def paid_in(order: Order) -> Decimal:
    return sum((payment.amount for payment in order.payments.all()), ZERO)


def paid_out(order: Order) -> Decimal:
    return sum((payment.refunded_amount for payment in order.payments.all()), ZERO)


def worth(order: Order, **having: Any) -> Decimal:
    """What lines of the order cost, tax in it."""
    return sum(
        (
            line.subtotal + (ZERO if order.tax_included else line.tax_total)
            for line in order.lines.filter(**having)
        ),
        ZERO,
    )


class TestBalance(TestCase):
    @given(
        currency=st.sampled_from(["JPY", "EUR", "KWD"]),
        included=st.booleans(),
        quantity=st.integers(1, 4),
        price=UNITS,
        discount=UNITS,
        tax=UNITS,
        other=st.none() | UNITS,
        data=st.data(),
    )
    @settings(
        max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
    )
    def test_money_in_less_money_out_is_what_the_buyer_keeps(
        self,
        currency: str,
        included: bool,
        quantity: int,
        price: int,
        discount: int,
        tax: int,
        other: int | None,
        data: st.DataObject,
    ) -> None:
        order = order_of(
            currency,
            included=included,
            quantity=quantity,
            price=price,
            discount=discount,
            tax=tax,
        )
        unit = smallest_unit(currency)
        variant = shirt(order, stock=9)
        if other is not None:
            variant.price = other * unit
            variant.save(update_fields=["price"])
        count = data.draw(st.integers(1, quantity))
        swapped = data.draw(st.integers(1, count))
        wanted = ExchangeRequest(variant_id=variant.pk, quantity=swapped, replaces=0)
        return_ = lifecycle.create(order, wishes(order, count), actor=SYSTEM, exchanges=[wanted])
        line = return_.exchange_lines.get()
        if return_.exchange_owed:
            pay(return_, str(return_.exchange_owed))
        return_ = receive(Return.objects.get(pk=return_.pk))
        proposal = proposals.propose(return_)
        assert proposal.owed == 0
        if line.is_even and swapped == count:
            assert proposal.amount == 0
            assert return_.exchange_paid == 0
        while (left := line.unprocessed_quantity) > 0:
            part = data.draw(st.integers(1, left))
            lifecycle.process_exchange(return_, actor=SYSTEM, quantities={line.pk: part})
            line.refresh_from_db()
        return_ = Return.objects.get(pk=return_.pk)
        if return_.refunded_quantity < count:
            payouts.refund(return_, actor=SYSTEM, key=uuid4())

        returned = sum((row.amount for row in RefundLine.objects.filter(refund__order=order)), ZERO)
        kept = worth(order) - returned
        assert paid_in(order) - paid_out(order) == kept
        assert worth(order, from_exchange=True) == prices.charged(line, order)
        assert is_exact(kept, currency)
        for row in order.lines.filter(from_exchange=True):
            assert row.tax_total <= rounded(row.subtotal, currency) or not included


@pytest.mark.django_db
def test_even_exchange_is_even_whatever_is_refunded_first() -> None:
    """Three shirts for 10.00: one brings a cent more than the others, whichever comes first."""
    order = order_of("EUR", included=True, quantity=3, price=400, discount=200, tax=0)
    swapped = lifecycle.create(
        order,
        wishes(order, 1),
        actor=SYSTEM,
        exchanges=[ExchangeRequest(variant_id=shirt(order).pk, quantity=1, replaces=0)],
    )
    plain = receive(lifecycle.create(order, wishes(order, 2), actor=SYSTEM))

    refund = payouts.refund(plain, actor=SYSTEM, key=uuid4())
    assert refund.amount == Decimal("6.67")
    receive(swapped)

    swapped.refresh_from_db()
    assert swapped.exchange_owed == 0
    assert swapped.exchange_lines.get().status == "READY"
    send(swapped)
    settled = Refund.objects.get(for_return=swapped)
    assert (settled.exchange_amount, settled.amount) == (Decimal("3.33"), Decimal(0))
