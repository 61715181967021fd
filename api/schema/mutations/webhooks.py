"""Who is told what happens: webhookSubscriptionCreate, …Update and …Delete."""

from typing import Any, Final

import strawberry
from strawberry import UNSET

from api.engine.context import Context
from api.engine.gids import gid
from api.schema.enums import WebhookSubscriptionFormat
from api.schema.fields import taken
from api.schema.mutations.outcome import Refused, found, refused, translated
from api.schema.scalars import URL
from api.schema.webhook_topics import NAMES, SCOPES, TOPICS, WebhookSubscriptionTopic
from returns.errors import ReturnError, UnknownSubscription
from returns.models import WebhookSubscription
from returns.webhooks import subscriptions

_INPUT: Final = "webhookSubscription"
_GONE: Final = "Webhook subscription does not exist"
# Shopify tells of an address under its older name, whichever of the two was given.
_ADDRESS: Final = (_INPUT, "callbackUrl")
_ROOTS: Final = {
    "id": ("id",),
    "topic": ("topic",),
    "address": _ADDRESS,
    "name": (_INPUT, "name"),
    "filter": (_INPUT, "filter"),
    "include_fields": (_INPUT, "includeFields"),
}


@taken("HasMetafieldsMetafieldIdentifierInput")
class MetafieldIdentifierInput:
    """The name of a value of a shop's own."""

    key: str
    namespace: str | None = UNSET


@taken("WebhookSubscriptionInput")
class WebhookSubscriptionInput:
    """Where messages are sent to, which, and what of them."""

    callback_url: URL | None = strawberry.field(default=UNSET, deprecation_reason="Use `uri`.")
    uri: str | None = UNSET
    name: str | None = UNSET
    filter: str | None = UNSET
    include_fields: list[str] | None = UNSET
    format: WebhookSubscriptionFormat | None = UNSET
    metafield_namespaces: list[str] | None = UNSET
    metafields: list[MetafieldIdentifierInput] | None = UNSET


def _scope(topic: str) -> str:
    """Return what it takes to be told of a topic."""
    return SCOPES.get(topic, "read_returns")


def _check(asked: WebhookSubscriptionInput) -> None:
    """Refuse what subscriptions do not have here. Raises Refused."""
    if asked.format and asked.format != "JSON":
        raise refused((_INPUT, "format"), "Messages are written as JSON only.")
    for name, given in (
        ("metafieldNamespaces", asked.metafield_namespaces),
        ("metafields", asked.metafields),
    ):
        if given:
            raise refused((_INPUT, name), "There are no metafields.")
    if asked.uri and asked.callback_url and asked.uri != asked.callback_url:
        raise refused(_ADDRESS, "Give one address: as uri or as callbackUrl.")


def _values(asked: WebhookSubscriptionInput) -> dict[str, Any]:
    """Return what was given, by the names of the verbs' arguments; null empties."""
    given = {"name": asked.name, "filter": asked.filter, "include_fields": asked.include_fields}
    empty: dict[str, Any] = {"name": "", "filter": "", "include_fields": []}
    return {key: value or empty[key] for key, value in given.items() if value is not UNSET}


def _worded(error: ReturnError) -> Refused:
    return translated(
        error, roots=_ROOTS, names={}, words={UnknownSubscription: (None, _GONE, None)}
    )


def create(
    context: Context,
    *,
    topic: WebhookSubscriptionTopic,
    webhook_subscription: WebhookSubscriptionInput,
) -> dict[str, Any]:
    """Tell an address of a topic."""
    name = str(topic)
    if name not in TOPICS:
        raise refused(("topic",), f"Topic {name} is not supported.")
    context.require(_scope(name), "webhookSubscriptionCreate")
    asked = webhook_subscription
    _check(asked)
    try:
        made = subscriptions.create(
            TOPICS[name],
            asked.uri or asked.callback_url or "",
            actor=context.actor,
            **_values(asked),
        )
    except ReturnError as error:
        raise _worded(error) from error
    return {"webhook_subscription": made}


def _found(context: Context, id_: str) -> WebhookSubscription:
    row: WebhookSubscription = found(context, id_, "WebhookSubscription", ("id",), _GONE, None)
    return row


def update(
    context: Context,
    *,
    id: str,  # noqa: A002
    webhook_subscription: WebhookSubscriptionInput,
) -> dict[str, Any]:
    """Change what was given of a subscription."""
    row, asked = _found(context, id), webhook_subscription
    _check(asked)
    context.require(_scope(NAMES[row.topic]), "webhookSubscriptionUpdate")
    given = (asked.uri, asked.callback_url)
    address = next((each for each in given if isinstance(each, str)), None)
    try:
        changed = subscriptions.update(row, actor=context.actor, address=address, **_values(asked))
    except ReturnError as error:
        raise _worded(error) from error
    return {"webhook_subscription": changed}


def delete(context: Context, *, id: str) -> dict[str, Any]:  # noqa: A002
    """Tell an address no more."""
    row = _found(context, id)
    told = gid("WebhookSubscription", row.pk)
    try:
        subscriptions.delete(row, actor=context.actor)
    except ReturnError as error:
        raise _worded(error) from error
    return {"deleted_webhook_subscription_id": told}
