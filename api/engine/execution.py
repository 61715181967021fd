"""Executing a checked document with graphql-core, quicker where an answer is made of many fields.

Nothing here is asynchronous, and most fields are leaves that are read of a row: those need neither
the information about their place nor the many questions that graphql-core asks of each value.
"""

from collections.abc import Callable
from typing import Any

from graphql import (
    FieldNode,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
    Undefined,
    is_union_type,
)
from graphql.execution.executor_throwing_on_incremental import ExecutorThrowingOnIncremental


class Leaf:
    """The resolver of a leaf without arguments that is read of a row and of nothing else."""

    __slots__ = ("is_nullable", "read", "write")

    def __init__(
        self, read: Callable[[Any], Any], write: Callable[[Any], Any], *, is_nullable: bool
    ) -> None:
        self.read = read
        self.write = write
        self.is_nullable = is_nullable

    def __call__(self, row: Any, _info: Any) -> Any:
        """Return the value as any resolver does, for who does not know of this class."""
        return self.read(row)

    def told(self, row: Any) -> Any:
        """Return the value as it is answered; Undefined when something is wrong with it."""
        try:
            value = self.read(row)
            if value is None:
                return None if self.is_nullable else Undefined
            if isinstance(value, Exception):
                return Undefined
            written = self.write(value)
        except Exception:  # found out again, and told, by graphql-core
            return Undefined
        return Undefined if written is None else written


class Execution(ExecutorThrowingOnIncremental):
    """Executes as graphql-core does, but answers a union without a selection with null."""

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Any,
        grouped_field_set: Any,
        position_context: Any,
    ) -> dict[str, Any]:
        """Return the fields of one object; leaves directly, all others as graphql-core does."""
        others, told = {}, {}
        for name, details in grouped_field_set.items():
            node: FieldNode = details[0].node
            field = parent_type.fields.get(node.name.value)
            value = Undefined
            if field is not None and type(field.resolve) is Leaf and not node.arguments:
                value = field.resolve.told(source_value)
            told[name] = value
            if value is Undefined:
                others[name] = details
        if others:
            found: Any = super().execute_fields(
                parent_type, source_value, path, others, position_context
            )
            told.update(found)
        return {name: value for name, value in told.items() if value is not Undefined}

    def complete_value(
        self,
        return_type: Any,
        field_details_list: Any,
        info: Any,
        path: Any,
        result: Any,
        position_context: Any,
    ) -> Any:
        """Complete values of the usual types with fewer questions."""
        inner = return_type.of_type if type(return_type) is GraphQLNonNull else return_type
        complete = _COMPLETE.get(type(inner))
        if result is None or complete is None or isinstance(result, Exception):
            return super().complete_value(
                return_type, field_details_list, info, path, result, position_context
            )
        done = getattr(self, complete)(
            inner, field_details_list, info, path, result, position_context
        )
        if done is None and inner is not return_type:  # the words for it are graphql-core's
            return super().complete_value(
                return_type, field_details_list, info, path, None, position_context
            )
        return done

    def complete_abstract_value(
        self, return_type: Any, field_details_list: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """Answer null where nothing was chosen of a union."""
        if is_union_type(return_type) and not any(
            each.node.selection_set for each in field_details_list
        ):
            return None
        return super().complete_abstract_value(return_type, field_details_list, *args, **kwargs)


_COMPLETE = {
    GraphQLObjectType: "complete_object_value",
    GraphQLList: "complete_list_value",
    GraphQLInterfaceType: "complete_abstract_value",
    GraphQLUnionType: "complete_abstract_value",
}
