"""What becomes of pieces that came back: reverseFulfillmentOrderDispose."""

from dataclasses import dataclass, field
from typing import Any, Final

import strawberry
from strawberry import UNSET

from api.engine.context import Context
from api.engine.gids import number_of
from api.schema.enums import ReverseFulfillmentOrderDispositionType
from api.schema.fields import taken
from api.schema.mutations.outcome import Refused, refused
from api.schema.reverse import work_line_rows
from returns import lifecycle
from returns.errors import InvalidDisposition, InvalidState, ReturnError
from returns.lifecycle import DisposeRequest, Receipt
from returns.models import Return, ReverseFulfillmentLine

NAMES: Final = {"type": "dispositionType", "location": "locationId"}
STATE: Final = "Return status is invalid."


@taken("ReverseFulfillmentOrderDisposeInput")
class DisposeInput:
    """What becomes of pieces that came back."""

    reverse_fulfillment_order_line_item_id: strawberry.ID
    quantity: int
    disposition_type: ReverseFulfillmentOrderDispositionType
    location_id: strawberry.ID | None = UNSET


def work_number(each: DisposeInput) -> int:
    """Return the number of the work line that a disposal names."""
    return number_of(each.reverse_fulfillment_order_line_item_id, "ReverseFulfillmentOrderLineItem")


def disposal(each: DisposeInput) -> DisposeRequest:
    """Return a disposal as the domain has it."""
    return DisposeRequest(
        type=str(each.disposition_type),
        quantity=each.quantity,
        location_id=number_of(each.location_id, "Location") if each.location_id else None,
    )


@dataclass
class _Disposals:
    """What becomes of one line's pieces, with the places of these in the input."""

    work: ReverseFulfillmentLine
    wishes: list[DisposeRequest] = field(default_factory=list)
    indexes: list[int] = field(default_factory=list)

    def receipt(self) -> Receipt:
        """Return the receipt: pieces that have not been received are received with it."""
        line = self.work.return_line
        waiting = line.processed_quantity - self.work.disposed_quantity
        missing = sum(wish.quantity for wish in self.wishes) - waiting
        return Receipt(
            line_id=line.pk,
            quantity=max(min(missing, line.unprocessed_quantity), 0),
            dispositions=tuple(self.wishes),
            ahead=True,
        )


def dispose(context: Context, *, disposition_inputs: list[DisposeInput]) -> dict[str, Any]:
    """Say what becomes of pieces, whether or not they were processed."""
    place = ("dispositionInputs",)
    if not disposition_inputs:
        raise refused(place, "The array cannot be empty.", "BLANK")
    numbers = [work_number(each) for each in disposition_inputs]
    known = {
        row.pk: row
        for row in work_line_rows()
        .filter(pk__in=numbers)
        .select_related("reverse_fulfillment__for_return")
    }
    works = {known[n].reverse_fulfillment_id if n in known else None for n in numbers}
    if len(works) > 1 or None in works:
        message = "Cannot dispose items from more than one reverse fulfillment order."
        raise refused(place, message, "INVALID")
    groups: dict[int, _Disposals] = {}
    for index, (number, each) in enumerate(zip(numbers, disposition_inputs, strict=True)):
        group = groups.setdefault(number, _Disposals(known[number]))
        group.wishes.append(disposal(each))
        group.indexes.append(index)
    return_ = known[numbers[0]].reverse_fulfillment.for_return
    _dispose(context, return_, list(groups.values()))
    rows = work_line_rows().filter(pk__in=groups).order_by("pk")
    return {"reverse_fulfillment_order_line_items": list(rows)}


def _dispose(context: Context, return_: Return, groups: list[_Disposals]) -> None:
    receipts = [group.receipt() for group in groups]
    try:
        lifecycle.process(return_, actor=context.actor, receipts=receipts)
    except InvalidState as error:
        raise refused(("dispositionInputs",), STATE, "INVALID_STATE") from error
    except ReturnError as error:
        raise _dispose_refused(error, groups) from error


def _dispose_refused(error: ReturnError, groups: list[_Disposals]) -> Refused:
    place = ["dispositionInputs"]
    if len(error.field) > 3 and error.field[2] == "dispositions":
        group = groups[int(error.field[1])]
        last = [NAMES.get(part, part) for part in error.field[4:]]
        place += [str(group.indexes[int(error.field[3])]), *last]
    if isinstance(error, InvalidDisposition) and place[-1] == "locationId":
        is_unknown = error.message == "Location not found."
        return refused(place, error.message, "NOT_FOUND" if is_unknown else "BLANK")
    if isinstance(error, InvalidDisposition) and place[-1] == "dispositionType":
        message = "RESTOCKED is an invalid disposition type for a custom line item."
        return refused(place, message, "INVALID")
    return refused(place, error.message, error.code)
