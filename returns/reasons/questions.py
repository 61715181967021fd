"""The questions of a reason, and the answers to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _

from returns.errors import InvalidAnswer, MissingAnswer, TooLong
from returns.models import QuestionKind, ReasonQuestion, ReturnReason
from returns.models.names import in_language, reader_language

ANSWER_LENGTH: Final = 500
YES: Final = "yes"
NO: Final = "no"


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question in the reader's language. options: what is said -> how it reads; none for text."""

    handle: str
    wording: str
    kind: QuestionKind
    options: Mapping[str, str]
    required: bool


def with_questions(reasons: QuerySet[ReturnReason]) -> QuerySet[ReturnReason]:
    """Load with reasons what `of_reason` returns; no further statement."""
    asked = ReasonQuestion.objects.filter(reason=OuterRef("pk"), active=True)
    names = ("handle", "names", "kind", "options", "required")
    told = asked.order_by("position", "pk").values(
        data=JSONObject(**{name: name for name in names})
    )
    return reasons.annotate(asked=ArraySubquery(told))


def of_reason(reason: ReturnReason) -> list[Question]:
    """Return the questions of a reason loaded `with_questions`; none of another. No queries."""
    told: list[dict[str, Any]] = getattr(reason, "asked", [])
    return [_question(one, reader_language()) for one in told]


def _question(told: Mapping[str, Any], language: str) -> Question:
    kind = QuestionKind(told["kind"])
    return Question(
        handle=told["handle"],
        wording=in_language(told["names"], language) or told["handle"],
        kind=kind,
        options=_options(kind, told["options"], language),
        required=told["required"],
    )


def _options(
    kind: QuestionKind, told: Mapping[str, Sequence[str]], language: str
) -> Mapping[str, str]:
    if kind == QuestionKind.YES_NO:
        return {YES: _("Yes"), NO: _("No")}
    tags = (language, language.split("-", maxsplit=1)[0], "en", *told)
    options = next((told[tag] for tag in tags if told.get(tag)), ())
    return {str(number): option for number, option in enumerate(options, start=1)}


def checked(
    reason: ReturnReason,
    answers: Mapping[str, str],
    *,
    needs_all: bool,
    field: Sequence[str],
) -> list[dict[str, str]]:
    """Return the answers as a return line keeps them: as they read, with the question's wording.

    answers: by the question's handle: words, `yes` or `no`, or the number of an option from 1;
        those to questions that the reason does not ask are left out.
    needs_all: whether required questions must be answered. field: of the line.
    Raises MissingAnswer, InvalidAnswer, TooLong at (*field, "answers", handle).
    """
    kept = []
    for question in of_reason(reason):
        where = (*field, "answers", question.handle)
        answer = _checked(question, answers.get(question.handle, "").strip(), where)
        if not answer and question.required and needs_all:
            raise MissingAnswer(_("Please answer this question."), field=where)
        if answer:
            kept.append({"handle": question.handle, "wording": question.wording, "answer": answer})
    return kept


def _checked(question: Question, said: str, where: tuple[str, ...]) -> str:
    if not said:
        return ""
    if question.kind != QuestionKind.TEXT:
        if said not in question.options:
            raise InvalidAnswer(_("Choose one of the answers."), field=where)
        return question.options[said]
    if len(said) > ANSWER_LENGTH:
        message = _("Write at most %(count)s characters.")
        raise TooLong(message % {"count": ANSWER_LENGTH}, field=where)
    return said
