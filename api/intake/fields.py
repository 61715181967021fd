"""The format of an order for the OpenAPI document, made from the dataclasses that are the format.

Nothing is checked with these serializers: the intake does that, for imports and APIs alike.
"""

import types
import typing
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, Final

from rest_framework import serializers

from orders.intake.data import OrderData
from orders.models import BundleKind, PaymentMethod

_LEFT_OUT: Final = frozenset({"store"})
_CHOICES: Final = {"bundle_kind": BundleKind.values, "method": PaymentMethod.values}
_WORDS: Final = {
    "reference": "The number that people know it by.",
    "placed_at": "When it was placed; without a zone in the store's.",
    "currency": "ISO 4217; empty for the store's.",
    "language": "IETF language tag; empty for the store's.",
    "country": "ISO 3166, two letters.",
    "tax_included": "Whether prices include tax.",
    "discount": "Taken off the order as a whole, split over its lines in proportion.",
    "discount_total": "Taken off the whole line.",
    "tax_total": "Tax of the whole line, in or on the price.",
    "taxes": "The line's tax one by one; then tax_total may be left out.",
    "outstanding": "What the buyer still has to pay.",
    "external_id": "The shop's own id.",
    "line": "Number of the order's line, from 1.",
    "bundle_parent": "Number of the bundle's line, from 1.",
    "refunded": "What the shop paid back of it, refunds entered from Retour included.",
    "gateway": "What refunds go through; manual for by hand.",
    "location": "Code of the location it was sent from.",
    "is_goods": "No for services, fees and gift cards.",
    "rate": "In percent.",
}


@cache
def serializer_of(kind: Any) -> type[serializers.Serializer[Any]]:
    """Return a serializer that documents a dataclass of the intake."""
    name = kind.__name__.removesuffix("Data")
    hints = typing.get_type_hints(kind)
    made = {
        field.name: _field(field, hints[field.name])
        for field in fields(kind)
        if field.name not in _LEFT_OUT
    }
    named = "Order" if name == "Order" else f"Order{name.removeprefix('Order')}"
    return type(f"{named}Serializer", (serializers.Serializer,), made)


def _field(field: "Field[Any]", hint: Any) -> serializers.Field[Any, Any, Any, Any]:
    needed = field.default is MISSING and field.default_factory is MISSING
    options: dict[str, Any] = {"required": needed and field.name != "currency"}
    if isinstance(hint, types.UnionType):
        hint = next(part for part in typing.get_args(hint) if part is not types.NoneType)
        options["allow_null"] = True
    if field.name in _WORDS:
        options["help_text"] = _WORDS[field.name]
    if is_dataclass(hint):
        return serializer_of(typing.cast(Any, hint))(**options)
    if typing.get_origin(hint) is tuple:
        return _list(typing.get_args(hint)[0], options)
    return _simple(field.name, hint, options)


def _list(part: Any, options: dict[str, Any]) -> serializers.Field[Any, Any, Any, Any]:
    if is_dataclass(part):
        return serializer_of(typing.cast(Any, part))(many=True, **options)
    return serializers.ListField(child=serializers.CharField(), **options)


def _simple(name: str, hint: Any, options: dict[str, Any]) -> serializers.Field[Any, Any, Any, Any]:
    if typing.get_origin(hint) is not None:
        return serializers.DictField(child=serializers.CharField(), **options)
    if name in _CHOICES:
        return serializers.ChoiceField(choices=_CHOICES[name], **options)
    kind, more = _KINDS[hint]
    return kind(**more, **options)


_KINDS: Final[dict[Any, tuple[type[serializers.Field[Any, Any, Any, Any]], dict[str, Any]]]] = {
    str: (serializers.CharField, {"allow_blank": True}),
    bool: (serializers.BooleanField, {}),
    int: (serializers.IntegerField, {"min_value": 1}),
    Decimal: (
        serializers.DecimalField,
        {"max_digits": 19, "decimal_places": 4, "min_value": Decimal(0)},
    ),
    datetime: (serializers.DateTimeField, {}),
}

OrderSerializer = serializer_of(OrderData)


class TakenInSerializer(serializers.Serializer[Any]):
    """An order that is in."""

    id = serializers.IntegerField(help_text="The order's number in the Admin API's ids.")
    reference = serializers.CharField()
    store = serializers.CharField(help_text="The store's code.")
    outcome = serializers.ChoiceField(choices=["created", "updated", "unchanged"])


class AllTakenInSerializer(serializers.Serializer[Any]):
    """Orders that are in, in the order given."""

    orders = TakenInSerializer(many=True)


class WrongSerializer(serializers.Serializer[Any]):
    """One thing that is wrong."""

    pointer = serializers.CharField(help_text="Where in the body: a JSON pointer, RFC 6901.")
    detail = serializers.CharField()


class _ProblemSerializer(serializers.Serializer[Any]):
    """Why nothing was taken in: RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()


# Made apart, because `errors` is also what a serializer calls what is wrong with itself.
ProblemSerializer: Final = type(
    "ProblemSerializer",
    (_ProblemSerializer,),
    {
        "__doc__": _ProblemSerializer.__doc__,
        "errors": WrongSerializer(many=True, required=False),
    },
)
