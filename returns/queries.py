"""Looking for returns: the queues that wait for somebody, filters, search and order of lists.

Each list has an index that serves it (`returns.models.returns`), so none slows with the years.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, Func, QuerySet, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders import days, pagination, search
from orders.kept import Kept, Now
from orders.models import Order, Store
from returns.models import Return, ReturnReason, ReturnStatus


class Queue(models.TextChoices):
    """What waits for whom."""

    DECIDE = "decide", _("To decide")
    ANSWER = "answer", _("To answer")
    ASKED = "asked", _("Waiting for the buyer")
    ON_THE_WAY = "on_the_way", _("On the way")
    RECEIVE = "receive", _("To receive")
    FINISH = "finish", _("To finish")
    SEND = "send", _("To send")
    REFUND = "refund", _("To refund")
    OVERDUE = "overdue", _("Overdue")
    LATE = "late", _("We are late")


class Sort(models.TextChoices):
    """The orders in which lists come; each is served by an index."""

    NEWEST = "newest", _("Newest first")
    OLDEST = "oldest", _("Oldest first")
    DEADLINE = "deadline", _("Send-by date first")


# The fields of each order for `orders.pagination`.
ORDERINGS: Final[dict[Sort, tuple[str, ...]]] = {
    Sort.NEWEST: ("-created_at", "-id"),
    Sort.OLDEST: ("created_at", "id"),
    Sort.DEADLINE: ("send_by", "id"),
}


_STORE_ZONE: Final = F("store__time_zone")


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What a list is narrowed to; an empty value does not narrow.

    since and until: days on which the return was made, both included, in `zone`. reason: a handle.
    assignee: the primary key of somebody who works here, as text.
    words: what somebody typed.
    """

    queue: str = ""
    status: str = ""
    store: Store | None = None
    since: date | None = None
    until: date | None = None
    reason: str = ""
    tag: str = ""
    assignee: str = ""
    words: str = ""
    zone: ZoneInfo = ZoneInfo("UTC")  # noqa: RUF009 - immutable


def find(filters: Filters, sort: Sort = Sort.NEWEST) -> QuerySet[Return]:
    """Return the returns that fit, not yet in order; sorted by deadline only open ones have one."""
    found = queue(Queue(filters.queue)) if filters.queue else Return.objects.all()
    if filters.status:
        found = found.filter(status=filters.status)
    if filters.store:
        found = found.filter(store=filters.store)
    if filters.since:
        found = found.filter(created_at__gte=days.begins(filters.since, filters.zone))
    if filters.until:
        found = found.filter(created_at__lt=days.ends(filters.until, filters.zone))
    for kind in ("reason", "tag", "assignee"):
        wanted = getattr(filters, kind)
        if wanted and (condition := search.has_word(f"{kind}:{wanted}")):
            found = found.filter(condition)
    if sort == Sort.DEADLINE:
        found = found.filter(status=ReturnStatus.OPEN, send_by__isnull=False)
    return search.narrow(found, filters.words)


def queue(name: Queue, now: datetime | Now | None = None) -> QuerySet[Return]:
    """Return what waits in a queue, in no order; `now` is when to look, at once if None."""
    now = now or timezone.now()
    returns = Return.objects.all()
    waiting: dict[Queue, Callable[[], QuerySet[Return]]] = {
        Queue.DECIDE: returns.waiting_for_decision,
        Queue.ANSWER: returns.waiting_for_answer,
        Queue.ASKED: returns.waiting_for_buyer,
        Queue.ON_THE_WAY: returns.on_the_way,
        Queue.RECEIVE: returns.waiting_for_goods,
        Queue.FINISH: returns.waiting_for_disposal,
        Queue.SEND: returns.waiting_for_replacement,
        Queue.REFUND: returns.waiting_for_refund,
        Queue.OVERDUE: lambda: _overdue(returns.waiting_for_goods(), now),
        Queue.LATE: lambda: returns.late(now),
    }
    return waiting[name]()


def _overdue(waiting: QuerySet[Return], now: datetime | Now) -> QuerySet[Return]:
    """Keep those whose last day to send is over in their store's time zone."""
    # No place on earth is more than a day ahead of UTC; this bound is what the index is asked for.
    tomorrow = today(now, Value("UTC")) + Value(timedelta(days=1))
    return waiting.filter(send_by__lt=tomorrow).filter(send_by__lt=today(now))


