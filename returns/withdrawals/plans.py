"""What a statement is about: which pieces go back for sure, which in doubt, what a person checks.

Loads rows and decides; changes nothing.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q

from orders.models import Fulfillment, Order
from returns import eligibility
from returns.eligibility import Item
from returns.models import (
    ExemptionReason,
    WithdrawalCase,
    WithdrawalExemption,
    WithdrawalFlag,
    WithdrawalFunction,
    WithdrawalStatement,
)
from returns.policies.business_days import places_of
from returns.requests import WITHDRAWAL_REASON, LineRequest
from returns.withdrawals import period


@dataclass(kw_only=True)
class Plan:
    """The pieces to be returned, `sure` and `doubtful`, and the flags for staff."""

    sure: list[LineRequest] = field(default_factory=list)
    doubtful: list[LineRequest] = field(default_factory=list)
    flags: list[WithdrawalFlag] = field(default_factory=list)


def find_order(statement: WithdrawalStatement) -> Order | None:
    """Return the order that a statement names; None when there is none, or not for its address.

    As a guest's look-up does: number and e-mail address have to belong together.
    """
    if statement.order is not None:
        return statement.order
    found = Order.objects.of_guest(statement.order_reference, statement.email)
    return found.filter(store=statement.store_id).order_by("-placed_at", "-pk").first()


def function_of(store_id: int) -> WithdrawalFunction:
    """Return what a store says about withdrawals; what the law says when it says nothing."""
    found = WithdrawalFunction.objects.filter(store=store_id).first()
    return found or WithdrawalFunction(store_id=store_id)


def exempt_lines(order: Order) -> dict[int, ExemptionReason]:
    """Return the order lines (by primary key) without right of withdrawal, and why."""
    personalised = order.lines.filter(personalised=True).values_list("pk", flat=True)
    found = dict.fromkeys(personalised, ExemptionReason.MADE_TO_ORDER)
    named = WithdrawalExemption.objects.filter(product__variants__order_lines__order=order)
    for line, reason in named.values_list("product__variants__order_lines", "reason"):
        found[line] = ExemptionReason(reason)
    return found


def ends_on(order: Order, function: WithdrawalFunction) -> date | None:
    """Return the last day of an order's withdrawal period; None while it has not begun."""
    parcels = list(Fulfillment.objects.filter(order=order, from_exchange=False))
    unsent = any(item.fulfillment_line is None for item in _goods(order))
    zone, places = order.store.zone, places_of(order)
    return period.last_day(parcels, function, zone, is_all_sent=not unsent, places=places)


def make(statement: WithdrawalStatement, order: Order, function: WithdrawalFunction) -> Plan:
    """Say what becomes of a statement about this order; its row should be locked."""
    plan = Plan()
    ends = ends_on(order, function)
    late = ends is not None and statement.received_at.astimezone(order.store.zone).date() > ends
    if late:
        plan.flags.append(WithdrawalFlag.LATE)
    if _was_stated(statement, order):
        plan.flags.append(WithdrawalFlag.REPEATED)
        return plan
    if statement.items_text and not statement.items:
        plan.flags.append(WithdrawalFlag.UNCLEAR_ITEMS)
        return plan
    _choose(plan, statement, order, late=late)
    return plan


def _was_stated(statement: WithdrawalStatement, order: Order) -> bool:
    """Whether the very same was stated and handled before about this order."""
    handled = WithdrawalCase.objects.filter(order=order, handled_at__isnull=False)
    same = Q(statement__items=statement.items, statement__items_text=statement.items_text)
    return handled.filter(same).exclude(statement=statement.pk).exists()


def _choose(plan: Plan, statement: WithdrawalStatement, order: Order, *, late: bool) -> None:
    """Share the pieces out to `sure` and `doubtful`, as far as there are any."""
    goods = _goods(order)
    wanted = _wanted(statement, goods)
    exempt = exempt_lines(order)
    for item in goods:
        pieces = min(wanted[item.order_line.pk], _pieces_of(item))
        if pieces <= 0:
            continue
        wanted[item.order_line.pk] -= pieces
        parcel = item.fulfillment_line
        if parcel is None or not item.returnable_with_override:
            _flag(plan, WithdrawalFlag.UNSENT)
            continue
        is_exempt = any(line.pk in exempt for line in (item.order_line, *item.parts))
        if is_exempt:
            _flag(plan, WithdrawalFlag.EXEMPT)
        wish = LineRequest(fulfillment_line_id=parcel.pk, quantity=pieces, reason=WITHDRAWAL_REASON)
        (plan.doubtful if late or is_exempt else plan.sure).append(wish)
    is_short = not statement.is_whole and any(count > 0 for count in wanted.values())
    if is_short or not (plan.sure or plan.doubtful or WithdrawalFlag.UNSENT in plan.flags):
        _flag(plan, WithdrawalFlag.NOTHING_LEFT)


def _pieces_of(item: Item) -> int:
    """Return the pieces that no other return holds; all of those that were never sent."""
    return item.quantity if item.fulfillment_line is None else item.free_quantity


def _wanted(statement: WithdrawalStatement, goods: Sequence[Item]) -> defaultdict[int, int]:
    """Return the pieces per order line that a statement is about."""
    wanted: defaultdict[int, int] = defaultdict(int)
    named: Mapping[str, int] = {item["line"]: item["quantity"] for item in statement.items}
    for item in goods:
        line = item.order_line
        if statement.is_whole:
            wanted[line.pk] += item.quantity
        else:
            wanted[line.pk] = named.get(str(line.uuid), 0)
    return wanted


def _goods(order: Order) -> Sequence[Item]:
    """Return the goods of an order; services and fees cannot be sent back."""
    if order.canceled_at is not None:
        return []
    return [item for item in eligibility.for_order(order) if item.order_line.is_goods]


def _flag(plan: Plan, flag: WithdrawalFlag) -> None:
    if flag not in plan.flags:
        plan.flags.append(flag)
