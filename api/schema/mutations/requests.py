"""How a return begins and is decided: returnRequest, returnCreate, returnApproveRequest, …"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

import strawberry
from strawberry import UNSET

from api.engine.context import Context
from api.engine.gids import number_of
from api.schema.calculated import (
    ExchangeDiscount,
    RestockingFeeInput,
    ReturnShippingFeeInput,
    discount_of,
)
from api.schema.enums import ReturnDeclineReason, ReturnReason
from api.schema.fields import taken
from api.schema.mutations.outcome import Refused, Words, found, refused, translated
from api.schema.reasons import HANDLES
from api.schema.scalars import DateTime
from orders.models import Order, Variant
from returns import lifecycle
from returns.eligibility import Blocker
from returns.errors import (
    InvalidQuantity,
    InvalidState,
    MissingNote,
    MissingReason,
    NothingChosen,
    NotPermitted,
    NotReturnable,
    ReturnError,
    TooLong,
    UnknownLine,
)
from returns.lifecycle import ExchangeRequest, LineRequest
from returns.models import Return, ReturnStatus
from returns.models import ReturnReason as ReasonRow

_GONE: Final = {Blocker.IN_RETURN, Blocker.RETURNED, Blocker.UNFULFILLED}
_QUANTITY: Final = (("quantity",), "Return line item has an invalid quantity.", "INVALID")
_NO_NOTE: Final = (
    'Return line items return reason note The note is required when the return reason is "Other"'
)
_COMMON: Final[Words] = {
    UnknownLine: (("fulfillmentLineItemId",), "Fulfillment Line Item was not found.", "NOT_FOUND"),
    InvalidQuantity: _QUANTITY,
    NothingChosen: (None, "Return line items can't be blank", "BLANK"),
}
_REQUESTING: Final[Words] = _COMMON | {
    MissingReason: (("returnReason",), "Return reason can't be blank", "BLANK"),
}
_CREATING: Final[Words] = _COMMON | {
    MissingReason: (
        (),
        "Return line items Either return reason or return reason definition must be provided",
        "NOT_FOUND",
    ),
    MissingNote: (
        ("returnReasonNote",),
        _NO_NOTE,
        "BLANK",
    ),
}
_NAMES: Final = {
    "customer_note": "customerNote",
    "reason_note": "returnReasonNote",
    "reason": "returnReason",
    "restocking_percent": "restockingFee",
    "variant": "variantId",
    "discount": "appliedDiscount",
}


@taken("ReturnLineItemInput")
class ReturnLineItemInput:
    """Pieces that go back."""

    fulfillment_line_item_id: strawberry.ID
    quantity: int
    restocking_fee: RestockingFeeInput | None = UNSET
    return_reason: ReturnReason | None = UNSET
    return_reason_definition_id: strawberry.ID | None = UNSET
    return_reason_note: str | None = ""


@taken("ExchangeLineItemInput")
class ExchangeLineItemInput:
    """Pieces that go to the buyer instead."""

    quantity: int
    variant_id: strawberry.ID | None = UNSET
    applied_discount: ExchangeDiscount | None = UNSET
    gift_card_codes: list[str] | None = UNSET


@taken("ReturnInput")
class ReturnInput:
    """A return that is approved at once."""

    order_id: strawberry.ID
    return_line_items: list[ReturnLineItemInput]
    exchange_line_items: list[ExchangeLineItemInput] | None = UNSET
    return_shipping_fee: ReturnShippingFeeInput | None = UNSET
    requested_at: DateTime | None = UNSET
    notify_customer: bool | None = False
    unprocessed: bool | None = False


@taken("ReturnRequestLineItemInput")
class ReturnRequestLineItemInput:
    """Pieces that a buyer wants to send back."""

    fulfillment_line_item_id: strawberry.ID
    quantity: int
    restocking_fee: RestockingFeeInput | None = UNSET
    return_reason: ReturnReason | None = UNSET
    return_reason_definition_id: strawberry.ID | None = UNSET
    customer_note: str | None = UNSET


@taken("ReturnRequestInput")
class ReturnRequestInput:
    """A return that waits for a decision."""

    order_id: strawberry.ID
    return_line_items: list[ReturnRequestLineItemInput]
    return_shipping_fee: ReturnShippingFeeInput | None = UNSET


@taken("ReturnApproveRequestInput")
class ReturnApproveRequestInput:
    """Which request is approved."""

    id: strawberry.ID
    notify_customer: bool | None = False
    unprocessed: bool | None = False


@taken("ReturnDeclineRequestInput")
class ReturnDeclineRequestInput:
    """Which request is declined, and why."""

    id: strawberry.ID
    decline_reason: ReturnDeclineReason
    decline_note: str | None = UNSET
    notify_customer: bool | None = False


Line = ReturnLineItemInput | ReturnRequestLineItemInput


def _order(context: Context, gid: str, root: str) -> Order:
    order: Order = found(context, gid, "Order", (root, "orderId"), "Order not found.", "NOT_FOUND")
    return order


def _wishes(lines: Sequence[Line], root: Sequence[str]) -> list[LineRequest]:
    handles = _handles(lines, root)
    return [_wish(line, handle) for line, handle in zip(lines, handles, strict=True)]


def _wish(line: Line, handle: str) -> LineRequest:
    is_request = isinstance(line, ReturnRequestLineItemInput)
    by_buyer = line.customer_note if isinstance(line, ReturnRequestLineItemInput) else ""
    by_shop = line.return_reason_note if isinstance(line, ReturnLineItemInput) else ""
    fee = line.restocking_fee
    return LineRequest(
        fulfillment_line_id=number_of(line.fulfillment_line_item_id, "FulfillmentLineItem"),
        quantity=line.quantity,
        reason=handle,
        customer_note=by_buyer or "",
        reason_note=by_shop or "",
        needs_note=not is_request,
        offered_only=False,
        restocking_percent=Decimal(str(fee.percentage)) if fee else Decimal(0),
    )


def _handles(lines: Sequence[Line], root: Sequence[str]) -> list[str]:
    """Return the handle of each line's reason; "" for none."""
    numbers = [
        number_of(gid, "ReturnReasonDefinition") if (gid := line.return_reason_definition_id) else 0
        for line in lines
    ]
    known = ReasonRow.objects.in_bulk(numbers) if any(numbers) else {}
    handles = []
    for index, (line, number) in enumerate(zip(lines, numbers, strict=True)):
        if line.return_reason_definition_id and number not in known:
            raise refused(
                (*root, str(index), "returnReasonDefinitionId"),
                "Return reason definition was not found.",
                "NOT_FOUND",
            )
        handles.append(
            known[number].handle if number else HANDLES.get(line.return_reason or "", "")
        )
    return handles