def today(now: datetime | Now, zone: Value | F = _STORE_ZONE) -> Func:
    """Return the expression for the day that `now` is on in a time zone, of a row's store."""
    moment = now if isinstance(now, Now) else Value(now, output_field=models.DateTimeField())
    return Func(
        zone,
        moment,
        template="(%(function)s(%(expressions)s))::date",
        function="timezone",
        output_field=models.DateField(),
    )


# Queues are counted up to here: beyond it people only want to know that there are many.
MOST_COUNTED: Final = 100

# The order in which we should have done what we are late with.
DUE_FIRST: Final = ("due_at", "id")


def queue_counts(queues: Iterable[Queue]) -> dict[Queue, int]:
    """Count what waits in queues, each only up to MOST_COUNTED; one query for all."""
    asked = list(queues)
    parts = [_counting(name, MOST_COUNTED) for name in asked]
    return dict(zip(asked, pagination.count(parts), strict=True))


@cache
def _counting(name: Queue, most: int) -> pagination.Counted:
    """Return how to count a queue at any time; the SQL took longer than PostgreSQL's answer."""
    order = DUE_FIRST if name == Queue.LATE else ORDERINGS[Sort.OLDEST]
    return pagination.capped(queue(name, Now()).order_by(*order), most)


def by_reference(typed: str) -> Return | None:
    """Return the only return with exactly this reference (any case, with or without `#`)."""
    wanted = typed.strip().lower().lstrip("#")
    condition = search.has_word(wanted)
    if condition is None or " " in wanted:
        return None
    exact = [
        return_
        for return_ in Return.objects.filter(condition)[:50]
        if return_.reference.lower().lstrip("#") == wanted
    ]
    return exact[0] if len(exact) == 1 else None


class OrderReturnStatus(models.TextChoices):
    """Where an order's returns stand. Names as in Shopify's API."""

    NO_RETURN = "NO_RETURN", _("No return")
    RETURN_REQUESTED = "RETURN_REQUESTED", _("Return requested")
    IN_PROGRESS = "IN_PROGRESS", _("Return in progress")
    RETURNED = "RETURNED", _("Returned")


_STRONGEST_FIRST: Final = (
    (ReturnStatus.REQUESTED, OrderReturnStatus.RETURN_REQUESTED),
    (ReturnStatus.OPEN, OrderReturnStatus.IN_PROGRESS),
    (ReturnStatus.CLOSED, OrderReturnStatus.RETURNED),
)


def order_return_statuses(
    orders: Iterable[Order], *, to_buyer: bool = False
) -> dict[int, OrderReturnStatus]:
    """Return each order's status by primary key, in one query for all (design, section 4).

    to_buyer: as whoever bought may know it, without what recipients do with gifts.
    """
    found: dict[int, set[str]] = {order.pk: set() for order in orders}
    returns = Return.objects.told_to_buyer() if to_buyer else Return.objects.all()
    statuses = returns.filter(order__in=found).values_list("order", "status")
    for order_id, status in statuses.distinct().order_by():
        found[order_id].add(status)
    return {
        order_id: next(
            (named for status, named in _STRONGEST_FIRST if status in held),
            OrderReturnStatus.NO_RETURN,
        )
        for order_id, held in found.items()
    }


_REASONS: Final = Kept(ReturnReason.objects.in_tree)


def reasons() -> list[ReturnReason]:
    """Return all reasons as the tree has them, for lists to choose from; one query."""
    return _REASONS.rows()


def waiting_for_us(returns: Iterable[Return]) -> set[int]:
    """Return the primary keys of those on which we have to decide, or for which we owe money.

    One query, and none when their rows say all.
    """
    found = {one.pk for one in returns if one.status == ReturnStatus.REQUESTED}
    doubtful = [
        one.pk
        for one in returns
        if one.due_at
        and one.status in (ReturnStatus.OPEN, ReturnStatus.CLOSED)
        and one.refunded_quantity < one.processed_quantity
    ]
    if doubtful:
        owed = Return.objects.waiting_for_us().filter(pk__in=doubtful)
        found.update(owed.values_list("pk", flat=True))
    return found
