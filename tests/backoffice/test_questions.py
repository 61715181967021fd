"""Settings: the questions of a reason."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertNumQueries, assertRedirects

from returns import lifecycle
from returns.models import ReasonQuestion, ReturnReason
from tests.factories import ReturnReasonFactory, sent_order
from tests.returns.stories import BUYER, wish

pytestmark = pytest.mark.django_db


@pytest.fixture
def reason(db: None) -> ReturnReason:
    made: ReturnReason = ReturnReasonFactory()
    return made


TYPED = {
    "handle": "where",
    "name_en": "Where is it tight?",
    "name_de": "Wo ist es eng?",
    "kind": "CHOICE",
    "options_en": "Waist\n\n Sleeves \n",
    "options_de": "Taille\nÄrmel",
    "required": "on",
    "position": "2",
    "active": "on",
}


def test_question_is_added_to_a_reason(manager: Client, reason: ReturnReason) -> None:
    response = manager.post(reverse("backoffice:new_question", args=[reason.pk]), TYPED)
    assertRedirects(response, reverse("backoffice:questions", args=[reason.pk]))
    question = ReasonQuestion.objects.get()
    assert (question.reason, question.kind, question.required, question.options) == (
        reason,
        "CHOICE",
        True,
        {"en": ["Waist", "Sleeves"], "de": ["Taille", "Ärmel"]},
    )
    page = manager.get(reverse("backoffice:question", args=[question.pk])).content.decode()
    assert "Waist\nSleeves</textarea>" in page


def test_answers_that_do_not_match_are_told_and_nothing_typed_is_lost(
    manager: Client, reason: ReturnReason
) -> None:
    url = reverse("backoffice:new_question", args=[reason.pk])
    response = manager.post(url, TYPED | {"options_de": "Taille"})
    assert response.status_code == 422
    page = response.content.decode()
    assert "Give the same answers in each language, in the same order." in page
    assert "Where is it tight?" in page
    assert ReasonQuestion.objects.count() == 0


@pytest.mark.parametrize("count", [1, 3])
def test_list_of_questions_takes_four_queries(
    manager: Client, reason: ReturnReason, count: int
) -> None:
    for number in range(count):
        ReasonQuestion.objects.create(
            reason=reason, handle=f"q{number}", names={"en": f"Question {number}"}
        )
    url = reverse("backoffice:questions", args=[reason.pk])
    with assertNumQueries(4):
        page = manager.get(url).content.decode()
    assert page.count("Question ") >= count


def test_staff_read_the_answers(manager: Client, reason: ReturnReason) -> None:
    ReasonQuestion.objects.create(reason=reason, handle="q", names={"en": "How so?"})
    order = sent_order()
    return_ = lifecycle.request(order, [wish(order, answers={"q": "<b>So.</b>"})], actor=BUYER)
    page = manager.get(reverse("backoffice:return", args=[return_.pk])).content.decode()
    assert "How so?" in page
    assert "&lt;b&gt;So.&lt;/b&gt;" in page
