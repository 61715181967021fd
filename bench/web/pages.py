"""Every page that is looked at, each kind with many concrete addresses."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db.models import Count, QuerySet
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role, User
from api.glue import tokens
from bench.web.visits import Group
from orders.models import Customer, Fulfillment, Order, OrderLine
from orders.pagination import paginate
from orders.queries import NEWEST_FIRST
from returns.models import Return, ReturnStatus
from returns.queries import ORDERINGS, Queue, Sort

VARIANTS = 40  # concrete addresses of each kind


def session_of(user: User) -> str:
    """Sign somebody in and return the session's key."""
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def manager() -> User:
    """Return the member of staff who may do everything."""
    return User.objects.get(roles=[Role.MANAGER])


def groups() -> list[Group]:
    """Return all pages: one that asks and shows nothing, a program's, the staff's, a buyer's."""
    empty = Group("an empty page", (reverse("live"),))
    return [
        empty,
        *_program_groups(),
        *_staff_groups(session_of(manager())),
        *_buyer_groups(),
    ]


def _staff_groups(session: str) -> Iterator[Group]:
    returns, orders = reverse("backoffice:returns"), reverse("backoffice:orders")
    yield Group("back office: home", (reverse("backoffice:home"),), session)
    for name, queries in _return_lists().items():
        yield Group(f"returns: {name}", _addresses(returns, queries), session)
    # Of the filled rows: those that benchmarks made since do not all have one of their own.
    filled = Return.objects.filter(created_at__lt=timezone.now() - timedelta(days=3))
    references = _sample(filled, "reference")
    found = _addresses(returns, [{"q": reference} for reference in references])
    yield Group("returns: scan a reference", found, session, status=302)
    yield Group(
        "return: detail",
        tuple(reverse("backoffice:return", args=[pk]) for pk in _sample(Return.objects, "pk")),
        session,
    )
    for name, queries in _order_lists().items():
        yield Group(f"orders: {name}", _addresses(orders, queries), session)
    details = [reverse("backoffice:order", args=[pk]) for pk in _sample(Order.objects, "pk")]
    yield Group("order: detail", tuple(details), session)


def _addresses(path: str, queries: Sequence[dict[str, str]]) -> tuple[str, ...]:
    return tuple(f"{path}?{urlencode(query)}" if query else path for query in queries)


