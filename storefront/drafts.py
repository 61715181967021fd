"""Returns that are being asked for: what was typed, kept in the session between the steps.

Each draft has a key, which is in the address of its review page and becomes the request's: several
windows do not mix, and sending twice makes one return.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from uuid import UUID, uuid4

from django.contrib.sessions.backends.base import SessionBase
from django.utils.datastructures import MultiValueDict

from orders.models import Order
from returns.lifecycle import ExchangeRequest
from returns.requests import LineRequest
from storefront.forms.returns import Typed

DRAFTS = "return_drafts"
MOST_DRAFTS = 5


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What was typed, and the same as the verb is told it."""

    typed: MultiValueDict[str, str]
    wishes: list[LineRequest]
    exchanges: list[ExchangeRequest]


def save(
    session: SessionBase,
    order: Order,
    *,
    typed: Typed,
    wishes: Sequence[LineRequest] = (),
    exchanges: Sequence[ExchangeRequest] = (),
) -> UUID:
    """Keep what was said about an order and return the draft's key; old drafts make room."""
    key = uuid4()
    draft = {
        "order": order.pk,
        "typed": typed,
        "wishes": [asdict(wish) for wish in wishes],
        # Buyers agree on no discounts.
        "exchanges": [(each.variant_id, each.quantity, each.replaces) for each in exchanges],
    }
    drafts = {**session.get(DRAFTS, {}), str(key): draft}
    session[DRAFTS] = dict(list(drafts.items())[-MOST_DRAFTS:])
    return key


def load(session: SessionBase, order: Order, key: UUID) -> Draft | None:
    """Return the draft about this order under `key`; None when there is none."""
    draft = session.get(DRAFTS, {}).get(str(key))
    if draft is None or draft["order"] != order.pk:
        return None
    wishes = [LineRequest(**wish) for wish in draft["wishes"]]
    exchanges = [
        ExchangeRequest(variant_id=variant, quantity=count, replaces=replaces)
        for variant, count, replaces in draft["exchanges"]
    ]
    return Draft(typed=MultiValueDict(draft["typed"]), wishes=wishes, exchanges=exchanges)


def drop(session: SessionBase, key: UUID) -> None:
    """Forget a draft; nothing happens when there is none."""
    drafts = dict(session.get(DRAFTS, {}))
    if drafts.pop(str(key), None) is not None:
        session[DRAFTS] = drafts
