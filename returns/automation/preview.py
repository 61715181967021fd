"""What a rule would have done in the last 90 days: read only, a page at a time, newest first.

A rule is asked with the facts of each occasion's own moment. Tags are those of now, and what other
rules would have changed is not played through.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from django.utils import timezone

from orders.pagination import paginate
from returns.automation.conditions import hold, need_history
from returns.automation.facts import Facts, Known
from returns.automation.running import RELATED
from returns.automation.timing import LOOK_BACK
from returns.models import AutomationRule, Event, EventType, Return, TimeTrigger

# So many occasions are looked at for one page.
PAGE: Final = 500


@dataclass(frozen=True, kw_only=True)
class Match:
    """An occasion on which the rule would have acted; the return as it is now."""

    return_: Return
    at: datetime
    facts: Facts


@dataclass(frozen=True, kw_only=True)
class Preview:
    """One page: the matches among the occasions looked at, and the cursor of older ones."""

    matches: list[Match]
    looked_at: int
    older: str


def preview(rule: AutomationRule, *, cursor: str = "") -> Preview:
    """Return on which occasions a rule (saved or not) would have acted; at most 4 queries.

    The rule must have no `problems`.
    """
    now = timezone.now()
    occasions, older = (_moments if rule.is_timed else _events)(rule, now, cursor)
    returns = {return_.pk: return_ for return_, _at in occasions}
    known = Known.of(
        list(returns.values()),
        since=now - LOOK_BACK,
        with_history=need_history(rule.conditions),
    )
    found = ((return_, at, known.facts(return_, at)) for return_, at in occasions)
    matches = [
        Match(return_=return_, at=at, facts=facts)
        for return_, at, facts in found
        if hold(rule.conditions, facts)
    ]
    return Preview(matches=matches, looked_at=len(occasions), older=older)


Occasions = tuple[list[tuple[Return, datetime]], str]


def _events(rule: AutomationRule, now: datetime, cursor: str) -> Occasions:
    """Return the events that the rule would have heard of."""
    events = Event.objects.filter(
        type=rule.trigger, at__gt=now - LOOK_BACK, for_return__isnull=False
    )
    if rule.store_id:
        events = events.filter(for_return__store=rule.store_id)
    related = tuple(f"for_return__{name}" for name in RELATED)
    page = paginate(events, ("-at", "-id"), cursor=cursor, size=PAGE, related=related)
    return [(one.for_return, one.at) for one in page.rows if one.for_return], page.next


def _moments(rule: AutomationRule, now: datetime, cursor: str) -> Occasions:
    """Return the moments of recent returns that the rule would have seen."""
    returns = Return.objects.filter(created_at__gt=now - LOOK_BACK)
    if rule.store_id:
        returns = returns.filter(store=rule.store_id)
    page = paginate(returns, ("-created_at", "-id"), cursor=cursor, size=PAGE, related=RELATED)
    lives = _lives(page.rows)
    moments = _MOMENTS[TimeTrigger(rule.trigger)]
    found = [
        (return_, at)
        for return_ in page.rows
        for at in moments(return_, lives[return_.pk], timedelta(days=rule.days or 0))
        if at <= now
    ]
    return found, page.next


class _Life:
    """When something first happened to a return, by type of event."""

    def __init__(self) -> None:
        self._first: dict[str, datetime] = {}

    def note(self, type_: str, at: datetime) -> None:
        self._first[type_] = min(at, self._first.get(type_, at))

    def first(self, types: Collection[str]) -> datetime | None:
        """Return when the first of these things happened; None when none did."""
        return min((self._first[one] for one in types if one in self._first), default=None)

    def is_before(self, at: datetime, types: Collection[str]) -> bool:
        """Whether none of these things had happened at a moment."""
        first = self.first(types)
        return first is None or first > at


_DECIDED: Final = (
    EventType.RETURN_CREATED,
    EventType.RETURN_APPROVED,
    EventType.RETURN_DECLINED,
    EventType.RETURN_CANCELED,
)
_OVER: Final = (EventType.RETURN_CANCELED, EventType.RETURN_CLOSED)
_SENT: Final = (
    EventType.PARCEL_HANDED_IN,
    EventType.PARCEL_IN_TRANSIT,
    EventType.PARCEL_ARRIVED,
)
_CAME: Final = (EventType.RETURN_PROCESSED, EventType.GOODS_KEPT)
_PAID: Final = (EventType.REFUND_SUCCEEDED,)


def _lives(returns: Sequence[Return]) -> dict[int, _Life]:
    lives: dict[int, _Life] = defaultdict(_Life)
    types = {*_DECIDED, *_OVER, *_SENT, *_CAME, *_PAID}
    events = Event.objects.filter(for_return__in=returns, type__in=types)
    for key, type_, at in events.values_list("for_return", "type", "at").order_by():
        lives[key].note(type_, at)
    return lives


def _undecided(return_: Return, life: _Life, days: timedelta) -> Iterator[datetime]:
    at = return_.created_at + days
    if life.is_before(at, _DECIDED):
        yield at


def _begins(return_: Return, days: timedelta) -> datetime | None:
    """Return the beginning of the day so long after the last day to send, in the store's zone."""
    if return_.send_by is None:
        return None
    return datetime.combine(return_.send_by + days, time.min, tzinfo=return_.store.zone)


def _send_by_near(return_: Return, life: _Life, days: timedelta) -> Iterator[datetime]:
    at = _begins(return_, -days)
    if at and life.is_before(at, (*_OVER, *_SENT, *_CAME)):
        yield max(at, return_.approved_at or at)


def _send_by_over(return_: Return, life: _Life, days: timedelta) -> Iterator[datetime]:
    at = _begins(return_, days + timedelta(days=1))
    if at and life.is_before(at, (*_OVER, *_SENT, *_CAME)):
        yield at


def _late(return_: Return, life: _Life, days: timedelta) -> Iterator[datetime]:
    decide = return_.created_at + timedelta(days=return_.store.decide_days) + days
    if life.is_before(decide, _DECIDED):
        yield decide
    came = life.first(_CAME)
    if came is not None:
        pay = came + timedelta(days=return_.store.refund_days) + days
        if life.is_before(pay, _PAID):
            yield pay


_MOMENTS: Final[dict[TimeTrigger, Callable[[Return, _Life, timedelta], Iterator[datetime]]]] = {
    TimeTrigger.UNDECIDED: _undecided,
    TimeTrigger.SEND_BY_NEAR: _send_by_near,
    TimeTrigger.SEND_BY_OVER: _send_by_over,
    TimeTrigger.LATE: _late,
}
