"""Whether an order may come in: every rule of the intake, field by field.

Nothing is stored here. `checked` returns the data in its normal form: amounts in the currency's
digits, times in UTC, the order's discount shared out to the lines.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from orders import money
from orders.intake.data import (
    NOTHING,
    AddressData,
    CustomerData,
    FulfillmentData,
    OrderData,
    PaymentData,
)
from orders.intake.errors import OrderRejected, Problem
from orders.intake.field_checks import Checker, longest
from orders.intake.line_checks import checked_lines
from orders.models import (
    Customer,
    Fulfillment,
    Location,
    Order,
    Payment,
    PaymentMethod,
    Store,
)

_ADDRESS_LIMIT = 200


@dataclass(frozen=True)
class Places:
    """The stores and locations that orders may name, by their codes."""

    stores: Mapping[str, Store]
    locations: Mapping[str, Location]


def checked(data: OrderData, places: Places, now: datetime) -> OrderData:
    """Return the order in its normal form.

    Raises OrderRejected with every problem that was found.
    """
    store = places.stores.get(data.store)
    problems = []
    if store is None:
        known = _("There is no store “%(code)s”.") % {"code": data.store[:50]}
        problems.append(Problem(("store",), known))
    if not money.is_currency(data.currency):
        unknown = _("“%(code)s” is not a currency.") % {"code": data.currency[:50]}
        problems.append(Problem(("currency",), unknown))
    if store is None or problems:
        raise OrderRejected(problems)
    checker = Checker(zone=store.zone, now=now, currency=data.currency)
    normal = _order(checker, data, store, places)
    if checker.problems:
        raise OrderRejected(checker.problems)
    return normal


def _order(check: Checker, data: OrderData, store: Store, places: Places) -> OrderData:
    placed_at = check.moment(("placed_at",), data.placed_at)
    lines = checked_lines(check, data.lines, data.discount)
    if data.customer is not None and data.guest_email:
        check.fail(("guest_email",), _("Only for orders without a customer."))
    return replace(
        data,
        reference=check.text(
            ("reference",), data.reference, longest(Order, "reference"), needed=True
        ),
        placed_at=placed_at,
        lines=lines,
        fulfillments=_fulfillments(check, data, placed_at, places),
        payments=_payments(check, data.payments, placed_at),
        customer=_customer(check, data.customer),
        guest_email=check.email(("guest_email",), data.guest_email),
        language=check.language(("language",), data.language) or store.language,
        channel=check.text(("channel",), data.channel, longest(Order, "channel")),
        canceled_at=check.moment_or_none(("canceled_at",), data.canceled_at),
        archived_at=check.moment_or_none(("archived_at",), data.archived_at),
        billing_address=_address(check, "billing_address", data.billing_address),
        shipping_address=_address(check, "shipping_address", data.shipping_address),
        discount=NOTHING,
        shipping_amount=check.amount(("shipping_amount",), data.shipping_amount),
        shipping_tax=check.amount(("shipping_tax",), data.shipping_tax),
        outstanding=_outstanding(check, data.outstanding),
    )


def _outstanding(check: Checker, amount: Decimal | None) -> Decimal | None:
    return None if amount is None else check.amount(("outstanding",), amount)


def _customer(check: Checker, data: CustomerData | None) -> CustomerData | None:
    if data is None:
        return None
    here = ("customer",)
    return CustomerData(
        reference=check.text(
            (*here, "reference"), data.reference, longest(Customer, "reference"), needed=True
        ),
        email=check.email((*here, "email"), data.email),
        name=check.text((*here, "name"), data.name, longest(Customer, "name")),
        language=check.language((*here, "language"), data.language),
        group=check.text((*here, "group"), data.group, longest(Customer, "group")),
        tags=check.tags((*here, "tags"), data.tags),
    )


def _address(check: Checker, name: str, data: AddressData) -> AddressData:
    if data == AddressData():
        return data
    values = {
        part: check.text((name, part), getattr(data, part), _ADDRESS_LIMIT)
        for part in AddressData.__slots__
    }
    values["country"] = check.country((name, "country"), data.country)
    return AddressData(**values)


def _fulfillments(
    check: Checker, data: OrderData, placed_at: datetime, places: Places
) -> tuple[FulfillmentData, ...]:
    check.unique(("fulfillments",), (parcel.external_id for parcel in data.fulfillments))
    sent: Counter[int] = Counter()
    parcels = []
    for number, parcel in enumerate(data.fulfillments, start=1):
        here = ("fulfillments", str(number))
        parcels.append(_fulfillment(check, here, parcel, placed_at))
        if parcel.location and parcel.location not in places.locations:
            check.fail((*here, "location"), _("There is no location with this code."))
        _sent_lines(check, here, parcel, len(data.lines))
        sent.update({line.line: line.quantity for line in parcel.lines if line.quantity > 0})
    for position, quantity in sorted(sent.items()):
        if 1 <= position <= len(data.lines) and quantity > data.lines[position - 1].quantity:
            message = _("%(sent)d pieces of line %(line)d were sent, but %(ordered)d ordered.")
            ordered = data.lines[position - 1].quantity
            values = {"sent": quantity, "line": position, "ordered": ordered}
            check.fail(("fulfillments",), message % values)
    return tuple(parcels)


def _sent_lines(check: Checker, here: tuple[str, ...], parcel: FulfillmentData, count: int) -> None:
    if not parcel.lines:
        check.fail((*here, "lines"), _("A fulfilment needs at least one line."))
    seen: set[int] = set()
    for number, line in enumerate(parcel.lines, start=1):
        path = (*here, "lines", str(number))
        check.count((*path, "quantity"), line.quantity)
        if not 1 <= line.line <= count:
            check.fail((*path, "line"), _("There is no such line."))
        if line.line in seen:
            check.fail((*path, "line"), _("This line is in the fulfilment twice."))
        seen.add(line.line)


def _fulfillment(
    check: Checker, here: tuple[str, ...], data: FulfillmentData, placed_at: datetime
) -> FulfillmentData:
    shipped_at = check.moment((*here, "shipped_at"), data.shipped_at)
    delivered_at = check.moment_or_none((*here, "delivered_at"), data.delivered_at)
    # A day's difference is a file that gives days only, in some time zone.
    if (placed_at - shipped_at).days >= 1:
        check.fail((*here, "shipped_at"), _("This is before the order."))
    if delivered_at is not None and delivered_at < shipped_at:
        check.fail((*here, "delivered_at"), _("This is before the shipment."))

    def text(name: str) -> str:
        return check.text((*here, name), getattr(data, name), longest(Fulfillment, name))

    return replace(
        data,
        shipped_at=shipped_at,
        delivered_at=delivered_at,
        external_id=text("external_id"),
        tracking_company=text("tracking_company"),
        tracking_number=text("tracking_number"),
        tracking_url=check.url((*here, "tracking_url"), data.tracking_url),
    )


def _payments(
    check: Checker, payments: tuple[PaymentData, ...], placed_at: datetime
) -> tuple[PaymentData, ...]:
    check.unique(("payments",), (payment.external_id for payment in payments))
    return tuple(
        _payment(check, ("payments", str(number)), payment, placed_at)
        for number, payment in enumerate(payments, start=1)
    )


def _payment(
    check: Checker, here: tuple[str, ...], data: PaymentData, placed_at: datetime
) -> PaymentData:
    amount = check.amount((*here, "amount"), data.amount)
    refunded = check.amount((*here, "refunded"), data.refunded)
    if not data.amount:
        check.fail((*here, "amount"), _("Must be more than 0."))
    if refunded > amount:
        check.fail((*here, "refunded"), _("This is more than was paid."))
    captured_at = check.moment_or_none((*here, "captured_at"), data.captured_at)
    return PaymentData(
        amount=amount,
        refunded=refunded,
        captured_at=captured_at or placed_at,
        method=check.choice((*here, "method"), data.method, PaymentMethod.values),
        gateway=check.text((*here, "gateway"), data.gateway, longest(Payment, "gateway"))
        or "manual",
        external_id=check.text(
            (*here, "external_id"), data.external_id, longest(Payment, "external_id")
        ),
    )
