"""The same piece asked for twice at the same moment, and orders that are wanted crosswise."""

import json
from functools import partial
from typing import Any

import pytest
from django.test import Client

from api.glue import items, tokens
from orders.models import Customer, Order, Store
from returns.models import Return
from tests.concurrency.threads import all_at_once, together
from tests.factories import CustomerFactory, StoreFactory, UserFactory, sent_order

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def customer(transactional_db: None) -> Customer:
    user = UserFactory(email="ada@example.com")
    return CustomerFactory(user=user, email=user.email)


@pytest.fixture
def de(transactional_db: None) -> Store:
    return StoreFactory(code="DE")


def uuid(order: Order, piece: int) -> str:
    return str(items.uuid_of(order.lines.get().uuid, piece))


def post(token: str, *uuids: str) -> tuple[int, dict[str, Any]]:
    sent = [{"salesOrderItemUuid": each, "reason": "too-small"} for each in uuids]
    body = {"data": {"type": "returns", "attributes": {"store": "DE", "returnItems": sent}}}
    answer = Client().post(
        "/glue/returns",
        body,
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )
    return answer.status_code, json.loads(answer.content)


def test_two_requests_for_the_same_piece_make_one_return(customer: Customer, de: Store) -> None:
    order = sent_order(3, store=de, customer=customer)
    assert customer.user
    token = tokens.begin(customer.user).access
    outcomes = together(*[partial(post, token, uuid(order, 1))] * 2)
    assert sorted(status for status, _document in outcomes) == [201, 422]
    refused = next(document for status, document in outcomes if status == 422)
    assert refused["errors"][0]["code"] == "3601"
    assert Return.objects.get().lines.get().held_pieces == [1]


def test_requests_for_different_pieces_of_a_line_both_come_through(
    customer: Customer, de: Store
) -> None:
    order = sent_order(3, store=de, customer=customer)
    assert customer.user
    token = tokens.begin(customer.user).access
    acts = [partial(post, token, uuid(order, piece)) for piece in (2, 0)]
    outcomes = all_at_once(*acts)
    assert [status for status, _document in outcomes] == [201, 201]
    held = sorted(
        line.held_pieces for return_ in Return.objects.all() for line in return_.lines.all()
    )
    assert held == [[0], [2]]


def test_orders_that_are_wanted_crosswise_wait_for_each_other(
    customer: Customer, de: Store
) -> None:
    first, second = [sent_order(4, store=de, customer=customer) for _order in range(2)]
    assert customer.user
    token = tokens.begin(customer.user).access
    acts = [
        partial(post, token, *wanted)
        for piece in range(4)
        for wanted in [[uuid(first, piece), uuid(second, piece)][:: 1 if piece % 2 else -1]]
    ]
    outcomes = together(*acts)
    assert [status for status, _document in outcomes] == [201] * 4
    assert Return.objects.count() == 8


def test_refresh_token_that_comes_twice_at_once_is_used_once(customer: Customer) -> None:
    assert customer.user
    pair = tokens.begin(customer.user)
    outcomes = together(*[partial(tokens.refresh, pair.refresh)] * 2)
    given = [outcome for outcome in outcomes if outcome is not None]
    assert len(given) == 1
    assert tokens.session_of(given[0].access) is None
