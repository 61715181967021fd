"""Documents: parsed and checked once, however often the same text comes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    parse,
    validate,
)

from api.engine.costs import Meter
from api.engine.problems import plain_error
from api.engine.rules import RULES

# Larger documents than any program has; so is the number of their words.
LONGEST: Final = 100_000
MOST_TOKENS: Final = 10_000
MOST_COSTS: Final = 50  # that are kept for a document


@dataclass(frozen=True, kw_only=True)
class Document:
    """A document that was parsed, its operations and fragments, or what is wrong with it."""

    node: DocumentNode | None
    operations: Mapping[str, OperationDefinitionNode]
    fragments: Mapping[str, FragmentDefinitionNode]
    errors: tuple[GraphQLError, ...]
    # By the operation and the sizes of connections that variables said.
    _costs: dict[Any, int] = field(default_factory=dict)
    _sizes: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def cost(self, operation: OperationDefinitionNode, meter: Meter) -> int:
        """Return what an operation costs at most; it is worked out once for the same sizes."""
        name = operation.name.value if operation.name else ""
        sizes = self._sizes.get(name, ())
        key = (name, *(str(meter.variables.get(each)) for each in sizes))
        cost = self._costs.get(key) if name in self._sizes else None
        if cost is None:
            cost = meter.asked(operation)
            if name not in self._sizes:
                self._sizes[name] = tuple(meter.sizes)
            elif len(self._costs) < MOST_COSTS:
                self._costs[key] = cost
        return cost

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """Return the operation with a name, or the only one. Raises GraphQLError."""
        if name:
            found = self.operations.get(name)
            if found is None:
                raise GraphQLError(f'No operation named "{name}"')
            return found
        if len(self.operations) != 1:
            raise GraphQLError("An operation name is required")
        return next(iter(self.operations.values()))


@lru_cache(maxsize=500)
def load(schema: GraphQLSchema, text: str) -> Document:
    """Return the document with this text, checked against the schema."""
    if len(text) > LONGEST:
        return _broken(plain_error("Query is too large", "MAX_QUERY_SIZE_EXCEEDED"))
    try:
        node = parse(text, max_tokens=MOST_TOKENS)
    except GraphQLSyntaxError as error:
        told = error.message.removeprefix("Syntax Error: ")
        return _broken(
            GraphQLError(f"syntax error, {told}", source=error.source, positions=error.positions)
        )
    except RecursionError:
        return _broken(plain_error("Query is too deep", "MAX_DEPTH_EXCEEDED"))
    return _checked(schema, node)


def _checked(schema: GraphQLSchema, node: DocumentNode) -> Document:
    errors = validate(schema, node, list(RULES), max_errors=20)
    operations = [each for each in node.definitions if isinstance(each, OperationDefinitionNode)]
    return Document(
        node=node,
        operations={each.name.value if each.name else "": each for each in operations},
        fragments={
            each.name.value: each
            for each in node.definitions
            if isinstance(each, FragmentDefinitionNode)
        },
        errors=tuple(errors),
    )


def _broken(error: GraphQLError) -> Document:
    return Document(node=None, operations={}, fragments={}, errors=(error,))
