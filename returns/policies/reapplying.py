"""Applying the policy in force to orders that are in: first what would change, then the change.

Both are done by the job queue in parts, so that a million orders hold nobody up, and a run that
broke off goes on where it was. Returns that exist keep the terms they were asked for with.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from accounts.actors import Actor
from accounts.permissions import Permission
from orders import days
from orders.models import Order, OrderLine, Store
from orders.models.orders import OrderQuerySet
from returns.errors import InvalidState, NotPermitted, PolicyChanged
from returns.models import PolicyRun, PolicyRunStatus, PolicyVersion, Return
from returns.models.policies import ReturnTerms
from returns.policies import freezing, saving, trial
from returns.policies import terms as terms_of
from returns.policies.rules.evaluation import Ruleset
from returns.policies.rules.schema import SETTINGS
from returns.policies.rules.values import plain_value

logger = logging.getLogger(__name__)

REAPPLY_TASK: Final = "reapply_policy"
_PART: Final = 200
_MOST_EXAMPLES: Final = 50


def preview(store: Store, placed_from: date, placed_until: date, *, actor: Actor) -> PolicyRun:
    """Have it worked out what the policy in force would change; returns at once.

    placed_from, placed_until: first and last day, in the store's time zone, on which the orders
    were placed. Raises NotPermitted.
    """
    if not actor.may(Permission.MANAGE_SETTINGS):
        raise NotPermitted
    version = saving.latest(store.pk)
    with transaction.atomic():
        run = PolicyRun.objects.create(
            store=store,
            version=version.number if version else 0,
            placed_from=placed_from,
            placed_until=placed_until,
            created_by_id=actor.user_id,
        )
        _defer(run)
    return run


def apply(run: PolicyRun, *, actor: Actor) -> PolicyRun:
    """Have done what a preview showed; returns at once.

    Raises NotPermitted, InvalidState unless it waits for that, PolicyChanged when the policy is not
    the one that was looked at any more.
    """
    if not actor.may(Permission.MANAGE_SETTINGS):
        raise NotPermitted
    with transaction.atomic():
        locked = PolicyRun.objects.select_for_update().get(pk=run.pk)
        if locked.status != PolicyRunStatus.PREVIEWED:
            raise InvalidState(_("This was decided already. Look at the page again."))
        _version(locked)
        locked.status = PolicyRunStatus.APPLYING
        locked.done = locked.changed_orders = locked.changed_lines = locked.position = 0
        locked.save()
        _defer(locked)
    return locked


def _defer(run: PolicyRun) -> None:
    job = app.configure_task(REAPPLY_TASK, lock=f"policy:{run.store_id}")
    job.defer(run_id=run.pk)


def _version(run: PolicyRun) -> PolicyVersion | None:
    """Return the version that a run is about. Raises PolicyChanged unless it is in force."""
    version = saving.latest(run.store_id)
    if run.version != (version.number if version else 0):
        raise PolicyChanged(_("The policy was changed since. Have the changes worked out again."))
    return version


def execute(run_id: int) -> PolicyRun:
    """Do what a run waits for, part by part. The job queue calls this; again goes on."""
    run = PolicyRun.objects.select_related("store").get(pk=run_id)
    if not run.is_running:
        return run
    try:
        _work(run)
    except PolicyChanged as error:
        _end(run, PolicyRunStatus.FAILED, error.message)
    except Exception:
        logger.exception("Applying policy %s broke off", run.pk)
        _end(run, PolicyRunStatus.FAILED, _("It broke off. What is done stays; start it again."))
        raise
    return run


def _work(run: PolicyRun) -> None:
    version = _version(run)
    ruleset = Ruleset(freezing.rules_of(version.content) if version else [])
    if not run.total:
        run.total = _orders(run).count()
    applies = run.status == PolicyRunStatus.APPLYING
    while _part(run, version, ruleset, applies=applies):
        _version(run)
    _end(run, PolicyRunStatus.DONE if applies else PolicyRunStatus.PREVIEWED, "")


def _orders(run: PolicyRun) -> OrderQuerySet:
    """Return the orders that a run is about, unsorted."""
    zone = run.store.zone
    first = days.begins(run.placed_from, zone)
    after = days.ends(run.placed_until, zone)
    return Order.objects.filter(store=run.store_id, placed_at__gte=first, placed_at__lt=after)


def _part(
    run: PolicyRun, version: PolicyVersion | None, ruleset: Ruleset, *, applies: bool
) -> bool:
    """Do the next orders of a run in one transaction; False when there were none."""
    with transaction.atomic():
        found = _orders(run).filter(pk__gt=run.position).order_by("pk")
        if applies:
            found = found.select_for_update(of=("self",))
        orders = list(
            found.select_related("store", "customer")
            .defer("search")
            .prefetch_related("lines__variant__product")[:_PART]
        )
        changed: list[tuple[Order, list[OrderLine]]] = []
        for order in orders:
            before = dict(order.return_terms)
            kept = {line.pk: dict(line.return_terms) for line in order.lines.all()}
            lines = list(order.lines.all())
            trial.as_if(order, lines, version, ruleset)
            different = [
                line
                for line in lines
                if _effect(before, kept[line.pk]) != _effect(order.return_terms, line.return_terms)
            ]
            if different:
                _tell(run, order, before, kept, different)
                changed.append((order, lines))
        if applies:
            _store(changed, {order.pk: order for order, _each in changed})
        run.done += len(orders)
        run.changed_orders += len(changed)
        if orders:
            run.position = orders[-1].pk
        run.save()
    return len(orders) == _PART


def _effect(order_terms: Mapping[str, Any], kept: Mapping[str, Any]) -> Any:
    """Return what terms come to, without the names of rules and versions."""
    terms = ReturnTerms.from_json(dict(order_terms))
    by_reason = [{**each, "rule": ""} for each in kept.get("by_reason", ())]
    return terms.changed(kept.get("settings", {})), by_reason


def _tell(
    run: PolicyRun,
    order: Order,
    before: Mapping[str, Any],
    kept: Mapping[int, Mapping[str, Any]],
    lines: Sequence[OrderLine],
) -> None:
    """Count lines that change, and keep the first ones as examples."""
    run.changed_lines += len(lines)
    if run.status == PolicyRunStatus.APPLYING:
        return
    for line in lines[: _MOST_EXAMPLES - len(run.examples)]:
        old, reasons = _effect(before, kept[line.pk])
        new, other_reasons = _effect(order.return_terms, line.return_terms)
        run.examples.append(
            {
                "order": order.pk,
                "reference": order.reference,
                "title": line.title,
                "differences": [
                    [name, plain_value(getattr(old, name)), plain_value(getattr(new, name))]
                    for name in SETTINGS
                    if getattr(old, name) != getattr(new, name)
                ],
                "by_reason": reasons != other_reasons,
            }
        )


def _store(
    changed: Iterable[tuple[Order, Sequence[OrderLine]]], orders: Mapping[int, Order]
) -> None:
    """Write the new terms of locked orders and their lines; their returns keep theirs."""
    lines = [line for _order, each in changed for line in each]
    if not orders:
        return
    returns = list(Return.objects.filter(order__in=orders).select_related("order"))
    for return_ in returns:  # their `order` was loaded by itself: with the terms of before
        terms = terms_of.of_return(return_)
        return_.return_terms = terms_of.to_keep(terms, orders[return_.order_id])
    Return.objects.bulk_update(returns, ["return_terms"])
    Order.objects.bulk_update(orders.values(), ["return_terms"])
    OrderLine.objects.bulk_update(lines, ["return_terms"], batch_size=500)


def _end(run: PolicyRun, status: PolicyRunStatus, message: str) -> None:
    run.status, run.message, run.ended_at = status, message, timezone.now()
    run.save(update_fields=["status", "message", "ended_at", "total"])
