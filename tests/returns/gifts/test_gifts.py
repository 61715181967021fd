"""Gifts: codes, returns of their recipients, credit to them alone, and what the giver learns."""

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pypdfium2  # type: ignore[import-untyped]
import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import actors
from accounts.models import Role
from orders.models import Order, OrderLine, Payment
from returns import eligibility, lifecycle, queries, risk, slips
from returns.errors import (
    GiftForRecipient,
    InvalidQuantity,
    InvalidRecipient,
    InvalidState,
    KeyReused,
    NothingChosen,
    NotPermitted,
    NotReturnable,
    ReturnError,
    TooManyCodes,
    UnknownLine,
)
from returns.gifts import codes as gift_codes
from returns.gifts import receipts
from returns.held import Viewer
from returns.models import Event, GiftCode, Return, StoreCreditAccount
from returns.refunds import payouts, proposals
from returns.store_credit import codes
from tests.factories import OrderLineFactory, UserFactory, sent_order
from tests.jobs import run_all
from tests.returns.giving import BEN, GIVER, SYSTEM, give_back, given, of_ben, wishes_for
from tests.returns.stories import received

pytestmark = pytest.mark.django_db


def mailed_to(address: str) -> list[str]:
    return [str(sent.subject) for sent in mail.outbox if sent.to == [address]]


# --- codes --------------------------------------------------------------------------------------


def test_code_is_made_for_pieces_and_found_however_it_is_typed() -> None:
    code = given(2, 1)
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{12}", code.code)
    written = gift_codes.written(code)
    assert re.fullmatch(r"\w{4}-\w{4}-\w{4}", written)
    for typed in (written, written.lower(), f"  {written.replace('-', ' ')} ", code.code):
        assert gift_codes.find(typed) == code
    assert sorted(gift_codes.left(code).values()) == [1, 2]
    event = Event.objects.get(type="gift.code_made")
    assert (event.order, event.actor_name) == (code.order, "Ada Winter")
    assert code.code not in str(event.data)


@pytest.mark.parametrize("typed", ["", "A", "x" * 5000, "0000-0000-0000", "é\0", "ÅÅÅÅÅÅÅÅÅÅÅÅ"])
def test_unknown_code_is_not_found(typed: str) -> None:
    given()
    assert gift_codes.find(typed) is None


def test_revoked_code_opens_nothing_and_returns_go_on() -> None:
    code = given(2)
    made = give_back(code)
    for _time in range(2):
        gift_codes.revoke(code, actor=GIVER)
    assert gift_codes.find(code.code) is None
    assert Event.objects.filter(type="gift.code_revoked").count() == 1
    assert lifecycle.approve(made, actor=SYSTEM).status == "OPEN"
    with pytest.raises(InvalidState):
        give_back(code)


def test_only_buyers_and_staff_who_create_returns_make_codes() -> None:
    order = sent_order(1)
    line = order.lines.get().pk
    warehouse = actors.staff(UserFactory(roles=[Role.WAREHOUSE]))
    with pytest.raises(NotPermitted):
        gift_codes.make(order, {line: 1}, actor=warehouse)
    code = gift_codes.make(order, {line: 1}, actor=actors.staff(UserFactory(roles=[Role.SUPPORT])))
    with pytest.raises(NotPermitted):
        gift_codes.revoke(code, actor=warehouse)
    assert code.created_by_kind == "STAFF"


@pytest.mark.parametrize(
    ("quantity", "error"),
    [(0, NothingChosen), (3, InvalidQuantity), (-1, InvalidQuantity)],
)
def test_code_for_wrong_pieces_is_refused(quantity: int, error: type[ReturnError]) -> None:
    order = sent_order(2)
    with pytest.raises(error):
        gift_codes.make(order, {order.lines.get().pk: quantity}, actor=GIVER)
    assert GiftCode.objects.count() == 0


def test_code_for_what_nobody_can_be_given_is_refused() -> None:
    order = sent_order(1)
    fee = OrderLineFactory(order=order, is_goods=False)
    other = OrderLineFactory()
    for line in (fee, other):
        with pytest.raises(UnknownLine):
            gift_codes.make(order, {line.pk: 1}, actor=GIVER)


