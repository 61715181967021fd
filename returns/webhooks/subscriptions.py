"""Who is told what happened: webhook subscriptions are added, changed, tried and removed.

Verbs: each checks the permission, does all or nothing, and returns the fresh row.
"""

import base64
import binascii
import re
import secrets
import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import clients
from accounts.actors import Actor
from accounts.models import ApiClient
from accounts.permissions import Permission
from returns.errors import (
    AddressTaken,
    InvalidFields,
    InvalidFilter,
    InvalidName,
    InvalidSecret,
    InvalidState,
    InvalidTopic,
    NotPermitted,
    TooLong,
    UnknownSubscription,
)
from returns.models import (
    DeliveryStatus,
    Event,
    WebhookDelivery,
    WebhookSubscription,
    WebhookTopic,
)
from returns.models.subscriptions import FILTER_LENGTH, NAME_LENGTH
from returns.webhooks import deliveries, filters, receivers, topics

# How long the secret before counts after a rotation: time to bring the new one to the receiver.
OVERLAP: Final = timedelta(hours=24)
MOST_FIELDS: Final = 100

_PREFIX: Final = "whsec_"
_SECRET_BYTES: Final = 32
_FIELD: Final = re.compile(r"[a-z0-9_]{1,60}(\.[a-z0-9_]{1,60}){0,5}")
_NAME: Final = re.compile(r"[A-Za-z0-9_-]*")


def create(
    topic: str,
    address: str,
    *,
    actor: Actor,
    name: str = "",
    filter: str = "",  # noqa: A002  # Shopify's word
    include_fields: Sequence[str] = (),
    secret: str = "",
) -> WebhookSubscription:
    """Subscribe an address to a topic; what a program makes belongs to it.

    topic: a WebhookTopic. name: letters, digits, - and _. filter, include_fields: see
    `returns.webhooks.filters`. secret: as of Standard Webhooks (`whsec_` and Base64); "" for a new
    one, to be shown once.
    Raises NotPermitted, InvalidTopic, InvalidAddress, AddressTaken, InvalidName, InvalidFilter,
    InvalidFields, InvalidSecret, TooLong.
    """
    _require(actor)
    if topic not in WebhookTopic.values:
        raise InvalidTopic(_("Choose a topic."), field=("topic",))
    made = WebhookSubscription(
        owner_id=actor.client_id,
        topic=topic,
        secret=_checked_secret(secret) or new_secret(),
    )
    with transaction.atomic():
        _set(made, address, name, filter, include_fields)
        _save(made, None)
    return made


def update(
    subscription: WebhookSubscription,
    *,
    actor: Actor,
    address: str | None = None,
    name: str | None = None,
    filter: str | None = None,  # noqa: A002  # Shopify's word
    include_fields: Sequence[str] | None = None,
) -> WebhookSubscription:
    """Change a subscription; what is None stays as it is. Its topic never changes.

    What is under way goes to the new address. Raises as `create` does, and UnknownSubscription.
    """
    _require(actor)
    with transaction.atomic():
        current = _locked(subscription)
        _set(
            current,
            current.address if address is None else address,
            current.name if name is None else name,
            current.filter if filter is None else filter,
            current.include_fields if include_fields is None else include_fields,
        )
        current.updated_at = timezone.now()
        _save(current, ["address", "name", "filter", "include_fields", "updated_at"])
    return current


def delete(subscription: WebhookSubscription, *, actor: Actor) -> None:
    """Remove a subscription with its deliveries. Nothing happens when it is gone already.

    Raises NotPermitted.
    """
    _require(actor)
    subscription.delete()


def revoke_client(client: ApiClient, *, actor: Actor) -> ApiClient:
    """Let a program's token open nothing any more, and tell its subscriptions nothing.

    They stay, switched off, with what was sent. Raises NotPermitted.
    """
    _require(actor)
    with transaction.atomic():
        revoked = clients.revoke(client)
        for subscription in client.webhook_subscriptions.all():
            switch_off(subscription, actor=actor)
    return revoked


def switch_off(subscription: WebhookSubscription, *, actor: Actor) -> WebhookSubscription:
    """Tell it no more; what is under way counts as failed. Nothing happens when it is off.

    Raises NotPermitted, UnknownSubscription.
    """
    _require(actor)
    with transaction.atomic():
        current = _locked(subscription)
        if current.is_listening:
            current.disabled_at = current.updated_at = timezone.now()
            current.save(update_fields=["disabled_at", "updated_at"])
            deliveries.end_pending(current.pk, current.disabled_at)
    return current


def switch_on(subscription: WebhookSubscription, *, actor: Actor) -> WebhookSubscription:
    """Tell it again from now on. Nothing happens when it is on.

    Raises NotPermitted, UnknownSubscription.
    """
    _require(actor)
    with transaction.atomic():
        current = _locked(subscription)
        if not current.is_listening:
            current.disabled_at, current.gone = None, False
            current.updated_at = timezone.now()
            current.save(update_fields=["disabled_at", "gone", "updated_at"])
    return current


def rotate_secret(
    subscription: WebhookSubscription, *, actor: Actor, overlap: timedelta = OVERLAP
) -> WebhookSubscription:
    """Give a subscription a new secret; the one before counts too for as long as `overlap`.

    Meanwhile the Standard Webhooks header has both signatures and Shopify's single one is made
    with the older secret, as Shopify does it. Raises NotPermitted, UnknownSubscription.
    """
    _require(actor)
    now = timezone.now()
    with transaction.atomic():
        current = _locked(subscription)
        current.previous_secret = current.secret
        current.previous_secret_until = now + overlap
        current.secret = new_secret()
        current.updated_at = now
        current.save(
            update_fields=["secret", "previous_secret", "previous_secret_until", "updated_at"]
        )
    return current