def _exchanges(lines: Sequence[ExchangeLineItemInput], root: str) -> list[ExchangeRequest]:
    numbers = [
        number_of(line.variant_id, "ProductVariant") if line.variant_id else 0 for line in lines
    ]
    known = Variant.objects.in_bulk(numbers) if lines else {}
    wishes = []
    for index, (line, number) in enumerate(zip(lines, numbers, strict=True)):
        variant = known.get(number)
        if variant is None:
            place = (root, "exchangeLineItems", str(index), "variantId")
            raise refused(place, "Variant was not found.", "NOT_FOUND")
        discount = discount_of(line.applied_discount or None, variant.price, line.quantity)
        wishes.append(ExchangeRequest(variant_id=number, quantity=line.quantity, discount=discount))
    return wishes


def _fee(asked: ReturnShippingFeeInput | None, order: Order, root: str) -> Decimal:
    """Return the fee for the way back: what programs do not ask for is not taken."""
    if not asked:
        return Decimal(0)
    if asked.amount.currency_code != order.currency:
        place = (root, "returnShippingFee", "amount", "currencyCode")
        raise refused(place, "Currency does not match the currency of the order.", "INVALID")
    return asked.amount.amount


def _worded(error: ReturnError, root: str, words: Words) -> Refused:
    """Return what is wrong with a new return, as Shopify's server says it."""
    if isinstance(error, NotReturnable) and _GONE.intersection(error.blockers):
        error = InvalidQuantity(error.message, field=error.field)
    if isinstance(error, TooLong):
        words = {}
    roots = {
        "lines": (root, "returnLineItems"),
        "exchanges": (root, "exchangeLineItems"),
        "return_shipping": (root, "returnShippingFee", "amount"),
    }
    about_exchanges = bool(error.field) and error.field[0] == "exchanges"
    return translated(
        error, roots=roots, names=_NAMES, words={} if about_exchanges else words, whole=(root,)
    )


