"""What holds for the refunds of any order: worked out piece by piece, without a database."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from orders.models import Order, OrderLine
from orders.money import is_exact, rounded, split
from returns.refunds import pricing, quotes

ZERO = Decimal(0)
CURRENCIES = st.sampled_from(["JPY", "EUR", "KWD"])
# As many decimals as a column keeps: prices per piece may repeat, as in 3.3333.
PRICES = st.decimals(0, 300, places=4)
TAXES = st.lists(st.decimals(0, 40, places=4), max_size=3)


@st.composite
def orders(draw: st.DrawFn) -> dict[str, Any]:
    """Orders with all kinds of discounts and taxes, paid in up to three parts."""
    currency = draw(CURRENCIES)
    lines = []
    for number in range(draw(st.integers(1, 4))):
        quantity, price = draw(st.integers(1, 5)), draw(PRICES)
        off = draw(st.integers(0, 100)) * price * quantity / 100
        lines.append(
            {
                "id": f"line {number}",
                "quantity": quantity,
                "unit_price": str(price),
                "discounts": [str(off.quantize(Decimal("0.0001"), "ROUND_DOWN"))],
                "taxes": [{"amount": str(tax)} for tax in draw(TAXES)],
            }
        )
    costs = sum((rounded(cost(line), currency) for line in lines), ZERO)
    off = rounded(costs * draw(st.integers(0, 99)) / 100, currency)
    shipping = rounded(draw(st.decimals(0, 20, places=2)), currency)
    return {
        "currency": currency,
        "tax_included": draw(st.booleans()),
        "lines": lines,
        "discounts": [{"amount": str(off)}] if off <= costs else [],
        "shipping": {"amount": str(shipping), "tax": str(shipping / 5)[:8]}
        if is_exact(shipping / 5, currency)
        else {"amount": str(shipping)},
        "payments": [
            {"id": str(n), "amount": str(rounded(draw(st.decimals(0, 9000, places=2)), currency))}
            for n in range(draw(st.integers(1, 3)))
        ],
        "outstanding": "0",
    }


def cost(line: dict[str, Any]) -> Decimal:
    return Decimal(line["unit_price"]) * line["quantity"] - sum(map(Decimal, line["discounts"]))


def piece_by_piece(order: dict[str, Any], data: st.DataObject) -> list[dict[str, Any]]:
    """Return every piece of the order in any order and portions, as lines of refunds."""
    left = {line["id"]: line["quantity"] for line in order["lines"]}
    wanted = []
    while left:
        name = data.draw(st.sampled_from(sorted(left)))
        count = data.draw(st.integers(1, left[name]))
        left = {key: rest - count * (key == name) for key, rest in left.items()}
        left = {key: rest for key, rest in left.items() if rest}
        wanted.append({"line": name, "quantity": count})
    return wanted


def amount(row: dict[str, Any], name: str = "amount") -> Decimal:
    return Decimal(row[name])


@settings(deadline=None)
@given(order=orders(), data=st.data())
def test_all_pieces_bring_exactly_the_line_tax_by_tax(
    order: dict[str, Any], data: st.DataObject
) -> None:
    order["payments"] = [{"id": "all", "amount": "100000"}]
    paid: defaultdict[str, Decimal] = defaultdict(Decimal)
    taxes: defaultdict[tuple[str, int], Decimal] = defaultdict(Decimal)
    shipping, shipping_tax = ZERO, ZERO
    before: list[dict[str, Any]] = []
    for wanted in piece_by_piece(order, data):
        case = {"order": {**order, "refunds": before}, "return": {"lines": [wanted]}}
        found = quotes.answer(case)
        (line,) = found["lines"]
        assert amount(line, "net") + amount(line, "tax") == amount(line)
        assert 0 <= amount(line, "tax") <= amount(line)
        if line["taxes"]:
            assert sum(map(amount, line["taxes"])) == amount(line, "tax")
        assert amount(found, "adjustment") == 0
        assert sum(map(amount, found["payments"])) == amount(found)
        paid[line["line"]] += amount(line)
        for number, tax in enumerate(line["taxes"]):
            taxes[line["line"], number] += amount(tax)
        shipping += amount(found, "shipping_amount")
        shipping_tax += amount(found, "shipping_tax")
        before = [*before, {"lines": [wanted]}]
    expected_paid, expected_taxes = worth(order)
    assert dict(paid) == expected_paid
    assert dict(taxes) == expected_taxes
    charged, of_it = (Decimal(order["shipping"].get(name, "0")) for name in ("amount", "tax"))
    assert shipping == charged + (ZERO if order["tax_included"] else of_it)
    assert shipping_tax == of_it


def worth(order: dict[str, Any]) -> tuple[dict[str, Decimal], dict[tuple[str, int], Decimal]]:
    """What was paid per line, and the stored amount of each of its taxes, within what was paid."""
    currency = order["currency"]
    costs = [cost(line) for line in order["lines"]]
    if order["discounts"]:
        costs = [rounded(one, currency) for one in costs]
    for discount in order["discounts"]:
        shares = split(Decimal(discount["amount"]), costs, currency)
        assert sum(shares) == Decimal(discount["amount"])
        costs = [one - share for one, share in zip(costs, shares, strict=True)]
    paid: dict[str, Decimal] = {}
    taxes: dict[tuple[str, int], Decimal] = {}
    for line, net_or_gross in zip(order["lines"], costs, strict=True):
        stored = [Decimal(tax["amount"]) for tax in line["taxes"]]
        gross = net_or_gross + (ZERO if order["tax_included"] else sum(stored))
        paid[line["id"]] = rounded(gross, currency)
        parts = split(min(sum(stored, ZERO), gross), stored, currency) if stored else []
        taxes |= {(line["id"], number): part for number, part in enumerate(parts)}
    return paid, taxes


@settings(deadline=None)
@given(order=orders(), data=st.data())
def test_refunds_never_exceed_what_is_left_on_the_payments(
    order: dict[str, Any], data: st.DataObject
) -> None:
    captured = {payment["id"]: Decimal(payment["amount"]) for payment in order["payments"]}
    out: defaultdict[str, Decimal] = defaultdict(Decimal)
    before: list[dict[str, Any]] = []
    for wanted in piece_by_piece(order, data):
        said = data.draw(st.none() | st.integers(0, 3000).map(str))
        status = data.draw(st.sampled_from(["PENDING", "SUCCEEDED", "FAILED"]))
        refund = {"lines": [wanted], "amount": said}
        found = quotes.answer({"order": {**order, "refunds": before}, "return": refund})
        if "error" in found:
            left = sum(captured.values()) - sum(out.values())
            assert said is not None
            assert Decimal(said) > left
            assert found["error"]["problems"][0]["path"] == "$.return.amount"
            refund["amount"] = None
            found = quotes.answer({"order": {**order, "refunds": before}, "return": refund})
        for part in found["payments"]:
            if status != "FAILED":
                out[part["payment"]] += amount(part)
        assert all(out[name] <= most for name, most in captured.items())
        before = [*before, {**refund, "status": status}] if status != "FAILED" else before


@given(
    gross=st.decimals(0, 100, places=2),
    parts=st.lists(st.decimals(0, 100, places=2), min_size=1, max_size=5),
    pieces=st.integers(1, 12),
    data=st.data(),
)
def test_no_piece_bears_more_tax_than_it_cost(
    gross: Decimal, parts: list[Decimal], pieces: int, data: st.DataObject
) -> None:
    line = OrderLine(
        pk=1,
        quantity=pieces,
        unit_price=(gross / pieces).quantize(Decimal("0.0001"), "ROUND_DOWN"),
        tax_total=sum(parts, ZERO),
        taxes=[{"title": "", "amount": str(part)} for part in parts],
    )
    order = Order(currency="EUR")
    start = data.draw(st.integers(0, pieces - 1))
    piece = pricing.pieces_of(line, order, key=1, quantity=1, restocking_percent=ZERO)
    money = pricing.OrderMoney(currency="EUR", done={1: start}, left=[(1, Decimal(1000))])
    (found,) = pricing.price([piece], money, shipping=ZERO, return_shipping_fee=ZERO).lines

    assert found.tax <= found.amount
    assert sum(tax.amount for tax in found.taxes) == found.tax
    assert all(tax.amount >= 0 for tax in found.taxes)
