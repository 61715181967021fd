"""How much comes back: the arithmetic by itself."""

from dataclasses import asdict
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import actors
from orders.models import Order, OrderLine
from orders.money import rounded, smallest_unit
from returns.errors import InvalidAmount
from returns.refunds import pricing
from returns.refunds.pricing import OrderMoney, Pieces, Proposal, ProposedLine, price

SYSTEM = actors.system()
ZERO = Decimal(0)


def pieces(quantity: int = 1, **changes: Any) -> Pieces:
    """Pieces of a line of three for 10.00 with 1.60 tax in it."""
    values: dict[str, Any] = {
        "key": 7,
        "order_line_id": 1,
        "quantity": quantity,
        "line_gross": Decimal("10.00"),
        "line_tax": Decimal("1.60"),
        "line_quantity": 3,
        **changes,
    }
    return Pieces(**values)


def money(**changes: Any) -> OrderMoney:
    values: dict[str, Any] = {
        "currency": "EUR",
        "done": {},
        "left": [(1, Decimal("100.00"))],
        **changes,
    }
    return OrderMoney(**values)


def priced(
    *parts: Pieces, shipping: str = "0", fee: str = "0", of: OrderMoney | None = None
) -> Proposal:
    return price(parts, of or money(), shipping=Decimal(shipping), return_shipping_fee=Decimal(fee))


def told(proposal: Proposal) -> dict[str, str]:
    """The amounts that are not 0, but for what is only shown beside the proposal."""
    left_out = {"lines", "currency", "maximum", "shipping_left"}
    return {
        name: str(value)
        for name, value in asdict(proposal).items()
        if name not in left_out and value
    }


def test_price_of_some_pieces() -> None:
    proposal = priced(pieces(2))

    assert proposal.lines == (
        ProposedLine(
            key=7,
            quantity=2,
            amount=Decimal("6.67"),
            tax=Decimal("1.07"),
            restocking_fee=Decimal("0.00"),
        ),
    )
    assert told(proposal) == {"items_amount": "6.67", "items_tax": "1.07", "amount": "6.67"}


@pytest.mark.parametrize(
    ("done", "amount", "tax"),
    [(0, "3.34", "0.54"), (1, "3.33", "0.53"), (2, "3.33", "0.53")],
)
def test_price_goes_on_from_the_pieces_paid_back(done: int, amount: str, tax: str) -> None:
    line = priced(pieces(1), of=money(done={1: done})).lines[0]

    assert (str(line.amount), str(line.tax)) == (amount, tax)


def test_price_of_one_order_line_in_two_parts_counts_on() -> None:
    proposal = priced(pieces(1, key=7), pieces(2, key=8))

    assert [str(line.amount) for line in proposal.lines] == ["3.34", "6.66"]


def test_price_takes_fees_off() -> None:
    proposal = priced(pieces(3, restocking_percent=Decimal("12.5")), fee="4.95")

    assert told(proposal) == {
        "items_amount": "10.00",
        "items_tax": "1.60",
        "restocking_fee": "1.25",
        "return_shipping_fee": "4.95",
        "amount": "3.80",
    }


@pytest.mark.parametrize(
    ("percent", "shipping", "fee", "kept", "amount"),
    [
        ("0", "0", "25.00", "10.00", "0.00"),
        ("100", "0", "25.00", "0.00", "0.00"),
        ("50", "2.00", "25.00", "7.00", "0.00"),
        ("50", "2.00", "6.99", "6.99", "0.01"),
    ],
)
def test_price_is_never_below_zero(
    percent: str, shipping: str, fee: str, kept: str, amount: str
) -> None:
    of = money(shipping_gross=Decimal("2.00"))

    proposal = priced(
        pieces(3, restocking_percent=Decimal(percent)), shipping=shipping, fee=fee, of=of
    )

    assert (str(proposal.return_shipping_fee), str(proposal.amount)) == (kept, amount)


@pytest.mark.parametrize(
    ("exchange", "outstanding", "expected"),
    [
        ("0", "3.00", ("0.00", "3.00", "0.00", "7.00")),
        ("4.00", "3.00", ("4.00", "3.00", "0.00", "3.00")),
        ("8.00", "3.00", ("8.00", "2.00", "0.00", "0.00")),
        ("12.50", "3.00", ("10.00", "0.00", "2.50", "0.00")),
    ],
)
def test_price_of_pieces_in_exchange_and_of_what_was_not_paid_yet(
    exchange: str, outstanding: str, expected: tuple[str, ...]
) -> None:
    proposal = price(
        [pieces(3)],
        money(outstanding=Decimal(outstanding)),
        shipping=Decimal(0),
        return_shipping_fee=Decimal(0),
        exchange=Decimal(exchange),
    )

    found = (
        proposal.exchange_amount,
        proposal.outstanding_amount,
        proposal.owed,
        proposal.amount,
    )
    assert found == tuple(map(Decimal, expected))
    assert proposal.parts_total == proposal.amount


