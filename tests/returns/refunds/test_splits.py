"""A refund shared out to payments."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from returns.errors import InvalidAmount, RefundTooLarge, ReturnError
from returns.refunds.splits import Parts, chosen, in_order, proportional

LEFT = [(7, Decimal("10.00")), (3, Decimal("0.00")), (5, Decimal("20.00"))]


def of(*parts: tuple[int, str]) -> Parts:
    return tuple((payment, Decimal(part)) for payment, part in parts)


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("0", of()),
        ("4.00", of((7, "4.00"))),
        ("10.01", of((7, "10.00"), (5, "0.01"))),
        ("30.00", of((7, "10.00"), (5, "20.00"))),
    ],
)
def test_in_order_fills_payments_up(amount: str, expected: Parts) -> None:
    assert in_order(Decimal(amount), LEFT) == expected


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("0", of()),
        ("0.01", of((5, "0.01"))),
        ("10.00", of((7, "3.33"), (5, "6.67"))),
        ("30.00", of((7, "10.00"), (5, "20.00"))),
    ],
)
def test_proportional_spreads(amount: str, expected: Parts) -> None:
    assert proportional(Decimal(amount), LEFT, "EUR") == expected


def test_more_than_is_left_cannot_be_shared_out() -> None:
    with pytest.raises(ValueError, match=r"^0\.01 more"):
        in_order(Decimal("30.01"), LEFT)
    with pytest.raises(ValueError, match=r"^0\.01 more"):
        proportional(Decimal("30.01"), LEFT, "EUR")


UNITS = st.integers(min_value=0, max_value=10**6)


@given(left=st.lists(UNITS, min_size=1, max_size=6), share=st.integers(0, 1000), data=st.data())
def test_parts_sum_to_the_refund_and_fit_their_payments(
    left: list[int], share: int, data: st.DataObject
) -> None:
    currency, unit = data.draw(st.sampled_from([("EUR", "0.01"), ("JPY", "1"), ("KWD", "0.001")]))
    amount = (sum(left) * share // 1000) * Decimal(unit)
    rest = [(number, units * Decimal(unit)) for number, units in enumerate(left)]
    for parts in (in_order(amount, rest), proportional(amount, rest, currency)):
        assert sum((part for _payment, part in parts), Decimal(0)) == amount
        assert all(0 < part <= dict(rest)[payment] for payment, part in parts)


def test_chosen_is_kept_in_the_order_of_payments() -> None:
    wanted = {5: Decimal("12.50"), 7: Decimal("2.50"), 3: Decimal(0)}

    assert chosen(Decimal(15), wanted, LEFT, "EUR") == of((7, "2.50"), (5, "12.50"))


@pytest.mark.parametrize(
    ("wanted", "error", "field", "message"),
    [
        ({7: "10.01"}, RefundTooLarge, ("parts", "7"), "Only €10.00 are left on this payment."),
        ({9: "15"}, InvalidAmount, ("parts", "9"), "This payment is not part of the order."),
        ({7: "-1"}, InvalidAmount, ("parts", "7"), "Enter an amount in EUR"),
        ({7: "1.001"}, InvalidAmount, ("parts", "7"), "Enter an amount in EUR"),
        ({7: "NaN"}, InvalidAmount, ("parts", "7"), "Enter an amount in EUR"),
        ({7: "5"}, InvalidAmount, ("parts",), "€10.00 of the refund are not shared out yet."),
        ({5: "20"}, InvalidAmount, ("parts",), "The parts are €5.00 more than the refund."),
    ],
)
def test_chosen_says_what_is_wrong(
    wanted: dict[int, str], error: type[ReturnError], field: tuple[str, ...], message: str
) -> None:
    parts = {payment: Decimal(part) for payment, part in wanted.items()}

    with pytest.raises(error) as caught:
        chosen(Decimal(15), parts, LEFT, "EUR")

    assert caught.value.field == field
    assert caught.value.message.startswith(message)
