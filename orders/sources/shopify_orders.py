"""Shopify's Order resource (REST, `orders/*` webhooks) as an order of ours.

Fields as documented at shopify.dev/docs/api/admin-rest/latest/resources/order. Amounts are those in
the shop's currency, which `price` and its like are; what buyers saw is in the sets beside them.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from orders import money
from orders.imports.shopify import METHODS
from orders.intake import (
    AddressData,
    CustomerData,
    FulfillmentData,
    FulfillmentLineData,
    LineData,
    OrderData,
    PaymentData,
    ProductData,
)
from orders.models import OrderSource, PaymentMethod
from orders.sources.reading import Reader
from orders.sources.shopify_parcels import parcel_of, was_sent
from orders.sources.shopify_refunds import refund_of
from orders.sources.told import ToldOrder, ToldRefund
from orders.taxes import Tax

PAID: Final = frozenset({"paid", "partially_paid", "partially_refunded", "refunded"})
_NO_VARIANT: Final = "Default Title"


def placeholder(product_id: str) -> str:
    """Return the handle of a product that only its number is known of."""
    return f"shopify-{product_id}"


def product_ids(body: Mapping[str, object]) -> set[str]:
    """Return the shop's ids of the products in an order."""
    read = Reader(body)
    return {line.id("product_id", needed=False) for line in read.many("line_items")} - {""}


def order_of(
    plain: object, source: OrderSource, handles: Mapping[str, str], locations: Mapping[str, object]
) -> ToldOrder:
    """Return the order that a body tells.

    handles: of products that are known, by the shop's id. locations: by code; one whose code is
    Shopify's id of a location is where its parcels are sent from.
    Raises OrderRejected with everything that is wrong.
    """
    read = Reader(plain)
    currency = read.text("currency", 10)
    refunds = tuple(refund_of(each) for each in read.many("refunds"))
    items = [each for each in read.many("line_items") if _kept(each, refunds)]
    told = ToldOrder(
        external_id=read.id("id"),
        changed_at=read.needed_moment("updated_at", "created_at"),
        data=_data(read, items, source, currency, refunds, handles, locations),
        parcels_changed_at=_parcel_times(read),
        tells_payments=bool(_transactions(read)),
        refunds=refunds,
    )
    read.check()
    return told


def _data(
    read: Reader,
    items: list[Reader],
    source: OrderSource,
    currency: str,
    refunds: tuple[ToldRefund, ...],
    handles: Mapping[str, str],
    locations: Mapping[str, object],
) -> OrderData:
    placed = read.needed_moment("processed_at", "created_at")
    customer = _customer(read)
    shipping, shipping_tax = _shipping(read)
    return OrderData(
        store=source.store.code,
        reference=read.text("name", 100) or f"#{read.id('order_number')}",
        currency=currency,
        placed_at=placed,
        lines=tuple(_line(each, source, currency, refunds, handles) for each in items),
        fulfillments=_parcels(read, items, locations),
        payments=_payments(read, placed),
        customer=customer,
        guest_email="" if customer else _email(read),
        language=read.text("customer_locale", 35),
        channel=read.text("source_name", 100),
        canceled_at=read.moment("cancelled_at"),
        archived_at=read.moment("closed_at"),
        billing_address=_address(read.one("billing_address")),
        shipping_address=_address(read.one("shipping_address")),
        tax_included=read.flag("taxes_included"),
        shipping_amount=shipping,
        shipping_tax=shipping_tax,
        outstanding=_outstanding(read),
    )


def _outstanding(read: Reader) -> Decimal | None:
    if not read.has("total_outstanding"):
        return None
    return max(read.amount("total_outstanding"), money.ZERO)


# --- lines --------------------------------------------------------------------------------------


def _kept(item: Reader, refunds: tuple[ToldRefund, ...]) -> bool:
    return _quantity(item, refunds) > 0


def _quantity(item: Reader, refunds: tuple[ToldRefund, ...]) -> int:
    """Return the pieces that were bought: without those that were edited out of the order.

    `quantity` never falls; `current_quantity` is without what was refunded or edited out.
    """
    bought = item.count("quantity")
    if not item.has("current_quantity"):
        return bought
    key = item.id("id")
    refunded = sum(each.refunded.get(key, 0) for each in refunds)
    return min(bought, item.count("current_quantity") + refunded)


def _line(
    item: Reader,
    source: OrderSource,
    currency: str,
    refunds: tuple[ToldRefund, ...],
    handles: Mapping[str, str],
) -> LineData:
    quantity, bought = _quantity(item, refunds), max(item.count("quantity"), 1)
    properties = item.pairs("properties", "name", "value")
    return LineData(
        external_id=item.id("id"),
        title=item.text("title") or item.text("name") or item.id("id"),
        quantity=quantity,
        unit_price=item.amount("price", needed=True),
        discount_total=_share(_discount(item), quantity, bought, currency),
        taxes=_taxes(item, quantity, bought, currency),
        sku=item.text("sku", 100),
        options=_options(item) | properties,
        is_goods=item.flag("requires_shipping", default=True) and not item.flag("gift_card"),
        personalised=any(name.casefold() in source.personalising for name in properties),
        product=_product(item, handles),
    )


def _share(amount: Decimal, quantity: int, bought: int, currency: str) -> Decimal:
    """Return what of a line's amount belongs to the pieces that stayed in the order.

    Rounded, because apps that reckon taxes give more digits than the currency has.
    """
    if not money.is_currency(currency):
        return amount
    return money.rounded(amount * quantity / bought, currency)


