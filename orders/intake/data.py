"""What an order looks like on its way in, whatever it came from.

Plain frozen data without a database. Amounts are Decimals in major units (12.50) of the order's
currency; times without a zone are in the store's. Lines are numbered from 1 in the order given.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from orders.models import BundleKind, PaymentMethod
from orders.taxes import Tax

NOTHING = Decimal(0)


@dataclass(frozen=True, kw_only=True, slots=True)
class AddressData:
    """A postal address; `country` is an ISO 3166 code of two letters."""

    name: str = ""
    company: str = ""
    line1: str = ""
    line2: str = ""
    postal_code: str = ""
    city: str = ""
    region: str = ""
    country: str = ""
    phone: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class CustomerData:
    """A buyer whom the shop knows by `reference`. Empty fields leave what is known as it is."""

    reference: str
    email: str = ""
    name: str = ""
    language: str = ""
    group: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ProductData:
    """What the article belongs to. Empty fields leave what is known as it is.

    handle: unique name of the product; empty: made from the line's SKU.
    final_sale: None leaves it as it is (False for a new product).
    """

    handle: str = ""
    title: str = ""
    vendor: str = ""
    product_type: str = ""
    tags: tuple[str, ...] = ()
    image: str = ""
    final_sale: bool | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LineData:
    """So many pieces of one article.

    discount_total: taken off the whole line, without its share of the order's discount.
    tax_total: of the whole line, whether or not the prices include it.
    taxes: the same tax one by one, where the shop tells; without `tax_total` they make it.
    sku: names the article; goods with an unknown one become a new variant.
    bundle_parent: the number of the line that this one is a part of.
    final_sale: None takes what the product says.
    """

    title: str
    quantity: int
    unit_price: Decimal
    discount_total: Decimal = NOTHING
    tax_total: Decimal = NOTHING
    taxes: tuple[Tax, ...] = ()
    sku: str = ""
    external_id: str = ""
    barcode: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    image: str = ""
    bundle_kind: str = BundleKind.NONE.value
    bundle_parent: int | None = None
    final_sale: bool | None = None
    personalised: bool = False
    is_goods: bool = True
    product: ProductData | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class FulfillmentLineData:
    """So many pieces of the line with number `line` in one parcel."""

    line: int
    quantity: int


@dataclass(frozen=True, kw_only=True, slots=True)
class FulfillmentData:
    """One parcel to the buyer; `location` is the code of where it was sent from."""

    shipped_at: datetime
    lines: tuple[FulfillmentLineData, ...]
    delivered_at: datetime | None = None
    external_id: str = ""
    location: str = ""
    tracking_company: str = ""
    tracking_number: str = ""
    tracking_url: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class PaymentData:
    """Money that was captured on one payment method.

    captured_at: None is the time of the order.
    refunded: what the shop says went back on it, refunds that were made through Retour included;
        it lowers what can still be refunded.
    """

    amount: Decimal
    captured_at: datetime | None = None
    method: str = PaymentMethod.OTHER.value
    gateway: str = "manual"
    external_id: str = ""
    refunded: Decimal = NOTHING


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderData:
    """One purchase.

    store: the store's code.
    customer: whom the shop knows; else `guest_email`. Both may be missing.
    language: IETF tag; empty is the store's.
    channel: where it was sold, such as `web` or `pos`.
    discount: taken off the order as a whole; it is split over the lines in proportion.
    shipping_amount: as charged, so with tax where `tax_included`.
    outstanding: what the buyer still has to pay; None for what the payments fall short of it all.
    """

    store: str
    reference: str
    currency: str
    placed_at: datetime
    lines: tuple[LineData, ...]
    fulfillments: tuple[FulfillmentData, ...] = ()
    payments: tuple[PaymentData, ...] = ()
    customer: CustomerData | None = None
    guest_email: str = ""
    language: str = ""
    channel: str = ""
    canceled_at: datetime | None = None
    archived_at: datetime | None = None
    billing_address: AddressData = AddressData()
    shipping_address: AddressData = AddressData()
    tax_included: bool = True
    discount: Decimal = NOTHING
    shipping_amount: Decimal = NOTHING
    shipping_tax: Decimal = NOTHING
    outstanding: Decimal | None = None


def digest(data: OrderData) -> str:
    """Return the SHA-256 of checked data: equal for equal content.

    Fields with their default are left out, so that a field added later changes no digest.
    """
    return hashlib.sha256(_canonical(data).encode()).hexdigest()


@cache
def _defaults(kind: Any) -> dict[str, Any]:
    """Return names and defaults of a dataclass, in the order of the names."""
    found = {}
    for known in sorted(fields(kind), key=lambda known: known.name):
        make = known.default_factory
        found[known.name] = known.default if make is MISSING else make()
    return found


def _canonical(data: Any) -> str:
    """Write a dataclass as text, field by field."""
    parts = []
    for name, default in _defaults(data.__class__).items():
        value = getattr(data, name)
        if value != default:
            parts.append(f"{name}={_canonical_value(value)}")
    return f"{{{' '.join(parts)}}}"


def _canonical_value(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{' '.join(_canonical_value(part) for part in value)}]"
    return _canonical(value) if is_dataclass(value) else repr(value)
