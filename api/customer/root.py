"""What a buyer's program can do, and the schema of it all."""

from typing import Any, Final

import strawberry
from graphql import GraphQLSchema
from strawberry import UNSET
from strawberry.schema.config import StrawberryConfig

from accounts import actors
from api.customer.enums import ReturnErrorCode
from api.customer.schema import Order, QueryRoot, Return, choose, orders_of
from api.engine.context import Context
from api.engine.gids import number_of
from api.engine.results import Problem
from api.engine.schemas import ready
from api.schema.connections import with_arguments
from api.schema.enums import ReturnReason
from api.schema.fields import of, output, read, taken
from api.schema.money import MoneyBag, bag
from api.schema.mutations.outcome import (
    DisplayableError,
    Refused,
    mutation,
    payload,
    refused,
    translated,
)
from api.schema.reasons import HANDLES
from api.schema.scalars import SCALARS
from orders.models import Order as OrderRow
from returns import lifecycle
from returns.eligibility import Blocker
from returns.errors import InvalidQuantity, MissingReason, NotReturnable, ReturnError
from returns.lifecycle import LineRequest
from returns.models import ReturnReason as ReasonRow
from returns.refunds import proposals
from returns.refunds.pricing import Proposal

MOST_LINES: Final = 250


@output("ReturnUserError")
@of(Problem)
class ReturnUserError(DisplayableError):
    """Something that is wrong with an act on a return."""

    code: ReturnErrorCode | None = read(
        lambda row: "NOT_AUTHORIZED" if row.code == "MISSING_PERMISSION" else row.code,
        "What is wrong, for programs.",
    )


@taken("RequestedLineItemInput")
class RequestedLineItemInput:
    """Pieces of a line that the buyer wants to send back."""

    line_item_id: strawberry.ID
    quantity: int
    return_reason: ReturnReason | None = UNSET
    return_reason_definition_id: strawberry.ID | None = UNSET
    customer_note: str | None = UNSET


@taken("CalculateReturnLineItemInput")
class CalculateLineInput:
    """Pieces of a line that would go back."""

    line_item_id: strawberry.ID
    quantity: int


@taken("CalculateReturnInput")
class CalculateInput:
    """A return that is thought of."""

    order_id: strawberry.ID
    return_line_items: list[CalculateLineInput] | None = strawberry.field(default_factory=list)


@output("ReturnFinancialSummary")
class ReturnFinancialSummary:
    """What a return would bring."""

    return_total_set: MoneyBag = read(
        lambda row: bag(-row.amount, row.currency), "What the buyer gets, below 0, after fees."
    )


@output("CalculatedReturn")
class CalculatedReturn:
    """A return that is thought of, worked out."""

    financial_summary: ReturnFinancialSummary = read(lambda row: row, "What it would bring.")


def _order(context: Context, gid: str, *place: str) -> OrderRow:
    order: OrderRow | None = orders_of(context).filter(pk=number_of(gid, "Order")).first()
    if order is None:
        raise refused(place, "Order not found.", "NOT_FOUND")
    return order


def _handle(asked: RequestedLineItemInput) -> str:
    if asked.return_reason_definition_id:
        number = number_of(asked.return_reason_definition_id, "ReturnReasonDefinition")
        found = ReasonRow.objects.offered().filter(pk=number).first()
        return found.handle if found else ""
    return HANDLES.get(asked.return_reason or "", "")


def request(
    context: Context, *, order_id: str, requested_line_items: list[RequestedLineItemInput]
) -> dict[str, Any]:
    """Ask for a return, as the buyer does on the pages of the shop."""
    order = _order(context, order_id, "orderId")
    if len(requested_line_items) > MOST_LINES:
        raise refused(("requestedLineItems",), "Too many lines.", "TOO_MANY_ARGUMENTS")
    wanted = [(number_of(e.line_item_id, "LineItem"), e.quantity) for e in requested_line_items]
    chosen = choose(order, wanted)
    known = {index for index, _row, _pieces in chosen}
    for index in range(len(wanted)):
        if index not in known:
            place = ("requestedLineItems", str(index), "lineItemId")
            raise refused(place, "Line item was not found.", "NOT_FOUND")
    wishes = [
        LineRequest(
            fulfillment_line_id=row.pk,
            quantity=pieces,
            reason=_handle(requested_line_items[index]),
            customer_note=requested_line_items[index].customer_note or "",
        )
        for index, row, pieces in chosen
    ]
    user = context.user
    actor = actors.buyer(str(user), user_id=user.pk if user else None)
    try:
        return {"return_": lifecycle.request(order, wishes, actor=actor)}
    except ReturnError as error:
        numbers = {str(n): str(index) for n, (index, _row, _pieces) in enumerate(chosen)}
        raise _worded(error, numbers) from error


def _worded(error: ReturnError, numbers: dict[str, str]) -> Refused:
    """Return what is wrong with a request. numbers: of the wish, by the number of its part."""
    gone = {Blocker.IN_RETURN, Blocker.RETURNED, Blocker.UNFULFILLED}
    if isinstance(error, NotReturnable) and gone.intersection(error.blockers):
        error = InvalidQuantity(error.message, field=error.field)
    names = {**numbers, "customer_note": "customerNote", "reason": "returnReasonDefinitionId"}
    return translated(
        error,
        roots={"lines": ("requestedLineItems",)},
        names=names,
        words={
            InvalidQuantity: (
                ("quantity",),
                "Return line item has an invalid quantity.",
                "INVALID",
            ),
            MissingReason: (("returnReasonDefinitionId",), "Return reason can't be blank", "BLANK"),
        },
        whole=("orderId",),
    )


def _calculate(_root: Any, info: strawberry.Info, *, input: CalculateInput) -> Proposal | None:  # noqa: A002
    number = number_of(input.order_id, "Order")
    order = orders_of(info.context).filter(pk=number).first()
    asked = input.return_line_items or []
    wanted = [(number_of(each.line_item_id, "LineItem"), each.quantity) for each in asked]
    if order is None:
        return None
    try:
        return proposals.estimate(order, [(row, count) for _n, row, count in choose(order, wanted)])
    except ReturnError:
        return None


@output("QueryRoot")
class Queries(QueryRoot):
    """What a buyer can ask for."""

    return_calculate: CalculatedReturn | None = with_arguments(
        CalculatedReturn | None,
        _calculate,
        "What a return would bring.",
        input=(CalculateInput, UNSET),
    )


@output("Mutation")
class Mutation:
    """What a buyer can do."""

    order_request_return = mutation(
        payload("OrderRequestReturnPayload", ReturnUserError, return_=(Return, "The return.")),
        request,
        "Ask for a return.",
        scope="",
        order_id=(strawberry.ID, UNSET),
        requested_line_items=(list[RequestedLineItemInput], UNSET),
    )


SCHEMA: GraphQLSchema = ready(
    strawberry.Schema(
        query=Queries,
        mutation=Mutation,
        types=[Order],
        config=StrawberryConfig(auto_camel_case=True, scalar_map=SCALARS),
    )
)
