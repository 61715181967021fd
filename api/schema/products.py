"""Products and their variants."""

from typing import Annotated, Any

import strawberry
from django.db.models import Sum

from api.schema.connections import Connection, connection
from api.schema.fields import global_id, of, output, read
from api.schema.loading import batched, children, related
from api.schema.nodes import LegacyInteroperability, Node, register
from api.schema.places import Image, Picture
from api.schema.scalars import Money, UnsignedInt64
from orders.models import Product as ProductRow
from orders.models import StockLevel
from orders.models import Variant as VariantRow

VariantRef = Annotated["ProductVariant", strawberry.lazy("api.schema.products")]


@output("SelectedOption")
class SelectedOption:
    """A value of an option."""

    name: str = strawberry.field(description="The option, such as Size.")
    value: str = strawberry.field(description="The value, such as M.")


def options_of(row: Any) -> list[SelectedOption]:
    """Return the options of a variant or a line."""
    return [SelectedOption(name=str(k), value=str(v)) for k, v in row.options.items()]


def options_title(row: Any) -> str:
    """Return the values of the options in one line."""
    return " / ".join(str(value) for value in row.options.values()) or "Default Title"


def product_picture(row: ProductRow) -> Picture | None:
    """Return a product's picture, if it has one with an address of its own."""
    return Picture(row.image, row.title) if row.image.startswith("http") else None


def _stock(rows: Any) -> dict[int, int]:
    levels = StockLevel.objects.filter(variant__in=[row.pk for row in rows])
    counted = levels.values("variant").annotate(all_pieces=Sum("available"))
    return dict(counted.values_list("variant", "all_pieces"))


@output("Product")
@of(ProductRow)
class Product(LegacyInteroperability, Node):
    """Something for sale, in one or more variants."""

    id: strawberry.ID = global_id("Product")
    legacy_resource_id: UnsignedInt64 = read("pk", "The number within the id.")
    title: str = read("title", "What it is called.")
    handle: str = read("handle", "Its name in addresses.")
    vendor: str = read("vendor", "Who made it.")
    product_type: str = read("product_type", "What kind of thing it is.")
    featured_image: Image | None = read(product_picture, "Its picture.", old="Use a line's image.")
    variants: Connection[VariantRef] = connection(
        VariantRef,
        lambda row, _info: children(row, "variants", lambda: VariantRow.objects.order_by("pk")),
        "In which variants it comes.",
    )


@output("ProductVariant")
@of(VariantRow)
class ProductVariant(LegacyInteroperability, Node):
    """One article that can be put on a shelf."""

    id: strawberry.ID = global_id("ProductVariant")
    legacy_resource_id: UnsignedInt64 = read("pk", "The number within the id.")
    title: str = read(options_title, "What tells it from its siblings.")
    display_name: str = read(
        lambda row: f"{related(row, 'product').title} - {options_title(row)}", "The whole name."
    )
    sku: str | None = read(lambda row: row.sku or None, "The stock keeping unit.")
    barcode: str | None = read(lambda row: row.barcode or None, "The barcode.")
    price: Money = read("price", "What a piece costs.")
    product: Product = read(lambda row: related(row, "product"), "What it is a variant of.")
    selected_options: list[SelectedOption] = read(options_of, "Its options.")
    inventory_quantity: int | None = read(
        lambda row: batched(row, "stock", _stock).get(row.pk, 0), "How many pieces there are."
    )


register("Product", ProductRow.objects.all, scope="read_products")
register("ProductVariant", VariantRow.objects.all, scope="read_products")
