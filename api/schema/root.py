"""The schema, put together from its parts."""

import inspect
from collections.abc import Callable
from operator import attrgetter
from typing import Any

import strawberry
from graphql import (
    DirectiveLocation,
    GraphQLArgument,
    GraphQLDirective,
    GraphQLInputObjectType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    print_schema,
)
from graphql.type import GraphQLString
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from api.schema.calculated import CalculatedReturnShippingFee
from api.schema.mutations.root import Mutation
from api.schema.query import QueryRoot
from api.schema.return_lines import ReturnLineItem, UnverifiedReturnLineItem
from api.schema.scalars import SCALARS
from api.schema.store_credit import (
    StoreCreditAccountCreditTransaction,
    StoreCreditAccountDebitRevertTransaction,
    StoreCreditAccountDebitTransaction,
    StoreCreditAccountExpirationTransaction,
)

_DECLARED = strawberry.Schema(
    query=QueryRoot,
    mutation=Mutation,
    types=[
        CalculatedReturnShippingFee,
        ReturnLineItem,
        UnverifiedReturnLineItem,
        StoreCreditAccountCreditTransaction,
        StoreCreditAccountDebitTransaction,
        StoreCreditAccountDebitRevertTransaction,
        StoreCreditAccountExpirationTransaction,
    ],
    config=StrawberryConfig(auto_camel_case=True, scalar_map=SCALARS),
)

# What runs, without the steps that strawberry puts around it.
SCHEMA: GraphQLSchema = _DECLARED._schema
SCHEMA.directives = (
    *SCHEMA.directives,
    GraphQLDirective(
        "idempotent",
        [DirectiveLocation.FIELD],
        args={"key": GraphQLArgument(GraphQLNonNull(GraphQLString), description="Chosen freely.")},
        description="Do a mutation once, however often it is sent with this key.",
    ),
)


def _quicken(schema: GraphQLSchema) -> None:
    """Call the functions of fields without arguments directly.

    strawberry's own way to them takes longer than most of these functions do, and a page of rows
    has thousands of such fields.
    """
    for type_ in schema.type_map.values():
        if not isinstance(type_, GraphQLObjectType) or type_.name.startswith("__"):
            continue
        for field in type_.fields.values():
            declared = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
            if declared is not None and not field.args:
                field.resolve = _direct(declared)


def _direct(declared: StrawberryField) -> Callable[[Any, Any], Any]:
    resolver = declared.base_resolver
    if resolver is None:
        fetch: Callable[[Any], Any] = attrgetter(declared.python_name)
        return lambda row, _info: fetch(row)
    function: Any = resolver.wrapped_func
    if "info" in inspect.signature(function).parameters:
        return function
    return lambda row, _info: function(row)


def _mark_choices(schema: GraphQLSchema) -> None:
    """Tell graphql-core of which inputs exactly one field is to be given; strawberry does not."""
    for type_ in schema.type_map.values():
        declared = type_.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
        if isinstance(type_, GraphQLInputObjectType) and declared is not None:
            type_.is_one_of = bool(declared.is_one_of)


_quicken(SCHEMA)
_mark_choices(SCHEMA)


def sdl() -> str:
    """Return the schema as text."""
    return f"{print_schema(SCHEMA).strip()}\n"
