"""What webhooks tell, in the form of Shopify's: many messages at once, in a fixed few queries.

Each topic has a function here that makes one body of rows that are loaded together.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.db.models import prefetch_related_objects
from django.urls import reverse

from orders.money import is_currency, rounded, share_of_pieces
from returns.models import (
    Disposition,
    Event,
    ExchangeLine,
    FeeKind,
    Refund,
    Return,
    ReturnFee,
    ReturnLine,
    ReverseDelivery,
    WebhookTopic,
)

Body = dict[str, Any]

# The handles of the reasons that Shopify's ReturnReason has names for.
_REASONS: Final = {
    "unknown": "unknown",
    "changed-my-mind": "unwanted",
    "item-not-as-described": "not_as_described",
    "received-the-wrong-item": "wrong_item",
    "damaged-or-defective": "defective",
    "too-small": "size_too_small",
    "too-big": "size_too_large",
    "style": "style",
    "color": "color",
}


@dataclass(frozen=True)
class Asked:
    """One message: its topic, the event it tells of, and the row it is about besides the return."""

    topic: str
    event: Event
    subject_id: int | None


@dataclass
class _Loaded:
    """The rows that the bodies of many messages need."""

    parcels: dict[int, ReverseDelivery] = field(default_factory=dict)
    refunds: dict[int, Refund] = field(default_factory=dict)
    # By work of taking back, and by when it was decided.
    dispositions: dict[tuple[int, datetime], list[Disposition]] = field(default_factory=dict)


def build(asked: Sequence[Asked]) -> list[Body | None]:
    """Return the body of each message; None where what it is about is not there any more.

    The events have `for_return__order` loaded. At most 13 queries, however many messages.
    """
    loaded = _load(asked)
    return [_BODIES[WebhookTopic(each.topic)](each, loaded) for each in asked]


# --- loading ------------------------------------------------------------------------------------


def _load(asked: Sequence[Asked]) -> _Loaded:
    loaded = _Loaded()
    told = _by_topic(asked, WebhookTopic.RETURNS_REQUEST, WebhookTopic.RETURNS_APPROVE)
    if told:
        prefetch_related_objects(
            [_return(each) for each in told],
            "lines__fulfillment_line__order_line",
            "lines__reason",
            "fees",
            "exchange_lines__shipments",
        )
    if parcels := _subjects(asked, WebhookTopic.ATTACH_DELIVERABLE):
        loaded.parcels = ReverseDelivery.objects.in_bulk(parcels)
    if refunds := _subjects(asked, WebhookTopic.REFUNDS_CREATE):
        found = Refund.objects.prefetch_related(
            "lines__return_line__fulfillment_line__order_line",
            "lines__order_line",
            "transactions__payment",
        )
        loaded.refunds = found.in_bulk(refunds)
    _load_dispositions(_by_topic(asked, WebhookTopic.DISPOSE), loaded)
    return loaded


def _load_dispositions(asked: Sequence[Asked], loaded: _Loaded) -> None:
    if not asked:
        return
    found = (
        Disposition.objects.filter(
            line__reverse_fulfillment__in={each.subject_id for each in asked},
            created_at__in={each.event.at for each in asked},
        )
        .select_related("line")
        .prefetch_related("line__delivery_lines")
        .order_by("pk")
    )
    for each in found:
        key = (each.line.reverse_fulfillment_id, each.created_at)
        loaded.dispositions.setdefault(key, []).append(each)


def _by_topic(asked: Iterable[Asked], *topics: str) -> list[Asked]:
    return [each for each in asked if each.topic in topics]


def _subjects(asked: Iterable[Asked], topic: str) -> set[int]:
    return {each.subject_id for each in asked if each.topic == topic and each.subject_id}


def _return(asked: Asked) -> Return:
    return_ = asked.event.for_return
    if return_ is None:  # every topic is about a return
        raise ValueError(f"Event {asked.event.pk} is about no return.")
    return return_


# --- one body -----------------------------------------------------------------------------------


def _opened(asked: Asked, _loaded: _Loaded) -> Body:
    """Tell a return whole, as it was requested or approved."""
    return_ = _return(asked)
    lines = [line for line in return_.lines.all() if line.quantity]
    fees = return_.fees.all()
    exchanges = [line for line in return_.exchange_lines.all() if line.quantity]
    by_line = {fee.line_id: fee for fee in fees if fee.kind == FeeKind.RESTOCKING}
    shipping = [fee for fee in fees if fee.kind == FeeKind.RETURN_SHIPPING and not fee.is_waived]
    return {
        **_named("Return", return_.pk),
        "status": "requested" if asked.topic == WebhookTopic.RETURNS_REQUEST else "open",
        "order": _named("Order", return_.order_id),
        "total_return_line_items": len(lines),
        "name": return_.reference,
        "return_line_items": [_line(return_, line, by_line.get(line.pk)) for line in lines],
        "return_shipping_fees": [
            {**_named("Fee", fee.pk), "price": _money(fee.amount or Decimal(0), return_)}
            for fee in shipping
        ],
        "exchange_line_items": [_exchange(line) for line in exchanges],
        "total_exchange_line_items": len(exchanges),
    }


def _line(return_: Return, line: ReturnLine, fee: ReturnFee | None) -> Body:
    sent = line.fulfillment_line
    return {
        **_named("ReturnLineItem", line.pk),
        "fulfillment_line_item": {
            **_named("FulfillmentLineItem", sent.pk),
            "line_item": _named("LineItem", sent.order_line_id),
        },
        "quantity": line.quantity,
        "return_reason": _REASONS.get(line.reason.handle, "other"),
        "return_reason_note": "",
        "customer_note": line.customer_note or None,
        "restocking_fee": _restocking(return_, line, fee),
    }


def _restocking(return_: Return, line: ReturnLine, fee: ReturnFee | None) -> Body | None:
    """Return a fee that is a percent of the line, as the amount that it makes of all its pieces."""
    if fee is None or fee.is_waived:
        return None
    sold, currency = line.fulfillment_line.order_line, return_.order.currency
    paid = sold.unit_price * sold.quantity - sold.discount_total
    if not return_.order.tax_included:
        paid += sold.tax_total
    share = share_of_pieces(paid, sold.quantity, 0, line.quantity, currency)
    return {
        **_named("Fee", fee.pk),
        "price": _money(rounded(share * (fee.percent or Decimal(0)) / 100, currency), return_),
    }


def _exchange(line: ExchangeLine) -> Body:
    sent = [_named("LineItem", each.order_line_id) for each in line.shipments.all()]
    return {**_named("ExchangeLineItem", line.pk), "line_item": sent[0] if sent else None}


def _moved(status: str) -> Callable[[Asked, _Loaded], Body]:
    """Return what tells that a return is in a state now."""

    def body(asked: Asked, _loaded: _Loaded) -> Body:
        return_ = _return(asked)
        return {
            **_named("Return", return_.pk),
            "order_id": return_.order_id,
            "status": status,
        }

    return body


def _declined(asked: Asked, _loaded: _Loaded) -> Body:
    return_ = _return(asked)
    return {
        **_named("Return", return_.pk),
        "status": "declined",
        "order": _named("Order", return_.order_id),
        "decline": {
            "reason": str(asked.event.data.get("reason", "")).lower(),
            "note": asked.event.note or None,
        },
    }


def _updated(asked: Asked, _loaded: _Loaded) -> Body:
    """Tell which pieces were taken out and which fee was let go."""
    data = asked.event.data
    removed = [
        {"admin_graphql_api_id": _gid("ReturnLineItem", each["line"]), "delta": each["quantity"]}
        for each in data.get("removed", [])
        if "line" in each
    ]
    waived = [{"admin_graphql_api_id": _gid("Fee", data["fee"])}] if "fee" in data else []
    kind = data.get("kind")
    restocking = waived if kind == FeeKind.RESTOCKING else []
    shipping = waived if kind == FeeKind.RETURN_SHIPPING else []
    return {
        "admin_graphql_api_id": _gid("Return", _return(asked).pk),
        "return_line_items": {"removals": removed},
        "restocking_fees": {"updates": [], "removals": restocking},
        "return_shipping_fees": {"updates": [], "removals": shipping},
    }


def _processed(asked: Asked, _loaded: _Loaded) -> Body:
    """Tell that pieces were received. Shopify's own body is not published."""
    return_ = _return(asked)
    closed = asked.event.to_status == "CLOSED"
    return {
        **_named("Return", return_.pk),
        "order_id": return_.order_id,
        "status": "closed" if closed else "open",
    }