def test_order_has_only_so_many_codes() -> None:
    order = sent_order(1)
    for _code in range(gift_codes.MOST):
        given(1, order=order)
    with pytest.raises(TooManyCodes):
        given(1, order=order)


def test_codes_of_guests_and_gifts_are_not_the_same_thing() -> None:
    assert codes.find(given().code) is None


# --- asking -------------------------------------------------------------------------------------


def test_recipient_asks_and_only_they_are_told() -> None:
    code = given(2, return_terms={"auto_approve": True, "return_shipping_fee": "4.90"})
    made = give_back(code, 2, gift=of_ben(code, email=" Ben@Example.com ", name=" Ben Sommer "))
    run_all()

    assert (made.status, made.refund_to, made.is_gift) == ("OPEN", "STORE_CREDIT", True)
    assert (made.email, made.sender_name) == ("ben@example.com", "Ben Sommer")
    assert list(made.fees.all()) == []
    (approved,) = mail.outbox
    assert approved.to == ["ben@example.com"]
    text = approved.message().as_string()
    assert "Hello Ben Sommer," in approved.body
    assert not re.search(r"€|Winter|Rosenweg|49\.90|99\.80", text)
    assert made.events.get().data["gift"] is True


def test_first_mail_of_a_request_goes_to_the_recipient() -> None:
    give_back(given())
    run_all()
    assert [sent.to for sent in mail.outbox] == [["ben@example.com"]]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"email": ""}, "email"),
        ({"email": "ben"}, "email"),
        ({"email": "a@b.c\nBcc: d@e.fg"}, "email"),
    ],
)
def test_recipient_needs_name_and_address(changes: dict[str, str], field: str) -> None:
    code = given()
    with pytest.raises(InvalidRecipient) as refused:
        give_back(code, gift=of_ben(code, **changes))
    assert refused.value.field == (field,)
    assert Return.objects.count() == 0


def test_no_more_than_was_given_goes_back() -> None:
    order = sent_order(5)
    code = given(2, order=order)
    with pytest.raises(InvalidQuantity):
        give_back(code, 3)
    give_back(code, 1)
    assert gift_codes.left(code) == {order.lines.get().pk: 1}
    with pytest.raises(InvalidQuantity):
        give_back(code, 2)
    second = give_back(code, 1)
    lifecycle.decline(second, actor=SYSTEM, reason="FINAL_SALE")
    assert gift_codes.left(code) == {order.lines.get().pk: 1}


def test_what_was_not_given_does_not_go_back() -> None:
    order = sent_order(1, 1)
    code = given(1, 0, order=order)
    with pytest.raises(UnknownLine):
        lifecycle.request_gift(of_ben(code), wishes_for(order, 0, 1), actor=BEN)


def test_window_of_the_policy_counts() -> None:
    code = given(placed_at=timezone.now() - timedelta(days=90), return_terms={"window_days": 1})
    with pytest.raises(NotReturnable):
        give_back(code)


def test_same_request_again_gives_what_it_made() -> None:
    code, other, key = given(2), given(2), uuid4()
    made = give_back(code, 1, request_key=key)
    assert give_back(code, 1, request_key=key) == made
    with pytest.raises(KeyReused):
        give_back(code, 2, request_key=key)
    with pytest.raises(KeyReused):
        give_back(other, 1, request_key=key)
    with pytest.raises(KeyReused):
        lifecycle.request(
            code.order,
            wishes_for(code.order, 1),
            actor=GIVER,
            request_key=key,
            refund_to="STORE_CREDIT",
        )


def test_goods_of_little_worth_are_not_kept() -> None:
    code = given(1, return_terms={"keep_item_below": "1000"})
    assert give_back(code).status == "REQUESTED"


# --- what each side sees ------------------------------------------------------------------------


