"""Withdrawals from contracts at the store in the European Union: one of each kind."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from accounts import actors
from accounts.actors import Actor
from orders.models import Order, Product, Store
from returns.models import (
    ExemptionReason,
    WithdrawalCase,
    WithdrawalExemption,
    WithdrawalFlag,
    WithdrawalFunction,
)
from returns.withdrawals import handling, statements
from returns.withdrawals.statements import Content, Item
from returns_project.demo.people import BUYER_EMAIL, GUEST_EMAIL

STORE: Final = "linden-lark"
_EXEMPT: Final = "scented-candle"
_KEYS: Final = UUID("7f1c7a0e-6c1b-4d57-9d3c-3f0a8f2c6b11")


def state(now: datetime, support: Actor) -> None:
    """Switch the function on, exempt a product, and tell what buyers stated lately.

    support: who saw to those that no job could decide.
    """
    store = Store.objects.get(code=STORE)
    WithdrawalFunction.objects.create(store=store, enabled=True)
    sealed = Product.objects.get(handle=_EXEMPT)
    WithdrawalExemption.objects.create(
        product=sealed, reason=ExemptionReason.HYGIENE, note="Nur wenn das Siegel gebrochen ist."
    )
    told = _told(store, now)
    for number, (said, days) in enumerate(told):
        case = _submit(store, said, number, now - timedelta(days=days))
        if WithdrawalFlag.REPEATED in case.flags:
            at = now - timedelta(days=days / 2)
            handling.settle(case, actor=support, note="Zweimal abgeschickt.", at=at)
        if "meant" in said:
            handling.match(case, said["meant"], actor=support, at=now - timedelta(days=days / 2))


def _told(store: Store, now: datetime) -> Iterator[tuple[dict[str, Any], float]]:
    """Yield what was stated, and how many days ago."""
    fresh = _untouched(store).filter(
        fulfillments__delivered_at__gt=now - timedelta(days=12),
        fulfillments__delivered_at__lt=now - timedelta(days=2),
    )
    plain = fresh.exclude(lines__variant__product__handle=_EXEMPT).distinct()
    whole, part, misspelt = plain[:3]
    yield {"order": whole}, 1.2
    yield {"order": part, "items": (_first(part),)}, 0.9
    yield {"order": part, "items": (_first(part),)}, 0.85
    old = _untouched(store).filter(fulfillments__delivered_at__lt=now - timedelta(days=40))
    yield {"order": old.distinct()[0]}, 0.6
    exempt = _untouched(store).filter(lines__variant__product__handle=_EXEMPT)
    recent = exempt.filter(fulfillments__delivered_at__gt=now - timedelta(days=60))
    yield {"order": recent.distinct()[0]}, 0.4
    told = {"name": misspelt.buyer_name, "email": misspelt.email, "number": "meine letzte"}
    yield {**told, "meant": misspelt}, 0.35
    yield {"number": "Rechnung 2026-3381", "name": "Ida Falk", "email": "ida@falk.example"}, 0.3


def _untouched(store: Store) -> Any:
    """Return the orders of a store without returns, newest first; not those one signs in for."""
    found = Order.objects.filter(store=store, returns=None, canceled_at=None)
    others = found.exclude(guest_email=GUEST_EMAIL).exclude(customer__email=BUYER_EMAIL)
    return others.exclude(customer=None, guest_email="").order_by("-placed_at", "-pk")


def _first(order: Order) -> Item:
    line = order.lines.filter(bundle_parent=None, is_goods=True)[0]
    return Item(
        line=str(line.uuid),
        title=line.title,
        options=line.options_text,
        sku=line.sku,
        quantity=1,
    )


def _submit(store: Store, said: dict[str, Any], number: int, at: datetime) -> WithdrawalCase:
    order: Order | None = said.get("order")
    content = Content(
        store=store,
        name=order.buyer_name if order else said["name"],
        email=order.email if order else said["email"],
        order_reference=order.reference if order else said["number"],
        items=said.get("items", ()),
        wording="Hiermit widerrufe ich meinen Vertrag [Widerruf bestätigen]",
        language="de",
    )
    key = uuid5(_KEYS, str(number))
    actor = actors.buyer(content.name)
    statement = statements.submit(content, actor=actor, request_key=key, at=at)
    handling.acknowledged(statement.case, at=at)
    return handling.handle(statement.pk, at=at)
