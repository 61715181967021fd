"""Who is told what happens: webhook subscriptions."""

import datetime
from collections.abc import Sequence
from typing import Annotated, Any, Final

import strawberry
from django.db.models import Q, QuerySet

from api.engine.context import Context
from api.schema.api_versions import ApiVersion, api_version
from api.schema.connections import Sorted
from api.schema.enums import WebhookSubscriptionFormat
from api.schema.fields import global_id, of, output, read
from api.schema.nodes import LegacyInteroperability, Node, register_own
from api.schema.scalars import ARN, URL, DateTime, UnsignedInt64
from api.schema.search_syntax import Term, parse
from api.schema.search_terms import moment, number
from api.schema.webhook_topics import NAMES, TOPICS, WebhookSubscriptionTopic
from returns.models import WebhookSubscription as SubscriptionRow

_OLD: Final = "Use `uri`."


@output("WebhookHttpEndpoint")
@of(SubscriptionRow)
class WebhookHttpEndpoint:
    """An address on the web that messages are sent to."""

    callback_url: URL = read("address", "The address.")


# Nothing is sent there; programs ask for all three kinds.
@output("WebhookEventBridgeEndpoint")
@of()
class WebhookEventBridgeEndpoint:
    """A queue at Amazon; there are none here."""

    arn: ARN = strawberry.field(description="Its name.")


@output("WebhookPubSubEndpoint")
@of()
class WebhookPubSubEndpoint:
    """A queue at Google; there are none here."""

    pub_sub_project: str = strawberry.field(description="The project.")
    pub_sub_topic: str = strawberry.field(description="The queue.")


WebhookSubscriptionEndpoint = Annotated[
    WebhookEventBridgeEndpoint | WebhookHttpEndpoint | WebhookPubSubEndpoint,
    strawberry.union("WebhookSubscriptionEndpoint", description="Where messages are sent to."),
]


@output("WebhookSubscriptionMetafieldIdentifier")
class WebhookSubscriptionMetafieldIdentifier:
    """The name of a value of a shop's own; there are none here."""

    key: str = strawberry.field(description="Its name.")
    namespace: str = strawberry.field(description="The group of names.")


@output("WebhookSubscription")
@of(SubscriptionRow)
class WebhookSubscription(LegacyInteroperability, Node):
    """An address that is told of a topic."""

    id: strawberry.ID = global_id("WebhookSubscription")
    legacy_resource_id: UnsignedInt64 = read("pk", "The number within the id.")
    topic: WebhookSubscriptionTopic = read(lambda row: NAMES[row.topic], "What it is told of.")
    uri: str = read("address", "Where messages are sent to.")
    callback_url: URL = read("address", "Where messages are sent to.", old=_OLD)
    endpoint: WebhookSubscriptionEndpoint = read(
        lambda row: row, "Where messages are sent to.", old=_OLD
    )
    name: str | None = read(lambda row: row.name or None, "What programs call it.")
    filter: str | None = read(lambda row: row.filter or None, "What a message has to fulfill.")
    include_fields: list[str] = read("include_fields", "What is sent; none for everything.")
    format: WebhookSubscriptionFormat = read(lambda _row: "JSON", "How messages are written.")
    metafield_namespaces: list[str] = read(lambda _row: [], "None.")
    metafields: list[WebhookSubscriptionMetafieldIdentifier] = read(lambda _row: [], "None.")
    api_version: ApiVersion = read(
        lambda row: api_version(row.api_version), "The version that messages are written in."
    )
    created_at: DateTime = read("created_at", "When it was added.")
    updated_at: DateTime = read("updated_at", "When it was last changed.")


def subscription_rows(context: Context) -> QuerySet[SubscriptionRow]:
    """Return the program's own subscriptions whose topic has a name in this API.

    Those that are switched off as well. A person sees the ones that belong to no program.
    """
    owner = context.client.pk if context.client else None
    return SubscriptionRow.objects.filter(owner=owner, topic__in=NAMES)


register_own("WebhookSubscription", subscription_rows, scope="read_returns")

_FIELDS: Final = {
    "id": number,
    "created_at": moment("created_at"),
    "updated_at": moment("updated_at"),
}


def _condition(term: Term) -> Q:
    translate = _FIELDS.get(term.field)
    return translate(term) if translate else Q()


def sorted_subscriptions(
    context: Context,
    *,
    callback_url: str | None,
    format: str | None,  # noqa: A002
    query: str | None,
    sort_key: str | None,
    topics: Sequence[Any] | None,
    uri: str | None,
) -> Sorted:
    """Return the subscriptions that fit, for a connection; None does not narrow."""
    rows = subscription_rows(context)
    for address in (callback_url, uri):
        if address is not None:
            rows = rows.filter(address=address)
    if topics is not None:
        rows = rows.filter(topic__in=[TOPICS[name] for name in topics if name in TOPICS])
    if format == "XML":
        rows = rows.none()
    if query:
        rows = rows.filter(parse(query, _condition))
    if sort_key == "ID":
        return Sorted(rows=rows)
    return Sorted(
        rows=rows,
        column="created_at",
        text=lambda value: value.isoformat(),
        parse=datetime.datetime.fromisoformat,
    )
