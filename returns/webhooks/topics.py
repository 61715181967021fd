"""Which webhook topics an event is told under, and about which row."""

from typing import Any, Final

from returns.models import EventType, ReturnStatus, WebhookTopic

_TOPICS: Final[dict[str, tuple[WebhookTopic, ...]]] = {
    EventType.RETURN_REQUESTED: (WebhookTopic.RETURNS_REQUEST,),
    # Shopify tells of a return that staff create under the same topic as of one they approve.
    EventType.RETURN_CREATED: (WebhookTopic.RETURNS_APPROVE,),
    EventType.RETURN_APPROVED: (WebhookTopic.RETURNS_APPROVE,),
    EventType.RETURN_DECLINED: (WebhookTopic.RETURNS_DECLINE,),
    EventType.RETURN_CANCELED: (WebhookTopic.RETURNS_CANCEL,),
    EventType.RETURN_CLOSED: (WebhookTopic.RETURNS_CLOSE,),
    EventType.RETURN_REOPENED: (WebhookTopic.RETURNS_REOPEN,),
    EventType.LINES_REMOVED: (WebhookTopic.RETURNS_UPDATE,),
    EventType.FEE_WAIVED: (WebhookTopic.RETURNS_UPDATE,),
    EventType.EXCHANGE_ADDED: (WebhookTopic.RETURNS_UPDATE,),
    EventType.EXCHANGE_REMOVED: (WebhookTopic.RETURNS_UPDATE,),
    EventType.EXCHANGE_EXPIRED: (WebhookTopic.RETURNS_UPDATE,),
    EventType.RETURN_PROCESSED: (WebhookTopic.RETURNS_PROCESS, WebhookTopic.DISPOSE),
    EventType.GOODS_KEPT: (WebhookTopic.RETURNS_PROCESS, WebhookTopic.DISPOSE),
    EventType.SHIPPED_BACK: (WebhookTopic.DISPOSE,),
    EventType.REPAIRED: (WebhookTopic.DISPOSE,),
    EventType.EXCHANGE_SENT: (WebhookTopic.RETURNS_PROCESS,),
    EventType.PARCEL_ADDED: (WebhookTopic.ATTACH_DELIVERABLE,),
    EventType.PARCEL_LABELED: (WebhookTopic.ATTACH_DELIVERABLE,),
    EventType.PARCEL_TRACKED: (WebhookTopic.ATTACH_DELIVERABLE,),
    EventType.REFUND_SUCCEEDED: (WebhookTopic.REFUNDS_CREATE,),
}

# The words in an event's data that name the row its topic is about.
_SUBJECTS: Final = {
    WebhookTopic.ATTACH_DELIVERABLE: "parcel",
    WebhookTopic.REFUNDS_CREATE: "refund",
}


def of_event(type_: str, *, to_status: str, data: dict[str, Any]) -> tuple[WebhookTopic, ...]:
    """Return the topics that an event is told under, none for most.

    to_status: the return's status after it, "" when it is as before. A return that closes because
    its last piece came back is told as closed too.
    """
    topics = _TOPICS.get(type_, ())
    if type_ == EventType.PARCEL_ADDED and not data.get("tracking_number"):
        return ()
    if to_status == ReturnStatus.CLOSED and type_ != EventType.RETURN_CLOSED:
        topics = (*topics, WebhookTopic.RETURNS_CLOSE)
    return topics


def subject_of(topic: str, data: dict[str, Any]) -> int | None:
    """Return the row that a topic is about besides the return; None when it is the return."""
    word = _SUBJECTS.get(WebhookTopic(topic))
    return data.get(word) if word else None


def event_types(topic: str) -> list[str]:
    """Return the types of events that are told under a topic, in no order."""
    return [type_ for type_, topics in _TOPICS.items() if topic in topics]