def _attached(asked: Asked, loaded: _Loaded) -> Body | None:
    parcel = loaded.parcels.get(asked.subject_id or 0)
    if parcel is None:
        return None
    label = None
    if parcel.has_label:
        made = parcel.relabeled_at or parcel.labeled_at
        label = {"public_file_url": _label(parcel, asked), "created_at": _time(made)}
    return {
        **_named("ReverseDelivery", parcel.pk),
        "return": _named("Return", parcel.for_return_id),
        "shipping_deliverable": {
            "tracking": {
                "carrier_name": parcel.carrier_name or None,
                "tracking_number": parcel.tracking_number or None,
                "tracking_url": parcel.tracking_url or None,
            },
            "label": label,
        },
    }


def _label(parcel: ReverseDelivery, asked: Asked) -> str:
    """Return where the label is: for a file of ours the buyer's own address for it."""
    if parcel.label_url:
        return str(parcel.label_url)
    ids = (_return(asked).public_id, parcel.public_id)
    return f"{settings.SITE_URL}{reverse('storefront:label', args=ids)}"


def _disposed(asked: Asked, loaded: _Loaded) -> Body | None:
    made = loaded.dispositions.get((asked.subject_id or 0, asked.event.at), [])
    if not made:
        return None
    return {
        **_named("ReverseFulfillmentOrder", asked.subject_id or 0),
        "dispositions": [_disposition(each) for each in made],
        "total_dispositions": len(made),
    }


