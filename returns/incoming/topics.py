"""What each topic of a shop does. Messages may come twice, late, or before what they are about."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from accounts import actors
from orders.models import Order, OrderSource, SourceKind
from orders.sources import (
    applying,
    shopify_orders,
    shopify_others,
    shopify_parcels,
    shopify_refunds,
    woocommerce,
)
from orders.sources.told import ToldOrder, ToldPerson, ToldRefund, Unwanted
from returns.incoming import erasure, personal_data, told_refunds


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What became of a message. arrived: the shop's id of an order that is in now."""

    message: str = ""
    order: Order | None = None
    arrived: str = ""


def is_known(kind: str, topic: str) -> bool:
    """Whether messages of this topic are of any use."""
    return topic in TOPICS[SourceKind(kind)]


def handle(source: OrderSource, topic: str, body: Any) -> Result:
    """Do what a message asks for.

    Raises Unwanted, NotYet, OrderRejected, ReturnError; what was done until then stays, and doing
    it again changes nothing. Must not be called inside a transaction.
    """
    handler = TOPICS[SourceKind(source.kind)].get(topic)
    if handler is None:
        raise Unwanted(_("Messages of this topic are not needed."))
    return handler(source, body)


# --- Shopify ------------------------------------------------------------------------------------


def _shopify_order(source: OrderSource, body: Any) -> Result:
    known = applying.handles(source, shopify_orders.product_ids(body))
    return _order(source, shopify_orders.order_of(body, source, known, applying.locations()))


def _shopify_parcel(source: OrderSource, body: Any) -> Result:
    told = shopify_parcels.told_parcel(body, applying.locations())
    return Result(order=applying.take_in_parcel(source, told))


def _shopify_refund(source: OrderSource, body: Any) -> Result:
    order_id, told = shopify_refunds.told_refund(body)
    order = applying.known_order(source, order_id)
    return Result(order=order, message=_refunds(source, order, [told]))


def _shopify_product(source: OrderSource, body: Any) -> Result:
    product = applying.take_in_told_product(source, shopify_others.told_product(body))
    return Result(message=product.title)


def _shopify_data_request(source: OrderSource, body: Any) -> Result:
    told = _person(source, body)
    person = personal_data.person_of(source, told)
    personal_data.note_request(person, told.request_id, actor=actors.system(source.name))
    words = _("To be handed over: %(customers)s customers, %(orders)s orders. Save it as a file.")
    return Result(
        message=words % {"customers": len(person.customers), "orders": len(person.orders)}
    )


def _shopify_redact(source: OrderSource, body: Any) -> Result:
    person = personal_data.person_of(source, _person(source, body))
    return Result(message=erasure.erase(person, actor=actors.system(source.name)))


def _person(source: OrderSource, body: Any) -> ToldPerson:
    return shopify_others.told_person(body)


# --- WooCommerce --------------------------------------------------------------------------------


def _woocommerce_order(source: OrderSource, body: Any) -> Result:
    known = applying.handles(source, woocommerce.product_ids(body))
    return _order(source, woocommerce.order_of(body, source, known))


# --- both ---------------------------------------------------------------------------------------


def _order(source: OrderSource, told: ToldOrder) -> Result:
    order = applying.take_in_order(source, told)
    message = _refunds(source, order, told.refunds)
    return Result(order=order, arrived=told.external_id, message=message)


def _refunds(source: OrderSource, order: Order, refunds: Iterable[ToldRefund]) -> str:
    """Record refunds; return what there is to say about them."""
    actor = actors.system(source.name)
    notes = [told_refunds.record(order, each, actor=actor) for each in refunds]
    return " ".join(dict.fromkeys(filter(None, notes)))


Handler = Callable[[OrderSource, Any], Result]

TOPICS: Final[dict[SourceKind, dict[str, Handler]]] = {
    SourceKind.SHOPIFY: {
        "orders/create": _shopify_order,
        "orders/updated": _shopify_order,
        "orders/cancelled": _shopify_order,
        "fulfillments/create": _shopify_parcel,
        "fulfillments/update": _shopify_parcel,
        "refunds/create": _shopify_refund,
        "products/update": _shopify_product,
        "customers/data_request": _shopify_data_request,
        "customers/redact": _shopify_redact,
    },
    SourceKind.WOOCOMMERCE: {
        "order.created": _woocommerce_order,
        "order.updated": _woocommerce_order,
    },
}