def test_price_is_never_above_what_is_left_on_the_payments() -> None:
    of = money(left=[(1, Decimal("2.00")), (2, Decimal("5.50"))])

    proposal = priced(pieces(3), of=of)

    assert (proposal.parts_total, proposal.amount, proposal.maximum) == (
        Decimal("10.00"),
        Decimal("7.50"),
        Decimal("7.50"),
    )


@pytest.mark.parametrize("currency", ["JPY", "EUR", "KWD"])
def test_price_has_the_digits_of_the_currency(currency: str) -> None:
    part = pieces(1, line_gross=Decimal("100.1234"), restocking_percent=Decimal("7.77"))

    line = priced(part, of=money(currency=currency)).lines[0]

    amounts = (line.amount, line.tax, line.restocking_fee)
    assert [amount.as_tuple().exponent for amount in amounts] == [
        smallest_unit(currency).as_tuple().exponent
    ] * 3


def test_shipping_in_parts_gives_back_all_of_its_tax() -> None:
    paid: list[tuple[Decimal, Decimal]] = []
    for part in ("1.00", "1.00", "2.90"):
        of = money(
            shipping_gross=Decimal("4.90"),
            shipping_tax=Decimal("0.78"),
            shipping_done=sum((amount for amount, _tax in paid), ZERO),
            shipping_tax_done=sum((tax for _amount, tax in paid), ZERO),
        )
        proposal = priced(shipping=part, of=of)
        paid.append((proposal.shipping_amount, proposal.shipping_tax))

    assert [str(tax) for _amount, tax in paid] == ["0.16", "0.16", "0.46"]


def test_tax_of_shipping_is_never_below_zero() -> None:
    of = money(
        shipping_gross=Decimal("4.90"),
        shipping_tax=Decimal("0.78"),
        shipping_done=Decimal("1.00"),
        shipping_tax_done=Decimal("0.40"),
    )

    assert priced(shipping="1.00", of=of).shipping_tax == 0
    assert priced(shipping="0", of=of).shipping_tax == 0


def test_delivery_cost_that_was_lowered_after_it_came_back_leaves_nothing() -> None:
    of = money(shipping_gross=Decimal("2.00"), shipping_done=Decimal("4.90"))

    assert of.shipping_left == 0
    assert priced(pieces(3), of=of).amount == Decimal("10.00")


@pytest.mark.parametrize(
    "shipping", ["-0.01", "1.001", "4.91", "NaN", "Infinity", "1E+30", "1E-30"]
)
def test_shipping_that_cannot_be_paid_back_is_refused(shipping: str) -> None:
    with pytest.raises(InvalidAmount) as refused:
        priced(pieces(1), shipping=shipping, of=money(shipping_gross=Decimal("4.90")))

    assert refused.value.field == ("shipping",)


CENTS = st.decimals(min_value=0, max_value=Decimal("9999.9999"), places=4)


@given(
    quantity=st.integers(1, 30),
    unit_price=CENTS,
    off=st.fractions(0, 1),
    tax=CENTS,
    tax_included=st.booleans(),
    currency=st.sampled_from(["JPY", "EUR", "KWD"]),
    data=st.data(),
)
def test_pieces_one_after_the_other_bring_exactly_the_line(
    quantity: int,
    unit_price: Decimal,
    off: Any,
    tax: Decimal,
    tax_included: bool,
    currency: str,
    data: st.DataObject,
) -> None:
    discount = unit_price * quantity * off.numerator / off.denominator
    line = OrderLine(
        pk=1,
        quantity=quantity,
        unit_price=unit_price,
        discount_total=discount.quantize(Decimal("0.0001"), "ROUND_DOWN"),
        tax_total=tax,
    )
    order = Order(tax_included=tax_included, currency=currency)
    gross = line.subtotal if tax_included else line.subtotal + tax
    amounts, taxes, done = ZERO, ZERO, 0
    while done < quantity:
        count = data.draw(st.integers(1, quantity - done))
        part = pricing.pieces_of(line, order, key=1, quantity=count, restocking_percent=ZERO)
        of = money(currency=currency, done={1: done}, left=[(1, Decimal(10**9))])
        found = priced(part, of=of).lines[0]
        assert 0 <= found.tax <= found.amount
        amounts, taxes, done = amounts + found.amount, taxes + found.tax, done + count

    assert amounts == rounded(gross, currency)
    assert taxes == rounded(min(tax, gross), currency)