def _disposition(made: Disposition) -> Body:
    parcels = [
        _named("ReverseDeliveryLineItem", each.pk) for each in made.line.delivery_lines.all()
    ]
    place = made.location_id
    return {
        "reverse_fulfillment_order_line_item": _named(
            "ReverseFulfillmentOrderLineItem", made.line_id
        ),
        "reverse_delivery_line_item": parcels[0] if len(parcels) == 1 else None,
        "type": made.type.lower(),
        "location": _named("Location", place) if place else None,
        "quantity": made.quantity,
    }


def _refunded(asked: Asked, loaded: _Loaded) -> Body | None:
    refund = loaded.refunds.get(asked.subject_id or 0)
    if refund is None:
        return None
    return {
        **_named("Refund", refund.pk),
        "order_id": refund.order_id,
        "created_at": _time(refund.created_at),
        "processed_at": _time(refund.settled_at),
        "note": refund.note or None,
        "return": _named("Return", refund.for_return_id) if refund.for_return_id else None,
        "refund_line_items": [
            {
                "id": line.pk,
                "line_item_id": line.sold.pk,
                "quantity": line.quantity,
                "subtotal": _amount(line.amount, refund.currency),
                "total_tax": _amount(line.tax, refund.currency),
                "restock_type": "return" if line.return_line_id else "no_restock",
            }
            for line in refund.lines.all()
        ],
        "transactions": [
            {
                **_named("OrderTransaction", part.pk),
                "order_id": refund.order_id,
                "amount": _amount(part.amount, refund.currency),
                "currency": refund.currency,
                "kind": "refund",
                "gateway": part.gateway,
                "status": {"SUCCEEDED": "success", "FAILED": "failure"}.get(part.status, "pending"),
                "parent_id": part.payment_id,
            }
            for part in refund.transactions.all()
        ],
    }


def _unknown(_asked: Asked, _loaded: _Loaded) -> None:
    """A withdrawal brings its body along (`returns.events.publish`)."""


_BODIES: Final[dict[WebhookTopic, Callable[[Asked, _Loaded], Body | None]]] = {
    WebhookTopic.RETURNS_REQUEST: _opened,
    WebhookTopic.RETURNS_APPROVE: _opened,
    WebhookTopic.RETURNS_DECLINE: _declined,
    WebhookTopic.RETURNS_CANCEL: _moved("canceled"),
    WebhookTopic.RETURNS_CLOSE: _moved("closed"),
    WebhookTopic.RETURNS_REOPEN: _moved("open"),
    WebhookTopic.RETURNS_UPDATE: _updated,
    WebhookTopic.RETURNS_PROCESS: _processed,
    WebhookTopic.ATTACH_DELIVERABLE: _attached,
    WebhookTopic.DISPOSE: _disposed,
    WebhookTopic.REFUNDS_CREATE: _refunded,
    WebhookTopic.WITHDRAWALS_CREATE: _unknown,
}


# --- words --------------------------------------------------------------------------------------


def _gid(type_: str, pk: int) -> str:
    return f"gid://shopify/{type_}/{pk}"


def _named(type_: str, pk: int) -> Body:
    return {"id": pk, "admin_graphql_api_id": _gid(type_, pk)}


def _amount(amount: Decimal, currency: str) -> str:
    return str(rounded(amount, currency) if is_currency(currency) else amount)


def _money(amount: Decimal, return_: Return) -> Body:
    """Return an amount in the order's one currency, which is the shop's and the buyer's."""
    currency = return_.order.currency
    money = {"amount": _amount(amount, currency), "currency_code": currency}
    return {"shop_money": money, "presentment_money": money}


def _time(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
