"""Sources of orders are added, changed, switched off and on.

Verbs: each checks the permission, does all or nothing, and returns the fresh row. Each raises
PermissionDenied, and ValidationError with the name of the field.
"""

import re
import secrets
from datetime import timedelta
from typing import Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.permissions import Permission
from orders.models import CompletedMeans, OrderSource, SourceKind, Store
from orders.models.sources import SECRET_LENGTH

# How long the secret before counts after a change: time to bring the new one to the shop.
OVERLAP: Final = timedelta(hours=24)

_DOMAIN: Final = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+(:\d{1,5})?")
_SHORTEST_SECRET: Final = 8


def create(
    *,
    actor: Actor,
    store: Store,
    kind: str,
    name: str,
    secret: str = "",
    shop_domain: str = "",
    completed_means: str = CompletedMeans.SHIPPED,
    personalised_by: str = "",
) -> OrderSource:
    """Add a source. secret: what the shop signs with; "" for a new one, to be entered there."""
    _require(actor)
    if kind not in SourceKind.values:
        raise _wrong("kind", _("Choose the shop software."))
    source = OrderSource(
        store=store,
        kind=kind,
        secret=_checked_secret(secret, kind),
        created_by_id=actor.user_id,
    )
    _set(source, name, shop_domain, completed_means, personalised_by)
    source.save()
    return source


def update(
    source: OrderSource,
    *,
    actor: Actor,
    name: str,
    shop_domain: str,
    completed_means: str,
    personalised_by: str,
) -> OrderSource:
    """Change a source; its shop software and its store never change."""
    _require(actor)
    with transaction.atomic():
        current = _locked(source)
        _set(current, name, shop_domain, completed_means, personalised_by)
        current.updated_at = timezone.now()
        current.save(
            update_fields=[
                "name",
                "shop_domain",
                "completed_means",
                "personalised_by",
                "updated_at",
            ]
        )
    return current


def change_secret(source: OrderSource, *, actor: Actor, secret: str = "") -> OrderSource:
    """Give a source another secret; the one before counts too for as long as OVERLAP.

    secret: as in `create`.
    """
    _require(actor)
    now = timezone.now()
    with transaction.atomic():
        current = _locked(source)
        current.previous_secret = current.secret
        current.previous_secret_until = now + OVERLAP
        current.secret = _checked_secret(secret, current.kind)
        current.updated_at = now
        current.save(
            update_fields=["secret", "previous_secret", "previous_secret_until", "updated_at"]
        )
    return current


def switch_off(source: OrderSource, *, actor: Actor) -> OrderSource:
    """Take nothing more from a source. Nothing happens when it is off."""
    return _switch(source, actor, on=False)


def switch_on(source: OrderSource, *, actor: Actor) -> OrderSource:
    """Take messages from a source again. Nothing happens when it is on."""
    return _switch(source, actor, on=True)


def _switch(source: OrderSource, actor: Actor, *, on: bool) -> OrderSource:
    _require(actor)
    with transaction.atomic():
        current = _locked(source)
        if current.is_on != on:
            current.updated_at = timezone.now()
            current.disabled_at = None if on else current.updated_at
            current.save(update_fields=["disabled_at", "updated_at"])
    return current


def _require(actor: Actor) -> None:
    if not actor.may(Permission.MANAGE_SOURCES):
        raise PermissionDenied


def _locked(source: OrderSource) -> OrderSource:
    return OrderSource.objects.select_for_update().get(pk=source.pk)


def _wrong(field: str, message: str) -> ValidationError:
    return ValidationError({field: message})


def _set(
    source: OrderSource, name: str, domain: str, completed_means: str, personalised_by: str
) -> None:
    source.name = _checked_text("name", name, 100)
    if not source.name:
        raise _wrong("name", _("Enter a name."))
    source.shop_domain = _checked_domain(domain)
    if source.kind == SourceKind.SHOPIFY and not source.shop_domain:
        message = _("Enter the shop's own domain, as in example.myshopify.com.")
        raise _wrong("shop_domain", message)
    if completed_means not in CompletedMeans.values:
        raise _wrong("completed_means", _("Choose what it means."))
    source.completed_means = completed_means
    source.personalised_by = _checked_text("personalised_by", personalised_by, 500)


def _checked_text(field: str, text: str, limit: int) -> str:
    text = text.strip()
    if len(text) > limit or not text.isprintable():
        raise _wrong(field, _("Write at most %(count)s characters.") % {"count": limit})
    return text


def _checked_domain(domain: str) -> str:
    """Return a host, also out of a whole address; "" for none."""
    found = domain.strip().lower().removeprefix("https://").removeprefix("http://").rstrip("/")
    if found and (len(found) > 255 or not _DOMAIN.fullmatch(found)):
        raise _wrong("shop_domain", _("A domain, as in example.myshopify.com."))
    return found


def _checked_secret(secret: str, kind: str) -> str:
    secret = secret.strip()
    if not secret and kind == SourceKind.WOOCOMMERCE:
        return secrets.token_urlsafe(32)
    fits = _SHORTEST_SECRET <= len(secret) <= SECRET_LENGTH
    if not fits or not secret.isprintable():
        message = _("Enter the secret that the shop signs with: %(least)s to %(most)s characters.")
        raise _wrong("secret", message % {"least": _SHORTEST_SECRET, "most": SECRET_LENGTH})
    return secret
