"""What happens to a return's pieces: returnProcess, removeFromReturn, …Dispose, returnRefund."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

import strawberry
from django.db import transaction
from strawberry import UNSET

from api.engine.context import Context
from api.engine.gids import number_of
from api.schema.fields import taken
from api.schema.mutations.disposing import NAMES, STATE, DisposeInput, disposal, work_number
from api.schema.mutations.outcome import Refused, Words, refused, translated
from api.schema.mutations.payouts import (
    FinancialTransferInput,
    Payout,
    RefundTransactionInput,
    credit_of,
    money_refused,
    parts_of,
)
from api.schema.mutations.requests import find_return
from api.schema.outcomes import RefundShippingInput
from api.schema.returns import RefundDutyInput, ReturnRefundLineItemInput
from returns import lifecycle
from returns.errors import (
    InvalidDisposition,
    InvalidQuantity,
    InvalidState,
    MissingNote,
    NothingChosen,
    ReturnError,
    UnknownLine,
)
from returns.lifecycle import Receipt
from returns.models import Return, ReverseFulfillmentLine


@taken("ReturnProcessReturnLineItemInput")
class ProcessLineInput:
    """Pieces of a line that are processed."""

    id: strawberry.ID
    quantity: int
    dispositions: list[DisposeInput] | None = UNSET


@taken("ReturnProcessExchangeLineItemInput")
class ProcessExchangeInput:
    """Pieces of a replacement that are sent."""

    id: strawberry.ID
    quantity: int


@taken("ReturnProcessInput")
class ReturnProcessInput:
    """What is processed of a return."""

    return_id: strawberry.ID
    return_line_items: list[ProcessLineInput] | None = strawberry.field(default_factory=list)
    exchange_line_items: list[ProcessExchangeInput] | None = strawberry.field(default_factory=list)
    refund_shipping: RefundShippingInput | None = UNSET
    refund_duties: list[RefundDutyInput] | None = strawberry.field(default_factory=list)
    tip_line_id: strawberry.ID | None = UNSET
    financial_transfer: FinancialTransferInput | None = UNSET
    note: str | None = UNSET
    notify_customer: bool | None = False


@taken("ReturnLineItemRemoveFromReturnInput")
class RemoveLineInput:
    """Pieces of a line that are taken out."""

    quantity: int
    return_line_item_id: strawberry.ID


@taken("ExchangeLineItemRemoveFromReturnInput")
class RemoveExchangeInput:
    """Pieces of a replacement that are taken out."""

    exchange_line_item_id: strawberry.ID
    quantity: int


@taken("ReturnRefundInput")
class ReturnRefundInput:
    """What is paid back of a return."""

    return_id: strawberry.ID
    return_refund_line_items: list[ReturnRefundLineItemInput]
    refund_shipping: RefundShippingInput | None = UNSET
    refund_duties: list[RefundDutyInput] | None = UNSET
    order_transactions: list[RefundTransactionInput] | None = strawberry.field(default_factory=list)
    notify_customer: bool | None = False


# --- returnProcess ------------------------------------------------------------------------------

QUANTITY: Final = "Return line item has an invalid quantity."
_PROCESSING: Final[Words] = {
    UnknownLine: (("id",), "Return line item was not found.", "NOT_FOUND"),
    InvalidDisposition: (None, "", None),
}


def process(context: Context, *, input: ReturnProcessInput) -> dict[str, Any]:  # noqa: A002
    """Book what came back and is sent, and pay back, all or nothing."""
    return_ = find_return(context, input.return_id, ("input", "returnId"))
    receipts = _receipts(return_, input.return_line_items or [])
    exchanges = _pieces(
        [(each.id, each.quantity) for each in input.exchange_line_items or []], "ExchangeLineItem"
    )
    payout = _payout(return_, input)
    if not (receipts or exchanges or payout):
        raise refused(("input", "returnLineItems"), "Return line items can't be blank", "BLANK")
    try:
        with transaction.atomic():
            done = _book(context, return_, receipts, exchanges, input.note or "")
            if payout:
                _check_payout(payout, done)
    except ReturnError as error:
        raise _process_refused(error, exchanges) from error
    if payout:
        try:
            payout.pay(context, done, context.keys.get("returnProcess"))
        except ReturnError as error:
            raise money_refused(error, payout.place) from error
        done = Return.objects.get(pk=done.pk)
    return {"return_": done}


def _book(
    context: Context,
    return_: Return,
    receipts: Sequence[Receipt],
    exchanges: dict[int, int],
    note: str,
) -> Return:
    done = return_
    if receipts:
        done = lifecycle.process(done, actor=context.actor, receipts=receipts, note=note)
    if exchanges:
        done = lifecycle.process_exchange(done, actor=context.actor, quantities=exchanges)
    return done


def _check_payout(payout: Payout, return_: Return) -> None:
    try:
        payout.check(return_)
    except ReturnError as error:
        raise money_refused(error, payout.place) from error


def _process_refused(error: ReturnError, exchanges: dict[int, int]) -> Refused:
    if isinstance(error, InvalidState):
        return refused(("input", "returnId"), STATE, "INVALID_STATE")
    order = {str(pk): str(index) for index, pk in enumerate(exchanges)}
    if error.field and error.field[0] == "exchanges":
        return translated(
            error,
            roots={"exchanges": ("input", "exchangeLineItems")},
            names=order,
            words={UnknownLine: (("id",), "Exchange line item was not found.", "NOT_FOUND")},
            whole=("input",),
        )
    roots = {"receipts": ("input", "returnLineItems")}
    return translated(error, roots=roots, names=NAMES, words=_PROCESSING, whole=("input",))


def _pieces(wanted: Sequence[tuple[str, int]], type_: str) -> dict[int, int]:
    pieces: dict[int, int] = defaultdict(int)
    for gid, quantity in wanted:
        pieces[number_of(gid, type_)] += quantity
    return dict(pieces)


def _receipts(return_: Return, lines: Sequence[ProcessLineInput]) -> list[Receipt]:
    work = {
        row.pk: row
        for row in ReverseFulfillmentLine.objects.filter(reverse_fulfillment__for_return=return_)
    }
    receipts = []
    for index, line in enumerate(lines):
        number = number_of(line.id, "ReturnLineItem")
        place = ("input", "returnLineItems", str(index))
        if line.quantity < 1:
            raise refused((*place, "quantity"), "Quantity must be greater than 0", "GREATER_THAN")
        wishes = []
        for position, each in enumerate(line.dispositions or []):
            part = work.get(work_number(each))
            if part is None or part.return_line_id != number:
                here = (*place, "dispositions", str(position), "reverseFulfillmentOrderLineItemId")
                message = "Reverse fulfillment order line item was not found."
                raise refused(here, message, "NOT_FOUND")
            wishes.append(disposal(each))
        receipts.append(Receipt(line_id=number, quantity=line.quantity, dispositions=tuple(wishes)))
    return receipts


def _payout(return_: Return, asked: ReturnProcessInput) -> Payout | None:
    transfer = asked.financial_transfer
    issue = transfer.issue_refund if transfer else None
    if not issue:
        return None
    place = ("input", "financialTransfer", "issueRefund")
    currency = return_.order.currency
    pieces = _pieces(
        [(each.id, each.quantity) for each in asked.return_line_items or []], "ReturnLineItem"
    )
    return Payout(
        parts=parts_of(issue.order_transactions, currency, place),
        credit=credit_of(issue.refund_methods or [], currency, place),
        quantities=_refundable(return_, pieces),
        shipping=asked.refund_shipping or None,
        place=place,
        note=asked.note or "",
        may_exceed=bool(issue.allow_over_refunding),
    )


def _refundable(return_: Return, pieces: dict[int, int]) -> dict[int, int]:
    """Return the processed pieces that were not paid back already."""
    lines = return_.lines.in_bulk(list(pieces))
    left = {
        key: min(count, lines[key].refundable_quantity)
        for key, count in pieces.items()
        if key in lines
    }
    return {key: count for key, count in left.items() if count > 0}


# --- removeFromReturn ---------------------------------------------------------------------------


def remove(
    context: Context,
    *,
    return_id: str,
    return_line_items: list[RemoveLineInput] | None,
    exchange_line_items: list[RemoveExchangeInput] | None = None,
) -> dict[str, Any]:
    """Take pieces and replacements out of a return."""
    return_ = find_return(context, return_id, ("returnId",))
    lines = [(each.return_line_item_id, each.quantity) for each in return_line_items or []]
    swaps = [(each.exchange_line_item_id, each.quantity) for each in exchange_line_items or []]
    if any(quantity < 1 for _gid, quantity in [*lines, *swaps]):
        raise refused((), "Quantity must be greater than 0", "GREATER_THAN")
    pieces = _pieces(lines, "ReturnLineItem")
    replacements = _pieces(swaps, "ExchangeLineItem")
    if not pieces and not replacements:
        raise refused(("returnLineItems",), "Return line items can't be blank", "BLANK")
    try:
        with transaction.atomic():
            done = return_
            if replacements:
                done = lifecycle.remove_exchanges(
                    done, actor=context.actor, quantities=replacements
                )
            if pieces:
                done = lifecycle.remove_lines(done, actor=context.actor, quantities=pieces)
    except ReturnError as error:
        raise _remove_refused(error, pieces, replacements) from error
    return {"return_": done}


def _remove_refused(
    error: ReturnError, pieces: dict[int, int], replacements: dict[int, int]
) -> Refused:
    if isinstance(error, InvalidState):
        return refused(("returnId",), STATE, "INVALID_STATE")
    about_swaps = bool(error.field) and error.field[0] == "exchanges"
    indexes = {str(pk): str(n) for n, pk in enumerate(replacements if about_swaps else pieces)}
    name = "exchangeLineItemId" if about_swaps else "returnLineItemId"
    kind = "Exchange" if about_swaps else "Return"
    return translated(
        error,
        roots={"lines": ("returnLineItems",), "exchanges": ("exchangeLineItems",)},
        names=indexes,
        words={UnknownLine: ((name,), f"{kind} line item was not found.", "NOT_FOUND")},
        whole=("returnId",),
    )


# --- returnRefund -------------------------------------------------------------------------------


def refund(context: Context, *, return_refund_input: ReturnRefundInput) -> dict[str, Any]:
    """Pay back for pieces of a return."""
    asked, root = return_refund_input, "returnRefundInput"
    return_ = find_return(context, asked.return_id, (root, "returnId"))
    wanted = [(e.return_line_item_id, e.quantity) for e in asked.return_refund_line_items]
    payout = Payout(
        parts=parts_of(asked.order_transactions or [], return_.order.currency, (root,)),
        credit=Decimal(0),
        quantities=_pieces(wanted, "ReturnLineItem"),
        shipping=asked.refund_shipping or None,
        place=(root,),
    )
    try:
        made = payout.pay(context, return_, context.keys.get("returnRefund"))
    except InvalidState as error:
        raise refused((root, "returnId"), STATE, "INVALID_STATE") from error
    except ReturnError as error:
        raise _refund_refused(error, payout, root) from error
    return {"refund": made}


def _refund_refused(error: ReturnError, payout: Payout, root: str) -> Refused:
    indexes = {str(pk): str(n) for n, pk in enumerate(payout.quantities)}
    return translated(
        error,
        roots={"lines": (root, "returnRefundLineItems"), "parts": (root, "orderTransactions")},
        names=indexes,
        words={
            UnknownLine: (("returnLineItemId",), "Return line item was not found.", "NOT_FOUND"),
            InvalidQuantity: (
                ("quantity",),
                "Return line item has an invalid quantity.",
                "INVALID",
            ),
            MissingNote: (None, "", "GREATER_THAN"),
            NothingChosen: (None, "Return refund line items can't be blank", "BLANK"),
        },
        whole=(root,),
    )
