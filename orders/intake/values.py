"""The columns of an order's rows, from checked data: the same for new and for changed orders."""

from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from orders import money, search, taxes
from orders.intake.catalog import Catalog
from orders.intake.data import (
    AddressData,
    FulfillmentData,
    LineData,
    OrderData,
    PaymentData,
)
from orders.models import Location


def order_values(data: OrderData, catalog: Catalog) -> dict[str, Any]:
    """Return the columns of the order itself, without store, reference and search words."""
    customer = catalog.customer(data.customer)
    return {
        "customer_id": customer.pk if customer is not None else None,
        "guest_email": data.guest_email,
        "language": data.language,
        "channel": data.channel,
        "currency": data.currency,
        "placed_at": data.placed_at,
        "canceled_at": data.canceled_at,
        "archived_at": data.archived_at,
        "billing_address": _address(data.billing_address),
        "shipping_address": _address(data.shipping_address),
        "tax_included": data.tax_included,
        "shipping_amount": data.shipping_amount,
        "shipping_tax": data.shipping_tax,
        "outstanding": _outstanding(data),
    }


def _outstanding(data: OrderData) -> Decimal:
    """Return what the shop says is still to pay, else what the payments fall short of the order.

    An order without payments is one whose payments were not told: nothing can go back on it.
    """
    if data.outstanding is not None or not data.payments:
        return data.outstanding or money.ZERO
    parts = [line.unit_price * line.quantity - line.discount_total for line in data.lines]
    parts.append(data.shipping_amount)
    if not data.tax_included:
        parts += [*(line.tax_total for line in data.lines), data.shipping_tax]
    captured = sum((payment.amount for payment in data.payments), money.ZERO)
    total = sum(parts, money.ZERO)
    return money.outstanding(total, captured, len(data.lines) + 1, data.currency)


def _address(address: AddressData) -> dict[str, str]:
    return {name: value for name, value in asdict(address).items() if value}


def line_values(line: LineData, catalog: Catalog) -> dict[str, Any]:
    """Return the columns of a line, without its position and its bundle."""
    variant = catalog.variant(line)
    product = variant.product if variant is not None else None
    final_sale = line.final_sale
    if final_sale is None:
        final_sale = product is not None and product.final_sale
    return {
        "external_id": line.external_id,
        "variant_id": variant.pk if variant is not None else None,
        "sku": line.sku,
        "title": line.title,
        "options": dict(line.options),
        "image": line.image or (product.image if product is not None else ""),
        "quantity": line.quantity,
        "unit_price": line.unit_price,
        "discount_total": line.discount_total,
        "tax_total": line.tax_total,
        "taxes": taxes.to_json(line.taxes),
        "bundle_kind": line.bundle_kind,
        "final_sale": final_sale,
        "personalised": line.personalised,
        "is_goods": line.is_goods,
    }


def fulfillment_values(
    parcel: FulfillmentData, locations: Mapping[str, Location]
) -> dict[str, Any]:
    """Return the columns of a fulfilment, without its number."""
    return {
        "external_id": parcel.external_id,
        "location_id": locations[parcel.location].pk if parcel.location else None,
        "shipped_at": parcel.shipped_at,
        "delivered_at": parcel.delivered_at,
        "tracking_company": parcel.tracking_company,
        "tracking_number": parcel.tracking_number,
        "tracking_url": parcel.tracking_url,
    }


def payment_values(payment: PaymentData) -> dict[str, Any]:
    """Return the columns of a payment, without its amount."""
    return {
        "external_id": payment.external_id,
        "method": payment.method,
        "gateway": payment.gateway,
        "captured_at": payment.captured_at,
    }


def search_words(data: OrderData) -> list[str]:
    """Return the words to find the order by: reference, buyer, SKUs, tracking numbers."""
    buyer = data.customer
    texts = [data.reference, data.guest_email, data.shipping_address.name]
    texts += [data.billing_address.name, *((buyer.name, buyer.email) if buyer else ())]
    texts += [line.sku for line in data.lines]
    texts += [parcel.tracking_number for parcel in data.fulfillments]
    return search.words(*texts)
