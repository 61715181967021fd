"""What makes a document invalid, told in the words of Shopify's server.

Two rules of the specification are looser there, so here too: fields of one response name may have
different types in different fragments, and a union may be asked for without a selection.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from graphql import (
    ArgumentNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    Undefined,
    ValidationContext,
    ValidationRule,
    get_named_type,
    is_leaf_type,
    is_non_null_type,
    is_required_argument,
    is_type_sub_type_of,
    is_union_type,
    print_ast,
    specified_rules,
    type_from_ast,
)
from graphql.language.ast import ObjectFieldNode
from graphql.validation import (
    ASTValidationRule,
    FieldsOnCorrectTypeRule,
    KnownArgumentNamesRule,
    NoUndefinedVariablesRule,
    NoUnusedVariablesRule,
    OverlappingFieldsCanBeMergedRule,
    ProvidedRequiredArgumentsRule,
    ScalarLeafsRule,
    ValuesOfCorrectTypeRule,
    VariablesInAllowedPositionRule,
)

from api.engine.introspection import Introspection
from api.engine.values import Place, literal_problems

MOST_LEVELS: Final = 30


def _path(ancestors: Sequence[Any], *last: str) -> list[str | int]:
    """Return the way to a place in a document: its operation or fragment, then field by field."""
    steps: list[str | int] = []
    for node in ancestors:
        if isinstance(node, OperationDefinitionNode):
            name = f" {node.name.value}" if node.name else ""
            steps.append(f"{node.operation.value}{name}")
        elif isinstance(node, FragmentDefinitionNode):
            steps.append(f"fragment {node.name.value}")
        elif isinstance(node, InlineFragmentNode):
            kind = f" on {node.type_condition.name.value}" if node.type_condition else ""
            steps.append(f"...{kind}")
        elif isinstance(node, FieldNode):
            steps.append(node.alias.value if node.alias else node.name.value)
        elif isinstance(node, ArgumentNode | ObjectFieldNode):
            steps.append(node.name.value)
    return [*steps, *last]


class _Rule(ValidationRule):
    """A rule that reports with a code, and a path into the document."""

    context: ValidationContext

    def refuse(
        self, message: str, node: Node, path: list[str | int], code: str, **more: Any
    ) -> None:
        """Report one error."""
        extensions = {"code": code, **more}
        self.report_error(GraphQLError(message, nodes=node, path=path, extensions=extensions))


class KnownFields(_Rule):
    """Only fields that a type has."""

    def enter_field(
        self, node: FieldNode, _key: Any, _parent: Any, _path_: Any, ancestors: list[Any]
    ) -> None:
        """Check it."""
        type_ = self.context.get_parent_type()
        name = node.name.value
        if type_ is None or self.context.get_field_def() is not None:
            return
        self.refuse(
            f"Field '{name}' doesn't exist on type '{type_.name}'",
            node,
            _path(ancestors, name),
            "undefinedField",
            typeName=type_.name,
            fieldName=name,
        )


class Selections(_Rule):
    """Objects have selections, scalars none, unions may."""

    def enter_field(
        self, node: FieldNode, _key: Any, _parent: Any, _path_: Any, ancestors: list[Any]
    ) -> None:
        """Check it."""
        type_ = self.context.get_type()
        if type_ is None:
            return
        name, kind = node.name.value, get_named_type(type_)
        if is_leaf_type(kind) and node.selection_set:
            chosen = ", ".join(f'"{print_ast(each)}"' for each in node.selection_set.selections)
            message = (
                "Selections can't be made on scalars"
                f" (field '{name}' returns {kind.name} but has selections [{chosen}])"
            )
        elif not is_leaf_type(kind) and not node.selection_set and not is_union_type(kind):
            message = (
                f"Field must have selections (field '{name}' returns {kind.name} but has no"
                f" selections. Did you mean '{name} {{ ... }}'?)"
            )
        else:
            return
        self.refuse(
            message,
            node,
            _path(ancestors, name),
            "selectionMismatch",
            nodeName=f"field '{name}'",
            typeName=kind.name,
        )


class KnownArguments(_Rule):
    """Only arguments that a field or directive has."""

    def enter_argument(
        self, node: ArgumentNode, _key: Any, _parent: Any, _path_: Any, ancestors: list[Any]
    ) -> None:
        """Check it."""
        name, owner = (
            node.name.value,
            next(
                each for each in reversed(ancestors) if isinstance(each, FieldNode | DirectiveNode)
            ),
        )
        if isinstance(owner, DirectiveNode):
            found = self.context.schema.get_directive(owner.name.value)
            known = found is None or name in found.args
        else:
            field = self.context.get_field_def()
            known = field is None or name in field.args
        if known:
            return
        kind = "Directive" if isinstance(owner, DirectiveNode) else "Field"
        self.refuse(
            f"{kind} '{owner.name.value}' doesn't accept argument '{name}'",
            node,
            _path(ancestors, name),
            "argumentNotAccepted",
            name=owner.name.value,
            typeName=kind,
            argumentName=name,
        )


class RequiredArguments(_Rule):
    """All arguments that a field or directive needs."""

    def leave_field(
        self, node: FieldNode, _key: Any, _parent: Any, _path_: Any, ancestors: list[Any]
    ) -> None:
        """Check it."""
        field = self.context.get_field_def()
        if field is not None:
            self._check(node, field.args, "Field", ancestors)

    def leave_directive(
        self, node: DirectiveNode, _key: Any, _parent: Any, _path_: Any, ancestors: list[Any]
    ) -> None:
        """Check it."""
        found = self.context.schema.get_directive(node.name.value)
        if found is not None:
            self._check(node, found.args, "Directive", ancestors)

    def _check(
        self, node: FieldNode | DirectiveNode, args: Any, kind: str, ancestors: list[Any]
    ) -> None:
        given = {each.name.value for each in node.arguments or ()}
        missing = [n for n, arg in args.items() if is_required_argument(arg) and n not in given]
        if not missing:
            return
        name, listed = node.name.value, ", ".join(missing)
        self.refuse(
            f"{kind} '{name}' is missing required arguments: {listed}",
            node,
            _path(ancestors, name),
            "missingRequiredArguments",
            className=kind,
            name=name,
            arguments=listed,
        )


class ArgumentValues(_Rule):
    """Values of the types that arguments have; ids are global ones. Variables are checked apart."""

    def enter_argument(
        self, node: ArgumentNode, _key: Any, _parent: Any, _path_: Any, ancestors: list[Any]
    ) -> None:
        """Check it."""
        argument = self.context.get_argument()
        if argument is None:
            return
        owner = next(
            each for each in reversed(ancestors) if isinstance(each, FieldNode | DirectiveNode)
        )
        kind = "Directive" if isinstance(owner, DirectiveNode) else "Field"
        place = Place(kind, owner.name.value, node.name.value)
        for message, extensions in literal_problems(node.value, argument.type, place):
            path = _path(ancestors, node.name.value)
            self.refuse(message, node.value, path, **extensions)


class VariablePositions(_Rule):
    """Variables of the types of the arguments they are given to."""

    def leave_operation_definition(self, operation: OperationDefinitionNode, *_args: Any) -> None:
        """Check it."""
        declared = {each.variable.name.value: each for each in operation.variable_definitions or ()}
        for usage in self.context.get_recursive_variable_usages(operation):
            definition = declared.get(usage.node.name.value)
            if definition is None or usage.type is None:
                continue
            given = type_from_ast(self.context.schema, definition.type)
            default = usage.default_value is not Undefined or definition.default_value is not None
            if given is None or _fits(self.context, given, usage.type, has_default=default):
                continue
            name = usage.node.name.value
            self.refuse(
                f"Type mismatch on variable ${name} ({given} / {usage.type})",
                usage.node,
                _path([operation], name),
                "variableMismatch",
                variableName=name,
                typeName=str(given),
                errorMessage="Type mismatch",
            )


def _fits(context: ValidationContext, given: Any, wanted: Any, *, has_default: bool) -> bool:
    if is_non_null_type(wanted) and not is_non_null_type(given):
        return has_default and is_type_sub_type_of(context.schema, given, wanted.of_type)
    return is_type_sub_type_of(context.schema, given, wanted)


class KnownVariables(_Rule):
    """Variables that are used are declared, and the other way round."""

    def leave_operation_definition(self, operation: OperationDefinitionNode, *_args: Any) -> None:
        """Check it."""
        who = operation.name.value if operation.name else f"anonymous {operation.operation.value}"
        declared = [each.variable.name.value for each in operation.variable_definitions or ()]
        used = {
            usage.node.name.value: usage.node
            for usage in self.context.get_recursive_variable_usages(operation)
        }
        for name, node in used.items():
            if name not in declared:
                message = f"Variable ${name} is used by {who} but not declared"
                path = _path([operation], name)
                self.refuse(message, node, path, "variableNotDefined", variableName=name)
        for name in declared:
            if name not in used:
                message = f"Variable ${name} is declared by {who} but not used"
                path = _path([operation])
                self.refuse(message, operation, path, "variableNotUsed", variableName=name)


class Depth(_Rule):
    """Not more levels than the server walks down."""

    def enter_document(self, document: DocumentNode, *_args: Any) -> None:
        """Check it."""
        fragments = {
            each.name.value: each
            for each in document.definitions
            if isinstance(each, FragmentDefinitionNode)
        }
        depths: dict[str, int] = {}
        for definition in document.definitions:
            if isinstance(definition, OperationDefinitionNode):
                levels = _levels(definition.selection_set, fragments, depths)
                if levels > MOST_LEVELS:
                    told = f"Query has depth of {levels}, which exceeds max depth of {MOST_LEVELS}"
                    self.report_error(GraphQLError(told, nodes=definition))


def _levels(
    chosen: SelectionSetNode | None,
    fragments: Mapping[str, FragmentDefinitionNode],
    depths: dict[str, int],
) -> int:
    """Return how deep a selection goes; each fragment is walked once, a cycle counts as flat."""
    most = 0
    for node in chosen.selections if chosen else ():
        if isinstance(node, FragmentSpreadNode):
            name = node.name.value
            if name not in depths and name in fragments:
                depths[name] = 0
                depths[name] = _levels(fragments[name].selection_set, fragments, depths)
            most = max(most, depths.get(name, 0))
        elif isinstance(node, FieldNode):
            most = max(most, 1 + _levels(node.selection_set, fragments, depths))
        elif isinstance(node, InlineFragmentNode):
            most = max(most, _levels(node.selection_set, fragments, depths))
    return most


_REPLACED: Final = (
    OverlappingFieldsCanBeMergedRule,
    FieldsOnCorrectTypeRule,
    ScalarLeafsRule,
    KnownArgumentNamesRule,
    ProvidedRequiredArgumentsRule,
    ValuesOfCorrectTypeRule,
    VariablesInAllowedPositionRule,
    NoUndefinedVariablesRule,
    NoUnusedVariablesRule,
)
RULES: Final[tuple[type[ASTValidationRule], ...]] = (
    Depth,
    Introspection,
    *(rule for rule in specified_rules if rule not in _REPLACED),
    KnownFields,
    Selections,
    KnownArguments,
    RequiredArguments,
    ArgumentValues,
    VariablePositions,
    KnownVariables,
)
