"""Paying back on an order without a return: chosen, reviewed, paid, once."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertNumQueries, assertRedirects

from accounts import actors
from orders.models import Order, Payment
from returns.models import Refund
from returns.refunds import payouts
from tests.backoffice.test_refunds import hidden, opened
from tests.factories import OrderLineFactory, PaymentFactory, ReturnFactory, sent_order

pytestmark = pytest.mark.django_db

WHY = "Promised on the phone."


def url(order: Order) -> str:
    return reverse("backoffice:order_refund", args=[order.pk])


def page_of(order: Order) -> str:
    return reverse("backoffice:order", args=[order.pk])


def answers(order: Order, pieces: int, **more: str) -> dict[str, str]:
    """Return what is typed into the form of an order with one line."""
    return {"key": str(uuid4()), f"line-{order.lines.get().pk}": str(pieces), "note": "", **more}


def test_page_offers_what_was_not_paid_back_and_tells_where_it_is(finance: Client) -> None:
    order = opened(3).order
    line = order.lines.get()
    unsent = OrderLineFactory(order=order, quantity=2)
    payouts.refund_order(order, actor=actors.system(), key=uuid4(), quantities={line.pk: 1})

    form = finance.get(url(order)).context["form"]

    assert "1 paid back without a return" in finance.get(page_of(order)).content.decode()
    told = [(row.line, row.most, row.count, row.about) for row in form.refund_rows]
    assert told == [
        (line, 2, 3, "3 in a return · 1 paid back without a return"),
        (unsent, 2, 2, "2 not sent"),
    ]


def test_what_was_reviewed_is_paid_once(finance: Client) -> None:
    order = sent_order(2)
    review = finance.post(
        url(order), answers(order, 1, step="review", reference="SEPA 77", note="Sold out")
    )
    assert "€49.90 go to Card." in review.content.decode()
    assert Refund.objects.count() == 0
    for _ in range(2):
        response = finance.post(url(order), hidden(review), follow=True)
        assertRedirects(response, page_of(order))
        assert "€49.90 are paid back." in response.content.decode()
    refund = Refund.objects.get()
    assert (refund.for_return, refund.amount, refund.note, refund.status) == (
        None,
        Decimal("49.90"),
        "Sold out",
        "SUCCEEDED",
    )
    assert order.lines.get().refunded_quantity == 1


def test_amount_alone_is_paid(finance: Client) -> None:
    order = sent_order(2)
    review = finance.post(url(order), answers(order, 0, step="review", amount="5.00"))
    finance.post(url(order), hidden(review))
    assert Refund.objects.get().amount == 5


@pytest.mark.parametrize(
    ("pieces", "more", "field", "words"),
    [
        (3, {}, "line", "less than or equal to 2"),
        (1, {"amount": "99.81"}, "amount", "Only €99.80 are left"),
        (1, {"amount": "1.001"}, "amount", "without further digits"),
        (1, {"amount": "-1"}, "amount", "greater than or equal to 0"),
        (1, {"amount": "much"}, "amount", "Enter a number."),
        (1, {"shipping": "5"}, "shipping", "of the delivery cost are left"),
        (1, {"to_credit": "50"}, "to_credit", "from 0 to what is paid back"),
        (1, {"note": "x" * 501}, "note", "at most 500 characters"),
        (0, {}, "__all__", "Choose what to pay back."),
    ],
)
def test_wrong_input_is_refused_and_kept(
    finance: Client, pieces: int, more: dict[str, str], field: str, words: str
) -> None:
    order = sent_order(2)
    sent = answers(order, pieces, step="review", reference="SEPA 77", **more)
    response = finance.post(url(order), sent)
    assert response.status_code == 422
    name = f"line-{order.lines.get().pk}" if field == "line" else field
    assert words in str(response.context["form"].errors[name])
    assert "SEPA 77" in response.content.decode()
    assert Refund.objects.count() == 0


def test_split_by_hand_is_refused_at_its_payment(finance: Client) -> None:
    order = sent_order(2)
    second = PaymentFactory(order=order, amount=Decimal(5))
    sent = answers(order, 1, step="review", amount="10", **{f"part-{second.pk}": "10"})
    response = finance.post(url(order), sent)
    assert "Only €5.00 are left" in str(response.context["form"].errors[f"part-{second.pk}"])


def test_payment_after_somebody_else_paid_is_refused_with_the_reason(finance: Client) -> None:
    order = sent_order(2)
    review = finance.post(url(order), answers(order, 2, step="review"))
    pieces = {order.lines.get().pk: 1}
    payouts.refund_order(order, actor=actors.system(), key=uuid4(), quantities=pieces)
    response = finance.post(url(order), hidden(review))
    assert response.status_code == 422
    assert "have not been paid back" in response.content.decode()
    assert Refund.objects.count() == 1


# --- more than is left ----------------------------------------------------


def test_reason_for_more_is_asked_only_of_who_may_pay_it(finance: Client, manager: Client) -> None:
    return_ = opened(2)
    for page in (url(return_.order), reverse("backoffice:return_refund", args=[return_.pk])):
        assert "over_reason" not in finance.get(page).content.decode()
        assert "Reason to pay more than is left" in manager.get(page).content.decode()
    sent = answers(return_.order, 0, step="review", amount="120", over_reason=WHY)
    response = finance.post(url(return_.order), sent)
    assert "Only €99.80 are left" in str(response.context["form"].errors["amount"])


def test_more_than_is_left_needs_a_reason_and_is_warned_of(manager: Client) -> None:
    order = sent_order(2)
    sent = answers(order, 2, step="review", amount="120", reference="SEPA 77")
    refused = manager.post(url(order), sent)
    assert refused.status_code == 422
    assert "€20.20 more than is left" in str(refused.context["form"].errors["over_reason"])
    assert "SEPA 77" in refused.content.decode()

    review = manager.post(url(order), {**sent, "over_reason": WHY})
    page = review.content.decode()
    assert "€20.20 of it are more than is left on the payments." in page
    assert "€20.20 go to the buyer, apart from the payments." in page
    manager.post(url(order), hidden(review))

    refund = Refund.objects.get()
    assert (refund.amount, refund.over_amount, refund.over_reason) == (
        Decimal(120),
        Decimal("20.20"),
        WHY,
    )
    assert Payment.objects.get().refunded_amount == Decimal("99.80")
    shown = manager.get(page_of(order))
    assert f"€20.20 more than was left: {WHY}" in shown.content.decode()
    (event,) = shown.context["timeline"]
    assert event.what == (f"Refund paid: €120.00; €20.20 of it more than was left, because: {WHY}")


def test_warning_is_there_while_the_reason_is_not_typed_yet(manager: Client) -> None:
    order = sent_order(2)
    response = manager.post(
        url(order), answers(order, 2, amount="120"), headers={"HX-Request": "true"}
    )
    assert response.status_code == 200
    assert "€20.20 of it are more than is left" in response.content.decode()


def test_return_can_be_over_refunded_as_well(manager: Client) -> None:
    return_ = opened(2)
    page = reverse("backoffice:return_refund", args=[return_.pk])
    sent = {
        "key": str(uuid4()),
        f"line-{return_.lines.get().pk}": "2",
        "amount": "100.00",
        "over_reason": WHY,
        "step": "review",
    }
    manager.post(page, hidden(manager.post(page, sent)))
    assert Refund.objects.get().over_amount == Decimal("0.20")
    shown = manager.get(reverse("backoffice:return", args=[return_.pk])).content.decode()
    assert f"€0.20 more than was left: {WHY}" in shown


# --- trying again, and the order's page ----------------------------------------------------


def failed(order: Order) -> Refund:
    """A refund of 5.00 whose only part was refused."""
    refund = payouts.refund_order(order, actor=actors.system(), key=uuid4(), amount=Decimal(5))
    refund.transactions.update(status="FAILED", failure="The card was closed.")
    Refund.objects.update(status="FAILED")
    Payment.objects.update(refunded_amount=0)
    return refund


def test_failed_refund_is_tried_again_from_the_order(finance: Client, support: Client) -> None:
    order = sent_order(2)
    refund = failed(order)
    again = reverse("backoffice:order_refund_retry", args=[order.pk, refund.pk])
    (shown,) = finance.get(page_of(order)).context["refunds"]
    assert shown.retry_url == again
    (hidden_,) = support.get(page_of(order)).context["refunds"]
    assert hidden_.retry_url == ""

    assert "It failed before: The card was closed." in finance.get(again).content.decode()
    response = finance.post(again, {"note": "New card."}, follow=True)
    assertRedirects(response, page_of(order))
    assert "€5.00 are paid back." in response.content.decode()
    assertRedirects(finance.get(again), page_of(order))


def test_retry_of_a_refund_of_a_return_is_not_on_the_order(finance: Client) -> None:
    return_ = opened(1)
    refund = payouts.refund(return_, actor=actors.system(), key=uuid4())
    url_ = reverse("backoffice:order_refund_retry", args=[return_.order_id, refund.pk])
    assert finance.get(url_).status_code == 404


def test_order_shows_all_refunds_with_their_credit_notes(finance: Client, support: Client) -> None:
    return_ = opened(2)
    payouts.refund(return_, actor=actors.system(), key=uuid4(), amount=Decimal(20))
    order = return_.order
    payouts.refund_order(order, actor=actors.system(), key=uuid4(), amount=Decimal(7))
    response = finance.get(page_of(order))
    rows = response.context["refunds"]
    assert [(row.amount, row.return_reference) for row in rows] == [
        ("€7.00", ""),
        ("€20.00", return_.reference),
    ]
    assert all(row.credit_notes for row in rows)
    assert response.context["refund_url"] == url(order)
    assert support.get(page_of(order)).context["refund_url"] == ""
    (own,) = finance.get(reverse("backoffice:return", args=[return_.pk])).context["refunds"]
    assert own.amount == "€20.00"


@pytest.mark.parametrize("count", [1, 3])
def test_pages_take_few_queries(manager: Client, count: int) -> None:
    order = sent_order(*[2] * count)
    for _ in range(count):
        ReturnFactory(order=order)
        payouts.refund_order(order, actor=actors.system(), key=uuid4(), amount=Decimal(1))
    with assertNumQueries(15):
        manager.get(page_of(order))
    with assertNumQueries(12):
        manager.get(url(order))
