"""What a reason brings along, on the page on which a return is asked for."""

import pytest
from django.test import Client
from django.urls import reverse

from orders.models import Customer, Order
from returns.models import ReasonQuestion, Return, ReturnReason
from tests.factories import sent_order
from tests.storefront.conftest import answers, parcels_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(customer: Customer) -> Order:
    reason = ReturnReason.objects.get(handle="too-small")
    reason.hints = {"en": "Measure again."}
    reason.save()
    ReasonQuestion.objects.create(
        reason=reason,
        handle="where",
        names={"en": "Where is it tight?"},
        kind="CHOICE",
        options={"en": ["Waist", "Sleeves"]},
        required=True,
    )
    ReasonQuestion.objects.create(reason=reason, handle="more", names={"en": "What else?"})
    return sent_order(1, customer=customer)


def url(order: Order) -> str:
    return reverse("storefront:start_return", args=[order.public_id])


def test_questions_come_once_the_reason_is_chosen(ada: Client, order: Order) -> None:
    (parcel,) = parcels_of(order)
    before = ada.get(url(order)).content.decode()
    assert "Where is it tight?" not in before
    about = reverse("storefront:about_reason", args=[order.public_id, parcel.pk])
    part = ada.post(about, answers(parcel, **{"answer-more": "Mine."})).content.decode()
    assert "Measure again." in part
    assert "Where is it tight?" in part
    assert "Mine.</textarea>" in part
    assert "<html" not in part
    assert "Where" not in ada.post(about, answers(parcel, reason="style")).content.decode()


def test_required_question_is_told_at_its_place_and_nothing_typed_is_lost(
    ada: Client, order: Order
) -> None:
    (parcel,) = parcels_of(order)
    said = answers(parcel, note="Tight.", **{"answer-more": "Mine."})
    response = ada.post(url(order), said)
    assert response.status_code == 422
    (form,) = [item["form"] for item in response.context["offered"]]
    assert form.errors == {"answer-where": ["Please answer this question."]}
    page = response.content.decode()
    assert "Mine.</textarea>" in page
    assert "Tight.</textarea>" in page


def test_answers_are_reviewed_kept_and_shown(ada: Client, order: Order) -> None:
    (parcel,) = parcels_of(order)
    said = answers(parcel, **{"answer-where": "2", "answer-more": "Mine."})
    review_url = ada.post(url(order), said).headers["Location"]
    page = ada.get(review_url).content.decode()
    assert "Sleeves" in page
    back = ada.get(ada.get(review_url).context["back_url"]).context["offered"][0]["form"]
    assert [field.value() for field in back.answer_fields] == ["2", "Mine."]
    ada.post(review_url)
    return_ = Return.objects.get()
    assert [one["answer"] for one in return_.lines.get().answers] == ["Sleeves", "Mine."]
    shown = ada.get(reverse("storefront:return", args=[return_.public_id])).content.decode()
    assert "Where is it tight?" in shown
    assert "Sleeves" in shown


def test_reason_for_which_it_is_too_late_is_not_offered(ada: Client, order: Order) -> None:
    ReturnReason.objects.filter(handle="style").update(window_days=1)
    form = ada.get(url(order)).context["offered"][0]["form"]
    assert "style" not in form.reasons
    assert "too-small" in form.reasons


def test_what_may_be_had_for_a_reason_is_told_at_the_reason(ada: Client, order: Order) -> None:
    ReturnReason.objects.filter(handle="style").update(resolutions=["EXCHANGE"])
    (parcel,) = parcels_of(order)
    response = ada.post(url(order), answers(parcel, reason="style"))
    assert response.status_code == 422
    form = response.context["offered"][0]["form"]
    assert form.errors == {
        "reason": [
            "For the reason “Style” you can have: exchange for the same product. Choose one of it."
        ]
    }
