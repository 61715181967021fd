"""Rules and returns as the tests of automation need them."""

from typing import Any

from accounts import actors
from accounts.models import Role
from orders.models import Store
from returns.automation import rules
from returns.models import AutomationRule, Event, EventType, Return
from tests.factories import StoreFactory, UserFactory
from tests.jobs import run_all


def manager() -> actors.Actor:
    """A manager who writes rules."""
    return actors.staff(UserFactory(roles=[Role.MANAGER], name="Mona"))


def rule(
    trigger: str = EventType.RETURN_REQUESTED,
    *,
    name: str = "Rule",
    days: int | None = None,
    store: Store | None = None,
    conditions: dict[str, Any] | None = None,
    position: int = 1,
    on: bool = True,
    **actions: Any,
) -> AutomationRule:
    """Return a saved rule, switched on unless told otherwise; `actions` as a rule keeps them."""
    actor = actors.system("Setup")
    if not Store.objects.exists():
        StoreFactory()
    made = AutomationRule(
        name=name,
        trigger=trigger,
        days=days,
        store=store,
        conditions=conditions or {},
        actions=actions,
        position=position,
    )
    rules.save(made, actor=actor)
    return rules.switch_on(made, actor=actor) if on else made


def told(return_: Return) -> list[tuple[str, str, str]]:
    """Run all jobs and return the events of a return: type, kind of actor, name."""
    run_all()
    events = Event.objects.filter(for_return=return_).order_by("pk")
    return [(one.type, one.actor_kind, one.actor_name) for one in events]


def by_rules(return_: Return) -> list[tuple[str, str]]:
    """Run all jobs and return what rules did to a return: type of event and rule."""
    return [(type_, name) for type_, kind, name in told(return_) if kind == "RULE"]
