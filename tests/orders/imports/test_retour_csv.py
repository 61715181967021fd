"""Retour's own CSV."""

from decimal import Decimal

import pytest

from orders.imports.formats import Format
from orders.intake import Outcome
from orders.models import FulfillmentLine, Order, OrderLine
from tests.orders.imports.conftest import FILES, Import

HEADER = "order,placed_at,title,quantity,unit_price,shipped_at,shipped_quantity,shipped_line\n"


def test_example_file_comes_in_whole(import_: Import) -> None:
    report, rejects = import_(FILES / "retour.csv", Format.RETOUR_CSV)

    assert (report.orders, report.lines, rejects) == ({Outcome.CREATED: 2}, 4, [])
    first = Order.objects.get(reference="#1001")
    assert first.placed_at.isoformat() == "2026-10-01T07:30:00+00:00"
    assert first.customer is not None
    assert (first.customer.reference, first.customer.name) == ("C-17", "Ada Winter")
    assert (first.shipping_amount, first.shipping_tax) == (Decimal("4.9"), Decimal("0.78"))
    assert first.shipping_address["city"] == "Köln"
    cup, wrapping = first.lines.all()
    assert (cup.title, cup.options, cup.quantity) == (
        "Cup, large",
        {"Colour": "Sage", "Size": "L"},
        3,
    )
    assert (cup.discount_total, wrapping.discount_total) == (Decimal("7.11"), Decimal("0.39"))
    assert (cup.is_goods, wrapping.is_goods) == (True, False)
    assert cup.variant is not None
    assert (cup.variant.product.handle, cup.variant.product.vendor) == ("cup", "Linden & Lark")


def test_parcels_and_payments_take_rows_of_their_own(import_: Import) -> None:
    import_(FILES / "retour.csv", Format.RETOUR_CSV)

    sent = FulfillmentLine.objects.filter(fulfillment__order__reference="#1001")
    assert list(
        sent.order_by("fulfillment__number").values_list(
            "fulfillment__external_id",
            "fulfillment__tracking_number",
            "fulfillment__location__code",
            "order_line__position",
            "quantity",
        )
    ) == [("P-1", "JJD0001", "north", 1, 2), ("P-2", "JJD0002", None, 1, 1)]
    payments = Order.objects.get(reference="#1001").payments
    assert sorted(payments.values_list("external_id", "method", "amount")) == [
        ("ch_1", "CARD", Decimal("51.92")),
        ("gc_7", "GIFT_CARD", Decimal("10")),
    ]


def test_bundle_and_guest_and_defaults(import_: Import) -> None:
    import_(FILES / "retour.csv", Format.RETOUR_CSV)

    order = Order.objects.get(reference="#1002")
    assert (order.email, order.customer, order.currency) == ("guest@example.com", None, "EUR")
    bundle, part = order.lines.all()
    assert (bundle.bundle_kind, bundle.final_sale, part.bundle_parent) == ("FIXED", True, bundle)


def test_second_run_changes_nothing_and_a_changed_order_is_updated(import_: Import) -> None:
    text = (FILES / "retour.csv").read_text()
    import_(text, Format.RETOUR_CSV)

    again, _rejects = import_(text, Format.RETOUR_CSV)
    changed, _rejects = import_(text.replace("Breakfast set", "Brunch set"), Format.RETOUR_CSV)

    assert again.orders == {Outcome.UNCHANGED: 2}
    assert changed.orders == {Outcome.UNCHANGED: 1, Outcome.UPDATED: 1}
    assert OrderLine.objects.filter(title="Brunch set").count() == 1


def test_bad_row_rejects_its_whole_order_and_no_other(import_: Import) -> None:
    rows = (
        "1,2026-10-01,Cup,1,5.00,,,\n"
        "2,2026-10-01,Cup,1,5.00,,,\n"
        "2,,Plate,one,5.00,,,\n"
        "2,,Bowl,1,5.00,,,\n"
        "3,2026-10-01,Cup,1,5.00,,,\n"
    )

    report, rejects = import_(HEADER + rows, Format.RETOUR_CSV)

    assert list(Order.objects.order_by("reference").values_list("reference", flat=True)) == [
        "1",
        "3",
    ]
    assert (report.rejected_orders, report.rejected_rows) == (1, 3)
    assert rejects == [
        "line,reason," + HEADER.strip(),
        "3,Rejected with its order because of line 4.,2,2026-10-01,Cup,1,5.00,,,",
        "4,quantity: “one” is not a whole number.,2,,Plate,one,5.00,,,",
        "5,Rejected with its order because of line 4.,2,,Bowl,1,5.00,,,",
    ]


