"""Looking for orders in Shopify's search syntax, and their order in lists."""

import datetime
from collections.abc import Callable
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from api.schema.connections import Sorted
from api.schema.search_syntax import Term, parse
from api.schema.search_terms import NOTHING, moment, number
from orders import search
from orders.models import Fulfillment, Order
from returns.models import Return


def _text(*fields: str) -> Callable[[Term], Q]:
    """Return a condition that one of the fields has the value, or begins with it before a `*`."""

    def condition(term: Term) -> Q:
        begins = term.value.endswith("*")
        value = term.value.rstrip("*")
        found = Q()
        for field in fields:
            found |= Q(**{f"{field}__{'istartswith' if begins else 'iexact'}": value})
        return found

    return condition


def _name(term: Term) -> Q:
    plain = term.value.lstrip("#")
    return _text("reference")(Term(field="", sign="", value=plain)) | _text("reference")(
        Term(field="", sign="", value=f"#{plain}")
    )


def _return_status(term: Term) -> Q:
    def has(*statuses: str) -> Exists:
        return Exists(Return.objects.filter(order=OuterRef("pk"), status__in=statuses))

    requested, open_, closed = Q(has("REQUESTED")), Q(has("OPEN")), Q(has("CLOSED"))
    return {
        "return_requested": requested,
        "in_progress": ~requested & open_,
        "returned": ~requested & ~open_ & closed,
        "no_return": ~Q(has("REQUESTED", "OPEN", "CLOSED")),
    }.get(term.value.lower(), NOTHING)


def _status(term: Term) -> Q:
    return {
        "open": Q(archived_at=None, canceled_at=None),
        "closed": Q(archived_at__isnull=False),
        "cancelled": Q(canceled_at__isnull=False),
        "not_closed": Q(archived_at=None),
        "any": Q(),
    }.get(term.value.lower(), NOTHING)


def _fulfillment_status(term: Term) -> Q:
    sent = Q(Exists(Fulfillment.objects.filter(order=OuterRef("pk"))))
    value = term.value.lower()
    if value in ("shipped", "fulfilled", "partial"):
        return sent
    return ~sent if value in ("unshipped", "unfulfilled") else NOTHING


def _customer(term: Term) -> Q:
    text = term.value
    known = text.isascii() and text.isdecimal() and len(text) < 19
    return Q(customer=int(text)) if known else NOTHING


def _line(field: str) -> Callable[[Term], Q]:
    def condition(term: Term) -> Q:
        lines = Order.lines.rel.related_model._default_manager.filter(
            **{f"{field}__iexact": term.value}
        )
        return Q(pk__in=lines.values("order"))

    return condition


_FIELDS: Final[dict[str, Callable[[Term], Q]]] = {
    "id": number,
    "name": _name,
    "email": _text("guest_email", "customer__email"),
    "customer_id": _customer,
    "return_status": _return_status,
    "status": _status,
    "fulfillment_status": _fulfillment_status,
    "created_at": moment("placed_at"),
    "processed_at": moment("placed_at"),
    "updated_at": moment("imported_at"),
    "sku": _line("sku"),
}


def condition_of(term: Term) -> Q:
    """Return what one term means for orders; a field that is not known narrows nothing."""
    if term.field:
        translate = _FIELDS.get(term.field)
        return translate(term) if translate else Q()
    found = search.matches(term.value.rstrip("*"))
    return Q(found) if found is not None else Q()


def sorted_orders(
    query: str | None, sort_key: Any = None, orders: QuerySet[Order] | None = None
) -> Sorted:
    """Return the orders that fit a search text, by a sort key; for a connection."""
    rows = (Order.objects.all() if orders is None else orders).defer("search")
    rows = rows.select_related("store", "customer")
    if query:
        rows = rows.filter(parse(query, condition_of))
    if sort_key in (None, "PROCESSED_AT", "CREATED_AT"):
        return Sorted(
            rows=rows,
            column="placed_at",
            text=lambda moment: moment.isoformat(),
            parse=datetime.datetime.fromisoformat,
        )
    if sort_key == "UPDATED_AT":
        return Sorted(
            rows=rows,
            column="imported_at",
            text=lambda moment: moment.isoformat(),
            parse=datetime.datetime.fromisoformat,
        )
    return Sorted(rows=rows)
