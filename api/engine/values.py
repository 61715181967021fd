"""Whether values are of the types that arguments and variables have, told as Shopify's server does.

A problem with a literal is a message with extensions. A problem with a variable is a path into its
value with an explanation; all of a variable's problems are told in one error.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from graphql import (
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    ValueNode,
    get_nullable_type,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
    print_ast,
    type_from_ast,
    value_from_ast,
)
from graphql.language.ast import (
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    StringValueNode,
    VariableNode,
)
from graphql.type import GraphQLID

from api.engine.gids import is_gid

Problem = tuple[str, dict[str, str]]

# What no text in the database can contain.
NUL: Final = "\0"
# How deep a variable's value may nest; deeper than any input is.
MOST_LEVELS: Final = 20


class Place(NamedTuple):
    """Whose argument a literal is: `Field` or `InputObject`, its name, and the argument's name."""

    kind: str
    owner: str
    argument: str


def literal_problems(node: ValueNode, type_: Any, place: Place) -> Iterator[Problem]:
    """Yield what is wrong with a literal for an argument of a type; variables in it are skipped."""
    if isinstance(node, VariableNode):
        return
    bare = get_nullable_type(type_)
    if isinstance(node, NullValueNode):
        if is_non_null_type(type_):
            yield _incompatible(node, type_, place)
    elif is_list_type(bare):
        items = (node.values or ()) if isinstance(node, ListValueNode) else (node,)
        for item in items:
            yield from literal_problems(item, bare.of_type, place)
    elif is_input_object_type(bare):
        yield from _object_problems(node, bare, type_, place)
    else:
        yield from _leaf_problems(node, bare, type_, place)


def _leaf_problems(node: ValueNode, bare: Any, type_: Any, place: Place) -> Iterator[Problem]:
    if bare is GraphQLID:
        if not isinstance(node, StringValueNode) or not is_gid(node.value):
            yield _bad_id(node)
    elif not _is_readable(node, bare) or (isinstance(node, StringValueNode) and NUL in node.value):
        yield _incompatible(node, type_, place)


def _is_readable(node: ValueNode, type_: Any) -> bool:
    try:
        return value_from_ast(node, type_) is not Undefined
    except GraphQLError:
        return False


def _incompatible(node: ValueNode, type_: Any, place: Place) -> Problem:
    told = f"Argument '{place.argument}' on {place.kind} '{place.owner}' has an invalid value"
    return (
        f"{told} ({print_ast(node)}). Expected type '{type_}'.",
        {
            "code": "argumentLiteralsIncompatible",
            "typeName": place.kind,
            "argumentName": place.argument,
        },
    )


def _bad_id(node: ValueNode) -> Problem:
    shown = node.value if isinstance(node, StringValueNode) else print_ast(node)
    extensions = {"code": "argumentLiteralsIncompatible", "typeName": "CoercionError"}
    return f"Invalid global id '{shown}'", extensions


def _object_problems(node: ValueNode, bare: Any, type_: Any, place: Place) -> Iterator[Problem]:
    if not isinstance(node, ObjectValueNode):
        yield _incompatible(node, type_, place)
        return
    given = {field.name.value: field for field in node.fields or ()}
    for name, field in given.items():
        if name not in bare.fields:
            yield (
                f"InputObject '{bare.name}' doesn't accept argument '{name}'",
                {
                    "code": "argumentNotAccepted",
                    "name": bare.name,
                    "typeName": "InputObject",
                    "argumentName": name,
                },
            )
        else:
            inner = Place("InputObject", bare.name, name)
            yield from literal_problems(field.value, bare.fields[name].type, inner)
    yield from _missing_literals(bare, given)


