"""What a shop tells, in the same words whatever its software is. Plain data without a database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from orders.intake import FulfillmentData, OrderData


class Unwanted(Exception):
    """The message is right, and there is nothing to do; the text says why."""


class NotYet(Exception):
    """The message is about an order that did not come in yet; `order_id` is the shop's id."""

    def __init__(self, order_id: str) -> None:
        super().__init__(order_id)
        self.order_id = order_id


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldRefund:
    """Money that the shop paid back.

    amount and shipping: in the order's currency, the second within the first. refunded and
    returned: pieces by the shop's id of the line; those of `returned` came back as goods, too.
    """

    external_id: str
    amount: Decimal
    at: datetime
    shipping: Decimal = Decimal(0)
    note: str = ""
    refunded: Mapping[str, int] = field(default_factory=dict)
    returned: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldOrder:
    """An order as the shop has it. changed_at: the shop's own time of this state of it.

    parcels_changed_at: the same for its parcels, by the shop's id. tells_payments: whether the
    payments are the shop's own list, and not only a sum.
    """

    external_id: str
    changed_at: datetime
    data: OrderData
    parcels_changed_at: Mapping[str, datetime] = field(default_factory=dict)
    tells_payments: bool = False
    refunds: tuple[ToldRefund, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldParcel:
    """A parcel of an order that is known; lines by the shop's id of the order's line.

    parcel: without lines; None for one that is called off.
    """

    external_id: str
    order_id: str
    changed_at: datetime
    parcel: FulfillmentData | None
    lines: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldVariant:
    """An article; without SKU it is not known here."""

    sku: str
    price: Decimal
    barcode: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldProduct:
    """A product with its articles. placeholder: the handle that order lines gave it meanwhile."""

    external_id: str
    changed_at: datetime
    handle: str
    placeholder: str
    title: str
    vendor: str = ""
    product_type: str = ""
    tags: tuple[str, ...] = ()
    image: str = ""
    variants: tuple[ToldVariant, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldPerson:
    """Whom a request about personal data names: the shop's ids of person, request and orders."""

    customer_id: str
    email: str = ""
    request_id: str = ""
    order_ids: tuple[str, ...] = ()
