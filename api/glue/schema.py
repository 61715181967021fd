"""The OpenAPI document: how views describe themselves, and the whole of it."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Final, TypeVar

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.settings import patched_settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    inline_serializer,
)
from rest_framework import serializers

from api.glue.formats import MEDIA_TYPE

View = TypeVar("View", bound=Callable[..., Any])
Field = serializers.Field[Any, Any, Any, Any]

_SETTINGS: Final = {
    "TITLE": "Retour: Glue API",
    "DESCRIPTION": "Returns, as a storefront that was written for Spryker's Glue API knows them.",
    "VERSION": "1.0.0",
    "COMPONENT_SPLIT_REQUEST": False,
    "SORT_OPERATIONS": False,
    "POSTPROCESSING_HOOKS": [],  # those give the same enumeration of types many names
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "accessToken": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
        }
    },
}

_WORDS: Final = {
    400: "The body is no document of JSON:API.",
    401: "The token or the credentials are no good.",
    403: "There is no token.",
    404: "There is no such thing, or it is somebody else's.",
    413: "The body is too large.",
    415: "The body is neither JSON:API nor JSON.",
    422: "Attributes are missing or wrong, or the return cannot be.",
}


class Error(serializers.Serializer[Any]):
    """One thing that is wrong."""

    status = serializers.IntegerField()
    code = serializers.CharField(help_text="For programs.")
    detail = serializers.CharField(help_text="For people.")


class Errors(serializers.Serializer[Any]):
    """What is wrong."""

    errors = Error(many=True)  # type: ignore[assignment]


class Links(serializers.Serializer[Any]):
    """Addresses; those of other pages only in lists, with brackets as programs write them."""

    self = serializers.CharField()
    first = serializers.CharField(required=False)
    last = serializers.CharField(required=False)
    prev = serializers.CharField(required=False)
    next = serializers.CharField(required=False)


class Identifier(serializers.Serializer[Any]):
    """A resource, by name."""

    type = serializers.CharField()
    id = serializers.CharField()


class Relationship(serializers.Serializer[Any]):
    """Resources that belong to another."""

    data = Identifier(many=True)  # type: ignore[assignment]


def _name(type_: str) -> str:
    return "".join(part.capitalize() for part in type_.split("-"))


@cache
def _resource(
    type_: str, attributes: type[serializers.Serializer[Any]], *, is_sent: bool
) -> serializers.Serializer[Any]:
    kind = serializers.ChoiceField(choices=[(type_, type_)])
    if is_sent:
        sent: dict[str, Field] = {"type": kind, "attributes": attributes()}
        return inline_serializer(f"{_name(type_)}Sent", sent)
    fields: dict[str, Field] = {
        "type": kind,
        "id": serializers.CharField(allow_null=True),
        "attributes": attributes(),
        "links": Links(),
        "relationships": serializers.DictField(child=Relationship(), required=False),
    }
    return inline_serializer(_name(type_), fields)


@cache
def document(
    type_: str,
    attributes: type[serializers.Serializer[Any]],
    *,
    is_sent: bool = False,
    many: bool = False,
) -> serializers.Serializer[Any]:
    """Describe a document of one resource, or of many."""
    data = _resource(type_, attributes, is_sent=is_sent)
    if is_sent:
        return inline_serializer(f"{_name(type_)}Request", {"data": data})
    included = serializers.ListField(child=serializers.DictField(), required=False)
    if many:
        data = serializers.ListSerializer(child=data)  # type: ignore[assignment]
    fields: dict[str, Field] = {"data": data, "links": Links(), "included": included}
    return inline_serializer(f"{_name(type_)}{'List' if many else 'Document'}", fields)


def _query(name: str, description: str, kind: Any = OpenApiTypes.STR) -> OpenApiParameter:
    return OpenApiParameter(name, kind, OpenApiParameter.QUERY, description=description)


LANGUAGE: Final = OpenApiParameter(
    "Accept-Language", OpenApiTypes.STR, OpenApiParameter.HEADER, description="Of names."
)
PAGE: Final = (
    _query("page[offset]", "How many to leave out; 0 unless told.", OpenApiTypes.INT),
    _query("page[limit]", "How many at most; 10 unless told, and never more than 100.", int),
)
RETURN_INCLUDES: Final = _query("include", "`return-items`, or `return-items,order-items`.")


def fields_of(*types: str) -> tuple[OpenApiParameter, ...]:
    """Describe the choice of attributes of these types."""
    return tuple(_query(f"fields[{type_}]", "Attributes, with commas.") for type_ in types)


def describe(
    summary: str,
    *,
    answers: Mapping[int, Any],
    errors: Sequence[int] = (),
    request: Any = None,
    parameters: Sequence[OpenApiParameter] = (),
    tag: str,
    name: str,
    needs_token: bool = False,
) -> Callable[[View], View]:
    """Describe what one method of an address does."""
    told: dict[Any, Any] = {}
    for status, answer in answers.items():
        # An answer without a document has no media type either.
        key = status if answer is None else (status, MEDIA_TYPE)
        told[key] = OpenApiResponse(answer, description=summary)
    for status in errors:
        told[(status, MEDIA_TYPE)] = OpenApiResponse(Errors, description=_WORDS[status])
    extend: Callable[[View], View] = extend_schema(
        operation_id=name,
        summary=summary,
        request=request,
        responses=told,
        parameters=list(parameters),
        tags=[tag],
        auth=[{"accessToken": []}] if needs_token else [{}],  # type: ignore[list-item]
    )

    def decorate(view: View) -> View:
        # What `extend_schema` builds on; else it would be whatever the settings say for all APIs.
        view.kwargs = {"schema": AutoSchema}  # type: ignore[attr-defined]
        return extend(view)

    return decorate


@cache
def whole() -> dict[str, Any]:
    """Return the OpenAPI document of the Glue API."""
    from api.glue.urls import described

    with patched_settings(_SETTINGS):
        generator = SchemaGenerator(patterns=described())
        found: dict[str, Any] = generator.get_schema(request=None, public=True)
    for name, told in found["components"]["schemas"].items():
        if name.endswith("Attributes"):  # `fields[…]` leaves any of them out
            told.pop("required", None)
    return found
