"""What a shop tells, taken in: the newest state wins, whatever comes first.

Each thing of a shop has a row that says as of when it was taken in (`SourceRecord`). Its lock comes
before those of the intake: the store's row, then the order's.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from orders.intake import (
    FulfillmentData,
    FulfillmentLineData,
    OrderData,
    OrderRejected,
    Problem,
    take_in,
)
from orders.intake.current import change, data_of
from orders.intake.products import ProductNews, VariantNews, take_in_product
from orders.models import Location, Order, OrderSource, Product, RecordKind, SourceRecord
from orders.sources.told import NotYet, ToldOrder, ToldParcel, ToldProduct, Unwanted


def handles(source: OrderSource, product_ids: Iterable[str]) -> dict[str, str]:
    """Return the handles of products that are known, by the shop's ids; one query."""
    found = SourceRecord.objects.filter(
        source=source,
        kind=RecordKind.PRODUCT,
        external_id__in=sorted(product_ids),
        product__isnull=False,
    )
    return dict(found.values_list("external_id", "product__handle"))


def locations() -> dict[str, Location]:
    """Return the locations by code; one query."""
    return {location.code: location for location in Location.objects.all()}


def known_order(source: OrderSource, order_id: str) -> Order:
    """Return an order by the shop's id of it. Raises NotYet."""
    record = (
        SourceRecord.objects.filter(
            source=source, kind=RecordKind.ORDER, external_id=order_id, order__isnull=False
        )
        .select_related("order__store", "order__customer")
        .first()
    )
    if record is None or record.order is None:
        raise NotYet(order_id)
    return record.order


def take_in_order(source: OrderSource, told: ToldOrder) -> Order:
    """Take an order in, unless a later state of it is in already.

    Raises Unwanted for one that is older, and OrderRejected.
    """
    with transaction.atomic():
        record = _locked(source, RecordKind.ORDER, told.external_id)
        _refuse_older(record, told.changed_at)
        data = told.data
        if record.order is not None:
            data = _merged(source, record.order, told)
        else:
            _refuse_foreign(source, data)
        order = take_in(data).order
        _keep(record, told.changed_at, order=order)
        _note_parcels(source, order, told)
    return order


def _refuse_foreign(source: OrderSource, data: OrderData) -> None:
    """Two shops that count alike must not write over each other's orders."""
    other = SourceRecord.objects.filter(
        order__store=source.store, order__reference=data.reference
    ).exclude(source=source)
    if other.exists():
        message = _("Another source has sent an order with this number to the same store.")
        raise OrderRejected([Problem(("reference",), message)])


def _merged(source: OrderSource, order: Order, told: ToldOrder) -> OrderData:
    """Return the order as told, with what is known better here: parcels, arrivals, payments."""
    current = data_of(order)
    data = replace(told.data, reference=order.reference)
    if not told.tells_payments and _captured(current) == _captured(data):
        data = replace(data, payments=current.payments)
    kept = {parcel.external_id: parcel for parcel in current.fulfillments if parcel.external_id}
    times = _times(source, kept)
    parcels = []
    for parcel in data.fulfillments:
        before = kept.pop(parcel.external_id, None)
        told_at = told.parcels_changed_at.get(parcel.external_id)
        known_at = times.get(parcel.external_id)
        if before is not None and told_at is not None and known_at and known_at > told_at:
            parcels.append(_renumbered(before, current, data) or parcel)
        else:
            parcels.append(_first_arrival(parcel, before))
    # The body was written before these were sent.
    later = [each for key, each in kept.items() if (at := times.get(key)) and at > told.changed_at]
    parcels += filter(None, (_renumbered(each, current, data) for each in later))
    return replace(data, fulfillments=tuple(parcels))


def _captured(data: OrderData) -> Decimal:
    return sum((payment.amount for payment in data.payments), Decimal(0))


def _times(source: OrderSource, parcels: Iterable[str]) -> dict[str, datetime]:
    found = SourceRecord.objects.filter(
        source=source, kind=RecordKind.FULFILLMENT, external_id__in=sorted(parcels)
    )
    return {key: at for key, at in found.values_list("external_id", "changed_at") if at}


def _renumbered(
    parcel: FulfillmentData, current: OrderData, data: OrderData
) -> FulfillmentData | None:
    """Return a known parcel with the numbers that its lines have in the order as told."""
    numbers = {line.external_id: number for number, line in enumerate(data.lines, start=1)}
    keys = [current.lines[sent.line - 1].external_id for sent in parcel.lines]
    lines = tuple(
        replace(sent, line=numbers[key])
        for sent, key in zip(parcel.lines, keys, strict=True)
        if key in numbers
    )
    return replace(parcel, lines=lines) if lines else None