def request(context: Context, *, input: ReturnRequestInput) -> dict[str, Any]:  # noqa: A002
    """Ask for a return on behalf of a buyer."""
    root = "input"
    order = _order(context, input.order_id, root)
    wishes = _wishes(input.return_line_items, (root, "returnLineItems"))
    try:
        made = lifecycle.request(
            order,
            wishes,
            actor=context.actor,
            return_shipping=_fee(input.return_shipping_fee or None, order, root),
            override_policy=True,
        )
    except ReturnError as error:
        raise _worded(error, root, _REQUESTING) from error
    return {"return_": made}


def create(context: Context, *, return_input: ReturnInput) -> dict[str, Any]:
    """Create a return that is approved."""
    root = "returnInput"
    order = _order(context, return_input.order_id, root)
    at = return_input.requested_at or None
    if at is not None and at > context.now:
        raise refused((root, "requestedAt"), "Requested at can't be in the future", "INVALID")
    wishes = _wishes(return_input.return_line_items, (root, "returnLineItems"))
    exchanges = _exchanges(return_input.exchange_line_items or [], root)
    try:
        made = lifecycle.create(
            order,
            wishes,
            actor=context.actor,
            exchanges=exchanges,
            return_shipping=_fee(return_input.return_shipping_fee or None, order, root),
            override_policy=True,
            at=at,
        )
    except ReturnError as error:
        raise _worded(error, root, _CREATING) from error
    return {"return_": made}


def find_return(context: Context, gid: str, place: Sequence[str]) -> Return:
    """Return the return that an argument names. Raises Refused when there is none."""
    return_: Return = found(context, gid, "Return", place, "Return not found.", "NOT_FOUND")
    return return_


def approve(context: Context, *, input: ReturnApproveRequestInput) -> dict[str, Any]:  # noqa: A002
    """Approve a request."""
    place = ("input", "id")
    return_ = find_return(context, input.id, place)
    try:
        return {"return_": lifecycle.approve(return_, actor=context.actor)}
    except InvalidState as error:
        message = "Return is not approvable. Only returns with status REQUESTED can be approved."
        raise refused(place, message, "INVALID_STATE") from error
    except ReturnError as error:
        raise refused(place, error.message, error.code) from error


def decline(context: Context, *, input: ReturnDeclineRequestInput) -> dict[str, Any]:  # noqa: A002
    """Decline a request."""
    place = ("input", "id")
    return_ = find_return(context, input.id, place)
    try:
        declined = lifecycle.decline(
            return_,
            actor=context.actor,
            reason=str(input.decline_reason),
            note=input.decline_note or "",
        )
    except InvalidState as error:
        raise refused(place, _why_not_declined(return_), "INVALID_STATE") from error
    except TooLong as error:
        raise refused(("input", "declineNote"), error.message, error.code) from error
    except ReturnError as error:
        raise refused(place, error.message, error.code) from error
    return {"return_": declined}


def _why_not_declined(return_: Return) -> str:
    now = Return.objects.only("status").get(pk=return_.pk)
    if now.status == ReturnStatus.DECLINED:
        return "The return is already declined."
    return (
        "Return is not declinable. Only non-refunded returns with status REQUESTED can be declined."
    )


def _moved(verb: Any, message: str) -> Any:
    def act(context: Context, *, id: str, **_others: Any) -> dict[str, Any]:  # noqa: A002
        return_ = find_return(context, id, ("id",))
        try:
            return {"return_": verb(return_, actor=context.actor)}
        except (InvalidState, NotPermitted) as error:
            raise refused(("id",), message, "INVALID_STATE") from error
        except ReturnError as error:
            raise refused(("id",), error.message, error.code) from error

    return act


cancel = _moved(lifecycle.cancel, "Return is not cancelable.")
close = _moved(lifecycle.close, "Return status is invalid.")
reopen = _moved(lifecycle.reopen, "Return status is invalid.")
