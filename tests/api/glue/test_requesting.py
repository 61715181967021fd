"""Asking for returns: which pieces, of which orders, for which reasons; and refusals."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts import actors
from accounts.actors import ActorKind
from api.glue import items
from orders.models import Order, OrderLine
from returns import lifecycle
from returns.models import Event, Return, ReturnLine, ReturnReason
from returns.models.policies import ReturnTerms
from tests.api.glue.conftest import HOST, NOT_CREATED, Storefront, error, told
from tests.factories import (
    CustomerFactory,
    FulfillmentFactory,
    FulfillmentLineFactory,
    OrderLineFactory,
    StoreFactory,
    sent_bundle,
    sent_order,
)

pytestmark = pytest.mark.django_db


def uuids(order: Order, index: int = 0) -> list[str]:
    """Return what programs call the pieces of one of an order's lines."""
    line = order.lines.order_by("position")[index]
    return [str(items.uuid_of(line.uuid, number)) for number in range(line.quantity)]


def send(shop: Storefront, store: str, *sent: dict[str, Any], query: str = "") -> Any:
    return shop.post(f"/returns{query}", "returns", {"store": store, "returnItems": list(sent)})


def held(return_: Return) -> list[tuple[int, list[int], str, str, str]]:
    lines = return_.lines.order_by("pk").select_related("reason")
    return [
        (line.quantity, line.held_pieces, line.reason.handle, line.reason_note, line.customer_note)
        for line in lines
    ]


def test_return_of_one_item_is_created(shop: Storefront, de: Any) -> None:
    order = shop.order(3, 1, store=de, reference="#1001")
    answer = shop.ask(order, uuids(order)[1])
    document = told(answer, 201)
    return_ = Return.objects.get()
    created_at = f"{return_.created_at:%Y-%m-%d %H:%M:%S.%f}"
    assert document == {
        "data": {
            "type": "returns",
            "id": "#1001-R1",
            "attributes": {
                "merchantReference": None,
                "returnReference": "#1001-R1",
                "store": "DE",
                "customerReference": "DE--21",
                "returnTotals": {"refundTotal": 0, "remunerationTotal": 4990},
                "status": "REQUESTED",
                "createdAt": created_at,
            },
            "links": {"self": f"{HOST}/returns/%231001-R1"},
        },
        "links": {"self": f"{HOST}/returns/%231001-R1"},
    }
    assert answer.headers["Location"] == f"{HOST}/returns/%231001-R1"
    assert held(return_) == [(1, [1], "too-small", "", "")]
    event = Event.objects.get()
    assert (event.actor_kind, event.actor_name) == (ActorKind.BUYER, "Ada Winter")
    again = shop.document("/returns/%231001-R1")
    assert again["data"]["attributes"] == document["data"]["attributes"]


def test_piece_that_was_asked_for_stays_that_piece(shop: Storefront, de: Any) -> None:
    order = shop.order(3, store=de, reference="DE--1")
    first, second, third = uuids(order)
    query = "?include=return-items"

    def back(reference: str) -> list[str]:
        included = shop.document(f"/returns/{reference}{query}")["included"]
        return [row["attributes"]["orderItemUuid"] for row in included]

    sent = {"salesOrderItemUuid": third}
    created = told(send(shop, "DE", sent, query=query), 201)
    assert created["included"][0]["attributes"]["orderItemUuid"] == third
    told(send(shop, "DE", {"salesOrderItemUuid": first}), 201)
    lifecycle.cancel(Return.objects.get(reference="DE--1-R1"), actor=actors.buyer("Ada"))
    told(send(shop, "DE", {"salesOrderItemUuid": second}), 201)
    assert [back(f"DE--1-R{number}") for number in (1, 2, 3)] == [[third], [first], [second]]
    assert told(shop.ask(order, second), 422) == NOT_CREATED
    told(shop.ask(order, third), 201)


def test_pieces_for_the_same_reason_are_one_line(shop: Storefront, de: Any) -> None:
    order = shop.order(3, store=de)
    first, second, third = uuids(order)
    sent = [
        {"salesOrderItemUuid": third, "reason": "Zu klein"},
        {"salesOrderItemUuid": first, "reason": "too-small"},
        {"salesOrderItemUuid": second, "reason": "Style"},
    ]
    document = told(send(shop, "DE", *sent, query="?include=return-items"), 201)
    assert held(Return.objects.get()) == [
        (2, [2, 0], "too-small", "", ""),
        (1, [1], "style", "", ""),
    ]
    told_of = [
        (row["attributes"]["orderItemUuid"], row["attributes"]["reason"])
        for row in document["included"]
    ]
    assert told_of == [(third, "Too small"), (first, "Too small"), (second, "Style")]
    assert document["data"]["attributes"]["returnTotals"]["remunerationTotal"] == 3 * 4990


