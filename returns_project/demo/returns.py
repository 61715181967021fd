"""Telling the demo's returns: finding an order for each story and calling the verbs.

All steps of all stories are told in the order of their times, as they would have happened.
"""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from accounts.actors import Actor
from accounts.models import Role
from orders.models import BundleKind, FulfillmentLine
from returns.lifecycle import LineRequest
from returns.models import RefundTo
from returns.models.policies import ReturnTerms
from returns_project.demo.articles import BY_CODE
from returns_project.demo.people import GUEST_EMAIL
from returns_project.demo.stories import STORIES, Step, Story, Verb
from returns_project.demo.telling import Telling

_MONEY: Final = (Verb.REFUND, Verb.REFUND_LESS)
_SHOES_AND_CLOTHES: Final = ("TEE", "BOX", "WRD", "RAI", "QUI", "CAN", "TRA", "SOX")
_FITTING: Final = ("too-small", "too-big", "too-small", "style", "changed-my-mind", "color")
_OTHER: Final = (
    "changed-my-mind",
    "item-not-as-described",
    "damaged-on-arrival",
    "received-the-wrong-item",
    "color",
    "other-reason",
)
_WORDS: Final = {
    "de": {
        "too-small": ("Fällt eine Nummer kleiner aus als gedacht.", "", ""),
        "too-big": ("An den Schultern viel zu weit.", "", ""),
        "damaged-on-arrival": ("Ein Sprung am Rand, das Paket war eingedrückt.",),
        "item-not-as-described": ("Auf dem Bild wirkte es deutlich heller.",),
        "other-reason": ("War ein Geschenk, wir haben es nun doppelt.",),
    },
    "en": {
        "too-small": ("Runs small – I’ll order the next size up.", "", ""),
        "too-big": ("Far too wide at the shoulders.", "", ""),
        "damaged-on-arrival": ("Arrived with a crack; the box was dented.",),
        "item-not-as-described": ("Looked much lighter in the picture.",),
        "other-reason": ("It was a present and we now have two.",),
    },
}
_ANSWERS: Final = {
    "damaged-on-arrival": {"box-damaged": "yes"},
    "item-not-as-described": {"what-differs": "1"},
}


@dataclass(frozen=True)
class Task:
    """One step of a story that is to be told at its time."""

    at: datetime
    telling: Telling
    step: Step


def tell(random_: random.Random, now: datetime, staff: Mapping[Role, Actor]) -> list[Task]:
    """Tell everything but the money; return what is to be paid back, by time."""
    shelf = _Shelf(random_)
    tasks = []
    for story in STORIES:
        for _time in range(story.times):
            tasks += _tasks(story, shelf, now, staff)
    tasks.sort(key=lambda task: task.at)
    for task in tasks:
        if task.step.verb not in _MONEY:
            task.telling.act(task.step, task.at)
    return [task for task in tasks if task.step.verb in _MONEY]


def pay_back(tasks: Sequence[Task]) -> None:
    """Make the refunds, each in transactions of its own."""
    for task in tasks:
        task.telling.act(task.step, task.at)


def _tasks(story: Story, shelf: "_Shelf", now: datetime, staff: Mapping[Role, Actor]) -> list[Task]:
    ended = now - timedelta(days=shelf.random.uniform(*story.ended))
    began = ended - timedelta(days=sum(step.days for step in story.steps))
    pieces = shelf.take(story, began)
    order = pieces[0][0].fulfillment.order
    wishes = [shelf.wish(parcel, count, order.language) for parcel, count in pieces]
    refund_to = RefundTo.STORE_CREDIT if story.as_credit else RefundTo.ORIGINAL
    telling = Telling(order, wishes, staff, shelf.random, refund_to)
    at = began
    tasks = []
    for step in story.steps:
        at += timedelta(days=step.days)
        tasks.append(Task(at, telling, step))
    return tasks


