"""Withdrawing from a contract: which stores offer it, and what was filled in before it is sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation.trans_real import parse_accept_lang_header

from accounts import actors
from accounts.actors import Actor
from orders.models import Order, Store
from returns.models import WithdrawalFunction, WithdrawalStatement
from returns.withdrawals import words
from returns.withdrawals.statements import Content, Item
from returns.withdrawals.words import Words
from storefront.access import Buyer

DRAFTS: Final = "withdrawal_drafts"
MADE: Final = "withdrawals_made"
MOST_KEPT: Final = 10


def functions() -> list[WithdrawalFunction]:
    """Return the functions that are switched on, with their stores; one query."""
    found = WithdrawalFunction.objects.filter(enabled=True)
    return list(found.select_related("store").order_by("store__name", "pk"))


def link() -> dict[str, str] | None:
    """Return label and address of the link that every page shows; None when no store offers it."""
    offered = functions()
    if not offered:
        return None
    label = words.of_functions(offered, get_language() or "").link
    return {"label": label, "url": reverse("storefront:withdraw")}


def language_of(request: HttpRequest, offered: Sequence[WithdrawalFunction]) -> str:
    """Return the language of the withdrawal pages: one more people read than the sites are in.

    That of the address (`?lang=fr`), else what was chosen on the site, else what the browser likes
    best of all that there are, else that of the stores, if it is one that the sites do not have.
    """
    asked = request.GET.get("lang", "")
    if asked in words.DEFAULTS:
        return asked
    chosen = words.language_of(get_language() or "")
    if settings.LANGUAGE_COOKIE_NAME in request.COOKIES:
        return chosen
    for tag, _quality in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        if tag.partition("-")[0] in words.DEFAULTS:
            return tag.partition("-")[0]
    spoken = {words.language_of(function.store.language) for function in offered}
    own = spoken.pop() if len(spoken) == 1 else ""
    return own if own in words.BEYOND_SITES else chosen


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What was filled in, by a buyer who may have chosen one of their orders (its `pk`)."""

    store: str
    name: str
    email: str
    number: str
    order: int | None = None
    items: tuple[Mapping[str, Any], ...] = ()
    items_text: str = ""
    language: str = ""
    back: str = ""


def save(session: SessionBase, draft: Draft) -> UUID:
    """Keep a draft in the session and return its key; old drafts make room."""
    key = uuid4()
    drafts = {**session.get(DRAFTS, {}), str(key): vars(draft)}
    session[DRAFTS] = dict(list(drafts.items())[-MOST_KEPT:])
    return key


def load(session: SessionBase, key: UUID) -> Draft | None:
    """Return the draft under `key`; None when there is none."""
    kept = session.get(DRAFTS, {}).get(str(key))
    return Draft(**{**kept, "items": tuple(kept["items"])}) if kept else None


def content(draft: Draft, store: Store, buyer: Buyer, wording: str) -> tuple[Content, Actor]:
    """Return what a draft states and who states it. wording: what the page said.

    The order counts as chosen only while it is still the buyer's own; else its number counts.
    """
    order = buyer.orders().filter(pk=draft.order).first() if draft.order else None
    stated = Content(
        store=store,
        name=draft.name,
        email=draft.email,
        order_reference=draft.number,
        order=order,
        items=tuple(Item(**each) for each in draft.items),
        items_text=draft.items_text,
        wording=wording,
        language=draft.language,
    )
    user_id = buyer.user.pk if buyer.user else None
    return stated, actors.buyer(draft.name, user_id=user_id)


def remember(session: SessionBase, statement: WithdrawalStatement) -> None:
    """Let this session see the receipt of a statement from now on."""
    made = [str(statement.public_id), *session.get(MADE, ())]
    session[MADE] = list(dict.fromkeys(made))[:MOST_KEPT]


def is_remembered(session: SessionBase, public_id: UUID) -> bool:
    """Whether a statement was made in this session."""
    return str(public_id) in session.get(MADE, ())


def script_settings(function: WithdrawalFunction, address: str) -> dict[str, Any]:
    """Return what the script for a shop's own pages has to know, as plain data."""
    labels: dict[str, Words] = {
        language: words.of_function(function, language) for language in words.DEFAULTS
    }
    return {
        "url": address,
        "language": words.language_of(function.store.language),
        "labels": {language: each.link for language, each in labels.items()},
    }


def of_stores(orders: Sequence[Order], offered: Sequence[WithdrawalFunction]) -> list[Order]:
    """Keep the orders of stores that offer the function."""
    stores = {function.store_id for function in offered}
    return [order for order in orders if order.store_id in stores]
