"""Returns."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import UNSET

from api.engine import gids
from api.schema.connections import Connection, connection, with_arguments
from api.schema.enums import (
    RefundDutyRefundType,
    RefundMethodAllocation,
    ReturnDeclineReason,
    ReturnProcessingStatusFilterInput,
    ReturnStatus,
)
from api.schema.exchanges import ExchangeLineItem
from api.schema.fields import global_id, of, output, read, taken
from api.schema.loading import batched, children, related
from api.schema.nodes import Node, register
from api.schema.outcomes import (
    Outcome,
    RefundShippingInput,
    SuggestedReturnFinancialOutcome,
    SuggestedReturnRefund,
    shipping_wanted,
)
from api.schema.people import StaffMember
from api.schema.refunds import Refund
from api.schema.return_lines import (
    ReturnLineItemType,
    ReturnShippingFee,
    fees_of,
    lines_of,
    processable,
    processed,
)
from api.schema.reverse import ReverseFulfillmentOrder, work_rows
from api.schema.scalars import DateTime
from api.schema.transactions import OrderTransaction, parts_of
from returns.errors import ReturnError
from returns.models import Event, ExchangeLine, FeeKind, ReturnFee
from returns.models import Refund as RefundRow
from returns.models import Return as ReturnRow
from returns.refunds import proposals as refunds

if TYPE_CHECKING:
    from api.schema.orders import Order

OrderRef = Annotated["Order", strawberry.lazy("api.schema.orders")]


@output("ReturnDecline")
class ReturnDecline:
    """Why a request was declined."""

    reason: ReturnDeclineReason = read("decline_reason", "The reason.")
    note: str | None = read(lambda row: row.decline_note or None, "What the buyer was told.")


@taken("SuggestedOutcomeReturnLineItemInput")
class SuggestedOutcomeReturnLineItemInput:
    """Pieces of a return line that would be processed."""

    id: strawberry.ID
    quantity: int


@taken("SuggestedOutcomeExchangeLineItemInput")
class SuggestedOutcomeExchangeLineItemInput:
    """Pieces of a replacement that would be sent."""

    id: strawberry.ID
    quantity: int


@taken("ReturnRefundLineItemInput")
class ReturnRefundLineItemInput:
    """Pieces of a return line that would be paid back."""

    quantity: int
    return_line_item_id: strawberry.ID


@taken("RefundDutyInput")
class RefundDutyInput:
    """How much of a duty comes back."""

    duty_id: strawberry.ID
    refund_type: RefundDutyRefundType | None = UNSET


def _of_status(rows: Sequence[Any], status: Any, is_processable: Any, is_processed: Any) -> Any:
    if status == ReturnProcessingStatusFilterInput.PROCESSABLE:
        return [row for row in rows if is_processable(row)]
    if status == ReturnProcessingStatusFilterInput.PROCESSED:
        return [row for row in rows if is_processed(row)]
    return list(rows)


def _lines(row: ReturnRow, _info: Any, *, processing_status: Any) -> list[Any]:
    return list(_of_status(lines_of(row), processing_status, processable, processed))


def _exchanges(
    row: ReturnRow, _info: Any, *, include_removed_items: bool | None, processing_status: Any
) -> list[Any]:
    rows = children(row, "exchange_lines", lambda: ExchangeLine.objects.order_by("pk"))
    if not include_removed_items:
        rows = [each for each in rows if each.quantity]
    return list(
        _of_status(
            rows,
            processing_status,
            lambda each: each.unprocessed_quantity and row.status == "OPEN",
            lambda each: each.processed_quantity,
        )
    )


def _shipping_fees(row: ReturnRow) -> list[ReturnFee]:
    return [fee for fee in fees_of(row) if fee.kind == FeeKind.RETURN_SHIPPING]


def refunds_of(row: ReturnRow) -> list[RefundRow]:
    """Return the refunds of a return that did not fail."""
    rows = children(row, "refunds", lambda: RefundRow.objects.order_by("pk"))
    return [refund for refund in rows if refund.status != "FAILED"]


def _makers(rows: Sequence[ReturnRow]) -> dict[int, Any]:
    """Return who made each return, as far as it was a member of staff; one statement."""
    events = Event.objects.filter(
        for_return__in=[row.pk for row in rows],
        type__in=("return.requested", "return.created"),
        actor_user__isnull=False,
        actor_kind="STAFF",
    ).select_related("actor_user")
    return {event.for_return_id or 0: event.actor_user for event in events}


def _transactions(row: ReturnRow, _info: Any) -> list[Any]:
    return [part for refund in refunds_of(row) for part in parts_of(refund)]


def order_with_store(row: ReturnRow) -> Any:
    """Return the order of a return, with its store."""
    order = related(row, "order")
    related(order, "store")
    return order


def _outcome(
    row: ReturnRow, pieces: dict[int, int], shipping: RefundShippingInput | None, *, credit: bool
) -> Outcome | None:
    """Return the proposal for some pieces; None for pieces that the return does not have."""
    order = order_with_store(row)
    try:
        bare = refunds.propose(row, quantities=pieces)
        wanted = shipping_wanted(shipping, bare.shipping_left)
        proposal = refunds.propose(row, quantities=pieces, shipping=wanted)
    except ReturnError:
        return None
    return Outcome(order, proposal, list(order.payments.order_by("pk")), credit)


def _suggested_outcome(
    row: ReturnRow,
    _info: Any,
    *,
    return_line_items: list[SuggestedOutcomeReturnLineItemInput],
    refund_shipping: RefundShippingInput | None,
    refund_method_allocation: Any,
    **_others: Any,
) -> Outcome | None:
    pieces = {
        gids.number_of(each.id, "ReturnLineItem"): each.quantity for each in return_line_items
    }
    credit = refund_method_allocation == RefundMethodAllocation.STORE_CREDIT
    return _outcome(row, pieces, refund_shipping, credit=credit)


def _suggested_refund(
    row: ReturnRow,
    _info: Any,
    *,
    return_refund_line_items: list[ReturnRefundLineItemInput],
    refund_shipping: RefundShippingInput | None,
    **_others: Any,
) -> Outcome | None:
    pieces = {
        gids.number_of(each.return_line_item_id, "ReturnLineItem"): each.quantity
        for each in return_refund_line_items
    }
    return _outcome(row, pieces, refund_shipping, credit=False)


_FILTER = (ReturnProcessingStatusFilterInput | None, UNSET)
_DUTIES = (list[RefundDutyInput] | None, UNSET)
_SHIPPING = (RefundShippingInput | None, UNSET)


@output("Return")
@of(ReturnRow)
class Return(Node):
    """A buyer's wish to send back pieces of an order, and what became of it."""

    id: strawberry.ID = global_id("Return")
    name: str = read("reference", "The number that people read.")
    status: ReturnStatus = read("status", "Where it stands.")
    created_at: DateTime = read("created_at", "When it was asked for.")
    request_approved_at: DateTime | None = read("approved_at", "When it was approved.")
    closed_at: DateTime | None = read("closed_at", "When it was closed.")
    total_quantity: int = read("total_quantity", "How many pieces go back.")
    decline: ReturnDecline | None = read(
        lambda row: row if row.status == "DECLINED" else None, "Why it was declined."
    )
    staff_member: StaffMember | None = read(
        lambda row: batched(row, "makers", _makers).get(row.pk), "Who made it, of the staff."
    )
    order: OrderRef = read(lambda row: related(row, "order"), "Of which order.")
    return_line_items: Connection[ReturnLineItemType] = connection(
        ReturnLineItemType, _lines, "What goes back.", processing_status=_FILTER
    )
    exchange_line_items: Connection[ExchangeLineItem] = connection(
        ExchangeLineItem,
        _exchanges,
        "What goes to the buyer instead.",
        include_removed_items=(bool | None, False),
        processing_status=_FILTER,
    )
    return_shipping_fees: list[ReturnShippingFee] = read(_shipping_fees, "What the way back costs.")
    refunds: Connection[Refund] = connection(
        Refund, lambda row, _info: refunds_of(row), "What was paid back."
    )
    transactions: Connection[OrderTransaction] = connection(
        OrderTransaction, _transactions, "How it was paid back."
    )
    reverse_fulfillment_orders: Connection[ReverseFulfillmentOrder] = connection(
        ReverseFulfillmentOrder,
        lambda row, _info: children(
            row, "reverse_fulfillments", lambda: work_rows().order_by("pk")
        ),
        "The work of taking it back.",
    )
    suggested_financial_outcome: SuggestedReturnFinancialOutcome | None = with_arguments(
        SuggestedReturnFinancialOutcome | None,
        _suggested_outcome,
        "What money would move if some of it were processed now.",
        return_line_items=(list[SuggestedOutcomeReturnLineItemInput], UNSET),
        exchange_line_items=(list[SuggestedOutcomeExchangeLineItemInput], UNSET),
        refund_shipping=_SHIPPING,
        refund_duties=_DUTIES,
        tip_line_id=(strawberry.ID | None, UNSET),
        refund_method_allocation=(
            RefundMethodAllocation | None,
            RefundMethodAllocation.ORIGINAL_PAYMENT_METHODS,
        ),
    )
    suggested_refund: SuggestedReturnRefund | None = with_arguments(
        SuggestedReturnRefund | None,
        _suggested_refund,
        "What would be paid back for some of it.",
        old="Use `suggestedFinancialOutcome`.",
        return_refund_line_items=(list[ReturnRefundLineItemInput], UNSET),
        refund_shipping=_SHIPPING,
        refund_duties=_DUTIES,
    )


def return_rows() -> Any:
    """Return the returns, without their search words."""
    return ReturnRow.objects.defer("search")


register("Return", return_rows, scope="read_returns")
