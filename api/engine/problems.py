"""Errors of a whole request or of one field, in the shapes and words of Shopify's Admin API."""

import logging
from typing import Any, Final

from graphql import GraphQLError

_LOG: Final = logging.getLogger(__name__)


class RequestRefused(Exception):
    """A request that is not executed at all; `status` is the answer's, `errors` its content."""

    def __init__(self, status: int, errors: object) -> None:
        super().__init__(str(errors))
        self.status = status
        self.errors = errors


def plain_error(message: str, code: str, **more: Any) -> GraphQLError:
    """Return an error to raise in a resolver or rule, with its code for programs."""
    return GraphQLError(message, extensions={"code": code, **more})


def unknown_id(gid: str) -> GraphQLError:
    """Return the error of an id of another type than the field takes."""
    return plain_error(f"Invalid id: {gid}", "RESOURCE_NOT_FOUND")


def access_denied(name: str, scope: str) -> GraphQLError:
    """Return the error of a field that the client has no scope for."""
    needed = f"`{scope}` access scope."
    return plain_error(
        f"Access denied for {name} field. Required access: {needed}",
        "ACCESS_DENIED",
        requiredAccess=needed,
    )


def formatted(error: GraphQLError) -> dict[str, Any]:
    """Return an error as the answer has it; what nobody foresaw says nothing of the inside."""
    told = dict(error.formatted)
    if error.original_error is not None and not isinstance(error.original_error, GraphQLError):
        _LOG.error("A field could not be answered: %s", error.path, exc_info=error.original_error)
        told["message"] = "Internal error. Looks like something went wrong on our end."
        told["extensions"] = {"code": "INTERNAL_SERVER_ERROR"}
    return told
