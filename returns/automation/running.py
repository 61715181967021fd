"""Running rules on a return: each that fits acts once per occasion, whatever crashes when.

An occasion is an event, or a moment (`timing`). What a rule does makes events, on which other rules
may run; never one whose act led there, and never deeper than MOST_DEPTH.
"""

import logging
from collections.abc import Sequence
from typing import Final

from django.db import OperationalError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts import actors
from returns.automation import troubles
from returns.automation.actions import ACTIONS, in_order
from returns.automation.conditions import hold, need_history
from returns.automation.facts import Known
from returns.errors import InvalidState, NothingChosen, ReturnError
from returns.locales import Reader
from returns.models import AutomationRule, Event, Return, RuleRun, RunStatus

logger = logging.getLogger(__name__)

# How many rules may follow from each other.
MOST_DEPTH: Final = 5

RELATED: Final = ("order__customer", "store__return_location")


def are_listening(event: Event) -> bool:
    """Whether a rule is on that this event may concern; one query at most."""
    return_ = event.for_return
    if return_ is None:
        return False
    return AutomationRule.objects.listening(event.type, return_.store_id).exists()


def run_for_event(event_id: int) -> list[RuleRun]:
    """Run the rules that listen to an event; return what they did.

    Again is harmless: what was done is skipped, what was broken off goes on. At most 5 statements
    to find out that none fits. Must not be called inside a transaction, because refunds are not.
    """
    event = Event.objects.select_related("run", *(f"for_return__{name}" for name in RELATED)).get(
        pk=event_id
    )
    return_, chain = event.for_return, event.run.chain if event.run else []
    if return_ is None:
        return []
    listening = AutomationRule.objects.listening(event.type, return_.store_id)
    rules = [rule for rule in listening if rule.pk not in chain]
    if len(chain) >= MOST_DEPTH:
        if rules:
            logger.warning("Rules follow from each other too deep at event %s", event.pk)
        return []
    return run(rules, return_, f"event:{event.pk}", event=event, chain=chain)


def run(
    rules: Sequence[AutomationRule],
    return_: Return,
    occasion: str,
    *,
    event: Event | None = None,
    chain: Sequence[int] = (),
) -> list[RuleRun]:
    """Run rules in their order on one return, whose `order` and `store` are loaded."""
    earlier = {
        one.rule_id: one
        for one in RuleRun.objects.filter(
            for_return=return_, occasion=occasion, rule__in=[rule.pk for rule in rules]
        )
        if rules
    }
    made: list[RuleRun] = []
    known = None
    for rule in rules:
        found = earlier.get(rule.pk)
        if found and found.status != RunStatus.RUNNING:
            continue
        if found is None:
            known = known or _known(rules, return_)
            if not fits(rule, return_, known):
                continue
            found = _claim(rule, return_, occasion, event, chain)
        if found is not None:
            made.append(_perform(rule, found, return_))
            return_, known = _fresh(return_), None
    return made


def fits(rule: AutomationRule, return_: Return, known: Known) -> bool:
    """Whether a rule's conditions hold now; one that cannot be answered is a failure."""
    try:
        return hold(rule.conditions, known.facts(return_, timezone.now()))
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        logger.exception("Rule %s cannot be answered for return %s", rule.pk, return_.pk)
        words = _("A condition cannot be answered (%(error)s).") % {"error": type(error).__name__}
        troubles.failed(rule, f"{return_.reference}: {words}")
        return False


def _known(rules: Sequence[AutomationRule], return_: Return) -> Known:
    with_history = any(need_history(rule.conditions) for rule in rules)
    return Known.of([return_], since=timezone.now(), with_history=with_history)


def _fresh(return_: Return) -> Return:
    return Return.objects.select_related(*RELATED).get(pk=return_.pk)


def _claim(
    rule: AutomationRule,
    return_: Return,
    occasion: str,
    event: Event | None,
    chain: Sequence[int],
) -> RuleRun | None:
    """Write down that a rule acts now; None when another worker was quicker."""
    made, is_new = RuleRun.objects.get_or_create(
        rule=rule,
        for_return=return_,
        occasion=occasion,
        defaults={"event": event, "chain": [*chain, rule.pk]},
    )
    return made if is_new else None


def _perform(rule: AutomationRule, run_: RuleRun, return_: Return) -> RuleRun:
    """Do the acts of a rule that are not done yet, and write down how it ended."""
    language = Reader.of(return_.store.language, return_.store.country).language
    with translation.override(language):
        why, is_failure = "", False
        for index, name in enumerate(in_order(rule.actions)):
            if index < run_.done:
                continue
            words, is_failure = _try(rule, run_, _fresh(return_) if index else return_, name)
            why = why or words
            if is_failure:
                break
        _end(run_, why, is_failure=is_failure)
        if is_failure:
            troubles.failed(rule, f"{return_.reference}: {run_.why}")
        else:
            troubles.worked(rule)
    return run_


def _try(rule: AutomationRule, run_: RuleRun, return_: Return, name: str) -> tuple[str, bool]:
    """Do one act; return why it did nothing ("" when it did) and whether that is a failure."""
    try:
        did = _act(rule, run_, return_, name)
    except (InvalidState, NothingChosen) as error:
        # Somebody was quicker, or there is nothing left: what the rule wants is out of date.
        _count(run_, name, did=False)
        return error.message, False
    except ReturnError as error:
        return error.message, True
    except OperationalError:
        raise  # the database was away: the job runs again
    except Exception as error:
        logger.exception("Rule %s failed on return %s", rule.pk, return_.pk)
        return _("Unexpected error (%(error)s).") % {"error": type(error).__name__}, True
    return "" if did else _("There was nothing to do."), False


def _act(rule: AutomationRule, run_: RuleRun, return_: Return, name: str) -> bool:
    action, actor = ACTIONS[name], actors.rule(rule.name, run_id=run_.pk)
    if action.is_durable:
        did = action.act(return_, rule.actions[name], actor)
        _count(run_, name, did=did)
        return did
    with transaction.atomic():
        if not _is_next(run_):
            return True
        did = action.act(return_, rule.actions[name], actor)
        _count(run_, name, did=did)
    return did


def _is_next(run_: RuleRun) -> bool:
    """Lock a run; whether its next act is still to be done, or another worker was quicker.

    Not against the keys of events, which point to the run.
    """
    current = RuleRun.objects.select_for_update(no_key=True).get(pk=run_.pk)
    if current.done == run_.done:
        return True
    run_.done, run_.told = current.done, current.told
    return False


def _count(run_: RuleRun, name: str, *, did: bool) -> None:
    """Write down that the next act is over, unless another worker did."""
    with transaction.atomic():
        if _is_next(run_):
            run_.done += 1
            run_.told = [*run_.told, name] if did else run_.told
            run_.save(update_fields=["done", "told"])


def _end(run_: RuleRun, why: str, *, is_failure: bool) -> None:
    run_.status = RunStatus.DONE if run_.told else RunStatus.NOTHING
    if is_failure:
        run_.status = RunStatus.FAILED
    run_.why = why[: troubles.WHY_LENGTH]
    run_.ended_at = timezone.now()
    run_.save(update_fields=["status", "why", "ended_at"])
