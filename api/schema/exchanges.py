"""What goes to the buyer in place of what comes back."""

from typing import Any

import strawberry

from api.engine.gids import gid
from api.schema.fields import global_id, of, output, read
from api.schema.lines import LineItem
from api.schema.loading import children, related
from api.schema.nodes import Node, register
from returns.models import ExchangeLine as ExchangeRow
from returns.models import ExchangeShipment


def _order_lines(row: ExchangeRow) -> list[Any]:
    sent = children(
        row,
        "shipments",
        lambda: ExchangeShipment.objects.select_related("order_line").order_by("pk"),
    )
    return [related(each, "order_line") for each in sent]


@output("ExchangeLineItem")
@of(ExchangeRow)
class ExchangeLineItem(Node):
    """So many pieces of a variant that the buyer gets instead."""

    id: strawberry.ID = global_id("ExchangeLineItem")
    quantity: int = read("quantity", "How many pieces.")
    processed_quantity: int = read("processed_quantity", "Of these, sent.")
    processable_quantity: int = read(
        lambda row: row.unprocessed_quantity if row.for_return.status == "OPEN" else 0,
        "Of these, still to be sent.",
    )
    unprocessed_quantity: int = read("unprocessed_quantity", "Of these, not sent.")
    line_items: list[LineItem] | None = read(
        _order_lines, "The lines of the order that they became when they were sent."
    )
    line_item: LineItem | None = read(
        lambda row: next(iter(_order_lines(row)), None),
        "The first such line.",
        old="Use `lineItems`.",
    )
    variant_id: strawberry.ID | None = read(
        lambda row: gid("ProductVariant", row.variant_id), "The id of the variant."
    )
    product_id: strawberry.ID | None = read(
        lambda row: gid("Product", related(row, "variant").product_id), "The id of the product."
    )
    title: str | None = read("title", "What it is.")
    variant_title: str | None = read(lambda row: row.options_text or None, "Its options.")
    variant_sku: str | None = read(lambda row: row.sku or None, "The stock keeping unit.")


register(
    "ExchangeLineItem",
    lambda: ExchangeRow.objects.select_related("for_return"),
    scope="read_returns",
)
