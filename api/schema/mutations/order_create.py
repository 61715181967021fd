"""An order comes in: orderCreate."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from accounts.permissions import Permission
from api.engine.context import Context
from api.engine.gids import number_of
from api.engine.results import Problem
from api.schema.enums import OrderCreateUserErrorCode
from api.schema.fields import of, output, read
from api.schema.mutations.order_inputs import (
    DiscountInput,
    LineItemInput,
    MailingAddressInput,
    OrderCustomerInput,
    OrderInput,
    OrderOptionsInput,
    SentInput,
    ShippingLineInput,
    TaxLineInput,
    TransactionInput,
)
from api.schema.mutations.outcome import DisplayableError, Refused, refused
from api.schema.shop import shop
from orders.intake import (
    AddressData,
    CustomerData,
    FulfillmentData,
    FulfillmentLineData,
    LineData,
    OrderData,
    OrderRejected,
    PaymentData,
    ProductData,
)
from orders.intake.numbers import ReferenceTaken, take_in_new
from orders.models import Customer, Location, Store, Variant
from orders.money import rounded
from orders.taxes import Tax

ZERO: Final = Decimal(0)
_NAMES: Final = {
    "lines": "lineItems",
    "fulfillments": "fulfillment",
    "payments": "transactions",
    "reference": "name",
    "placed_at": "processedAt",
    "shipping_address": "shippingAddress",
    "billing_address": "billingAddress",
    "unit_price": "priceSet",
    "guest_email": "email",
    "taxes": "taxLines",
    "line1": "address1",
    "postal_code": "zip",
    "country": "countryCode",
}


@output("OrderCreateUserError")
@of(Problem)
class OrderCreateUserError(DisplayableError):
    """Something that is wrong with a new order."""

    code: OrderCreateUserErrorCode | None = read("code", "What is wrong, for programs.")


def create(
    context: Context,
    *,
    order: OrderInput,
    options: OrderOptionsInput | None,  # stock and mails are the shop's own
) -> dict[str, Any]:
    """Take an order in."""
    if not context.actor.may(Permission.IMPORT_ORDERS):
        raise refused((), "The client may not send orders in.", "INVALID")
    store = shop()
    try:
        made = take_in_new(_data(context, order, store))
    except ReferenceTaken as error:
        raise refused(("order", "name"), "Name has already been taken", "INVALID") from error
    except OrderRejected as error:
        raise rejected(error, ("order",)) from error
    return {"order": made}


def rejected(error: OrderRejected, root: tuple[str, ...]) -> Refused:
    """Return everything that the intake found wrong; it counts from 1, the input from 0."""
    return Refused(
        *(
            Problem((*root, *_place(problem.field)), problem.message, "INVALID")
            for problem in error.problems
        )
    )


def _place(field: tuple[str, ...]) -> list[str]:
    return [
        str(int(part) - 1) if part.isdecimal() and int(part) else _NAMES.get(part, part)
        for part in field
    ]


def _data(context: Context, asked: OrderInput, store: Store) -> OrderData:
    if not asked.line_items:
        raise refused(
            ("order", "lineItems"), "Line items must have at least one line item", "INVALID"
        )
    placed = asked.processed_at or context.now
    if placed > context.now:
        words = "Processed at must not be in the future"
        raise refused(("order", "processedAt"), words, "PROCESSED_AT_INVALID")
    currency = str(asked.currency or store.currency)
    lines = tuple(_line(line, index) for index, line in enumerate(asked.line_items))
    shipping, shipping_tax = _shipping(asked.shipping_lines or [])
    discount, is_free = _discount(asked.discount_code or None, lines, currency)
    customer = _customer(asked)
    data = OrderData(
        store=store.code,
        reference=asked.name or "",
        currency=currency,
        placed_at=placed,
        lines=lines,
        customer=customer,
        guest_email="" if customer else asked.email or "",
        archived_at=asked.closed_at or None,
        billing_address=_address(asked.billing_address or None),
        shipping_address=_address(asked.shipping_address or None),
        tax_included=bool(asked.taxes_included),
        discount=discount,
        shipping_amount=ZERO if is_free else shipping,
        shipping_tax=ZERO if is_free else shipping_tax,
    )
    return _with_progress(data, asked, placed)


def _line(asked: LineItemInput, index: int) -> LineData:
    place = ("order", "lineItems", str(index))
    variant = None
    if asked.variant_id:
        key = number_of(asked.variant_id, "ProductVariant")
        variant = Variant.objects.select_related("product").filter(pk=key).first()
        if variant is None:
            raise refused((*place, "variantId"), "Variant was not found.", "INVALID")
    title = asked.title or (variant.product.title if variant else "")
    price = asked.price_set.shop_money.amount if asked.price_set else None
    if price is None and variant is None:
        raise refused((*place, "priceSet"), "Price can't be blank", "INVALID")
    taxes = _taxes(asked.tax_lines or [])
    return LineData(
        title=title,
        quantity=asked.quantity,
        unit_price=variant.price if price is None and variant else price or ZERO,
        tax_total=sum((tax.amount for tax in taxes), ZERO),
        taxes=taxes,
        sku=variant.sku if variant else asked.sku or "",
        barcode=variant.barcode if variant else "",
        options=dict(variant.options) if variant else {},
        is_goods=bool(variant) or bool(asked.requires_shipping) or bool(asked.sku),
        product=ProductData(handle=variant.product.handle) if variant else None,
    )


def _taxes(asked: list[TaxLineInput]) -> tuple[Tax, ...]:
    return tuple(
        Tax(title=each.title, amount=each.price_set.shop_money.amount, rate=each.rate * 100)
        for each in asked
        if each.price_set
    )


def _shipping(asked: list[ShippingLineInput]) -> tuple[Decimal, Decimal]:
    amount = sum((each.price_set.shop_money.amount for each in asked), ZERO)
    taxes = [tax for each in asked for tax in _taxes(each.tax_lines or [])]
    return amount, sum((tax.amount for tax in taxes), ZERO)


def _discount(
    asked: DiscountInput | None, lines: tuple[LineData, ...], currency: str
) -> tuple[Decimal, bool]:
    """Return what is taken off the order, and whether the delivery is free."""
    if asked is None:
        return ZERO, False
    if asked.item_fixed_discount_code and asked.item_fixed_discount_code.amount_set:
        return asked.item_fixed_discount_code.amount_set.shop_money.amount, False
    if asked.item_percentage_discount_code:
        percent = Decimal(str(asked.item_percentage_discount_code.percentage or 0))
        goods = sum((line.unit_price * line.quantity for line in lines), ZERO)
        return rounded(goods * percent / 100, currency), False
    return ZERO, bool(asked.free_shipping_discount_code)


def _customer(asked: OrderInput) -> CustomerData | None:
    if asked.customer_id:
        return _known_customer(number_of(asked.customer_id, "Customer"), "", "customerId")
    return _customer_of(asked.customer) if asked.customer else None


def _customer_of(asked: OrderCustomerInput) -> CustomerData:
    if asked.to_associate:
        number = number_of(asked.to_associate.id, "Customer") if asked.to_associate.id else 0
        return _known_customer(number, asked.to_associate.email or "", "customer")
    new = asked.to_upsert
    email = (new.email or "").strip() if new else ""
    known = Customer.objects.filter(email__iexact=email).first() if email else None
    if not new or not email:
        raise refused(("order", "customer", "toUpsert", "email"), "Email can't be blank", "INVALID")
    return CustomerData(
        reference=known.reference if known else email.lower(),
        email=email,
        name=" ".join(filter(None, [new.first_name or "", new.last_name or ""])),
    )


def _known_customer(number: int, email: str, field: str) -> CustomerData:
    found = Customer.objects.filter(**({"pk": number} if number else {"email__iexact": email}))
    known = found.first() if number or email else None
    if known is None:
        raise refused(("order", field), "Customer was not found.", "INVALID")
    return CustomerData(reference=known.reference)


def _address(asked: MailingAddressInput | None) -> AddressData:
    if asked is None:
        return AddressData()
    return AddressData(
        name=" ".join(filter(None, [asked.first_name or "", asked.last_name or ""])),
        company=asked.company or "",
        line1=asked.address1 or "",
        line2=asked.address2 or "",
        postal_code=asked.zip or "",
        city=asked.city or "",
        region=asked.province_code or asked.province or "",
        country=str(asked.country_code or asked.country or ""),
        phone=asked.phone or "",
    )


def _with_progress(data: OrderData, asked: OrderInput, placed: datetime) -> OrderData:
    """Return the order with what was sent and paid of it."""
    sent = asked.fulfillment or None
    fulfilled = sent or asked.fulfillment_status == "FULFILLED"
    return replace(
        data,
        fulfillments=(_parcel(sent, data, placed),) if fulfilled else (),
        payments=_payments(asked, data, placed),
    )


def _parcel(sent: SentInput | None, data: OrderData, placed: datetime) -> FulfillmentData:
    code = ""
    if sent:
        location = Location.objects.filter(pk=number_of(sent.location_id, "Location")).first()
        if location is None:
            raise refused(("order", "fulfillment", "locationId"), "Location not found.", "INVALID")
        code = location.code
    delivered = sent is not None and sent.shipment_status == "DELIVERED"
    return FulfillmentData(
        shipped_at=placed,
        lines=tuple(
            FulfillmentLineData(line=number, quantity=line.quantity)
            for number, line in enumerate(data.lines, start=1)
            if line.is_goods
        ),
        delivered_at=placed if delivered else None,
        location=code,
        tracking_company=(sent.tracking_company or "") if sent else "",
        tracking_number=(sent.tracking_number or "") if sent else "",
    )


def _payments(asked: OrderInput, data: OrderData, placed: datetime) -> tuple[PaymentData, ...]:
    paid = tuple(_payment(each, placed) for each in asked.transactions or [] if _is_paid(each))
    if paid or asked.financial_status != "PAID":
        return paid
    total = data.shipping_amount - data.discount
    total += sum((line.unit_price * line.quantity for line in data.lines), ZERO)
    if not data.tax_included:
        total += data.shipping_tax + sum((line.tax_total for line in data.lines), ZERO)
    return (PaymentData(amount=total, captured_at=placed),) if total > 0 else ()


def _is_paid(each: TransactionInput) -> bool:
    return each.kind in ("SALE", "CAPTURE") and each.status == "SUCCESS"


def _payment(each: TransactionInput, placed: datetime) -> PaymentData:
    return PaymentData(
        amount=each.amount_set.shop_money.amount,
        captured_at=each.processed_at or placed,
        gateway=each.gateway or "manual",
        external_id=each.authorization_code or "",
    )