@pytest.mark.parametrize(
    ("told_reason", "stored", "answered"),
    [
        ("too-small", ("too-small", ""), "Too small"),
        ("  TOO SMALL ", ("too-small", ""), "Too small"),
        ("Zu groß", ("too-big", ""), "Too big"),
        ("return.return_reasons.damaged.name", ("damaged-or-defective", ""), "Damaged"),
        ("It smells", ("other-reason", "It smells"), "It smells"),
        ("0", ("other-reason", "0"), "0"),
        ("Another reason", ("other-reason", ""), "Another reason"),
        ("", ("unknown", ""), None),
        (None, ("unknown", ""), None),
    ],
)
def test_reason_is_a_known_one_or_ones_own_words(
    shop: Storefront, de: Any, told_reason: str | None, stored: Any, answered: str | None
) -> None:
    ReturnReason.objects.filter(handle__startswith="damaged").update(
        handle="damaged-or-defective",
        names={"en": "Damaged"},
        glossary_key="return.return_reasons.damaged.name",
    )
    order = shop.order(store=de)
    sent = {"salesOrderItemUuid": uuids(order)[0], "reason": told_reason}
    document = told(send(shop, "DE", sent, query="?include=return-items"), 201)
    line = ReturnLine.objects.select_related("reason").get()
    assert (line.reason.handle, line.reason_note) == stored
    assert document["included"][0]["attributes"]["reason"] == answered


def test_reason_may_be_left_out_and_a_comment_added(shop: Storefront, de: Any) -> None:
    order = shop.order(store=de)
    sent = {"salesOrderItemUuid": uuids(order)[0], "comment": " The zip broke. "}
    told(send(shop, "DE", sent), 201)
    assert held(Return.objects.get()) == [(1, [0], "unknown", "", "The zip broke.")]


def test_items_of_several_orders_make_a_return_each(shop: Storefront, de: Any) -> None:
    first, second = shop.order(2, store=de, reference="DE--1"), shop.order(store=de)
    second.reference = "DE--2"
    second.save()
    sent = [{"salesOrderItemUuid": uuid} for uuid in (uuids(second)[0], *reversed(uuids(first)))]
    document = told(send(shop, "DE", *sent), 201)
    assert document["data"]["id"] == "DE--2-R1"
    assert document["data"]["attributes"]["returnTotals"]["remunerationTotal"] == 4990
    assert document["data"]["relationships"] == {
        "returns": {"data": [{"type": "returns", "id": "DE--1-R1"}]}
    }
    assert held(Return.objects.get(reference="DE--1-R1")) == [(2, [1, 0], "unknown", "", "")]


def test_one_item_that_cannot_go_back_refuses_all_orders(shop: Storefront, de: Any) -> None:
    first, second = shop.order(store=de), shop.order(store=de)
    told(shop.ask(second, uuids(second)[0]), 201)
    sent = [{"salesOrderItemUuid": uuids(order)[0]} for order in (first, second)]
    assert told(send(shop, "DE", *sent), 422) == NOT_CREATED
    assert Return.objects.count() == 1


def test_unknown_empty_foreign_and_repeated_items_are_refused(shop: Storefront, de: Any) -> None:
    own, foreign = shop.order(store=de), sent_order(store=de, customer=CustomerFactory())
    guest = sent_order(store=de, customer=None, guest_email="ada@example.com")
    one = {"salesOrderItemUuid": uuids(own)[0]}
    wrong: list[list[dict[str, Any]]] = [
        [],
        [{}],
        [{"salesOrderItemUuid": None}],
        [{"salesOrderItemUuid": ""}],
        [{"salesOrderItemUuid": "nonsense"}],
        [{"salesOrderItemUuid": str(uuid4())}],
        [{"salesOrderItemUuid": str(items.uuid_of(own.lines.get().uuid, 1))}],
        [{"salesOrderItemUuid": uuids(foreign)[0]}],
        [{"salesOrderItemUuid": uuids(guest)[0]}],
        [one, one],
        [one, {"salesOrderItemUuid": uuids(own)[0].upper()}],
        [one, {"salesOrderItemUuid": str(uuid4())}],
        [{**one, "quantity": 2}],
        [{"salesOrderItemUuid": str(uuid4())} for _number in range(251)],
    ]
    answers = [told(send(shop, "DE", *sent), 422) for sent in wrong]
    assert answers == [NOT_CREATED] * len(wrong)
    missing = shop.post("/returns", "returns", {"store": "DE"})
    assert told(missing, 422) == NOT_CREATED
    assert not Return.objects.exists()


def test_what_cannot_go_back_is_refused_plainly(shop: Storefront, de: Any) -> None:
    order = shop.order(store=de)
    unsent = OrderLineFactory(order=order)
    bundle, parts = sent_bundle(order)
    final = OrderLineFactory(order=order, final_sale=True)
    FulfillmentLineFactory(order_line=final)
    for line in (unsent, parts[0], final):
        answer = send(shop, "DE", {"salesOrderItemUuid": str(line.uuid)})
        assert told(answer, 422) == NOT_CREATED
    told(send(shop, "DE", {"salesOrderItemUuid": str(bundle.uuid)}), 201)


