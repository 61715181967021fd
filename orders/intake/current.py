"""An order that is in, as data again: what a change of a part of it starts from."""

from collections.abc import Callable

from django.db import transaction

from orders import taxes
from orders.intake import Intake, OrderData, take_in
from orders.intake.data import (
    AddressData,
    CustomerData,
    FulfillmentData,
    FulfillmentLineData,
    LineData,
    PaymentData,
    ProductData,
)
from orders.models import Customer, Fulfillment, Order, OrderLine, Payment, Store


def change(order: Order, changed: Callable[[OrderData], OrderData]) -> Order:
    """Change an order as if the shop had sent it anew: `changed` gets it as it is now.

    The store's row is locked as `take_in` locks it, so that nobody changes the order meanwhile.
    Raises OrderRejected, with nothing changed.
    """
    with transaction.atomic():
        Store.objects.select_for_update(no_key=True).get(pk=order.store_id)
        current = Order.objects.select_related("store", "customer").get(pk=order.pk)
        result: Intake = take_in(changed(data_of(current)))
    return result.order


def data_of(order: Order) -> OrderData:
    """Return an order as data, without what exchanges added to it."""
    rows = list(
        order.lines.filter(from_exchange=False)
        .select_related("variant__product")
        .order_by("position")
    )
    numbers = {row.pk: number for number, row in enumerate(rows, start=1)}
    parcels = order.fulfillments.filter(from_exchange=False).select_related("location")
    parcels = parcels.prefetch_related("lines").order_by("number")
    payments = order.payments.filter(from_exchange=False).order_by("pk")
    return OrderData(
        store=order.store.code,
        reference=order.reference,
        currency=order.currency,
        placed_at=order.placed_at,
        lines=tuple(_line(row, numbers) for row in rows),
        fulfillments=tuple(_parcel(row, numbers) for row in parcels),
        payments=tuple(_payment(row) for row in payments),
        customer=_customer(order.customer),
        guest_email=order.guest_email,
        language=order.language,
        channel=order.channel,
        canceled_at=order.canceled_at,
        archived_at=order.archived_at,
        billing_address=AddressData(**order.billing_address),
        shipping_address=AddressData(**order.shipping_address),
        tax_included=order.tax_included,
        shipping_amount=order.shipping_amount,
        shipping_tax=order.shipping_tax,
        outstanding=order.outstanding,
    )


def _customer(customer: Customer | None) -> CustomerData | None:
    if customer is None:
        return None
    return CustomerData(
        reference=customer.reference,
        email=customer.email,
        name=customer.name,
        language=customer.language,
    )


def _line(row: OrderLine, numbers: dict[int, int]) -> LineData:
    variant = row.variant
    return LineData(
        title=row.title,
        quantity=row.quantity,
        unit_price=row.unit_price,
        discount_total=row.discount_total,
        tax_total=row.tax_total,
        taxes=taxes.from_json(row.taxes),
        sku=row.sku,
        external_id=row.external_id,
        barcode=variant.barcode if variant else "",
        options=dict(row.options),
        image=row.image,
        bundle_kind=row.bundle_kind,
        bundle_parent=numbers.get(row.bundle_parent_id or 0),
        final_sale=row.final_sale,
        personalised=row.personalised,
        is_goods=row.is_goods,
        product=ProductData(handle=variant.product.handle) if variant else None,
    )


def _parcel(row: Fulfillment, numbers: dict[int, int]) -> FulfillmentData:
    return FulfillmentData(
        shipped_at=row.shipped_at,
        lines=tuple(
            FulfillmentLineData(line=numbers[sent.order_line_id], quantity=sent.quantity)
            for sent in row.lines.all()
        ),
        delivered_at=row.delivered_at,
        external_id=row.external_id,
        location=row.location.code if row.location else "",
        tracking_company=row.tracking_company,
        tracking_number=row.tracking_number,
        tracking_url=row.tracking_url,
    )


def _payment(row: Payment) -> PaymentData:
    return PaymentData(
        amount=row.amount,
        captured_at=row.captured_at,
        method=row.method,
        gateway=row.gateway,
        external_id=row.external_id,
        refunded=row.refunded_amount,
    )
