"""Retour's own JSON, by line and as a list."""

import json

import pytest

from orders.imports.formats import Format
from orders.imports.source import UnreadableFile
from orders.intake import Outcome
from orders.models import Order
from tests.orders.imports.conftest import FILES, Import
from tests.orders.intake.test_intake import everything

SMALL = {
    "reference": "1",
    "placed_at": "2026-10-01",
    "lines": [{"title": "Cup", "quantity": 1, "unit_price": "5.00"}],
}


def test_json_lines_hold_the_same_as_the_csv(import_: Import) -> None:
    import_(FILES / "retour.csv", Format.RETOUR_CSV)

    report, rejects = import_(FILES / "retour.jsonl", Format.RETOUR_JSON)

    assert rejects == []
    assert report.orders == {Outcome.UNCHANGED: 2}


def test_list_holds_the_same_as_the_lines(import_: Import) -> None:
    lines = (FILES / "retour.jsonl").read_text()
    import_(lines, Format.RETOUR_JSON)
    before = everything()

    orders = [json.loads(line) for line in lines.splitlines()]
    for text in (json.dumps(orders), "\ufeff\n " + json.dumps(orders, indent=2)):
        report, rejects = import_(text, Format.RETOUR_JSON)
        assert (report.orders, rejects) == ({Outcome.UNCHANGED: 2}, [])

    assert everything() == before


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"refrence": "1"}, "refrence: There is no such field."),
        ({"reference": None}, "reference: Must be a text."),
        ({"placed_at": 20261001}, "placed_at: Must be a time, as in 2026-11-22T14:05:00+01:00."),
        ({"lines": {}}, "lines: Must be a list."),
        ({"lines": []}, "lines: An order needs at least one line."),
        ({"lines": [7]}, "lines.1: Must be an object with keys and values."),
        ({"lines": [{"title": "Cup", "quantity": 1}]}, "lines.1.unit_price: This is missing."),
        (
            {"lines": [{"title": "Cup", "quantity": True, "unit_price": 1}]},
            "lines.1.quantity: Must be a whole number.",
        ),
        (
            {"lines": [{"title": "Cup", "quantity": 1, "unit_price": "NaN"}]},
            "lines.1.unit_price: Must be an amount, as in 12.50.",
        ),
        ({"tax_included": "yes"}, "tax_included: Must be true or false."),
        ({"customer": "Ada"}, "customer: Must be an object with keys and values."),
        ({"store": "lark"}, "store: The store is chosen when the file is imported."),
    ],
)
def test_wrong_order_is_rejected_with_its_reason(
    import_: Import, change: dict[str, object], reason: str
) -> None:
    text = json.dumps(SMALL | {"reference": "2"}) + "\n" + json.dumps(SMALL | change)

    report, rejects = import_(text, Format.RETOUR_JSON)

    assert report.orders == {Outcome.CREATED: 1}
    assert rejects[0] == "line,reason,order"
    assert rejects[1].startswith((f"2,{reason},", f'2,"{reason}",'))
    assert Order.objects.get().reference == "2"


def test_line_that_is_no_json_rejects_itself_alone(import_: Import) -> None:
    text = json.dumps(SMALL) + "\n{broken\n" + json.dumps(SMALL | {"reference": "2"}) + "\n"

    report, rejects = import_(text, Format.RETOUR_JSON)

    assert report.orders == {Outcome.CREATED: 2}
    assert len(rejects) == 2
    assert rejects[1].startswith("2,This line is no JSON: ")


def test_list_that_breaks_off_is_not_imported_at_all(import_: Import) -> None:
    text = json.dumps([SMALL, SMALL])[:-5]

    with pytest.raises(UnreadableFile, match=r"The list is no JSON after order \d"):
        import_(text, Format.RETOUR_JSON)

    assert not Order.objects.exists()


def test_order_that_would_fill_the_memory_is_refused(import_: Import) -> None:
    text = '[{"reference": "' + "9" * 6_000_000 + '"}]'

    with pytest.raises(UnreadableFile, match="An order takes more than 5000000 bytes"):
        import_(text, Format.RETOUR_JSON)


def test_deep_nesting_is_refused(import_: Import) -> None:
    report, rejects = import_('{"a":1}\n' + "[" * 400_000, Format.RETOUR_JSON)

    assert (report.orders, report.rejected_rows, len(rejects)) == ({}, 2, 3)