def _discount(item: Reader) -> Decimal:
    """Return all that was taken off a line: its own discounts and its shares of the order's."""
    allocated = item.many("discount_allocations")
    if not allocated:
        return item.amount("total_discount")
    return sum((each.amount("amount") for each in allocated), money.ZERO)


def _taxes(item: Reader, quantity: int, bought: int, currency: str) -> tuple[Tax, ...]:
    if not item.flag("taxable", default=True):
        return ()
    return tuple(
        Tax(
            title=each.text("title", 100) or "Tax",
            amount=_share(each.amount("price"), quantity, bought, currency),
            rate=each.amount("rate") * 100,
        )
        for each in item.many("tax_lines")
    )


def _options(item: Reader) -> dict[str, str]:
    title = item.text("variant_title", 300)
    return {"Variant": title} if title and title != _NO_VARIANT else {}


def _product(item: Reader, handles: Mapping[str, str]) -> ProductData | None:
    key = item.id("product_id", needed=False)
    if not key:
        return None
    return ProductData(
        handle=handles.get(key, placeholder(key)),
        title=item.text("title"),
        vendor=item.text("vendor", 200),
    )


# --- people and places --------------------------------------------------------------------------


def _email(read: Reader) -> str:
    return read.text("email", 254) or read.text("contact_email", 254)


def _customer(read: Reader) -> CustomerData | None:
    buyer = read.one("customer")
    key = buyer.id("id", needed=False)
    if not key:
        return None
    names = (buyer.text("first_name", 100), buyer.text("last_name", 99))
    return CustomerData(
        reference=customer_reference(key),
        email=buyer.text("email", 254) or _email(read),
        name=" ".join(filter(None, names)),
        language=read.text("customer_locale", 35),
        tags=tuple(buyer.words("tags", 100)),
    )


def customer_reference(key: str) -> str:
    """Return how a customer of Shopify is called here. key: Shopify's id, unique in all shops."""
    return f"shopify-{key}"


def _address(read: Reader) -> AddressData:
    names = " ".join(filter(None, (read.text("first_name", 99), read.text("last_name", 99))))
    return AddressData(
        name=read.text("name", 200) or names,
        company=read.text("company", 200),
        line1=read.text("address1", 200),
        line2=read.text("address2", 200),
        postal_code=read.text("zip", 200),
        city=read.text("city", 200),
        region=read.text("province_code", 200) or read.text("province", 200),
        country=read.text("country_code", 10),
        phone=read.text("phone", 200),
    )


# --- parcels, delivery cost, payments -----------------------------------------------------------


def _parcels(
    read: Reader, items: list[Reader], locations: Mapping[str, object]
) -> tuple[FulfillmentData, ...]:
    numbers = {each.id("id"): number for number, each in enumerate(items, start=1)}
    found = []
    for each in read.many("fulfillments"):
        if not was_sent(each):
            continue
        parcel, sent = parcel_of(each, locations)
        lines = tuple(
            FulfillmentLineData(line=numbers[key], quantity=pieces)
            for key, pieces in sent.items()
            if key in numbers
        )
        if lines:
            found.append(replace(parcel, lines=lines))
    return tuple(found)


def _parcel_times(read: Reader) -> dict[str, datetime]:
    return {
        each.id("id"): each.needed_moment("updated_at", "created_at")
        for each in read.many("fulfillments")
    }


def _shipping(read: Reader) -> tuple[Decimal, Decimal]:
    """Return what delivery cost after its discounts, and the tax in or on it."""
    currency = read.text("currency", 10)
    amount, tax = money.ZERO, money.ZERO
    for each in read.many("shipping_lines"):
        if each.flag("is_removed"):
            continue
        off = sum((cut.amount("amount") for cut in each.many("discount_allocations")), money.ZERO)
        amount += max(each.amount("price") - off, money.ZERO)
        tax += sum((part.amount("price") for part in each.many("tax_lines")), money.ZERO)
    return amount, _share(tax, 1, 1, currency)


def _transactions(read: Reader) -> list[Reader]:
    """Return the captured transactions; bodies of webhooks seldom have them."""
    return [
        each
        for each in read.many("transactions")
        if each.text("kind") in ("sale", "capture") and each.text("status") == "success"
    ]


def _payments(read: Reader, placed: datetime) -> tuple[PaymentData, ...]:
    """Return the payments that are told, else one of all that the totals say was paid.

    Their gateway is `manual`: only Shopify can pay back what was paid through Shopify.
    """
    if told := _transactions(read):
        return tuple(
            PaymentData(
                amount=each.amount("amount", needed=True),
                captured_at=each.moment("processed_at"),
                method=method_of(each.text("gateway")),
                external_id=each.id("id"),
            )
            for each in told
        )
    paid = read.amount("total_price") - read.amount("total_outstanding")
    if read.text("financial_status") not in PAID or paid <= 0:
        return ()
    names = read.words("payment_gateway_names", 100)
    method = method_of(names[0]) if len(names) == 1 else PaymentMethod.OTHER.value
    return (PaymentData(amount=paid, captured_at=placed, method=method),)


def method_of(name: str) -> str:
    """Return the payment method that the name of a gateway stands for."""
    name = name.casefold()
    return next((method.value for word, method in METHODS if word in name), "OTHER")
