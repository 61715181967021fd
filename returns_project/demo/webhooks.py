"""A webhook subscription to look at. It is off, and its host does not exist: nothing is sent."""

from accounts.actors import Actor
from returns.models import WebhookTopic
from returns.webhooks import subscriptions


def subscribe(manager: Actor) -> None:
    """Add it, with a filter and chosen fields."""
    made = subscriptions.create(
        WebhookTopic.RETURNS_APPROVE,
        "https://erp.example/returns",
        actor=manager,
        name="erp",
        filter="total_return_line_items:>=1",
        include_fields=("id", "name", "order.id", "return_line_items"),
    )
    subscriptions.switch_off(made, actor=manager)