def test_rejected_rows_can_be_corrected_and_imported(import_: Import) -> None:
    _report, rejects = import_(HEADER + "1,2026-10-01,Cup,0,5.00,,,\n", Format.RETOUR_CSV)
    corrected = "\n".join(rejects).replace("Cup,0", "Cup,1")

    report, rejects = import_(corrected, Format.RETOUR_CSV)

    assert (report.orders, rejects) == ({Outcome.CREATED: 1}, [])


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,2026-10-01,Cup,0,5.00,,,", "quantity: Must be at least 1; this is 0."),
        ("1,2026-10-01,Cup,-1,5.00,,,", "quantity: Must be at least 1; this is -1."),
        ("1,2026-10-01,Cup,,5.00,,,", "quantity: This is missing."),
        ("1,2026-10-01,Cup,1,,,,", "unit_price: This is missing."),
        ("1,2026-10-01,Cup,1,5.001,,,", "unit_price: 5.001 has more digits than EUR."),
        (
            '1,2026-10-01,Cup,1,"5,00",,,',
            '"unit_price: “5,00” is not an amount; write it as 1234.50."',
        ),
        ("1,2026-10-01,,1,5.00,,,", "title: This is missing."),
        ("1,2027-10-01,Cup,1,5.00,,,", "placed_at: This lies in the future."),
        (
            "1,yesterday,Cup,1,5.00,,,",
            "placed_at: “yesterday” is not a time; write it as 2026-11-22 14:05.",
        ),
        (
            "1,2026-10-01,Cup,1,5.00,2026-10-02,2,",
            '"fulfillments: 2 pieces of line 1 were sent, but 1 ordered."',
        ),
        (",2026-10-01,Cup,1,5.00,,,", "The order's number is missing."),
    ],
)
def test_wrong_row_is_rejected_with_line_and_reason(import_: Import, row: str, reason: str) -> None:
    report, rejects = import_(HEADER + row + "\n", Format.RETOUR_CSV)

    assert rejects[1:] == [f"2,{reason},{row}"]
    assert (report.rejected_rows, Order.objects.count()) == (1, 0)


def test_row_with_more_cells_than_columns_is_rejected(import_: Import) -> None:
    _report, rejects = import_(HEADER + "1,2026-10-01,Cup,1,5.00,,,,x,y\n", Format.RETOUR_CSV)

    assert rejects[1].startswith('2,"This row has 10 cells, the first line only 8.",1,')
    assert rejects[1].endswith(',"x,y"')


def test_row_that_contradicts_the_first_is_rejected(import_: Import) -> None:
    rows = "1,2026-10-01,Cup,1,5.00,,,\n1,2026-10-02,Plate,1,5.00,,,\n"

    _report, rejects = import_(HEADER + rows, Format.RETOUR_CSV)

    assert "placed_at: differs from the order's first row." in rejects[2]


def test_empty_row_of_an_order_is_rejected(import_: Import) -> None:
    rows = "1,2026-10-01,Cup,1,5.00,,,\n1,,,,,,,\n"

    _report, rejects = import_(HEADER + rows, Format.RETOUR_CSV)

    assert rejects[2].startswith('3,"This row holds no line, no shipment and no payment."')


def test_order_whose_rows_are_apart_is_rejected_in_both_places(import_: Import) -> None:
    rows = "1,2026-10-01,Cup,1,5.00,,,\n2,2026-10-01,Cup,1,5.00,,,\n1,,Plate,1,5.00,,,\n"

    report, rejects = import_(HEADER + rows, Format.RETOUR_CSV)

    assert report.orders == {Outcome.CREATED: 1}
    assert [reject.partition(",")[0] for reject in rejects] == ["line", "2", "4"]
    assert Order.objects.get().reference == "2"


def test_semicolons_and_tabs_part_cells_too(import_: Import) -> None:
    text = HEADER + "1,2026-10-01,Cup,1,5.00,,,\n"

    for number, delimiter in enumerate(";\t"):
        other = text.replace("\n1,", f"\n{number},").replace(",", delimiter)
        report, _rejects = import_(other, Format.RETOUR_CSV)
        assert report.orders == {Outcome.CREATED: 1}
