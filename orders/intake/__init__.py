"""The one way an order comes in: imports, demo data, APIs and webhooks all call `take_in`.

The same data again changes nothing, not even a timestamp. Changed data changes the order in place,
under its row lock, and never what a live return holds. The steps:

    checks.py    is it right?            catalog.py   customers, products, variants
    creation.py  store new orders        updates.py   bring known ones up to date
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction
from django.utils import timezone

from orders.intake.checks import Places, checked
from orders.intake.creation import Checked, create_all
from orders.intake.data import (
    AddressData,
    CustomerData,
    FulfillmentData,
    FulfillmentLineData,
    LineData,
    OrderData,
    PaymentData,
    ProductData,
    digest,
)
from orders.intake.errors import BatchRejected, OrderRejected, Problem
from orders.intake.updates import update
from orders.models import Location, Order, Store

__all__ = [
    "AddressData",
    "BatchRejected",
    "CustomerData",
    "FulfillmentData",
    "FulfillmentLineData",
    "Intake",
    "LineData",
    "OrderData",
    "OrderRejected",
    "Outcome",
    "PaymentData",
    "Problem",
    "ProductData",
    "take_in",
    "take_in_all",
    "take_in_many",
]


class Outcome(StrEnum):
    """What became of an order that came in."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Intake:
    """An order that is in, and whether that was new."""

    order: Order
    outcome: Outcome


def take_in(data: OrderData) -> Intake:
    """Take one order in: create it, bring it up to date, or find that nothing changed.

    Raises OrderRejected, with nothing stored or changed, with every problem that was found.
    """
    result = take_in_many([data])[0]
    if isinstance(result, OrderRejected):
        raise result
    return result


def take_in_many(batch: Iterable[OrderData]) -> list[Intake | OrderRejected]:
    """Take orders in together and return what became of each, in the order given.

    One bad order does not touch the others. Each call is one transaction with a few statements
    for all new orders (hundreds at a time is a good size). Its stores' rows stay locked until it
    ends, so that the same new order is not stored twice by two callers at once.
    """
    wanted = list(batch)
    if not wanted:
        return []
    results: dict[int, Intake | OrderRejected] = {}
    with transaction.atomic():
        places = _places({data.store for data in wanted})
        for part in _without_repeats(wanted):
            ready = _check(part, wanted, places, results)
            _store(ready, places, results)
    return [results[index] for index in range(len(wanted))]


def take_in_all(batch: Iterable[OrderData]) -> list[Intake]:
    """Take all orders in, or none: the first wrong one keeps the others out too.

    Raises BatchRejected, with what is wrong with each.
    """
    with transaction.atomic():
        results = take_in_many(batch)
        wrong = {n: each for n, each in enumerate(results) if isinstance(each, OrderRejected)}
        if wrong:
            raise BatchRejected(wrong)
    return [each for each in results if isinstance(each, Intake)]


def _places(codes: set[str]) -> Places:
    stores = Store.objects.select_for_update(no_key=True).filter(code__in=codes).order_by("pk")
    return Places(
        stores={store.code: store for store in stores},
        locations={location.code: location for location in Location.objects.all()},
    )


def _without_repeats(wanted: Sequence[OrderData]) -> list[list[int]]:
    """Return the indexes in parts in which no order occurs twice; repeats come in later parts."""
    times: dict[tuple[str, str], int] = {}
    parts: list[list[int]] = []
    for index, data in enumerate(wanted):
        key = (data.store, data.reference.strip())
        part = times[key] = times.get(key, -1) + 1
        if part == len(parts):
            parts.append([])
        parts[part].append(index)
    return parts


def _check(
    part: list[int],
    wanted: Sequence[OrderData],
    places: Places,
    results: dict[int, Intake | OrderRejected],
) -> dict[int, Checked]:
    """Return what may come in; the rejections of the rest go into `results`."""
    ready = {}
    now = timezone.now()
    for index in part:
        try:
            data = checked(wanted[index], places, now)
        except OrderRejected as rejection:
            results[index] = rejection
        else:
            ready[index] = Checked(data, places.stores[data.store], digest(data))
    return ready


def _store(
    ready: dict[int, Checked],
    places: Places,
    results: dict[int, Intake | OrderRejected],
) -> None:
    """Create or update the checked orders and put their outcomes into `results`."""
    existing = _existing(ready.values())
    news = {}
    for index, new in ready.items():
        order = existing.get((new.store.pk, new.data.reference))
        if order is None:
            news[index] = new
        elif order.source_digest == new.digest:
            results[index] = Intake(order, Outcome.UNCHANGED)
        else:
            results[index] = _updated(order, new, places)
    if news:
        created = create_all(list(news.values()), places.locations)
        for index, order in zip(news, created, strict=True):
            results[index] = Intake(order, Outcome.CREATED)


def _existing(ready: Iterable[Checked]) -> dict[tuple[int, str], Order]:
    references: dict[int, set[str]] = {}
    for new in ready:
        references.setdefault(new.store.pk, set()).add(new.data.reference)
    return {
        (store, order.reference): order
        for store, names in references.items()
        for order in Order.objects.filter(store=store, reference__in=names).defer("search")
    }


def _updated(order: Order, new: Checked, places: Places) -> Intake | OrderRejected:
    try:
        changed, did_change = update(order.pk, new, places.locations)
    except OrderRejected as rejection:
        return rejection
    return Intake(changed, Outcome.UPDATED if did_change else Outcome.UNCHANGED)
