"""Questions of a reason: what is asked, what must be answered, what is kept."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from pytest_django.asserts import assertNumQueries

from returns import lifecycle
from returns.errors import InvalidAnswer, MissingAnswer, ReturnError, TooLong
from returns.models import QuestionKind, ReasonQuestion, Return, ReturnReason
from returns.reasons import questions
from returns.reasons.questions import Question, with_questions
from tests.factories import sent_order
from tests.returns.stories import BUYER, SYSTEM, wish

pytestmark = pytest.mark.django_db

SIDE = {"en": ["Left", "Right"], "de": ["Links", "Rechts"]}


def ask(handle: str, kind: str = "TEXT", **values: object) -> ReasonQuestion:
    made = ReasonQuestion(
        reason=ReturnReason.objects.get(handle="too-small"),
        handle=handle,
        names={"en": f"{handle}?", "de": f"{handle} denn?"},
        kind=kind,
        **values,
    )
    made.full_clean()
    made.save()
    return made


def request(answers: dict[str, str], language: str = "en") -> Return:
    order = sent_order()
    with translation.override(language):
        return lifecycle.request(order, [wish(order, answers=answers)], actor=BUYER)


def test_answers_are_kept_as_given_with_the_wording_of_the_question() -> None:
    ask("where", "CHOICE", options=SIDE, position=1)
    ask("worn", "YES_NO", position=2)
    ask("more", position=3)
    return_ = request({"where": "2", "worn": "no", "more": " At the seam. "}, "de")
    kept = [
        {"handle": "where", "wording": "where denn?", "answer": "Rechts"},
        {"handle": "worn", "wording": "worn denn?", "answer": "Nein"},
        {"handle": "more", "wording": "more denn?", "answer": "At the seam."},
    ]
    assert return_.lines.get().answers == kept
    ReasonQuestion.objects.all().delete()
    assert return_.lines.get().answers == kept


def test_what_is_not_asked_or_not_answered_is_not_kept() -> None:
    ask("where", "CHOICE", options=SIDE)
    ask("old", active=False)
    assert request({"where": "", "old": "x", "unknown": "x"}).lines.get().answers == []


@pytest.mark.parametrize(
    ("answers", "error", "handle"),
    [
        ({}, MissingAnswer, "where"),
        ({"where": "3"}, InvalidAnswer, "where"),
        ({"where": "Left"}, InvalidAnswer, "where"),
        ({"where": "1", "worn": "perhaps"}, InvalidAnswer, "worn"),
        ({"where": "1", "more": "x" * 501}, TooLong, "more"),
    ],
)
def test_wrong_answers_are_refused_at_their_question(
    answers: dict[str, str], error: type[ReturnError], handle: str
) -> None:
    ask("where", "CHOICE", options=SIDE, required=True)
    ask("worn", "YES_NO")
    ask("more")
    with pytest.raises(error) as refused:
        request(answers)
    assert refused.value.field == ("lines", "0", "answers", handle)
    assert Return.objects.count() == 0


def test_staff_may_leave_answers_out() -> None:
    ask("where", required=True)
    order = sent_order()
    assert lifecycle.create(order, [wish(order)], actor=SYSTEM).lines.get().answers == []


@pytest.mark.parametrize("count", [1, 3])
def test_questions_come_with_the_reasons_in_one_statement(count: int) -> None:
    for number in range(count):
        ask(f"q{number}", position=number)
    with assertNumQueries(1):
        reasons = list(with_questions(ReturnReason.objects.offered()))
        asked = [question for one in reasons for question in questions.of_reason(one)]
    assert len(asked) == count
    assert asked[0] == Question(
        handle="q0", wording="q0?", kind=QuestionKind.TEXT, options={}, required=False
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "Give 2 to 20 answers"),
        ({"en": ["One"]}, "Give 2 to 20 answers"),
        ({"en": ["A", "B"], "de": ["A"]}, "same answers in each language"),
        ({"en": ["A", "B" * 201]}, "at most 200"),
    ],
)
def test_choice_needs_answers_the_same_in_each_language(
    options: dict[str, list[str]], words: str
) -> None:
    with pytest.raises(ValidationError, match=words):
        ask("where", "CHOICE", options=options)


def test_options_in_another_language_fall_back_to_english() -> None:
    ask("where", "CHOICE", options={"en": ["Left", "Right"]})
    kept = request({"where": "1"}, "de").lines.get().answers
    assert kept == [{"handle": "where", "wording": "where denn?", "answer": "Left"}]
