"""docs/import.md shows what really can be imported."""

import re

from django.conf import settings

from orders.imports import online_retail, retour_csv, shopify
from orders.imports.formats import Format
from orders.intake import Outcome
from orders.models import FulfillmentLine, Order
from tests.orders.imports.conftest import Import

TEXT = (settings.BASE_DIR / "docs/import.md").read_text()


def examples(language: str) -> list[str]:
    """Return the code blocks in a language."""
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


def test_csv_examples_come_in(import_: Import) -> None:
    for example in examples("csv"):
        report, rejects = import_(example, Format.RETOUR_CSV)
        assert (report.orders, rejects) == ({Outcome.CREATED: 1}, [])

    assert Order.objects.get(reference="#1001").lines.count() == 2
    sent = FulfillmentLine.objects.filter(fulfillment__order__reference="#1002")
    assert sorted(sent.values_list("fulfillment__number", "quantity")) == [(1, 2), (2, 1)]


def test_json_example_comes_in(import_: Import) -> None:
    (example,) = examples("json")

    report, rejects = import_(f"[{example}]", Format.RETOUR_JSON)

    assert (report.orders, rejects) == ({Outcome.CREATED: 1}, [])
    order = Order.objects.get()
    paid = sum(line.subtotal for line in order.lines.all()) + order.shipping_amount
    assert order.payments.get().amount == paid


def test_every_column_of_the_retour_csv_is_explained() -> None:
    section = TEXT.split("## Retour CSV")[1].split("## Retour JSON")[0]
    told = set(re.findall(r"`([a-z_0-9]+)`", section))
    told |= {column.replace("ship_", "bill_") for column in told if column.startswith("ship_")}
    read = {
        *retour_csv.REQUIRED,
        *retour_csv.ORDER_COLUMNS,
        *retour_csv.LINE_COLUMNS,
        *retour_csv.PARCEL_COLUMNS,
        *retour_csv.PAYMENT_COLUMNS,
    }
    assert read - told == set()


def test_every_needed_column_of_the_other_formats_is_named() -> None:
    for column in (*shopify.REQUIRED, *online_retail.REQUIRED):
        assert column.removeprefix("Lineitem ") in TEXT, column


def test_every_format_is_named() -> None:
    assert [name for name in Format.values if f"`{name}`" not in TEXT] == []