def test_known_rules_refuse_in_their_own_words(shop: Storefront, de: Any) -> None:
    def refused(order: Order, store: str = "DE", **more: Any) -> dict[str, Any]:
        sent = {"salesOrderItemUuid": uuids(order)[0], **more}
        return told(send(shop, store, sent), 422)

    order = shop.order(store=de)
    late = shop.order(store=de, placed_at=timezone.now() - timedelta(days=400))
    late.fulfillments.update(
        shipped_at=timezone.now() - timedelta(days=399),
        delivered_at=timezone.now() - timedelta(days=398),
    )
    assert refused(late) == error(422, "3603", "The time for returns is over")
    wrong_store = error(422, "3603", "These items were not bought in the store AT.")
    assert refused(order, "AT") == wrong_store
    too_long = error(422, "3603", "Write at most 300 characters.")
    assert refused(order, comment="x" * 301) == too_long
    dollars = shop.order(store=de, currency="USD")
    sent = [{"salesOrderItemUuid": uuids(each)[0]} for each in (order, dollars)]
    mixed = "These items were bought in different currencies: return them separately."
    assert told(send(shop, "DE", *sent), 422) == error(422, "3603", mixed)
    in_german = shop.post(
        "/returns",
        "returns",
        {"store": "DE", "returnItems": [{"salesOrderItemUuid": uuids(late)[0]}]},
        **{"Accept-Language": "de"},
    )
    assert told(in_german, 422) == error(422, "3603", "Die Rückgabefrist ist abgelaufen")
    assert not Return.objects.exists()


def test_store_must_be_named(shop: Storefront, de: Any) -> None:
    item = {"salesOrderItemUuid": uuids(shop.order(store=de))[0]}
    for store, words in (
        ("", "This field may not be blank."),
        (None, "This field may not be null."),
        ({}, "Not a valid string."),
    ):
        answer = shop.post("/returns", "returns", {"store": store, "returnItems": [item]})
        assert told(answer, 422) == error(422, "901", f"store => {words}")
        assert answer.reason_phrase == "Unprocessable Content"


def test_pieces_of_another_parcel_are_found(shop: Storefront, de: Any) -> None:
    order = shop.order(store=de)
    line = OrderLineFactory(order=order, quantity=3)
    for quantity in (1, 2):
        FulfillmentLineFactory(
            order_line=line, fulfillment=FulfillmentFactory(order=order), quantity=quantity
        )
    told(shop.ask(order, uuids(order, 1)[2], uuids(order, 1)[0]), 201)
    parcels = list(line.fulfillment_lines.order_by("pk").values_list("returning_quantity"))
    assert parcels == [(1,), (1,)]


def bulk(shop: Storefront, store: Any) -> OrderLine:
    order = shop.order(150, store=store, reference="DE--1")
    line: OrderLine = order.lines.get()
    OrderLine.objects.update(unit_price=Decimal("0.03"), discount_total=Decimal("0.20"))
    return line


def test_line_of_very_many_pieces_is_one_item_with_a_quantity(shop: Storefront, de: Any) -> None:
    line = bulk(shop, de)
    (item,) = shop.document("/orders/DE--1")["data"]["attributes"]["items"]
    told_of = {key: item[key] for key in ("uuid", "quantity", "sumPriceToPayAggregation", "state")}
    assert told_of == {
        "uuid": str(line.uuid),
        "quantity": 150,
        "sumPriceToPayAggregation": 430,
        "state": "delivered",
    }
    sent = {"salesOrderItemUuid": str(line.uuid), "quantity": 40}
    document = told(send(shop, "DE", sent, query="?include=return-items"), 201)
    assert document["included"][0]["attributes"] == {
        "uuid": document["included"][0]["id"],
        "reason": None,
        "orderItemUuid": str(line.uuid),
        "quantity": 40,
    }
    assert document["data"]["attributes"]["returnTotals"]["remunerationTotal"] == 120
    rest = {"salesOrderItemUuid": str(line.uuid)}
    assert told(send(shop, "DE", rest), 422) == NOT_CREATED
    document = told(send(shop, "DE", {**rest, "quantity": 110}), 201)
    assert document["data"]["attributes"]["returnTotals"]["remunerationTotal"] == 310


def test_terms_that_approve_at_once_hold_here_too(shop: Storefront, de: Any) -> None:
    terms = ReturnTerms(auto_approve=True).to_json()
    order = shop.order(store=de, return_terms=terms)
    document = told(shop.ask(order, uuids(order)[0]), 201)
    assert document["data"]["attributes"]["status"] == "OPEN"


def test_code_of_a_store_in_other_letters_is_another_store(shop: Storefront) -> None:
    order = shop.order(store=StoreFactory(code="DE"))
    message = "These items were not bought in the store de."
    sent = {"salesOrderItemUuid": uuids(order)[0]}
    assert told(send(shop, "de", sent), 422) == error(422, "3603", message)


@pytest.mark.parametrize("pieces", [1, 3])
def test_statements_do_not_grow_with_items(
    shop: Storefront, de: Any, pieces: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    order = shop.order(3, store=de)
    told(shop.ask(shop.order(store=de), "nonsense"), 422)
    with django_assert_num_queries(24):
        told(shop.ask(order, *uuids(order)[:pieces]), 201)
