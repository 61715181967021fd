"""A shop that sends its orders by webhook, with what it sent last: one message of each kind."""

import json
from datetime import datetime, timedelta
from typing import Any, Final

from accounts.actors import Actor
from orders.models import OrderSource, SourceDelivery, Store, Variant
from orders.sources import inbox, managing
from orders.sources.inbox import Arrived
from returns.incoming import deliveries
from returns_project.demo.stores import SHOPS

_DOMAIN: Final = "linden-lark-demo.myshopify.com"
_FIRST_ORDER: Final = 5_500_000_000_001
_GONE: Final = 7_100_000_000_002
_BUYERS: Final = (("Jonas", "Feld", 7_100_000_000_001), ("Mara", "Quell", _GONE))
_ADDRESS: Final = {
    "address1": "Gartenstraße 12",
    "zip": "04177",
    "city": "Leipzig",
    "country_code": "DE",
}


def connect(now: datetime, manager: Actor) -> None:
    """Add the source and let it send. Must not be called inside a transaction."""
    store = Store.objects.get(code=SHOPS[0].code)
    source = managing.create(
        actor=manager,
        store=store,
        kind="shopify",
        name="Linden & Lark on Shopify",
        secret="a secret for the demo only",  # noqa: S106
        shop_domain=_DOMAIN,
        personalised_by="Gravur, Engraving",
    )
    articles = list(Variant.objects.select_related("product").order_by("pk")[:2])
    for index, (topic, message, ago) in enumerate(_messages(articles, now), start=1):
        _send(source, index, topic, message, now - ago)


def _send(
    source: OrderSource, index: int, topic: str, message: dict[str, Any], at: datetime
) -> None:
    arrived = Arrived(
        webhook_id=f"demo-{index:02}",
        topic=topic,
        body=json.dumps(message, ensure_ascii=False, indent=1),
        api_version="2026-10",
        triggered_at=at,
    )
    delivery, _new = inbox.receive(source, arrived)
    deliveries.apply(delivery.pk)
    if message.get("status") == "cancelled":
        delivery.refresh_from_db()
        inbox.failed(delivery, delivery.message)  # as after a day of trying
    SourceDelivery.objects.filter(pk=delivery.pk).update(received_at=at)


def _messages(
    articles: list[Variant], now: datetime
) -> list[tuple[str, dict[str, Any], timedelta]]:
    """Return topics and bodies with how long ago they came, the oldest first."""
    days, hours = (lambda n: timedelta(days=n)), (lambda n: timedelta(hours=n))
    first = _order(0, articles, now - days(9))
    second = _order(1, articles[:1], now - days(8))
    return [
        ("orders/create", first, days(9)),
        ("orders/create", second, days(8)),
        ("fulfillments/create", _parcel(first, now - days(8), ""), days(8)),
        ("fulfillments/update", _parcel(first, now - days(6), "delivered"), days(6)),
        ("refunds/create", _refund(first, now - days(2)), days(2)),
        ("fulfillments/update", _called_off(first, now - days(2)), days(2)),
        ("products/update", _product(articles[0], now - days(1)), days(1)),
        ("orders/cancelled", _canceled(second, now - hours(20)), hours(20)),
        ("customers/redact", _redact(second), hours(6)),
        ("customers/data_request", _asked(first), hours(4)),
        ("carts/update", {"id": "demo", "line_items": []}, hours(3)),
        ("refunds/create", {**_refund(first, now), "id": 2, "order_id": 1}, hours(1)),
    ]


