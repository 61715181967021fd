"""Paying back: chosen, reviewed, paid, once."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertNumQueries, assertRedirects

from accounts import actors
from orders.models import FulfillmentLine, Order, Store
from returns import lifecycle
from returns.lifecycle import LineRequest
from returns.models import Refund, RefundTransaction, Return, StoreCreditEntry
from returns.models.policies import ReturnTerms
from returns.refunds import payouts
from tests.factories import PaymentFactory, sent_order

pytestmark = pytest.mark.django_db


def opened(*quantities: int) -> Return:
    """Return an approved return of all pieces; a piece costs 49.90."""
    made = sent_order(*quantities)
    wishes = [
        LineRequest(fulfillment_line_id=parcel.pk, quantity=parcel.quantity, reason="too-small")
        for parcel in FulfillmentLine.objects.filter(fulfillment__order=made)
    ]
    return lifecycle.create(made, wishes, actor=actors.system())


def url(return_: Return) -> str:
    return reverse("backoffice:return_refund", args=[return_.pk])


def answers(return_: Return, pieces: int, **more: str) -> dict[str, str]:
    """Return what is typed into the form of a return with one line."""
    line = return_.lines.get()
    return {"key": str(uuid4()), f"line-{line.pk}": str(pieces), "note": "", **more}


def hidden(response: object) -> dict[str, str]:
    """Return the fields that the review carries on."""
    context = response.context  # type: ignore[attr-defined]
    kept = {field.html_name: field.value() for field in context["kept_fields"]}
    amounts = {
        name: context[name] for name in ("reviewed_amount", "reviewed_shipping", "reviewed_credit")
    }
    return {
        **{name: "" if value is None else str(value) for name, value in kept.items()},
        **amounts,
        "step": "pay",
    }


def test_page_shows_what_would_be_paid(finance: Client) -> None:
    context = finance.get(url(opened(2))).context
    assert [(row["label"], row["amount"]) for row in context["sums"]] == [
        ("Items", "€99.80"),
        ("Refund", "€99.80"),
    ]
    assert (context["maximum"], context["parts"][0]["value"]) == ("€99.80", "€99.80")


def test_review_pays_nothing_and_names_the_payment(finance: Client) -> None:
    return_ = opened(2)
    response = finance.post(url(return_), answers(return_, 1, step="review"))
    page = response.content.decode()
    assert response.status_code == 200
    assert "Pay back €49.90?" in page
    assert "€49.90 go to Card." in page
    assert Refund.objects.count() == 0


def test_what_was_reviewed_is_paid_once(finance: Client) -> None:
    return_ = opened(2)
    review = finance.post(
        url(return_), answers(return_, 2, step="review", reference="SEPA 77", note="As agreed")
    )
    sent = hidden(review)
    for _ in range(2):
        response = finance.post(url(return_), sent, follow=True)
        assertRedirects(response, reverse("backoffice:return", args=[return_.pk]))
        assert "€99.80 are paid back." in response.content.decode()
    refund = Refund.objects.get()
    assert (refund.amount, refund.note, refund.status) == (
        Decimal("99.80"),
        "As agreed",
        "SUCCEEDED",
    )
    assert RefundTransaction.objects.get().gateway_reference == "SEPA 77"


def test_other_amount_is_pointed_out_and_paid(finance: Client) -> None:
    return_ = opened(2)
    review = finance.post(url(return_), answers(return_, 2, step="review", amount="80.00"))
    assert "You pay back another amount than proposed: €80.00." in review.content.decode()
    finance.post(url(return_), hidden(review))
    assert Refund.objects.get().amount == Decimal("80.00")


def test_payment_after_somebody_else_paid_is_refused_with_the_reason(finance: Client) -> None:
    return_ = opened(2)
    review = finance.post(url(return_), answers(return_, 2, step="review"))
    payouts.refund(return_, actor=actors.system(), key=uuid4())
    response = finance.post(url(return_), hidden(review))
    assert response.status_code == 422
    assert "have not been paid back" in response.content.decode()
    assert Refund.objects.count() == 1


@pytest.mark.parametrize(
    ("pieces", "more", "field", "words"),
    [
        (3, {}, "line", "less than or equal to 2"),
        (1, {"amount": "99.81"}, "amount", "Only €99.80 are left"),
        (1, {"amount": "1.001"}, "amount", "without further digits"),
        (1, {"amount": "-1"}, "amount", "greater than or equal to 0"),
        (1, {"amount": "much"}, "amount", "Enter a number."),
        (1, {"amount": "NaN"}, "amount", "Enter a number."),
        (1, {"shipping": "5"}, "shipping", "of the delivery cost are left"),
        (1, {"note": "x" * 501}, "note", "at most 500 characters"),
        (0, {}, "__all__", "Choose what to pay back."),
    ],
)
def test_wrong_input_is_refused_and_kept(
    finance: Client, pieces: int, more: dict[str, str], field: str, words: str
) -> None:
    return_ = opened(2)
    line = return_.lines.get()
    sent = answers(return_, pieces, step="review", reference="SEPA 77", **more)
    response = finance.post(url(return_), sent)
    assert response.status_code == 422
    name = f"line-{line.pk}" if field == "line" else field
    assert words in str(response.context["form"].errors[name])
    assert "SEPA 77" in response.content.decode()
    assert Refund.objects.count() == 0


@pytest.mark.parametrize("key", ["", "1", "not-a-key"])
def test_form_without_its_key_pays_nothing(finance: Client, key: str) -> None:
    return_ = opened(1)
    response = finance.post(url(return_), {**answers(return_, 1, step="pay"), "key": key})
    assert response.status_code == 422
    assert Refund.objects.count() == 0


def test_sums_alone_are_sent_while_somebody_types(finance: Client) -> None:
    return_ = opened(2)
    response = finance.post(url(return_), answers(return_, 1), headers={"HX-Request": "true"})
    page = response.content.decode()
    assert response.status_code == 200
    assert "€49.90" in page
    assert "<html" not in page


def test_going_back_from_the_review_keeps_what_was_typed(finance: Client) -> None:
    return_ = opened(2)
    review = finance.post(url(return_), answers(return_, 1, step="review", reference="SEPA 77"))
    response = finance.post(url(return_), {**hidden(review), "step": "edit"})
    form = response.context["form"]
    assert (form["reference"].value(), form["amount"].value()) == ("SEPA 77", "")
    assert [row.field.value() for row in form.rows] == ["1"]


def paid_twice() -> Return:
    """Return an approved return of two pieces for 99.80, paid with 70.00 and then 29.80."""
    return_ = opened(2)
    return_.order.payments.update(amount=Decimal("70.00"))
    PaymentFactory(order=return_.order, amount=Decimal("29.80"), method="GIFT_CARD")
    return return_


def shares(return_: Return) -> list[Decimal]:
    """Return what went back on each payment, the first payment first."""
    return list(return_.order.payments.order_by("pk").values_list("refunded_amount", flat=True))


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("IN_ORDER", ["49.90", "0"]), ("PROPORTIONAL", ["35.00", "14.90"])],
)
def test_refund_is_shared_out_as_the_store_says(
    finance: Client, rule: str, expected: list[str]
) -> None:
    return_ = paid_twice()
    Store.objects.update(refund_split=rule)
    review = finance.post(url(return_), answers(return_, 1, step="review"))
    finance.post(url(return_), hidden(review))
    assert shares(return_) == [Decimal(part) for part in expected]


def test_refund_is_shared_out_as_a_person_says(finance: Client) -> None:
    return_ = paid_twice()
    first, second = return_.order.payments.order_by("pk").values_list("pk", flat=True)
    typed = {f"part-{first}": "30", f"part-{second}": "19.90"}
    review = finance.post(url(return_), answers(return_, 1, step="review", **typed))
    assert "€19.90 go to Gift card" in review.content.decode()
    for _ in range(2):
        finance.post(url(return_), hidden(review))
    assert shares(return_) == [Decimal("30.00"), Decimal("19.90")]


@pytest.mark.parametrize(
    ("parts", "at", "words"),
    [
        (["49.90", "0.10"], "__all__", "€0.10 more than the refund"),
        (["10", ""], "__all__", "€39.90 of the refund are not shared out yet"),
        (["10", "39.90"], "second", "Only €29.80 are left on this payment."),
        (["-1", ""], "first", "greater than or equal to 0"),
        (["49.8999", "0.0001"], "first", "without further digits"),
    ],
)
def test_wrong_shares_are_refused_at_their_payment(
    finance: Client, parts: list[str], at: str, words: str
) -> None:
    return_ = paid_twice()
    keys = return_.order.payments.order_by("pk").values_list("pk", flat=True)
    names = dict(zip(("first", "second"), (f"part-{key}" for key in keys), strict=True))
    typed = dict(zip(names.values(), parts, strict=True))
    response = finance.post(url(return_), answers(return_, 1, step="review", **typed))
    assert response.status_code == 422
    assert words in str(response.context["form"].errors[names.get(at, at)])
    assert Refund.objects.count() == 0


def test_same_form_with_other_shares_is_not_the_same_request(finance: Client) -> None:
    return_ = paid_twice()
    first, second = return_.order.payments.order_by("pk").values_list("pk", flat=True)
    review = finance.post(url(return_), answers(return_, 1, step="review"))
    finance.post(url(return_), hidden(review))
    other = {**hidden(review), f"part-{first}": "30", f"part-{second}": "19.90"}
    response = finance.post(url(return_), other)
    assert response.status_code == 422
    assert "already paid back" in response.content.decode()
    assert Refund.objects.count() == 1


def test_declined_request_cannot_be_refunded(finance: Client) -> None:
    return_ = opened(1)
    lifecycle.cancel(return_, actor=actors.system("Eva"))
    response = finance.get(url(return_), follow=True)
    assert "the return is Canceled since" in response.content.decode()


@pytest.mark.parametrize("lines", [1, 3])
def test_page_takes_few_queries(finance: Client, lines: int) -> None:
    return_ = opened(*[2] * lines)
    with assertNumQueries(8):
        finance.get(url(return_))


def test_what_the_buyer_wants_as_credit_is_proposed_and_may_be_changed(finance: Client) -> None:
    return_ = opened(2)
    terms = ReturnTerms(offers_credit=True, credit_bonus_percent=Decimal(10))
    Order.objects.update(return_terms=terms.to_json())
    Return.objects.update(refund_to="STORE_CREDIT")

    page = finance.get(url(return_))
    assert [part["payment"] for part in page.context["parts"]] == ["store credit, in place of Card"]
    assert (page.context["bonus"], page.context["by_hand"]) == ("€9.98", False)
    review = finance.post(url(return_), answers(return_, 2, step="review", to_credit="30"))
    assert "€69.80 go to Card." in review.content.decode()
    assert "€3.00 come on top as the bonus on store credit." in review.content.decode()
    for _ in range(2):
        finance.post(url(return_), hidden(review))

    found = StoreCreditEntry.objects.order_by("pk").values_list("kind", "amount")
    assert list(found) == [("CREDIT", Decimal(30)), ("BONUS", Decimal(3))]
    detail = finance.get(reverse("backoffice:return", args=[return_.pk])).content.decode()
    assert "as store credit, in place of Card" in detail
    assert "of it €30.00 as store credit and €3.00 bonus on top" in detail
    assert "Refund to" in detail


def test_more_credit_than_is_paid_back_is_refused(finance: Client) -> None:
    return_ = opened(1)
    sent = answers(return_, 1, step="review", to_credit="49.91", reference="SEPA 77")
    response = finance.post(url(return_), sent)
    assert response.status_code == 422
    assert "from 0 to what is paid back" in str(response.context["form"].errors["to_credit"])
    assert "SEPA 77" in response.content.decode()