class _Shelf:
    """All pieces that buyers have and that no story has taken yet."""

    def __init__(self, random_: random.Random) -> None:
        self.random = random_
        self._parcels: dict[int, list[FulfillmentLine]] = defaultdict(list)
        sent = (
            FulfillmentLine.objects.filter(
                order_line__is_goods=True,
                order_line__personalised=False,
                order_line__final_sale=False,
                fulfillment__delivered_at__isnull=False,
                fulfillment__order__canceled_at__isnull=True,
            )
            .exclude(order_line__bundle_parent__bundle_kind=BundleKind.FIXED)
            .exclude(fulfillment__order__guest_email=GUEST_EMAIL)
            .select_related("fulfillment__order__store", "fulfillment__order__customer")
            .select_related("order_line")
        )
        for parcel in sent.order_by("fulfillment__order", "pk"):
            self._parcels[parcel.fulfillment.order_id].append(parcel)

    def take(self, story: Story, at: datetime) -> list[tuple[FulfillmentLine, int]]:
        """Take pieces of an order that could go back at this time off the shelf."""
        fitting = [
            order_id
            for order_id, parcels in self._parcels.items()
            if all(_in_time(parcel, at, late=story.late) for parcel in parcels)
            and sum(parcel.quantity for parcel in parcels) >= story.pieces
            and story.store in ("", parcels[0].fulfillment.order.store.code)
            and (not story.swap or _swappable(parcels))
        ]
        order_id = self.random.choice(fitting)
        parcels = self._parcels.pop(order_id)
        if story.swap:
            return [(self.random.choice(_swappable(parcels)), 1)]
        count = self.random.randint(1, len(parcels))
        chosen = self.random.sample(parcels, count)
        if sum(parcel.quantity for parcel in chosen) < story.pieces:
            chosen = parcels
        left = [parcel for parcel in parcels if parcel not in chosen]
        if left and self.random.random() < 0.25:  # so that some orders have two returns
            self._parcels[order_id] = left
        return [(parcel, self._count(parcel, story)) for parcel in chosen]

    def _count(self, parcel: FulfillmentLine, story: Story) -> int:
        if story.pieces > 1:
            return parcel.quantity
        return self.random.randint(1, parcel.quantity)

    def wish(self, parcel: FulfillmentLine, count: int, language: str) -> LineRequest:
        """Return a wish to send pieces back, with a reason that suits them."""
        fits = parcel.order_line.sku.split("-", maxsplit=1)[0] in _SHOES_AND_CLOTHES
        reason = self.random.choice(_FITTING if fits else _OTHER)
        return LineRequest(
            fulfillment_line_id=parcel.pk,
            quantity=count,
            reason=reason,
            customer_note=self.random.choice(_WORDS[language].get(reason, ("",))),
            answers=_ANSWERS.get(reason, {}),
        )


def _swappable(parcels: Sequence[FulfillmentLine]) -> list[FulfillmentLine]:
    """Return what comes in several sizes or colours, where an exchange costs no fee."""
    terms = ReturnTerms.from_json(parcels[0].fulfillment.order.return_terms)
    if terms.restocking_fee_percent or terms.return_shipping_fee:
        return []
    return [
        parcel
        for parcel in parcels
        if (article := BY_CODE.get(parcel.order_line.sku.split("-", maxsplit=1)[0]))
        and len(list(article.choices())) > 1
    ]


def _in_time(parcel: FulfillmentLine, at: datetime, *, late: bool) -> bool:
    """Whether the buyer had the parcel and (unless `late`) the window was open for a day more."""
    delivered_at = parcel.fulfillment.delivered_at
    terms = ReturnTerms.from_json(parcel.fulfillment.order.return_terms)
    if delivered_at is None or terms.window_days is None:
        return False
    age = (at - delivered_at) / timedelta(days=1)
    return age > terms.window_days + 2 if late else 0.3 < age < terms.window_days - 1
