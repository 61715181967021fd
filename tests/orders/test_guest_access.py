"""Opening an order as a guest: the same answers and the same work whether or not it exists."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from orders import guest_access
from orders.guest_access import CodeRefused
from orders.models import GuestAccess, Order
from tests.factories import CustomerFactory, OrderFactory

pytestmark = pytest.mark.django_db

WRONG = "This code is not right. Check the newest mail from us."
TOO_OLD = "This code is too old. Ask for a new one."
TOO_MANY = "Too many wrong codes. Ask for a new one."


def guest_order(reference: str = "#1001", email: str = "Ada@Example.com") -> Order:
    order: Order = OrderFactory(reference=reference, customer=None, guest_email=email)
    return order


def other(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


@pytest.mark.parametrize("number", ["#1001", "1001", " #1001 ", "# 1001"])
def test_number_is_accepted_with_or_without_sign(number: str) -> None:
    order = guest_order()
    assert guest_access.ask(number, "ada@example.com ").order == order


def test_number_is_accepted_in_any_case() -> None:
    order = guest_order("LL-7a")
    assert guest_access.ask("ll-7A", "ADA@example.com").order == order


def test_customers_order_is_found_by_the_customers_address() -> None:
    order = OrderFactory(customer=CustomerFactory(email="Kim@example.com"))
    assert guest_access.ask(order.reference, "kim@example.com").order == order


@pytest.mark.parametrize(
    ("number", "email"), [("1001", "eve@example.com"), ("1002", "ada@example.com"), ("1001", "")]
)
def test_other_number_or_address_matches_nothing(number: str, email: str) -> None:
    guest_order()
    assert guest_access.ask(number, email).order is None


def test_number_in_two_stores_is_told_apart_by_the_address() -> None:
    ours = guest_order()
    theirs = guest_order(email="bob@example.com")
    assert guest_access.ask("1001", "bob@example.com").order == theirs
    assert guest_access.ask("1001", "ada@example.com").order == ours


def test_same_number_and_address_in_two_stores_open_both() -> None:
    orders = [
        guest_order(),
        OrderFactory(reference="1001", customer=None, guest_email="ada@example.com"),
    ]
    access = guest_access.ask("1001", "ada@example.com")
    code = guest_access.new_code(access)
    assert {order.pk for order in guest_access.enter(access.pk, code)} == {o.pk for o in orders}


def test_right_code_opens_the_order_once() -> None:
    order = guest_order()
    access = guest_access.ask("1001", "ada@example.com")
    code = guest_access.new_code(access)
    assert guest_access.enter(access.pk, code) == [order]
    with pytest.raises(CodeRefused, match=TOO_OLD):
        guest_access.enter(access.pk, code)


def test_newer_code_replaces_the_earlier() -> None:
    order = guest_order()
    access = guest_access.ask("1001", "ada@example.com")
    earlier = guest_access.new_code(access)
    later = guest_access.new_code(access)
    while later == earlier:
        later = guest_access.new_code(access)
    with pytest.raises(CodeRefused, match=WRONG):
        guest_access.enter(access.pk, earlier)
    assert guest_access.enter(access.pk, later) == [order]


def test_code_is_not_stored_as_it_is() -> None:
    guest_order()
    access = guest_access.ask("1001", "ada@example.com")
    code = guest_access.new_code(access)
    assert code not in GuestAccess.objects.get().code_hash
    assert len(code) == 6


def test_code_is_refused_after_fifteen_minutes() -> None:
    order = guest_order()
    access = guest_access.ask("1001", "ada@example.com")
    code = guest_access.new_code(access)
    last = access.created_at + timedelta(minutes=15)
    with pytest.raises(CodeRefused, match=TOO_OLD):
        guest_access.enter(access.pk, code, now=last + timedelta(microseconds=1))
    assert guest_access.enter(access.pk, code, now=last) == [order]


def test_right_code_is_refused_after_five_wrong_ones() -> None:
    guest_order()
    access = guest_access.ask("1001", "ada@example.com")
    code = guest_access.new_code(access)
    for _attempt in range(5):
        with pytest.raises(CodeRefused, match=WRONG):
            guest_access.enter(access.pk, other(code))
    with pytest.raises(CodeRefused, match=TOO_MANY):
        guest_access.enter(access.pk, code)


def test_unknown_access_is_refused() -> None:
    with pytest.raises(CodeRefused, match=TOO_OLD):
        guest_access.enter(uuid4(), "000000")


def test_asking_for_nothing_answers_as_asking_for_something() -> None:
    guest_order()
    answers = []
    for email in ("ada@example.com", "eve@example.com"):
        access = guest_access.ask("1001", email)
        if access.order:
            guest_access.new_code(access)
        answers.append([_answer(access) for _attempt in range(6)])
    assert answers == [[WRONG] * 5 + [TOO_MANY]] * 2


def _answer(access: GuestAccess) -> str:
    with pytest.raises(CodeRefused) as refused:
        guest_access.enter(access.pk, "not a code")
    return refused.value.message


def test_old_rows_are_removed_and_young_ones_kept() -> None:
    old, young = guest_access.ask("1", "a@example.com"), guest_access.ask("2", "b@example.com")
    long_ago = timezone.now() - timedelta(days=31)
    GuestAccess.objects.filter(pk=old.pk).update(created_at=long_ago)
    assert guest_access.remove_old() == 1
    assert list(GuestAccess.objects.all()) == [young]