def _sample(rows: Any, field: str) -> list[Any]:
    """Return a field of rows that lie evenly over a table, by primary key."""
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    chosen = keys[:: max(len(keys) // VARIANTS, 1)][:VARIANTS]
    return list(rows.model.objects.filter(pk__in=chosen).values_list(field, flat=True))


def _return_lists() -> dict[str, list[dict[str, str]]]:
    """Return every kind of list of returns, as parameters."""
    month = _month()
    lists: dict[str, list[dict[str, str]]] = {"all": [{}]}
    lists |= {f"queue {name.value}": [{"queue": name.value}] for name in Queue}
    lists |= {f"status {status}": [{"status": status}] for status in ReturnStatus.values}
    lists |= {
        "store": [{"store": "linden-lark"}, {"store": "heath-harbour"}],
        "store and status": [{"store": "linden-lark", "status": "CLOSED"}],
        "reason": [{"reason": "too-small"}, {"reason": "color"}],
        "month": [month],
        "store, status, reason, month": [
            {"store": "linden-lark", "status": "CLOSED", "reason": "too-big", **month}
        ],
        "oldest first": [{"sort": Sort.OLDEST.value}],
        "by deadline": [{"sort": Sort.DEADLINE.value}],
        "deep page": _deep(Return.objects.all(), ORDERINGS[Sort.NEWEST]),
    }
    lists |= {f"search {name}": queries for name, queries in _searches().items()}
    lists["search name, status, store"] = [
        {**query, "status": "CLOSED", "store": "linden-lark"} for query in _searches()["name"]
    ]
    return lists


def _order_lists() -> dict[str, list[dict[str, str]]]:
    lists: dict[str, list[dict[str, str]]] = {
        "all": [{}],
        "store": [{"store": "linden-lark"}],
        "month": [_month()],
        "deep page": _deep(Order.objects.all(), NEWEST_FIRST),
    }
    return lists | {f"search {name}": queries for name, queries in _searches().items()}


def _month() -> dict[str, str]:
    since = timezone.now().date() - timedelta(days=400)
    return {"since": since.isoformat(), "until": (since + timedelta(days=30)).isoformat()}


def _searches() -> dict[str, list[dict[str, str]]]:
    returned = Order.objects.filter(returns__isnull=False)
    named = returned.filter(shipping_address__has_key="name")
    names = [address["name"] for address in _sample(named, "shipping_address")]
    emails = [email for email in _sample(returned, "customer__email") if email]
    words = {
        "order": [order.lstrip("#") for order in _sample(returned, "reference")],
        "name": [name.split()[-1] for name in names],
        "full name": names,
        "e-mail": emails,
        "provider": ["mail.example", "post.example"],
        "SKU": _sample(OrderLine.objects.filter(order__in=returned), "sku"),
        "SKU's beginning": ["TEE", "MUG-OAT", "CAN-SNOW-4", "WRD"],
        "tracking": _sample(Fulfillment.objects.filter(order__in=returned), "tracking_number"),
        "one letter": ["a", "b", "s"],
        "nothing found": ["doesnotoccur", "nobody@nowhere.example"],
    }
    return {name: [{"q": word} for word in found] for name, found in words.items()}


def _deep(found: QuerySet[Any], order: Sequence[str]) -> list[dict[str, str]]:
    """Return pages in the middle and near the end of a list, by cursor."""
    first = order[0].lstrip("-")
    count = found.count()
    places = [count // 2, count * 9 // 10, count * 99 // 100]
    rows = [found.order_by(*order)[place] for place in places]
    starts = [found.filter(**{f"{first}__lte": getattr(row, first)}) for row in rows]
    return [{"cursor": paginate(start, order).next} for start in starts]


def _buyer() -> User:
    """Return a buyer with orders and returns."""
    return User.objects.filter(roles=[], customers__orders__returns__isnull=False).earliest("pk")


def _faithful() -> User:
    """Return the login of the customer with the most returns, which is made when there is none."""
    counted = Customer.objects.annotate(count=Count("orders__returns"))
    customer = counted.order_by("-count", "pk")[0]
    if customer.user is None:
        customer.user = User.objects.create_user(f"customer{customer.pk}@bench.example")
        customer.save(update_fields=["user"])
    return customer.user


def _program_groups() -> Iterator[Group]:
    """Return what a buyer's program asks the Glue API for; first, for its token is soon old."""
    user = _faithful()
    token = tokens.begin(user).access
    returns = Return.objects.filter(order__customer__user=user)
    references = [
        quote(reference, safe="") for reference in returns.values_list("reference", flat=True)
    ]
    for name, paths in (
        ("returns", ["returns"]),
        ("returns with items", ["returns?include=return-items,order-items"]),
        ("return", [f"returns/{reference}" for reference in references]),
        ("orders", ["orders"]),
    ):
        yield Group(f"glue: {name}", tuple(f"/glue/{path}" for path in paths), token=token)


def _buyer_groups() -> Iterator[Group]:
    """Return the storefront's pages."""
    user = _buyer()
    session = session_of(user)
    orders = Order.objects.of_user(user.pk, user.email)
    arrived = orders.filter(fulfillments__delivered_at__isnull=False)
    details = [("storefront:order", order.public_id) for order in arrived]
    starts = [("storefront:start_return", order.public_id) for order in arrived]
    returns = Return.objects.filter(order__in=orders)
    found = [("storefront:return", return_.public_id) for return_ in returns]
    yield Group("storefront: home", (reverse("storefront:home"),))
    yield Group("storefront: orders", (reverse("storefront:orders"),), session)
    for name, pages in (
        ("order", details),
        ("start a return", starts),
        ("return", found),
    ):
        paths = tuple(reverse(view, args=[public_id]) for view, public_id in pages)
        yield Group(f"storefront: {name}", paths, session)
    yield Group("storefront: returns", (reverse("storefront:returns"),), session)