def blockers(order: Order, viewer: Viewer) -> list[tuple[int, tuple[str, ...]]]:
    items = eligibility.for_order(order, viewer=viewer)
    return [(item.returnable_quantity, item.blockers) for item in items]


def test_giver_learns_only_that_it_cannot_go_back() -> None:
    code = given(2)
    give_back(code, 2)
    order = code.order
    assert blockers(order, Viewer.STAFF) == [(0, ("IN_RETURN",))]
    assert blockers(order, Viewer.BUYER) == [(0, ("NOT_RETURNABLE",))]
    for actor, words in ((GIVER, "Cannot be returned"), (SYSTEM, "Already in a return")):
        with pytest.raises(NotReturnable) as refused:
            lifecycle.request(order, wishes_for(order, 1), actor=actor)
        assert refused.value.message == words


def test_giver_learns_no_more_when_it_came_back() -> None:
    code = given(1)
    received(lifecycle.approve(give_back(code), actor=SYSTEM))
    assert blockers(code.order, Viewer.STAFF) == [(0, ("RETURNED",))]
    assert blockers(code.order, Viewer.BUYER) == [(0, ("NOT_RETURNABLE",))]


def test_recipient_learns_nothing_of_the_givers_return() -> None:
    code = given(1)
    lifecycle.request(code.order, wishes_for(code.order, 1), actor=GIVER)
    assert blockers(code.order, Viewer.BUYER) == [(0, ("IN_RETURN",))]
    assert blockers(code.order, Viewer.RECIPIENT) == [(0, ("NOT_RETURNABLE",))]
    with pytest.raises(NotReturnable) as refused:
        give_back(code)
    assert refused.value.message == "Cannot be returned"


def test_own_return_beside_a_gifts_is_told_as_own() -> None:
    code = given(1, order=sent_order(2))
    give_back(code, 1)
    assert blockers(code.order, Viewer.BUYER) == [(1, ())]
    lifecycle.request(code.order, wishes_for(code.order, 1), actor=GIVER)
    assert blockers(code.order, Viewer.BUYER) == [(0, ("IN_RETURN", "NOT_RETURNABLE"))]


def test_gift_is_no_return_of_the_givers() -> None:
    code = given(2)
    made = give_back(code, 2)
    order = code.order
    statuses = queries.order_return_statuses([order], to_buyer=True)
    assert statuses == {order.pk: "NO_RETURN"}
    assert queries.order_return_statuses([order]) == {order.pk: "RETURN_REQUESTED"}
    assert list(Return.objects.told_to_buyer()) == []
    another = Return(order=made.order)  # somebody looks at the buyer of another one
    assert risk.signals_of(another, at=timezone.now()).returns == 0


# --- money --------------------------------------------------------------------------------------


def came_back(code: GiftCode, *quantities: int) -> Return:
    return received(lifecycle.approve(give_back(code, *quantities), actor=SYSTEM))


def test_recipient_gets_credit_for_what_it_was_worth() -> None:
    terms = {
        "offers_credit": True,
        "credit_bonus_percent": "10",
        "restocking_fee_percent": "20",
        "return_shipping_fee": "5",
    }
    code = given(2, return_terms=terms, shipping_amount=Decimal("4.90"))
    OrderLine.objects.update(unit_price=Decimal(50), discount_total=Decimal(20))
    made = came_back(code, 2)

    refund = payouts.refund(made, actor=SYSTEM, key=uuid4())
    run_all()

    assert (refund.amount, refund.status) == (Decimal(80), "SUCCEEDED")
    assert [part.gateway for part in refund.transactions.all()] == ["store_credit"]
    account = StoreCreditAccount.objects.get()
    assert (account.balance, account.customer, account.guest_email, account.guest_name) == (
        Decimal(80),
        None,
        "ben@example.com",
        "Ben Sommer",
    )
    assert mailed_to("ben@example.com") == [
        f"We received your return request {made.reference}",
        f"Your return {made.reference} is approved",
        f"We received the items of return {made.reference}",
        f"You have €80.00 of new store credit at {made.store.name}",
    ]
    assert {tuple(sent.to) for sent in mail.outbox} == {("ben@example.com",)}
    assert Payment.objects.get().refunded_amount == 80


