"""Rules that come with Retour, to be looked at, changed and switched on.

Each is a template: adding one makes an ordinary rule, off until somebody switches it on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from orders.models import Store
from returns.automation.actions import ExpireHow, NotifyWhom, RefundWhat
from returns.models import AutomationRule, EventType, TimeTrigger

Words = str | Promise


@dataclass(frozen=True, kw_only=True)
class Template:
    """One rule to start from. lead: what it is for."""

    name: Words
    lead: Words
    trigger: str
    days: int | None = None
    conditions: Mapping[str, Any] = field(default_factory=dict)
    actions: Mapping[str, Any]


TEMPLATES: Final[dict[str, Template]] = {
    "approve-small": Template(
        name=gettext_lazy("Approve small requests"),
        lead=gettext_lazy("Requests within the window and under a value are approved at once."),
        trigger=EventType.RETURN_REQUESTED,
        conditions={"in_window": True, "value_below": "100", "level_at_most": "LOW"},
        actions={"approve": {}},
    ),
    "ask-about-damage": Template(
        name=gettext_lazy("Ask what is broken"),
        lead=gettext_lazy("Who sends something back as damaged is asked for a picture at once."),
        trigger=EventType.RETURN_REQUESTED,
        conditions={"reasons_any": ["damaged-or-defective"]},
        actions={
            "ask": {
                "text": gettext_lazy(
                    "Please tell us what is damaged, and add a picture that shows it if you can."
                )
            }
        },
    ),
    "refund-as-new": Template(
        name=gettext_lazy("Pay back what came as new"),
        lead=gettext_lazy("When all pieces came and each is graded as new, the money goes back."),
        trigger=EventType.RETURN_PROCESSED,
        conditions={"is_all_received": True, "grades_only": ["as-new"]},
        actions={"refund": {"pieces": RefundWhat.RECEIVED.value}},
    ),
    "restock-as-new": Template(
        name=gettext_lazy("Restock what came as new"),
        lead=gettext_lazy("Received pieces that are graded as new go back in stock."),
        trigger=EventType.RETURN_PROCESSED,
        conditions={"grades_any": ["as-new"]},
        actions={"restock": {"grades": ["as-new"]}},
    ),
    "refund-first-scan": Template(
        name=gettext_lazy("Pay back at the first scan"),
        lead=gettext_lazy("When the carrier has a parcel of a good customer, the money goes back."),
        trigger=EventType.PARCEL_IN_TRANSIT,
        conditions={"value_below": "50", "level_at_most": "LOW", "has_exchange": False},
        actions={"refund": {"pieces": RefundWhat.ALL.value}},
    ),
    "remind": Template(
        name=gettext_lazy("Remind before the deadline"),
        lead=gettext_lazy("Buyers who sent nothing yet get a mail before the last day to send."),
        trigger=TimeTrigger.SEND_BY_NEAR,
        days=3,
        actions={"remind": {}},
    ),
    "never-came": Template(
        name=gettext_lazy("Close what never came"),
        lead=gettext_lazy("Returns whose goods did not come after the last day to send are ended."),
        trigger=TimeTrigger.SEND_BY_OVER,
        days=14,
        actions={"expire": {"how": ExpireHow.CLOSE.value}},
    ),
    "escalate": Template(
        name=gettext_lazy("Tell managers what is late"),
        lead=gettext_lazy("What nobody decided on or paid back in time is mailed to managers."),
        trigger=TimeTrigger.LATE,
        days=0,
        actions={"tag": {"tags": ["late"]}, "notify": {"to": NotifyWhom.MANAGERS.value}},
    ),
}


def made_from(handle: str, store: Store | None) -> AutomationRule:
    """Return a new rule, unsaved, from the template called `handle`. Raises KeyError."""
    template = TEMPLATES[handle]
    return AutomationRule(
        name=str(template.name),
        store=store,
        trigger=template.trigger,
        days=template.days,
        conditions={**template.conditions},
        actions={name: _plain(told) for name, told in template.actions.items()},
    )


def _plain(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an act is told, its words in the language that is active."""
    return {name: str(v) if isinstance(v, Promise) else v for name, v in told.items()}
