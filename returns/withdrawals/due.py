"""Looking for withdrawals, and how long the money may still take (Article 13(1) and (3))."""

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders import days, search
from orders.models import Store
from returns import queries
from returns.models import ParcelState, Return, WithdrawalCase, WithdrawalState
from returns.models.states import LIVE


class Ageing(models.TextChoices):
    """How the money of a withdrawal stands."""

    SETTLED = "settled", _("Done")
    PAID = "paid", _("Paid back")
    WAITS = "waits", _("May wait for the goods")
    DUE = "due", _("To be paid back")
    OVERDUE = "overdue", _("Overdue")


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What a list is narrowed to; an empty value does not narrow.

    since and until: days of submission, both included, in `zone`. money: "open" or "overdue".
    """

    state: str = ""
    flag: str = ""
    money: str = ""
    store: Store | None = None
    since: date | None = None
    until: date | None = None
    words: str = ""
    zone: ZoneInfo = ZoneInfo("UTC")  # noqa: RUF009 - immutable


def find(filters: Filters) -> QuerySet[WithdrawalCase]:
    """Return the withdrawals that fit, in no order."""
    found: QuerySet[WithdrawalCase] = WithdrawalCase.objects.all()
    if filters.state:
        found = found.filter(state=filters.state)
    if filters.flag:
        found = found.filter(flags__contains=[filters.flag])
    if filters.money:
        found = found.filter(_unpaid())
    if filters.money == Ageing.OVERDUE:
        # No place on earth is more than a day ahead of UTC; the index is asked for this bound.
        tomorrow = timezone.now().date() + timedelta(days=1)
        today = queries.today(timezone.now())
        found = found.filter(refund_by__lt=tomorrow).filter(refund_by__lt=today)
    if filters.store:
        found = found.filter(store=filters.store)
    if filters.since:
        found = found.filter(statement__received_at__gte=days.begins(filters.since, filters.zone))
    if filters.until:
        found = found.filter(statement__received_at__lt=days.ends(filters.until, filters.zone))
    return search.narrow(found, filters.words)


def _unpaid() -> Q:
    """Whether there may be money to pay back: something is undecided, or a return not paid."""
    unpaid = Return.objects.filter(
        withdrawal=OuterRef("statement"),
        status__in=LIVE,
        refunded_quantity__lt=F("total_quantity"),
    )
    undecided = Q(state__in=(WithdrawalState.QUEUED, WithdrawalState.TO_CHECK))
    return undecided | (Q(state=WithdrawalState.HANDLED) & Q(Exists(unpaid)))


def ageing(case: WithdrawalCase, *, waits_for_goods: bool) -> Ageing:
    """Say how the money of a withdrawal stands.

    waits_for_goods: what the store says. Without queries when `statement`, its `returns`, their
    `parcels` and `store` are loaded.
    """
    if case.state == WithdrawalState.SETTLED:
        return Ageing.SETTLED
    live = [each for each in case.statement.returns.all() if each.status in LIVE]
    unpaid = [each for each in live if each.refunded_quantity < each.total_quantity]
    if case.state == WithdrawalState.HANDLED and not unpaid:
        return Ageing.PAID
    if waits_for_goods and unpaid and not any(_is_sent(each) for each in unpaid):
        return Ageing.WAITS
    today = timezone.now().astimezone(case.store.zone).date()
    return Ageing.OVERDUE if today > case.refund_by else Ageing.DUE


def _is_sent(return_: Return) -> bool:
    """Whether goods came back, or a parcel was handed in: the store may wait no longer."""
    travels = (ParcelState.HANDED_IN, ParcelState.IN_TRANSIT, ParcelState.ARRIVED)
    sent = any(parcel.state in travels for parcel in return_.parcels.all())
    return bool(return_.processed_quantity) or sent
