"""A quote from plain data is what the sites propose and then pay, to the cent and to the error."""

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts import actors
from orders.models import FulfillmentLine, Order
from orders.money import rounded
from returns import lifecycle
from returns.errors import ReturnError
from returns.lifecycle import LineRequest
from returns.models import Refund, Return
from returns.refunds import of_orders, payouts, proposals, quotes
from tests.factories import (
    FulfillmentLineFactory,
    OrderFactory,
    OrderLineFactory,
    PaymentFactory,
)
from tests.returns.cashbox import CLERK

SYSTEM = actors.system()
AMOUNTS = st.decimals(0, 40, places=2)
LINES = st.lists(
    st.fixed_dictionaries(
        {
            "quantity": st.integers(1, 4),
            "unit_price": st.decimals(0, 90, places=2),
            "taxes": st.lists(AMOUNTS, max_size=2),
        }
    ),
    min_size=1,
    max_size=3,
)


def stored(plain: dict[str, Any], outstanding: Decimal) -> Order:
    """Store a case's order, with everything sent."""
    shipping = plain["shipping"]
    order = OrderFactory(
        tax_included=plain["tax_included"],
        shipping_amount=Decimal(shipping["amount"]),
        shipping_tax=Decimal(shipping["tax"]),
        outstanding=outstanding,
    )
    for line in plain["lines"]:
        taxes = [{"title": "", **tax} for tax in line["taxes"]]
        row = OrderLineFactory(
            order=order,
            quantity=line["quantity"],
            unit_price=Decimal(line["unit_price"]),
            taxes=taxes,
            tax_total=sum((Decimal(tax["amount"]) for tax in taxes), Decimal(0)),
        )
        FulfillmentLineFactory(order_line=row)
    for payment in plain["payments"]:
        PaymentFactory(order=order, amount=Decimal(payment["amount"]))
    return order


def plain_order(
    lines: Sequence[dict[str, Any]], *, tax_included: bool, outstanding: Decimal, paid: Decimal
) -> dict[str, Any]:
    return {
        "currency": "EUR",
        "tax_included": tax_included,
        "lines": [
            {
                "id": str(number),
                "quantity": line["quantity"],
                "unit_price": str(line["unit_price"]),
                "taxes": [{"amount": str(tax)} for tax in line["taxes"]],
            }
            for number, line in enumerate(lines)
        ],
        "shipping": {"amount": "4.90", "tax": "0.78"},
        "payments": [{"id": "1", "amount": str(paid)}, {"id": "2", "amount": "10.00"}],
        "outstanding": str(outstanding),
    }


def back(order: Order, quantities: Sequence[int]) -> Return:
    parcels = FulfillmentLine.objects.filter(fulfillment__order=order).order_by("pk")
    wishes = [
        LineRequest(fulfillment_line_id=parcel.pk, quantity=count, reason="too-small")
        for parcel, count in zip(parcels, quantities, strict=True)
        if count
    ]
    return lifecycle.create(order, wishes, actor=SYSTEM)


def without_return(order: Order, data: st.DataObject) -> list[dict[str, Any]]:
    """Pay some pieces back from the order; return that as an earlier refund of a case, if any."""
    lines = list(order.lines.order_by("pk"))
    found = of_orders.load_choices(order, lines, list(order.refunds.all()))
    chosen = {choice.line.pk: data.draw(st.integers(0, min(choice.left, 1))) for choice in found}
    if not any(chosen.values()):
        return []
    made = payouts.refund_order(order, actor=CLERK, key=uuid4(), quantities=chosen)
    told = [{"line": str(n), "quantity": chosen[line.pk]} for n, line in enumerate(lines)]
    amount = {"amount": str(rounded(made.amount, "EUR"))}
    return [{"lines": told, "without_return": True, "status": "SUCCEEDED", **amount}]


def parts(made: Refund) -> dict[str, Decimal]:
    names = ("items_amount", "items_tax", "shipping_amount", "shipping_tax", "outstanding_amount")
    return {name: getattr(made, name) for name in (*names, "amount", "adjustment")}


class Orders(TestCase):
    """Orders of any shape; hypothesis rolls each example back."""

    @settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        lines=LINES,
        tax_included=st.booleans(),
        outstanding=AMOUNTS,
        paid=st.decimals("0.01", 300, places=2),
        data=st.data(),
    )
    def test_quote_is_what_the_sites_pay(
        self,
        lines: list[dict[str, Any]],
        tax_included: bool,
        outstanding: Decimal,
        paid: Decimal,
        data: st.DataObject,
    ) -> None:
        plain = plain_order(lines, tax_included=tax_included, outstanding=outstanding, paid=paid)
        order = stored(plain, outstanding)
        left = [line["quantity"] for line in lines]
        earlier: list[dict[str, Any]] = []
        while any(left):
            now = [data.draw(st.integers(0, count)) for count in left]
            if not any(now):
                continue
            earlier += without_return(order, data)
            said = data.draw(st.none() | AMOUNTS)
            wanted = {
                "lines": [{"line": str(n), "quantity": count} for n, count in enumerate(now)],
                "amount": None if said is None else str(said),
            }
            found = quotes.answer({"order": {**plain, "refunds": earlier}, "return": wanted})
            return_ = back(order, now)
            pay = partial(
                payouts.refund,
                return_,
                actor=CLERK,
                key=uuid4(),
                amount=said,
                quantities=proposals.default_quantities(list(return_.lines.all())),
            )
            if "error" in found:
                with pytest.raises(ReturnError) as refused:
                    pay()
                (problem,) = found["error"]["problems"]
                assert problem["message"] == refused.value.message
                assert problem["path"] == f"$.return.{refused.value.field[0]}"
                return
            made = pay()
            assert parts(made) == {name: Decimal(found[name]) for name in parts(made)}
            rows = [
                (row.amount, row.tax, [Decimal(tax["amount"]) for tax in row.taxes])
                for row in made.lines.order_by("pk")
            ]
            assert rows == [
                (
                    Decimal(line["amount"]),
                    Decimal(line["tax"]),
                    [Decimal(tax["amount"]) for tax in line["taxes"]],
                )
                for line in found["lines"]
            ]
            split = [part.amount for part in made.transactions.order_by("payment")]
            assert split == [Decimal(part["amount"]) for part in found["payments"]]
            earlier.append({**wanted, "status": "PENDING"})
            left = [count - gone for count, gone in zip(left, now, strict=True)]


@pytest.mark.django_db
def test_outstanding_is_taken_off_once() -> None:
    order = OrderFactory(outstanding=Decimal("3.00"))
    FulfillmentLineFactory(
        order_line=OrderLineFactory(order=order, quantity=3, unit_price=Decimal(10))
    )
    PaymentFactory(order=order, amount=Decimal(27))
    return_ = back(order, [3])
    line = return_.lines.get()

    first = payouts.refund(return_, actor=SYSTEM, key=uuid4(), quantities={line.pk: 1})
    second = proposals.propose(return_, quantities={line.pk: 1})

    assert (first.outstanding_amount, first.amount) == (Decimal("3.00"), Decimal("7.00"))
    assert (second.outstanding_amount, second.amount) == (Decimal(0), Decimal("10.00"))
