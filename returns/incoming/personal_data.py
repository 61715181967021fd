"""What is known of a person whom the shop names: found, and collected to be handed over."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.actors import Actor
from orders.models import Customer, Order, OrderSource, RecordKind, SourceDelivery, SourceKind
from orders.sources import reading, shopify_orders, shopify_others
from orders.sources.told import ToldPerson
from returns import events, locks
from returns.models import (
    Event,
    EventType,
    Message,
    Refund,
    Return,
    StoreCreditAccount,
    WithdrawalStatement,
)

DATA_REQUEST = "customers/data_request"


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody, as customers and orders of one store. key: the shop's id of them."""

    source_id: int
    store_id: int
    key: str
    email: str
    customers: Sequence[Customer]
    orders: Sequence[Order]


def person_of(source: OrderSource, told: ToldPerson) -> Person:
    """Find whom a shop means: by its own ids, and by address among the guests of its store."""
    reference = shopify_orders.customer_reference(told.customer_id)
    customers = list(Customer.objects.filter(reference=reference).select_related("user"))
    records = Q(
        source_records__source=source,
        source_records__kind=RecordKind.ORDER,
        source_records__external_id__in=told.order_ids,
    )
    wanted = Q(customer__in=customers) | records
    if told.email:
        wanted |= Q(guest_address=told.email.lower(), customer=None)
    orders = (
        Order.objects.alias(guest_address=Lower("guest_email"))
        .filter(wanted, store=source.store)
        .select_related("store", "customer")
        .defer("search")
        .distinct()
        .order_by("pk")
    )
    return Person(
        source_id=source.pk,
        store_id=source.store_id,
        key=told.customer_id,
        email=told.email,
        customers=customers,
        orders=list(orders),
    )


def note_request(person: Person, request: str, *, actor: Actor) -> None:
    """Note on the person's orders that their data were asked for, once per request of the shop."""
    with transaction.atomic():
        for order in person.orders:
            locked = locks.order(order.pk)
            told = {"request": request}
            type_ = EventType.PERSON_DATA_ASKED
            if not Event.objects.filter(order=locked, type=type_, data=told).exists():
                events.record_on_order(
                    locked, type_, actor=actor, at=timezone.now(), data=told, deliver=False
                )


def of_delivery(delivery: SourceDelivery) -> dict[str, Any] | None:
    """Return what is to be handed over for a request; None for what is no request (any more)."""
    is_request = delivery.topic == DATA_REQUEST and delivery.source.kind == SourceKind.SHOPIFY
    if not is_request or not delivery.body:
        return None
    told = shopify_others.told_person(reading.parsed(delivery.body))
    return collected(person_of(delivery.source, told))


def collected(person: Person) -> dict[str, Any]:
    """Return everything that is known of a person, as plain data for a file."""
    orders = [order.pk for order in person.orders]
    return {
        "customers": [_customer(each) for each in person.customers],
        "orders": [_order(each) for each in person.orders],
        "returns": _returns(orders),
        "messages": _messages(orders),
        "refunds": _refunds(orders),
        "store_credit": _credit(person),
        "withdrawals": _withdrawals(person),
    }


def _customer(customer: Customer) -> dict[str, Any]:
    return {
        "reference": customer.reference,
        "name": customer.name,
        "email": customer.email,
        "language": customer.language,
        "group": customer.group,
        "tags": customer.tags,
    }


def _order(order: Order) -> dict[str, Any]:
    lines = order.lines.values("sku", "title", "options", "quantity", "unit_price")
    parcels = order.fulfillments.values("shipped_at", "delivered_at", "tracking_number")
    payments = order.payments.values("amount", "method", "captured_at", "refunded_amount")
    return {
        "reference": order.reference,
        "placed_at": order.placed_at,
        "email": order.email,
        "currency": order.currency,
        "shipping_address": order.shipping_address,
        "billing_address": order.billing_address,
        "lines": list(lines),
        "fulfillments": list(parcels),
        "payments": list(payments),
    }


def _returns(orders: Sequence[int]) -> list[dict[str, Any]]:
    found = Return.objects.filter(order__in=orders).order_by("pk")
    return [
        {
            "reference": each.reference,
            "status": each.status,
            "requested_at": each.created_at,
            "lines": list(
                each.lines.values(
                    "quantity", "customer_note", "answers", "reason__handle"
                ).order_by("pk")
            ),
        }
        for each in found
    ]


def _messages(orders: Sequence[int]) -> list[Any]:
    found = Message.objects.filter(for_return__order__in=orders).order_by("pk")
    return list(found.values("for_return__reference", "author_kind", "created_at", "body"))


def _refunds(orders: Sequence[int]) -> list[Any]:
    found = Refund.objects.filter(order__in=orders).order_by("pk")
    return list(found.values("order__reference", "amount", "currency", "status", "created_at"))


def credit_of(person: Person) -> list[StoreCreditAccount]:
    """Return the store credit accounts of a person in the store."""
    owner = Q(customer__in=person.customers)
    if person.email:
        owner |= Q(customer=None, guest_email=person.email.lower())
    return list(StoreCreditAccount.objects.filter(owner, store=person.store_id).order_by("pk"))


def _credit(person: Person) -> list[dict[str, Any]]:
    return [
        {
            "balance": account.balance,
            "currency": account.currency,
            "entries": list(account.entries.values("kind", "amount", "created_at")),
        }
        for account in credit_of(person)
    ]


def _withdrawals(person: Person) -> list[Any]:
    addresses = {each.email.lower() for each in person.customers} | {person.email.lower()}
    found = WithdrawalStatement.objects.alias(address=Lower("email")).filter(
        address__in=sorted(addresses - {""}), store=person.store_id
    )
    return list(found.values("name", "email", "received_at", "order_reference", "content"))
