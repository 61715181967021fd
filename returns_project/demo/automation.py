"""Rules of the demo: two that are on, with what they did, and two to look at.

What they do is for staff alone, so that nobody is mailed: they run on the newest requests.
"""

from typing import Final

from accounts.actors import Actor
from accounts.models import Role, User
from orders.models import Store
from returns.automation import rules, running
from returns.automation.ready_made import made_from
from returns.models import AutomationRule, Event, EventType

_REQUESTS: Final = 12


def set_up(manager: Actor) -> None:
    """Write the rules, and let those that are on run on the newest requests.

    Must not be called inside a transaction.
    """
    sina = User.objects.filter(roles=[Role.SUPPORT]).order_by("pk")[0]
    store = Store.objects.order_by("pk")[0]
    dear = AutomationRule(
        name="Valuable goods to Sina",
        store=store,
        trigger=EventType.RETURN_REQUESTED,
        conditions={"value_from": "80"},
        actions={"tag": {"tags": ["valuable"]}, "assign": {"user": sina.pk}},
    )
    often = AutomationRule(
        name="Look twice at frequent returns",
        trigger=EventType.RETURN_REQUESTED,
        conditions={"returns_at_least": 1},
        actions={"tag": {"tags": ["returns-often"]}},
        position=2,
    )
    for rule in (dear, often):
        rules.switch_on(rules.save(rule, actor=manager), actor=manager)
    for handle in ("approve-small", "remind"):
        rules.save(made_from(handle, store), actor=manager)
    requests = Event.objects.filter(type=EventType.RETURN_REQUESTED, for_return__status="REQUESTED")
    for event_id in requests.order_by("-at").values_list("pk", flat=True)[:_REQUESTS]:
        running.run_for_event(event_id)
