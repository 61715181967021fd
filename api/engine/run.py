"""One request from its text to its answer: check, weigh, run, count."""

from collections.abc import Awaitable, Mapping
from dataclasses import replace
from typing import Any, TypeGuard

from django.utils import translation
from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    execute,
)

from api.engine import costs, documents
from api.engine.context import Context
from api.engine.execution import Execution
from api.engine.problems import formatted, plain_error
from api.engine.values import check_variables

Answer = dict[str, Any]


def answer(
    schema: GraphQLSchema,
    context: Context,
    *,
    query: str,
    variables: Mapping[str, Any],
    name: str | None,
) -> Answer:
    """Return the whole answer to a request; its errors too, in Shopify's words."""
    document = documents.load(schema, query)
    if document.node is None or document.errors:
        return _refusal(context, document.errors)
    try:
        operation = document.operation(name)
    except GraphQLError as error:
        return _refusal(context, [error])
    wrong = check_variables(schema, operation, variables)
    if wrong:
        return _refusal(context, wrong)
    meter = costs.Meter(schema=schema, fragments=document.fragments, variables=variables)
    asked = document.cost(operation, meter)
    left = context.available()
    too_much = _too_much(asked, left)
    if too_much is not None:
        return _refusal(context, [too_much], asked=asked)
    return _run(schema, context, document, operation, variables, meter, asked)


def _never(_value: Any) -> TypeGuard[Awaitable[Any]]:
    """Nothing here is asynchronous."""
    return False


def _too_much(asked: int, left: int) -> GraphQLError | None:
    if asked > costs.MOST:
        return plain_error(
            f"Query cost is {asked}, which exceeds the single query max cost limit ({costs.MOST}).",
            "MAX_COST_EXCEEDED",
            cost=asked,
            maxCost=costs.MOST,
        )
    return plain_error("Throttled", "THROTTLED") if asked > left else None


def _refusal(context: Context, errors: Any, *, asked: int = 0) -> Answer:
    left = context.available()
    counted = None if asked else 0
    return {
        "errors": [formatted(error) for error in errors],
        "extensions": {"cost": costs.told(asked, counted, left)},
    }


def _run(
    schema: GraphQLSchema,
    context: Context,
    document: documents.Document,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
    meter: costs.Meter,
    asked: int,
) -> Answer:
    # Messages of the domain follow the active language; programs read English.
    with translation.override("en"):
        result = execute(
            schema,
            document.node,  # type: ignore[arg-type]  # checked by `answer`
            context_value=replace(context, variables=variables),
            variable_values=dict(variables),
            operation_name=operation.name.value if operation.name else None,
            executor_class=Execution,
            is_awaitable=_never,
        )
    assert isinstance(result, ExecutionResult)  # noqa: S101  # nothing here is asynchronous
    counted = min(meter.counted(operation, result.data), asked)
    context.spend(counted)
    left = context.available() - counted
    told: Answer = {"data": result.data}
    if result.errors:
        told["errors"] = [formatted(error) for error in result.errors]
    told["extensions"] = {"cost": costs.told(asked, counted, left)}
    return told
