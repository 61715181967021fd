"""Making a declared schema ready to run with graphql-core alone."""

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
    get_nullable_type,
    is_leaf_type,
)
from graphql.type import GraphQLString
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from api.engine.execution import Leaf

IDEMPOTENT = GraphQLDirective(
    "idempotent",
    [DirectiveLocation.FIELD],
    args={"key": GraphQLArgument(GraphQLNonNull(GraphQLString), description="Chosen freely.")},
    description="Do a mutation once, however often it is sent with this key.",
)


def ready(declared: strawberry.Schema) -> GraphQLSchema:
    """Return what runs of a declared schema, without the steps that strawberry puts around it."""
    schema: GraphQLSchema = declared._schema
    schema.directives = (*schema.directives, IDEMPOTENT)
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__"):
            _quicken(type_)
        elif isinstance(type_, GraphQLInputObjectType):
            _mark_choice(type_)
    return schema


def _quicken(type_: GraphQLObjectType) -> None:
    """Call the functions of fields without arguments directly.

    strawberry's own way to them takes longer than most of these functions do, and a page of rows
    has thousands of such fields.
    """
    for field in type_.fields.values():
        declared = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
        if declared is not None and not field.args:
            field.resolve = _direct(declared, field.type)


def _direct(declared: StrawberryField, type_: Any) -> Callable[[Any, Any], Any]:
    resolver = declared.base_resolver
    read: Any = attrgetter(declared.python_name) if resolver is None else resolver.wrapped_func
    if resolver is not None and "info" in inspect.signature(read).parameters:
        function: Callable[[Any, Any], Any] = read
        return function
    bare = get_nullable_type(type_)
    if is_leaf_type(bare):
        return Leaf(read, bare.coerce_output_value, is_nullable=bare is type_)
    return lambda row, _info: read(row)


def _mark_choice(type_: GraphQLInputObjectType) -> None:
    """Tell graphql-core whether exactly one field is to be given; strawberry does not."""
    declared = type_.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if declared is not None:
        type_.is_one_of = bool(declared.is_one_of)