def test(subscription: WebhookSubscription, *, actor: Actor) -> WebhookDelivery:
    """Send the newest news of the subscription's topic again, marked as a test, past its filter.

    Where nothing has happened yet, a body that names return 0. Raises NotPermitted, InvalidState,
    UnknownSubscription.
    """
    _require(actor)
    with transaction.atomic():
        current = _locked(subscription)
        _require_listening(current)
        made = _newest(current) or _sample(current)
        made.is_test = True
        made.key = f"test {made.public_id}"
        made.save()
    deliveries.wake([current.pk])
    return made


def _newest(subscription: WebhookSubscription) -> WebhookDelivery | None:
    types = topics.event_types(subscription.topic)
    for event in Event.objects.filter(type__in=types).order_by("-pk")[:10]:
        for subject in deliveries.subjects(event, subscription.topic):
            return deliveries.new_delivery(subscription.pk, event, subject)
    return None


def _sample(subscription: WebhookSubscription) -> WebhookDelivery:
    body = {"id": 0, "admin_graphql_api_id": "gid://shopify/Return/0"}
    return WebhookDelivery(
        subscription=subscription,
        act_id=uuid.uuid4(),
        triggered_at=timezone.now(),
        body=deliveries.dumped(body),
    )


def replay(delivery: WebhookDelivery, *, actor: Actor) -> WebhookDelivery:
    """Send a delivery that ended once more, with the same ids and the same body.

    Raises NotPermitted, InvalidState.
    """
    _require(actor)
    with transaction.atomic():
        current = _locked(delivery.subscription)
        _require_listening(current)
        deliveries.replay(current.deliveries.filter(pk=delivery.pk))
    deliveries.wake([current.pk])
    delivery.refresh_from_db()
    return delivery


def replay_failed(subscription: WebhookSubscription, *, actor: Actor) -> int:
    """Send everything that failed once more; returns how many that are.

    Raises NotPermitted, InvalidState.
    """
    _require(actor)
    with transaction.atomic():
        current = _locked(subscription)
        _require_listening(current)
        failed = current.deliveries.filter(status=DeliveryStatus.FAILED)
        count = deliveries.replay(failed)
    deliveries.wake([current.pk])
    return count


# --- checks -------------------------------------------------------------------------------------


def new_secret() -> str:
    """Return a secret as of Standard Webhooks: 32 random bytes."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def _require(actor: Actor) -> None:
    if not actor.may(Permission.MANAGE_WEBHOOKS):
        raise NotPermitted


def _require_listening(subscription: WebhookSubscription) -> None:
    if not subscription.is_listening:
        raise InvalidState(_("This subscription is switched off. Switch it on first."))


def _locked(subscription: WebhookSubscription) -> WebhookSubscription:
    """Return the row as it is now, locked. Raises UnknownSubscription."""
    found = WebhookSubscription.objects.select_for_update().filter(pk=subscription.pk).first()
    if found is None:
        raise UnknownSubscription(_("This subscription was removed meanwhile."), field=("id",))
    return found


def _save(subscription: WebhookSubscription, fields: list[str] | None) -> None:
    try:
        subscription.save(update_fields=fields)
    except IntegrityError:  # somebody else was quicker
        raise _taken() from None


def _set(
    subscription: WebhookSubscription,
    address: str,
    name: str,
    filter_: str,
    include_fields: Sequence[str],
) -> None:
    subscription.address = receivers.checked_address(address)
    taken = WebhookSubscription.objects.filter(
        owner=subscription.owner_id, topic=subscription.topic, address=subscription.address
    )
    if taken.exclude(pk=subscription.pk).exists():
        raise _taken()
    subscription.name = _checked_name(name)
    subscription.filter = _checked_filter(filter_)
    subscription.include_fields = _checked_fields(include_fields)


def _taken() -> AddressTaken:
    return AddressTaken(_("Address for this topic has already been taken"), field=("address",))


def _checked_name(name: str) -> str:
    name = name.strip()
    if len(name) > NAME_LENGTH:
        raise TooLong(
            _("Write at most %(count)s characters.") % {"count": NAME_LENGTH}, field=("name",)
        )
    if not _NAME.fullmatch(name):
        raise InvalidName(_("Use letters, digits, - and _ only."), field=("name",))
    return name


def _checked_filter(text: str) -> str:
    text = text.strip()
    if len(text) > FILTER_LENGTH:
        raise TooLong(
            _("Write at most %(count)s characters.") % {"count": FILTER_LENGTH}, field=("filter",)
        )
    filters.compiled(text)
    if not text.isprintable():
        raise InvalidFilter(_("Write the filter in one line."), field=("filter",))
    return text


def _checked_fields(fields: Sequence[str]) -> list[str]:
    found = list(dict.fromkeys(each.strip() for each in fields))
    for each in found:
        if not _FIELD.fullmatch(each) or len(each) > 100:
            raise InvalidFields(
                _("“%(text)s” is no field. Write them as in id, status, order.id.")
                % {"text": each[:40]},
                field=("include_fields",),
            )
    if len(found) > MOST_FIELDS:
        raise InvalidFields(
            _("Choose at most %(count)s fields.") % {"count": MOST_FIELDS},
            field=("include_fields",),
        )
    return found


def _checked_secret(secret: str) -> str:
    """Return a secret that both signatures can be made with, or "". Raises InvalidSecret."""
    if not secret:
        return ""
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(_PREFIX) or not 24 <= len(key) <= 64:
        raise InvalidSecret(
            _("A secret is whsec_ and 24 to 64 bytes in Base64."), field=("secret",)
        )
    return secret