def _order(number: int, articles: list[Variant], at: datetime) -> dict[str, Any]:
    given, family, key = _BUYERS[number]
    email = f"{given.lower()}.{family.lower()}@example.com"
    person = {"first_name": given, "last_name": family}
    total = sum(article.price for article in articles)
    return {
        "id": _FIRST_ORDER + number,
        "name": f"#S{501 + number}",
        "created_at": at.isoformat(),
        "processed_at": at.isoformat(),
        "updated_at": at.isoformat(),
        "currency": "EUR",
        "taxes_included": True,
        "financial_status": "paid",
        "total_price": str(total),
        "total_outstanding": "0.00",
        "payment_gateway_names": ["shopify_payments"],
        "customer_locale": "de",
        "source_name": "web",
        "email": email,
        "customer": {"id": key, "email": email, **person, "tags": ""},
        "shipping_address": {**person, **_ADDRESS},
        "billing_address": {**person, **_ADDRESS},
        "line_items": [_line(number, index, each) for index, each in enumerate(articles)],
        "shipping_lines": [],
        "fulfillments": [],
        "refunds": [],
    }


def _line(number: int, index: int, article: Variant) -> dict[str, Any]:
    return {
        "id": 10 * (number + 1) + index,
        "title": article.product.title,
        "variant_title": ", ".join(article.options.values()) or "Default Title",
        "sku": article.sku,
        "quantity": 1,
        "current_quantity": 1,
        "price": str(article.price),
        "product_id": 8_000_000_000 + index,
        "requires_shipping": True,
        "discount_allocations": [],
        "tax_lines": [],
        "properties": [],
    }


def _parcel(order: dict[str, Any], at: datetime, shipment_status: str) -> dict[str, Any]:
    lines = [{"id": line["id"], "quantity": line["quantity"]} for line in order["line_items"]]
    placed = datetime.fromisoformat(order["created_at"])
    return {
        "id": 4_400_000_000_001,
        "order_id": order["id"],
        "status": "success",
        "created_at": (placed + timedelta(days=1)).isoformat(),
        "updated_at": at.isoformat(),
        "shipment_status": shipment_status or None,
        "tracking_company": "DHL",
        "tracking_number": "00340434161094042557",
        "line_items": lines,
    }


def _called_off(order: dict[str, Any], at: datetime) -> dict[str, Any]:
    """Return news that cannot be taken in: pieces of the parcel are in a return."""
    return {**_parcel(order, at, ""), "status": "cancelled"}


def _refund(order: dict[str, Any], at: datetime) -> dict[str, Any]:
    line = order["line_items"][0]
    paid = {"kind": "refund", "status": "success", "amount": line["price"]}
    return {
        "id": 1,
        "order_id": order["id"],
        "created_at": at.isoformat(),
        "processed_at": at.isoformat(),
        "note": "Im Laden zurückgegeben",
        "refund_line_items": [
            {"line_item_id": line["id"], "quantity": 1, "restock_type": "return"}
        ],
        "transactions": [paid],
        "order_adjustments": [],
    }


def _product(article: Variant, at: datetime) -> dict[str, Any]:
    product = article.product
    return {
        "id": 8_000_000_000,
        "title": product.title,
        "handle": product.handle,
        "vendor": product.vendor,
        "product_type": product.product_type,
        "tags": ", ".join(product.tags),
        "updated_at": at.isoformat(),
        "options": [{"name": name} for name in article.options],
        "variants": [
            {
                "sku": article.sku,
                "price": str(article.price),
                "barcode": article.barcode,
                **{f"option{n}": v for n, v in enumerate(article.options.values(), start=1)},
            }
        ],
        "images": [],
    }


def _canceled(order: dict[str, Any], at: datetime) -> dict[str, Any]:
    return {**order, "cancelled_at": at.isoformat(), "updated_at": at.isoformat()}


def _asked(order: dict[str, Any]) -> dict[str, Any]:
    buyer = order["customer"]
    return {
        "shop_domain": _DOMAIN,
        "customer": {"id": buyer["id"], "email": buyer["email"]},
        "orders_requested": [order["id"]],
        "data_request": {"id": 1},
    }


def _redact(order: dict[str, Any]) -> dict[str, Any]:
    buyer = order["customer"]
    return {
        "shop_domain": _DOMAIN,
        "customer": {"id": buyer["id"], "email": buyer["email"]},
        "orders_to_redact": [order["id"]],
    }
