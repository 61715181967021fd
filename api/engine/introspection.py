"""How much a document may ask about the schema itself, which costs no points."""

from collections.abc import Mapping
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    SelectionSetNode,
)
from graphql.validation import ASTValidationRule

# The query that tools send has 9 of these; each may be as long as the schema.
MOST_LISTS: Final = 50
_LISTS: Final = {
    "types",
    "fields",
    "inputFields",
    "enumValues",
    "interfaces",
    "possibleTypes",
    "directives",
    "args",
}
_ROOTS: Final = {"__schema", "__type"}


class Introspection(ASTValidationRule):
    """Not more lists of the schema than any tool wants, under however many names."""

    def enter_document(self, document: DocumentNode, *_args: Any) -> None:
        """Check it."""
        fragments = {
            each.name.value: each
            for each in document.definitions
            if isinstance(each, FragmentDefinitionNode)
        }
        known: dict[tuple[str, bool], int] = {}
        for definition in document.definitions:
            chosen = getattr(definition, "selection_set", None)
            if _lists(chosen, fragments, known, is_inside=False) > MOST_LISTS:
                self.report_error(GraphQLError("Query is too large", nodes=definition))
                return


def _lists(
    chosen: SelectionSetNode | None,
    fragments: Mapping[str, FragmentDefinitionNode],
    known: dict[tuple[str, bool], int],
    *,
    is_inside: bool,
) -> int:
    """Return how many lists of the schema a selection has; each fragment is walked once."""
    count = 0
    for node in chosen.selections if chosen else ():
        if isinstance(node, FragmentSpreadNode):
            key = (node.name.value, is_inside)
            fragment = fragments.get(node.name.value)
            if key not in known and fragment is not None:
                known[key] = 0
                known[key] = _lists(fragment.selection_set, fragments, known, is_inside=is_inside)
            count += known.get(key, 0)
        else:
            name = node.name.value if isinstance(node, FieldNode) else ""
            count += is_inside and name in _LISTS
            count += _lists(
                getattr(node, "selection_set", None),
                fragments,
                known,
                is_inside=is_inside or name in _ROOTS,
            )
    return count
