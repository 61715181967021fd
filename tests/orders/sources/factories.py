"""Sources, and messages as they come from the queue."""

import json
from typing import Any

import factory

from orders.models import OrderSource, SourceDelivery, SourceKind
from orders.sources import inbox
from orders.sources.inbox import Arrived
from returns.incoming import deliveries
from tests.factories import ModelFactory, StoreFactory

SECRET = "a secret of the shop"


class OrderSourceFactory(ModelFactory[OrderSource]):
    class Meta:
        model = OrderSource

    store = factory.SubFactory(StoreFactory)
    kind = SourceKind.SHOPIFY
    name = "Web shop"
    shop_domain = "linden.myshopify.com"
    secret = SECRET


def told(source: OrderSource, topic: str, message: dict[str, Any]) -> SourceDelivery:
    """Let a shop tell something and take it in at once; return what became of it."""
    number = SourceDelivery.objects.count() + 1
    arrived = Arrived(webhook_id=f"w-{number}", topic=topic, body=json.dumps(message))
    delivery, _new = inbox.receive(source, arrived)
    deliveries.apply(delivery.pk)
    delivery.refresh_from_db()
    return delivery
