"""Reasons: `/return-reasons`, and which reason a program means by its words."""

from collections.abc import Iterable
from typing import Any, Final

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from api.glue import documents
from api.glue.attributes import ReturnReasonAttributes
from api.glue.base import PublicView
from api.glue.schema import LANGUAGE, describe, document, fields_of
from returns.models import ReturnReason
from returns.models.names import in_language
from returns.requests import NOT_GIVEN

# The reason of those who tell theirs in words of their own.
OTHER: Final = "other-reason"


class Reasons:
    """The reasons that can be chosen now, by whatever programs call them."""

    def __init__(self) -> None:
        self._offered = list(ReturnReason.objects.offered(timezone.localdate()))
        self._by_word: dict[str, str] = {}
        for reason in self._offered:
            for word in _words_for(reason):
                self._by_word.setdefault(word.casefold(), reason.handle)

    def chosen(self, told: str) -> tuple[str, str]:
        """Return the handle of the reason that is meant, and words that are no known reason's."""
        words = told.strip()
        if not words:
            return NOT_GIVEN, ""
        handle = self._by_word.get(words.casefold())
        if handle is not None:
            return handle, ""
        offers_other = any(reason.handle == OTHER for reason in self._offered)
        return (OTHER if offers_other else NOT_GIVEN), words


def _words_for(reason: ReturnReason) -> Iterable[str]:
    yield reason.handle
    if reason.glossary_key:
        yield reason.glossary_key
    yield from reason.names.values()
    headings = reason.parent.names if reason.parent else {}
    for language in {*reason.names, *headings}:
        yield reason.full_name_in(language)


def told(
    handle: str, names: dict[str, str], heading: dict[str, str] | None, note: str, language: str
) -> str | None:
    """Return the reason of a return's item: its own words, else the name; None when none was given.

    heading: the names of the reason that it is a part of.
    """
    if handle in (OTHER, NOT_GIVEN) and note:
        return note
    if handle == NOT_GIVEN:
        return None
    name = in_language(names, language) or handle
    return f"{in_language(heading, language)}: {name}" if heading else name


class ReturnReasons(PublicView):
    """Why things may go back."""

    @describe(
        "The reasons to choose from, in the language that is asked for.",
        answers={200: document("return-reasons", ReturnReasonAttributes, many=True)},
        parameters=[*fields_of("return-reasons"), LANGUAGE],
        name="listReturnReasons",
        tag="returns",
    )
    def get(self, request: Request) -> Response:
        """Return all reasons that can be chosen now."""
        asked = self.asked()
        data: list[dict[str, Any]] = [
            documents.resource(
                asked,
                "return-reasons",
                None,
                {"reason": reason.full_name_in(asked.language)},
                path=["return-reasons"],
            )
            for reason in ReturnReason.objects.offered(timezone.localdate())
        ]
        return Response(documents.collection(asked, data))
