"""What is wrong with a request, as `application/problem+json` (RFC 9457)."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from django.http import Http404
from rest_framework.exceptions import APIException
from rest_framework.response import Response

from orders.intake import Problem

CONTENT_TYPE = "application/problem+json"


class Unprocessable(APIException):
    """Orders that are wrong; `errors` says what and where."""

    status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    default_detail = "Nothing was taken in: see errors."

    def __init__(self, errors: list[dict[str, str]]) -> None:
        super().__init__()
        self.errors = errors


class Malformed(APIException):
    """A body that cannot be read."""

    status_code = HTTPStatus.BAD_REQUEST


class TooMany(APIException):
    """More than the client may send now; it may go on after so many seconds."""

    status_code = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many orders at once. Go on in {seconds} seconds.")
        self.seconds = seconds


class TooLarge(APIException):
    """A body that is too long."""

    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


def pointers(problems: Iterable[Problem], *root: str) -> list[dict[str, str]]:
    """Return problems as JSON pointers (RFC 6901) into the body; the intake counts from 1."""
    return [
        {"pointer": _pointer((*root, *_counted(problem.field))), "detail": problem.message}
        for problem in problems
    ]


def _counted(field: Iterable[str]) -> list[str]:
    return [
        str(int(part) - 1) if part.isascii() and part.isdecimal() and int(part) else part
        for part in field
    ]


def _pointer(path: Iterable[str]) -> str:
    return "#" + "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in path)


def answer(error: Exception, _context: dict[str, Any]) -> Response | None:
    """Return the problem that an error is; None for one that is no fault of the client."""
    if isinstance(error, Http404):
        return _response(HTTPStatus.NOT_FOUND, str(error))
    if not isinstance(error, APIException):
        return None
    status = HTTPStatus(error.status_code)
    errors = error.errors if isinstance(error, Unprocessable) else None
    response = _response(status, str(error.detail), errors)
    if header := getattr(error, "auth_header", None):
        response["WWW-Authenticate"] = header
    if isinstance(error, TooMany):
        response["Retry-After"] = str(error.seconds)
    return response


def _response(
    status: HTTPStatus, detail: str, errors: list[dict[str, str]] | None = None
) -> Response:
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
    }
    if errors is not None:
        body["errors"] = errors
    return Response(body, status=status, content_type=CONTENT_TYPE)
