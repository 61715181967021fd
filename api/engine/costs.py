"""What a query costs: asked before it runs, and counted from its answer.

An object costs 1, a leaf nothing, a mutation 10. A connection costs 2, and what one node costs
times the square root of how many are asked for with `first` or `last`, because rows that come
together are cheap. An interface or union costs its dearest type.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil, sqrt
from typing import Any, Final

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
    is_composite_type,
)
from graphql.language.ast import IntValueNode, VariableNode

from accounts.clients import bucket, restore_rate

MOST: Final = 1000
MUTATION: Final = 10
CONNECTION: Final = 2
# A guard for the sum, so that nested connections cannot make numbers of any size.
_CEILING: Final = 10**9


@dataclass(frozen=True, kw_only=True)
class Meter:
    """Counts one operation with its variables."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]
    # The variables that sizes of connections were taken from.
    sizes: set[str] = field(default_factory=set)

    def asked(self, operation: OperationDefinitionNode) -> int:
        """Return what the operation costs at most."""
        return self._operation(operation, None, counted=False)

    def counted(self, operation: OperationDefinitionNode, data: Mapping[str, Any] | None) -> int:
        """Return what the operation cost, seen from its answer."""
        return self._operation(operation, data or {}, counted=True)

    def _operation(self, operation: OperationDefinitionNode, data: Any, *, counted: bool) -> int:
        root = self.schema.get_root_type(operation.operation)
        is_mutation = operation.operation == OperationType.MUTATION
        total = 0
        base = 0 if is_mutation else 1
        for node in self._fields(operation.selection_set):
            if is_mutation:
                total += MUTATION
            total += self._field(node, root, data, counted=counted, base=base)
        return total

    def _fields(self, chosen: SelectionSetNode | None) -> Iterator[FieldNode]:
        """Yield fields, those in fragments too, whatever type they are for."""
        for node in chosen.selections if chosen else ():
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode):
                yield from self._fields(node.selection_set)
            elif isinstance(node, FragmentSpreadNode):
                yield from self._fields(self.fragments[node.name.value].selection_set)

    def _field(
        self, node: FieldNode, parent: Any, data: Any, *, counted: bool, base: int = 1
    ) -> int:
        known = getattr(parent, "fields", {}).get(node.name.value)
        type_ = get_named_type(known.type) if known is not None else None
        if type_ is None or not is_composite_type(type_) or type_.name.startswith("__"):
            return 0
        value = data.get(node.alias.value if node.alias else node.name.value) if counted else None
        if counted and value is None:
            return 0
        if type_.name.endswith("Connection"):
            return self._connection(node, type_, value, counted=counted)
        if isinstance(value, list):
            found = [each for each in value if each is not None]
            return sum(base + self._inside(node.selection_set, type_, each) for each in found)
        return base + self._inside(node.selection_set, type_, value if counted else None)

    def _connection(self, node: FieldNode, type_: Any, value: Any, *, counted: bool) -> int:
        if counted:
            rows = max((len(each) for each in value.values() if isinstance(each, list)), default=0)
            inside = self._inside(node.selection_set, type_, value)
            return CONNECTION + ceil(inside * scaled(rows) / max(rows, 1))
        size = scaled(self._size(node))
        return min(CONNECTION + size * self._inside(node.selection_set, type_, None), _CEILING)

    def _inside(self, chosen: SelectionSetNode | None, type_: Any, value: Any) -> int:
        """Return the cost of a selection on a type: of its dearest case if it is abstract."""
        counted = value is not None
        shared, cases = 0, [0]
        for node in chosen.selections if chosen else ():
            if isinstance(node, FieldNode):
                free = type_.name.endswith(("Connection", "Edge"))
                base = 0 if free and node.name.value in ("edges", "pageInfo") else 1
                shared += self._field(node, type_, value, counted=counted, base=base)
                continue
            part, name = self._part(node)
            inner = self.schema.get_type(name) if name else type_
            cost = self._inside(part, inner, value)
            if is_abstract_type(type_) and inner is not type_ and not counted:
                cases.append(cost)
            else:
                shared += cost
        return shared + max(cases)

    def _part(self, node: Any) -> tuple[SelectionSetNode, str]:
        if isinstance(node, FragmentSpreadNode):
            fragment = self.fragments[node.name.value]
            return fragment.selection_set, fragment.type_condition.name.value
        return node.selection_set, node.type_condition.name.value if node.type_condition else ""

    def _size(self, node: FieldNode) -> int:
        for argument in node.arguments or ():
            if argument.name.value in ("first", "last"):
                value: Any = None
                if isinstance(argument.value, IntValueNode):
                    value = int(argument.value.value)
                elif isinstance(argument.value, VariableNode):
                    name = argument.value.name.value
                    self.sizes.add(name)
                    value = self.variables.get(name)
                if isinstance(value, int):
                    return max(value, 0)
        return 0


def scaled(rows: int) -> int:
    """Return how often the cost of a node counts for so many rows."""
    return ceil(sqrt(rows))


def told(asked: int, counted: int | None, available: int) -> dict[str, Any]:
    """Return `extensions.cost` of an answer."""
    return {
        "requestedQueryCost": asked,
        "actualQueryCost": counted,
        "throttleStatus": {
            "maximumAvailable": bucket(),
            "currentlyAvailable": max(min(available, bucket()), 0),
            "restoreRate": restore_rate(),
        },
    }
