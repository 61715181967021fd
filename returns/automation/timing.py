"""Rules about time: whose moment has come now.

A rule hears of returns made since 90 days before it was switched on: what its preview showed. Each
moment of a return is an occasion of its own, so that a rule acts once on it.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final

from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from returns import queries
from returns.automation import running
from returns.automation.conditions import need_history
from returns.automation.facts import Known
from returns.models import AutomationRule, Return, ReturnStatus, RuleRun, TimeTrigger
from returns.models.parcels import ON_THE_WAY, ParcelState

LOOK_BACK: Final = timedelta(days=90)
CHUNK: Final = 100


def run_due() -> int:
    """Run every rule about time that is on; return on how many returns a rule acted.

    A rule that stops itself leaves the rest of its returns alone. Must not be called inside a
    transaction, because refunds are not.
    """
    acted = 0
    timed = AutomationRule.objects.filter(enabled=True, trigger__in=TimeTrigger.values)
    for rule in timed.select_related("store").order_by("position", "id"):
        for return_ in _fitting(rule, timezone.now()):
            occasion = return_.occasion
            acted += len(running.run([rule], return_, occasion))
            if not rule.enabled:
                break
    return acted


def _fitting(rule: AutomationRule, now: datetime) -> Iterator[Return]:
    """Yield the due returns for which a rule's conditions hold, by primary key, in chunks."""
    last = 0
    while True:
        waiting = due(rule, now).filter(pk__gt=last).select_related(*running.RELATED)
        chunk = list(waiting.order_by("pk")[:CHUNK])
        if not chunk:
            return
        known = Known.of(chunk, since=now, with_history=need_history(rule.conditions))
        yield from (return_ for return_ in chunk if running.fits(rule, return_, known))
        last = chunk[-1].pk


def due(rule: AutomationRule, now: datetime) -> QuerySet[Return]:
    """Return the returns whose moment has come and on which a rule did not act, with `occasion`."""
    since = (rule.enabled_at or now) - LOOK_BACK
    found = _WAITING[TimeTrigger(rule.trigger)](rule.days or 0, now).filter(created_at__gte=since)
    if rule.store_id:
        found = found.filter(store_id=rule.store_id)
    found = found.annotate(occasion=_occasion(rule.trigger))
    done = RuleRun.objects.filter(
        rule=rule, for_return=OuterRef("pk"), occasion=OuterRef("occasion")
    )
    return found.filter(~Exists(done.exclude(status="RUNNING")))


def _occasion(trigger: str) -> models.Expression:
    """Name the moment: a later day to send by, or money after a decision, is another one."""
    if trigger == TimeTrigger.UNDECIDED:
        return Value(trigger, output_field=models.TextField())
    if trigger == TimeTrigger.LATE:
        decide, pay = (Value(f"{trigger}:{what}") for what in ("decide", "pay"))
        requested = When(status=ReturnStatus.REQUESTED, then=decide)
        return Case(requested, default=pay, output_field=models.TextField())
    day = Cast("send_by", models.TextField())
    return Concat(Value(f"{trigger}:"), day, output_field=models.TextField())


def _undecided(days: int, now: datetime) -> QuerySet[Return]:
    return Return.objects.waiting_for_decision().filter(created_at__lte=now - timedelta(days=days))


def _send_by_near(days: int, now: datetime) -> QuerySet[Return]:
    """Open returns of which nothing was sent yet, in the last days before the last day."""
    far = now.date() + timedelta(days=days + 1)  # bounds what the index is asked for
    found = Return.objects.waiting_for_goods().filter(processed_quantity=0, send_by__lte=far)
    today = queries.today(now)
    found = found.filter(send_by__gte=today, send_by__lte=today + Value(timedelta(days=days)))
    return _without_parcels(found, ParcelState.HANDED_IN, ParcelState.IN_TRANSIT, "ARRIVED")


def _send_by_over(days: int, now: datetime) -> QuerySet[Return]:
    """Open returns whose goods did not come so long after the last day; not those on their way."""
    near = now.date() + timedelta(days=1 - days)
    found = Return.objects.waiting_for_goods().filter(send_by__lt=near)
    found = found.filter(send_by__lt=queries.today(now) - Value(timedelta(days=days)))
    return _without_parcels(found, *ON_THE_WAY)


def _without_parcels(found: QuerySet[Return], *states: str) -> QuerySet[Return]:
    carried = Return.objects.filter(Q(parcels__state__in=states), pk=OuterRef("pk"))
    return found.filter(~Exists(carried))


def _late(days: int, now: datetime) -> QuerySet[Return]:
    return Return.objects.late(now - timedelta(days=days))


_WAITING: Final[dict[TimeTrigger, Callable[[int, datetime], QuerySet[Return]]]] = {
    TimeTrigger.UNDECIDED: _undecided,
    TimeTrigger.SEND_BY_NEAR: _send_by_near,
    TimeTrigger.SEND_BY_OVER: _send_by_over,
    TimeTrigger.LATE: _late,
}