def _first_arrival(parcel: FulfillmentData, before: FulfillmentData | None) -> FulfillmentData:
    """Return a parcel that arrived when it was first told to have: later news move no deadline."""
    known = before.delivered_at if before is not None else None
    if known is None or parcel.delivered_at is None:
        return parcel
    return replace(parcel, delivered_at=max(min(known, parcel.delivered_at), parcel.shipped_at))


def _note_parcels(source: OrderSource, order: Order, told: ToldOrder) -> None:
    """Remember as of when the parcels within an order were told."""
    times = _times(source, told.parcels_changed_at)
    for key, at in told.parcels_changed_at.items():
        if key and (key not in times or times[key] < at):
            record = _locked(source, RecordKind.FULFILLMENT, key)
            _keep(record, at, order=order)


# --- parcels ------------------------------------------------------------------------------------


def take_in_parcel(source: OrderSource, told: ToldParcel) -> Order:
    """Add, change or take away a parcel of an order.

    Raises NotYet without the order or its line, Unwanted for news that is older, OrderRejected.
    """
    with transaction.atomic():
        # The order's record first, as `take_in_order` locks it.
        order_record = _locked(source, RecordKind.ORDER, told.order_id)
        if order_record.order is None:
            raise NotYet(told.order_id)
        record = _locked(source, RecordKind.FULFILLMENT, told.external_id)
        _refuse_older(record, told.changed_at)
        order = change(order_record.order, lambda data: _with_parcel(data, told))
        _keep(record, told.changed_at, order=order)
    return order


def _with_parcel(data: OrderData, told: ToldParcel) -> OrderData:
    others = [each for each in data.fulfillments if each.external_id != told.external_id]
    before = [each for each in data.fulfillments if each.external_id == told.external_id]
    if told.parcel is None:
        return replace(data, fulfillments=tuple(others))
    parcel = replace(told.parcel, lines=_lines(data, told))
    parcel = _first_arrival(parcel, before[0] if before else None)
    if not before:
        return replace(data, fulfillments=(*others, parcel))
    parcels = [parcel if each is before[0] else each for each in data.fulfillments]
    return replace(data, fulfillments=tuple(parcels))


def _lines(data: OrderData, told: ToldParcel) -> tuple[FulfillmentLineData, ...]:
    numbers = {line.external_id: number for number, line in enumerate(data.lines, start=1)}
    if set(told.lines) - set(numbers):
        raise NotYet(told.order_id)  # the change of the order that added the line is under way
    return tuple(
        FulfillmentLineData(line=numbers[key], quantity=pieces)
        for key, pieces in told.lines.items()
    )


# --- products -----------------------------------------------------------------------------------


def take_in_told_product(source: OrderSource, told: ToldProduct) -> Product:
    """Take a product in. Raises Unwanted for one that is older, and OrderRejected."""
    news = ProductNews(
        handle=told.handle,
        title=told.title,
        vendor=told.vendor,
        product_type=told.product_type,
        tags=told.tags,
        image=told.image,
        variants=[
            VariantNews(sku=each.sku, price=each.price, barcode=each.barcode, options=each.options)
            for each in told.variants
        ],
    )
    with transaction.atomic():
        record = _locked(source, RecordKind.PRODUCT, told.external_id)
        _refuse_older(record, told.changed_at)
        product = take_in_product(news, record.product, placeholder=told.placeholder)
        _keep(record, told.changed_at, product=product)
    return product


# --- records ------------------------------------------------------------------------------------


def _locked(source: OrderSource, kind: RecordKind, external_id: str) -> SourceRecord:
    named: dict[str, Any] = {"source": source, "kind": kind, "external_id": external_id}
    SourceRecord.objects.get_or_create(**named)
    rows = SourceRecord.objects.select_for_update(of=("self",))
    return rows.select_related("order__store", "order__customer", "product").get(**named)


def _refuse_older(record: SourceRecord, changed_at: datetime) -> None:
    if record.changed_at is not None and changed_at < record.changed_at:
        raise Unwanted(_("Something newer is in already."))


def _keep(
    record: SourceRecord,
    changed_at: datetime,
    *,
    order: Order | None = None,
    product: Product | None = None,
) -> None:
    record.changed_at = changed_at
    record.order = order or record.order
    record.product = product or record.product
    record.save(update_fields=["changed_at", "order", "product"])