def _missing_literals(bare: Any, given: Mapping[str, Any]) -> Iterator[Problem]:
    for name, field in bare.fields.items():
        if is_required_input_field(field) and name not in given:
            told = f"Argument '{name}' on InputObject '{bare.name}' is required."
            yield (
                f"{told} Expected type {field.type}",
                {
                    "code": "missingRequiredInputObjectAttribute",
                    "argumentName": name,
                    "argumentType": str(field.type),
                    "inputObjectType": bare.name,
                },
            )
    if bare.is_one_of and len(given) != 1:
        yield (
            f"'{bare.name}' requires exactly one argument, but {len(given)} were provided.",
            {"code": "invalidOneOfInputObject", "inputObjectType": bare.name},
        )


# --- variables ----------------------------------------------------------------------------------

Path = tuple[str | int, ...]


def check_variables(
    schema: GraphQLSchema, operation: OperationDefinitionNode, given: Mapping[str, Any]
) -> list[GraphQLError]:
    """Return an error per variable whose value does not fit; none when all do."""
    errors = []
    for definition in operation.variable_definitions or ():
        name = definition.variable.name.value
        type_ = type_from_ast(schema, definition.type)
        value = given.get(name, Undefined)
        if value is Undefined and definition.default_value is not None:
            continue
        if value is Undefined and not is_non_null_type(type_):
            continue
        value = None if value is Undefined else value
        found = list(_value_problems(value, type_, ()))
        if found:
            errors.append(_invalid_variable(definition, str(type_), value, found))
    return errors


def _invalid_variable(
    definition: Any, type_: str, value: Any, found: list[tuple[Path, str]]
) -> GraphQLError:
    told = ", ".join(
        f"{'.'.join(map(str, path))} ({explanation})" for path, explanation in found if path
    )
    name = definition.variable.name.value
    message = f"Variable ${name} of type {type_} was provided invalid value"
    return GraphQLError(
        f"{message} for {told}" if told else message,
        nodes=definition,
        extensions={
            "code": "INVALID_VARIABLE",
            "value": value,
            "problems": [
                {"path": list(path), "explanation": explanation} for path, explanation in found
            ],
        },
    )


def _value_problems(value: Any, type_: Any, path: Path) -> Iterator[tuple[Path, str]]:
    bare = get_nullable_type(type_)
    if value is None:
        if is_non_null_type(type_):
            yield path, "Expected value to not be null"
    elif len(path) > MOST_LEVELS:
        yield path, "Too deep"
    elif is_list_type(bare):
        items = value if isinstance(value, list) else [value]
        for index, item in enumerate(items):
            yield from _value_problems(item, bare.of_type, (*path, index))
    elif is_input_object_type(bare):
        yield from _fields_problems(value, bare, path)
    else:
        explanation = _leaf_problem(value, bare)
        if explanation:
            yield path, explanation


def _fields_problems(value: Any, bare: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if not isinstance(value, dict):
        yield path, f"Expected {_shown(value)} to be a key-value object."
        return
    for name in value:
        if name not in bare.fields:
            yield (*path, name), f"Field is not defined on {bare.name}"
    for name, field in bare.fields.items():
        if name in value:
            yield from _value_problems(value[name], field.type, (*path, name))
        elif is_required_input_field(field):
            yield (*path, name), "Expected value to not be null"
    if bare.is_one_of and len([each for each in value.values() if each is not None]) != 1:
        yield path, f"'{bare.name}' requires exactly one argument, but {len(value)} were provided."


def _leaf_problem(value: Any, bare: Any) -> str:
    if is_enum_type(bare):
        if isinstance(value, str) and value in bare.values:
            return ""
        return f"Expected {_shown(value)} to be one of: {', '.join(bare.values)}"
    if isinstance(value, str) and NUL in value:
        return "Text must not contain NUL"
    if bare is GraphQLID:
        return "" if is_gid(value) else f"Invalid global id '{value}'"
    try:
        bare.parse_value(value)
    except (GraphQLError, ValueError, TypeError, ArithmeticError) as error:
        told = getattr(error, "message", "")
        return (
            told
            if told.startswith("invalid")
            else f"Could not coerce value {_shown(value)} to {bare}"
        )
    return ""


def _shown(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