@pytest.mark.parametrize("to_credit", [Decimal(0), Decimal(10)])
def test_money_of_a_gift_goes_to_nobody_else(to_credit: Decimal) -> None:
    made = came_back(given(1))
    with pytest.raises(GiftForRecipient) as refused:
        payouts.refund(made, actor=SYSTEM, key=uuid4(), to_credit=to_credit)
    assert refused.value.field == ("to_credit",)
    assert StoreCreditAccount.objects.count() == 0
    full = proposals.propose(made).amount
    assert payouts.refund(made, actor=SYSTEM, key=uuid4(), to_credit=full).amount == full


def test_giver_who_paid_with_credit_gets_none_back() -> None:
    code = given(1)
    Payment.objects.update(gateway="store_credit", method="STORE_CREDIT")
    payouts.refund(came_back(code), actor=SYSTEM, key=uuid4())
    assert StoreCreditAccount.objects.get().guest_email == "ben@example.com"


def test_order_without_any_address_can_be_a_gift() -> None:
    code = given(1, customer=None, guest_email="")
    refund = payouts.refund(came_back(code), actor=SYSTEM, key=uuid4())
    assert [part.gateway for part in refund.transactions.all()] == ["store_credit"]


def test_two_gifts_of_one_recipient_are_on_one_account() -> None:
    order = sent_order(2)
    code = given(2, order=order)
    for _piece in range(2):
        payouts.refund(came_back(code, 1), actor=SYSTEM, key=uuid4())
    assert StoreCreditAccount.objects.get().balance == Decimal("99.80")


def test_gift_is_not_exchanged() -> None:
    made = give_back(given(1))
    staff = actors.staff(UserFactory(roles=[Role.MANAGER]))
    assert "add_exchanges" not in lifecycle.available(made, staff)
    with pytest.raises(InvalidState):
        lifecycle.add_exchanges(made, actor=staff, exchanges=[])


@pytest.mark.parametrize(
    "changes",
    [
        {"recipient_email": ""},
        {"refund_to": "ORIGINAL"},
        {"gift_code": None},
    ],
)
def test_database_keeps_a_gift_its_recipients(changes: dict[str, Any]) -> None:
    made = give_back(given(1))
    with pytest.raises(IntegrityError), transaction.atomic():
        Return.objects.filter(pk=made.pk).update(**changes)


# --- paper --------------------------------------------------------------------------------------


def words_of(document: bytes) -> str:
    pdf = pypdfium2.PdfDocument(document)
    return " ".join(page.get_textpage().get_text_range() for page in pdf)


def test_slip_tells_the_recipient_nothing_of_the_giver() -> None:
    code = given(1)
    gift = of_ben(code, address={"line1": "Am Markt 1", "postal_code": "04109", "city": "Leipzig"})
    made = lifecycle.approve(give_back(code, gift=gift), actor=SYSTEM)
    words = words_of(slips.render([made]))
    assert "Ben Sommer" in words
    assert "Am Markt 1" in words
    assert not re.search(r"€|Winter|Rosenweg|Ordered on|Price each|Refund", words)


def test_gift_receipt_has_the_code_and_no_price() -> None:
    code = given(2)
    words = words_of(receipts.render(code))
    assert gift_codes.written(code) in words
    assert "Can be returned until" in words
    assert not re.search(r"€|Winter|Rosenweg", words)
    assert receipts.link(code).endswith(f"/g/{code.code}/")


def test_gift_receipt_of_what_is_not_sent_names_no_day() -> None:
    order = sent_order(1)
    code = given(1, order=order)
    order.fulfillments.all().delete()
    assert "Can be returned until" not in words_of(receipts.render(code))


def test_gift_of_another_address_is_another_return() -> None:
    code = given(2)
    first = give_back(code, 1)
    second = give_back(code, 1, gift=replace(of_ben(code), email="eve@example.com"))
    assert [first.reference[-2:], second.reference[-2:]] == ["R1", "R2"]
