"""Cases that are wrong, told with the path to each mistake."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from returns.refunds import quotes
from returns.refunds.quotes import case as reading

BACK = "$.return.lines"


def case(**changes: Any) -> dict[str, Any]:
    """An order of two cups, of which one goes back; changes are of the order or the return."""
    back = changes.pop("back", {"lines": [{"line": "cup", "quantity": 1}]})
    line = {"id": "cup", "quantity": 2, "unit_price": "10.00"} | changes.pop("line", {})
    order = {
        "currency": "EUR",
        "lines": [line],
        "payments": [{"id": "card", "amount": "20.00"}],
    }
    return {"order": order | changes, "return": back}


def paths(plain: object) -> list[str]:
    return [problem["path"] for problem in quotes.answer(plain)["error"]["problems"]]


def test_case_is_answered_whole() -> None:
    assert quotes.answer({"id": 7, **case()}) == {
        "id": 7,
        "currency": "EUR",
        "lines": [
            {
                "line": "cup",
                "quantity": 1,
                "amount": "10.00",
                "net": "10.00",
                "tax": "0.00",
                "restocking_fee": "0.00",
                "taxes": [],
            }
        ],
        "items_amount": "10.00",
        "items_tax": "0.00",
        "shipping_amount": "0.00",
        "shipping_tax": "0.00",
        "restocking_fee": "0.00",
        "return_shipping_fee": "0.00",
        "exchange_amount": "0.00",
        "outstanding_amount": "0.00",
        "owed": "0.00",
        "suggested": "10.00",
        "maximum": "20.00",
        "amount": "10.00",
        "adjustment": "0.00",
        "payments": [{"payment": "card", "amount": "10.00"}],
    }


@pytest.mark.parametrize(
    ("plain", "expected"),
    [
        (3, ["$"]),
        ({}, ["$.order", "$.return"]),
        ({"order": {}, "return": {}}, ["$.order.currency", "$.order.lines"]),
        (case(currency="XYZ"), ["$.order.currency"]),
        (case(line={"quantity": 0}), ["$.order.lines[0].quantity"]),
        (case(line={"quantity": True}), ["$.order.lines[0].quantity"]),
        (case(line={"quantity": "2"}), ["$.order.lines[0].quantity"]),
        (case(line={"unit_price": "1,50"}), ["$.order.lines[0].unit_price"]),
        (case(line={"unit_price": "NaN"}), ["$.order.lines[0].unit_price"]),
        (case(line={"unit_price": 1.5}), ["$.order.lines[0].unit_price"]),
        (case(line={"unit_price": "1_0"}), ["$.order.lines[0].unit_price"]),
        (case(line={"unit_price": "9" * 50}), ["$.order.lines[0].unit_price"]),
        (case(line={"unit_price": "1e99"}), ["$.order.lines[0].unit_price"]),
        (case(line={"unit_price": "-1"}), ["$.order.lines[0].unit_price"]),
        (case(line={"unit_price": "1.00001"}), ["$.order.lines[0].unit_price"]),
        (case(line={"discounts": ["15", "6"]}), ["$.order.lines[0].discounts"]),
        (case(line={"discounts": "15"}), ["$.order.lines[0].discounts"]),
        (case(line={"tax": "1", "taxes": [{"amount": "2"}]}), ["$.order.lines[0].taxes"]),
        (case(line={"taxes": [{}]}), ["$.order.lines[0].taxes[0].amount"]),
        (case(line={"prize": 1}), ["$.order.lines[0].prize"]),
        (case(line={"is_goods": 1}), ["$.order.lines[0].is_goods"]),
        (case(line={"bundle_kind": "BOX"}), ["$.order.lines[0].bundle_kind"]),
        (case(tax_included="yes"), ["$.order.tax_included"]),
        (case(discounts=[{"amount": "20.01"}]), ["$.order.discounts[0].amount"]),
        (case(discounts=[{"amount": "1.001"}]), ["$.order.discounts[0].amount"]),
        (case(discounts=[{"amount": "1", "lines": ["x"]}]), ["$.order.discounts[0].lines"]),
        (case(payments=[{"id": 1, "amount": 1, "refunded": 2}]), ["$.order.payments[0].refunded"]),
        (case(payments=[{"id": 1, "amount": "1"}] * 2), ["$.order.payments[1].id"]),
        (case(shipping=[]), []),
        (case(shipping=[1]), ["$.order.shipping"]),
        (case(terms={"shipping_refund": "OFTEN"}), ["$.order.terms.shipping_refund"]),
        (case(terms={"restocking_fee_percent": "101"}), ["$.order.terms.restocking_fee_percent"]),
        (case(refunds=[{"status": "LOST"}]), ["$.order.refunds[0].status"]),
        (case(back={"lines": [{"line": "x", "quantity": 1}]}), [f"{BACK}[0].line"]),
        (case(back={"lines": [{"line": "cup", "quantity": 3}]}), [f"{BACK}[0].quantity"]),
        (case(back={"lines": [{"line": "cup", "quantity": 2}] * 2}), [f"{BACK}[1].quantity"]),
        (case(back={"lines": [{"line": "cup", "quantity": -1}]}), [f"{BACK}[0].quantity"]),
        (case(back={"lines": []}), ["$.return.lines"]),
        (case(back={"amount": "20.01"}), ["$.return.amount"]),
        (case(back={"shipping": "0.01"}), ["$.return.shipping"]),
        (
            case(refunds=[{"lines": [{"line": "cup", "quantity": 3}]}]),
            ["$.order.refunds[0].lines[0].quantity"],
        ),
    ],
)  # fmt: skip
def test_mistake_is_told_with_its_path(plain: object, expected: list[str]) -> None:
    if expected:
        assert paths(plain) == expected
    else:
        assert "error" not in quotes.answer(plain)


def test_line_that_occurs_twice_is_refused() -> None:
    plain = case()
    plain["order"]["lines"] *= 2

    assert paths(plain) == ["$.order.lines[1].id"]


def test_part_of_a_bundle_goes_back_only_with_it() -> None:
    plain = case(line={"bundle_kind": "FIXED"})
    part = {"id": "lid", "quantity": 2, "unit_price": 0, "bundle_parent": "cup"}
    plain["order"]["lines"].append(part)
    wrong = {**plain, "return": {"lines": [{"line": "lid", "quantity": 1}]}}

    assert quotes.answer(plain)["amount"] == "10.00"
    assert paths(wrong) == [f"{BACK}[0].line"]


def test_failed_refund_does_not_count() -> None:
    refund = {"lines": [{"line": "cup", "quantity": 2}], "status": "FAILED"}

    assert quotes.answer(case(refunds=[refund]))["amount"] == "10.00"


def test_rest_of_a_line_of_which_another_system_paid_less() -> None:
    refund = {"lines": [{"line": "cup", "quantity": 1, "amount": "9.99"}]}
    found = quotes.answer(case(refunds=[refund]))

    assert (found["amount"], found["maximum"]) == ("10.01", "10.01")


@pytest.mark.parametrize("price", ["3.3333", Decimal("3.3333")])
def test_repeating_price_is_rounded_once_per_line(price: object) -> None:
    plain = case(line={"quantity": 3, "unit_price": price}, payments=[{"id": 1, "amount": "10"}])
    plain["return"]["lines"][0]["quantity"] = 3

    assert quotes.answer(plain)["amount"] == "10.00"


def test_schema_names_the_fields_that_are_read() -> None:
    path = Path(settings.BASE_DIR) / "docs" / "refund_quote.schema.json"
    parts = json.loads(path.read_text(encoding="utf-8"))["$defs"]

    assert {name: frozenset(parts[name]["properties"]) for name in ("case", "order", "line")} == {
        "case": reading._CASE,
        "order": reading._ORDER,
        "line": reading._LINE,
    }
    assert frozenset(parts["returned"]["properties"]) == reading._RETURNED
    assert frozenset(parts["case"]["properties"]["return"]["properties"]) == reading._RETURN
    assert frozenset(parts["order"]["properties"]["terms"]["properties"]) == reading._TERMS
