"""Customers, products and variants that orders name: found, or made when they are new."""

import hashlib
from collections.abc import Iterable
from typing import Any

from django.db.models import Model
from django.utils.text import slugify

from orders.intake.data import CustomerData, LineData, OrderData, ProductData
from orders.models import Customer, Product, Variant

_HANDLE_LENGTH = 200


class Catalog:
    """What the orders of one batch refer to.

    Rows are written in the order of their keys, so that imports that run side by side wait for
    each other instead of deadlocking.
    """

    def __init__(self, orders: Iterable[OrderData]) -> None:
        orders = list(orders)
        lines = [line for order in orders for line in order.lines if line.sku and line.is_goods]
        self._customers = _customers([order.customer for order in orders if order.customer])
        self._variants = _variants(lines)
        _update_products(lines, self._variants)
        _update_barcodes(lines, self._variants)

    def customer(self, customer: CustomerData | None) -> Customer | None:
        """Return the customer; None for a guest."""
        return self._customers[customer.reference] if customer is not None else None

    def variant(self, line: LineData) -> Variant | None:
        """Return the article of a line; None for what is not goods or has no SKU."""
        return self._variants.get(line.sku) if line.is_goods else None


def _customers(wanted: list[CustomerData]) -> dict[str, Customer]:
    latest = {customer.reference: customer for customer in wanted}
    found = _find_customers(latest)
    missing = sorted(set(latest) - set(found))
    if missing:
        rows = [Customer(**_known(latest[reference])) for reference in missing]
        Customer.objects.bulk_create(rows, ignore_conflicts=True)
        found |= _find_customers(missing)
    _write_changes(
        ((found[reference], _known(data)) for reference, data in sorted(latest.items())),
        ["email", "name", "language", "group", "tags"],
    )
    return found


def _find_customers(references: Iterable[str]) -> dict[str, Customer]:
    found = Customer.objects.filter(reference__in=list(references)) if references else ()
    return {customer.reference: customer for customer in found}


def _variants(lines: list[LineData]) -> dict[str, Variant]:
    first: dict[str, LineData] = {}
    for line in lines:
        first.setdefault(line.sku, line)
    found = _find_variants(first)
    missing = sorted(set(first) - set(found))
    if missing:
        products = _products([first[sku] for sku in missing])
        rows = [_new_variant(first[sku], products[handle_of(first[sku])]) for sku in missing]
        Variant.objects.bulk_create(rows, ignore_conflicts=True)
        found |= _find_variants(missing)
    return found


def _find_variants(skus: Iterable[str]) -> dict[str, Variant]:
    skus = list(skus)
    if not skus:
        return {}
    found = Variant.objects.filter(sku__in=skus).select_related("product")
    return {variant.sku: variant for variant in found}


def _new_variant(line: LineData, product: Product) -> Variant:
    return Variant(
        product=product,
        sku=line.sku,
        barcode=line.barcode,
        options=dict(line.options),
        price=line.unit_price,
    )


def _products(lines: list[LineData]) -> dict[str, Product]:
    first: dict[str, LineData] = {}
    for line in lines:
        first.setdefault(handle_of(line), line)
    found = _find_products(first)
    missing = sorted(set(first) - set(found))
    if missing:
        rows = [_new_product(handle, first[handle]) for handle in missing]
        Product.objects.bulk_create(rows, ignore_conflicts=True)
        found |= _find_products(missing)
    return found


def _find_products(handles: Iterable[str]) -> dict[str, Product]:
    return {row.handle: row for row in Product.objects.filter(handle__in=list(handles))}


def _new_product(handle: str, line: LineData) -> Product:
    known = _known(line.product or ProductData())
    return Product(**{"title": line.title, "image": line.image, **known, "handle": handle})


def handle_of(line: LineData) -> str:
    """Return the handle of the product that a new article belongs to.

    One made from a SKU ends in some of its digest unless it says the whole SKU, because two SKUs
    may differ in letters that a handle does not have.
    """
    if line.product is not None and line.product.handle:
        return line.product.handle
    slug = slugify(line.sku)[:_HANDLE_LENGTH]
    if slug == line.sku:
        return slug
    mark = hashlib.sha256(line.sku.encode()).hexdigest()[:8]
    return f"{slug}-{mark}" if slug else mark


def _update_products(lines: list[LineData], variants: dict[str, Variant]) -> None:
    """Write what the lines say of products that exist; new ones have it already."""
    changes: dict[int, tuple[Product, dict[str, Any]]] = {}
    for line in lines:
        product = variants[line.sku].product
        if line.product is None or line.product.handle not in ("", product.handle):
            continue
        row = changes.setdefault(product.pk, (product, {}))
        row[1].update(_known(line.product))
        variants[line.sku].product = row[0]
    _write_changes(
        [changes[key] for key in sorted(changes)],
        ["title", "vendor", "product_type", "tags", "image", "final_sale"],
    )


def _update_barcodes(lines: list[LineData], variants: dict[str, Variant]) -> None:
    latest = {line.sku: line.barcode for line in lines if line.barcode}
    _write_changes(
        ((variants[sku], {"barcode": barcode}) for sku, barcode in sorted(latest.items())),
        ["barcode"],
    )


def _known(data: CustomerData | ProductData) -> dict[str, Any]:
    """Return the fields that say something; tags as the list that a column holds."""
    values = ((name, getattr(data, name)) for name in data.__slots__)
    said = {name: value for name, value in values if value not in ("", None, ())}
    return {k: list(value) if isinstance(value, tuple) else value for k, value in said.items()}


def _write_changes(wanted: Iterable[tuple[Model, dict[str, Any]]], columns: list[str]) -> None:
    """Set the values on the rows and store the rows that differ, with these columns."""
    changed: dict[type[Model], list[Model]] = {}
    for row, values in wanted:
        differing = {k: v for k, v in values.items() if k in columns and getattr(row, k) != v}
        for name, value in differing.items():
            setattr(row, name, value)
        if differing:
            changed.setdefault(type(row), []).append(row)
    for model, rows in changed.items():
        model._default_manager.bulk_update(rows, columns, batch_size=500)
