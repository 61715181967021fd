"""Whatever values come, every field answers with data or says what is wrong, and nothing breaks."""

import random
from typing import Any

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_enum_type,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    is_required_input_field,
)

from api.schema.root import SCHEMA
from tests.api.conftest import Program
from tests.api.shop import gid, returned

pytestmark = pytest.mark.django_db(transaction=True)

TIMES = 12
TYPES = [
    "Order",
    "Return",
    "ReturnLineItem",
    "FulfillmentLineItem",
    "ReverseFulfillmentOrder",
    "Location",
    "LineItem",
    "ReverseFulfillmentOrderLineItem",
    "OrderTransaction",
    "Customer",
    "ProductVariant",
    "FulfillmentOrder",
]
VALUES: dict[str, list[Any]] = {
    "Int": [0, 1, 2, -1, 2**31 - 1, -(2**31)],
    "Float": [0, -1, 33.333333, 1e300],
    "Decimal": ["0", "1", "-1", "0.001", "999999999999999999", "1e-18", 5.5],
    "Money": ["0", "1", "-1", "0.001", "1e18"],
    "DateTime": ["2026-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00"],
    "URL": ["https://a.example/x.pdf", "ftp://x", "https://" + "a" * 600],
    "UnsignedInt64": ["0", "7"],
    "Boolean": [True, False],
    "CurrencyCode": ["EUR", "JPY"],
    "String": ["", "x", "a" * 600, "ä😀", "(name:1 OR", "'; --", "%s %(a)s", "a\0b"],
}
ALLOWED = {"RESOURCE_NOT_FOUND", "BAD_REQUEST", "INVALID_VARIABLE", "MAX_COST_EXCEEDED"}


def value(chance: random.Random, type_: Any) -> Any:
    """Return some value of a type, or null where that may be."""
    if not is_non_null_type(type_) and chance.random() < 0.4:
        return None
    bare = get_nullable_type(type_)
    if is_list_type(bare):
        return [value(chance, bare.of_type) for _each in range(chance.randint(0, 2))]
    if is_input_object_type(bare):
        names = [chance.choice(list(bare.fields))] if bare.is_one_of else list(bare.fields)
        return {
            name: value(chance, bare.fields[name].type)
            for name in names
            if bare.is_one_of or is_required_input_field(bare.fields[name]) or chance.random() < 0.5
        }
    if bare.name == "ID":
        return gid(chance.choice(TYPES), chance.choice([0, 1, 2, 3, 2**63 - 1, 2**70]))
    if is_enum_type(bare) and bare.name not in VALUES:
        return chance.choice(list(bare.values))
    return chance.choice(VALUES[bare.name])


def selection(type_: Any) -> str:
    """Return a selection of all leaves of a type; of lists of errors too."""
    named = get_named_type(type_)
    if is_leaf_type(named):
        return ""
    parts = ["__typename"]
    for name, field in getattr(named, "fields", {}).items():
        inner = get_named_type(field.type)
        if is_leaf_type(inner) and not any(map(is_required_argument, field.args.values())):
            parts.append(name)
        elif name.endswith("serErrors") or name in ("nodes", "pageInfo"):
            parts.append(f"{name} {selection(inner)}")
    return f"{{ {' '.join(parts)} }}"


def arguments(chance: random.Random, args: dict[str, GraphQLArgument]) -> dict[str, Any]:
    return {
        name: 3 if name == "first" else value(chance, arg.type)
        for name, arg in args.items()
        if name not in ("last", "before", "after")
        and (name == "first" or is_required_argument(arg) or chance.random() < 0.5)
    }


ROOTS = [
    (kind, name)
    for kind, root in (("query", SCHEMA.query_type), ("mutation", SCHEMA.mutation_type))
    for name in (root.fields if isinstance(root, GraphQLObjectType) else ())
]


@pytest.mark.parametrize(("kind", "name"), ROOTS, ids=[name for _kind, name in ROOTS])
def test_no_value_breaks_a_field(program: Program, kind: str, name: str) -> None:
    returned(2, 1)
    chance = random.Random(name)
    root = SCHEMA.query_type if kind == "query" else SCHEMA.mutation_type
    assert root is not None
    field = root.fields[name]
    for number in range(TIMES):
        given = arguments(chance, field.args)
        declared = ", ".join(f"${each}: {field.args[each].type}" for each in given)
        passed = ", ".join(f"{each}: ${each}" for each in given)
        key = f'@idempotent(key: "{number}")' if kind == "mutation" else ""
        query = (
            f"{kind} {f'({declared})' if given else ''} {{"
            f" {name} {f'({passed})' if given else ''} {key} {selection(field.type)} }}"
        )
        program.row.__class__.objects.update(spent_millis=0)
        answer = program.ask(query, **given)
        codes = {error["extensions"]["code"] for error in answer.get("errors", [])}
        assert codes <= ALLOWED, (answer, given)
        assert "data" in answer or "errors" in answer
