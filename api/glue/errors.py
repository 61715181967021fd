"""What goes wrong, in the words and with the codes that programs of the Glue API know."""

import logging
from typing import Any, Final

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

logger = logging.getLogger(__name__)

UNPROCESSABLE: Final = 422
# RFC 9110's name; Python before 3.13 still says "Unprocessable Entity".
UNPROCESSABLE_PHRASE: Final = "Unprocessable Content"


class GlueError(exceptions.APIException):
    """An answer that says what is wrong: the status, a code for programs, words for people."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail, code)
        self.status_code = status
        self.errors = [_error(status, code, detail)]


class Invalid(GlueError):
    """Attributes that are missing or of the wrong form, each with its own words."""

    def __init__(self, details: list[str]) -> None:
        super().__init__(UNPROCESSABLE, "901", details[0])
        self.errors = [_error(UNPROCESSABLE, "901", detail) for detail in details]


def _error(status: int, code: str, detail: str) -> dict[str, Any]:
    return {"status": status, "code": code, "detail": detail}


def invalid_token() -> GlueError:
    """Return the error for a token that is no good, or no more."""
    return GlueError(401, "001", "Invalid access token.")


def missing_token() -> GlueError:
    """Return the error for a request without a token, where one is needed."""
    return GlueError(403, "002", "Missing access token.")


def failed_login() -> GlueError:
    """Return the error for wrong credentials; it does not tell what is wrong with them."""
    return GlueError(401, "003", "Failed to authenticate user.")


def failed_refresh() -> GlueError:
    """Return the error for a refresh token that is no good, or no more."""
    return GlueError(401, "004", "Failed to refresh token.")


def customer_not_found() -> GlueError:
    """Return the error for a customer that is not the one who asks."""
    return GlueError(404, "402", "Customer not found.")


def order_not_found() -> GlueError:
    """Return the error for an order that is not the customer's."""
    return GlueError(404, "801", "Can't find order by the given order reference")


def return_not_created() -> GlueError:
    """Return the error for a return that cannot be, for whatever reason."""
    return GlueError(UNPROCESSABLE, "3601", "Return can't be created.")


def return_not_found() -> GlueError:
    """Return the error for a return that is not the customer's."""
    return GlueError(404, "3602", "Can't find return by the given return reference.")


def return_refused(message: str) -> GlueError:
    """Return the error for a return that a known rule refuses, in the rule's own words."""
    return GlueError(UNPROCESSABLE, "3603", message)


def not_found() -> GlueError:
    """Return the error for an address that there is not."""
    return GlueError(404, "007", "Not Found")


def missing_body() -> GlueError:
    """Return the error for a request that should have a body."""
    return GlueError(400, "400", "Post data missing or invalid.")


def malformed_body(detail: str = "Post data is invalid.") -> GlueError:
    """Return the error for a body that is no document of JSON:API."""
    return GlueError(400, "400", detail)


def too_large() -> GlueError:
    """Return the error for a body that nobody needs."""
    return GlueError(413, "413", "Content Too Large")


_OTHERS: Final = {
    exceptions.MethodNotAllowed: (405, "Method Not Allowed"),
    exceptions.UnsupportedMediaType: (415, "Unsupported Media Type"),
    exceptions.ParseError: (400, "Post data is invalid."),
    Http404: (404, "Not Found"),
    PermissionDenied: (403, "Forbidden"),
    SuspiciousOperation: (400, "Bad Request"),
}


def handle(error: Exception, _context: dict[str, Any]) -> Response:
    """Return the answer to a request that ended in an error; one of ours is told to nobody."""
    known = error if isinstance(error, GlueError) else _translated(error)
    response = Response({"errors": known.errors}, status=known.status_code)
    if known.status_code == UNPROCESSABLE:
        response.reason_phrase = UNPROCESSABLE_PHRASE
    return response


def _translated(error: Exception) -> GlueError:
    for kind, (status, detail) in _OTHERS.items():
        if isinstance(error, kind):
            return GlueError(status, str(status), detail)
    logger.error("A request to the Glue API failed.", exc_info=error)
    return GlueError(500, "500", "Internal Server Error")
