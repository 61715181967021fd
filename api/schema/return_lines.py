"""Lines of returns, and the fees on them."""

from decimal import Decimal
from typing import Any

import strawberry

from api.engine.gids import gid
from api.schema.enums import ReturnReason
from api.schema.fields import global_id, of, output, read, shared
from api.schema.lines import FulfillmentLineItem, line_of
from api.schema.loading import children, related
from api.schema.money import Amount, MoneyBag, MoneyV2, bag
from api.schema.nodes import Node, register
from api.schema.order_values import pieces_value
from api.schema.places import Weight
from api.schema.reasons import ReturnReasonDefinition, older_name
from returns.models import FeeKind, ReturnFee, ReturnStatus
from returns.models import ReturnLine as LineRow


def _return(row: LineRow) -> Any:
    return related(row, "for_return")


def _bought(row: LineRow) -> Any:
    return line_of(related(row, "fulfillment_line"))


def processed(row: LineRow) -> int:
    """Return the processed pieces: those only disposed of so far are not among them."""
    return row.processed_quantity - row.disposed_ahead_quantity


def processable(row: LineRow) -> int:
    """Return the pieces that can be processed now."""
    return row.quantity - processed(row) if _return(row).status == ReturnStatus.OPEN else 0


def _refundable(row: LineRow) -> int:
    going_on = _return(row).status in (ReturnStatus.OPEN, ReturnStatus.CLOSED)
    return row.refundable_quantity if going_on else 0


def _value(row: LineRow) -> Amount:
    currency = related(_return(row), "order").currency
    return bag(pieces_value(_bought(row), row.quantity, currency), currency)


def fees_of(return_: Any) -> list[ReturnFee]:
    """Return what the shop keeps for a return, without what it let go."""
    return children(
        return_, "fees", lambda: ReturnFee.objects.filter(waived_at=None).order_by("pk")
    )


def _fee(row: LineRow) -> ReturnFee | None:
    return next((fee for fee in fees_of(_return(row)) if fee.line_id == row.pk), None)


def _fee_amount(row: ReturnFee) -> Amount:
    value = _value(related(row, "line"))
    return bag(value.amount * (row.percent or Decimal(0)) / 100, value.currency)


@shared("Fee")
class Fee:
    """What the shop keeps of a refund."""

    id: strawberry.ID = strawberry.field(description="The global id.")


@output("RestockingFee")
@of(ReturnFee, check=lambda row: row.kind == FeeKind.RESTOCKING)
class RestockingFee(Fee):
    """A share of what a line brings."""

    id: strawberry.ID = read(lambda row: gid("Fee", row.pk), "The global id.")
    percentage: float = read(lambda row: float(row.percent), "The share in percent.")
    amount_set: MoneyBag = read(_fee_amount, "How much that is.")


@output("ReturnShippingFee")
@of(ReturnFee, check=lambda row: row.kind == FeeKind.RETURN_SHIPPING)
class ReturnShippingFee(Fee):
    """What the way back costs, once per return."""

    id: strawberry.ID = read(lambda row: gid("Fee", row.pk), "The global id.")
    amount_set: MoneyBag = read(
        lambda row: bag(row.amount, related(related(row, "for_return"), "order").currency),
        "How much it is.",
    )


_OLD = "Use `returnReasonDefinition`."


@shared("ReturnLineItemType")
class ReturnLineItemType(Node):
    """Pieces that go back, whether or not it is known what was sent."""

    id: strawberry.ID = global_id("ReturnLineItem")
    quantity: int = read("quantity", "How many pieces go back.")
    processable_quantity: int = read(processable, "Of these, can be processed now.")
    processed_quantity: int = read(processed, "Of these, processed.")
    unprocessed_quantity: int = read(
        lambda row: row.quantity - processed(row), "Of these, not processed."
    )
    refundable_quantity: int = read(_refundable, "Of these, can be paid back.")
    refunded_quantity: int = read("refunded_quantity", "Of these, paid back.")
    return_reason: ReturnReason = read(
        lambda row: older_name(related(row, "reason")), "Why, in the older list.", old=_OLD
    )
    return_reason_definition: ReturnReasonDefinition | None = read(
        lambda row: related(row, "reason"), "Why."
    )
    return_reason_note: str = read("reason_note", "More words for the reason.")
    customer_note: str | None = read(lambda row: row.customer_note or None, "The buyer's words.")


@output("ReturnLineItem")
@of(LineRow)
class ReturnLineItem(ReturnLineItemType, Node):
    """Pieces of what was sent that go back."""

    fulfillment_line_item: FulfillmentLineItem = read(
        lambda row: related(row, "fulfillment_line"), "Of what was sent."
    )
    restocking_fee: RestockingFee | None = read(_fee, "What the shop keeps.")
    with_code_discounted_total_price_set: MoneyBag = read(_value, "What the pieces cost.")
    total_weight: Weight | None = read(lambda _row: None, "How heavy they are, if known.")


@output("UnverifiedReturnLineItem")
@of()
class UnverifiedReturnLineItem(ReturnLineItemType, Node):
    """Pieces that go back of which it is not known what was sent; this shop has none."""

    unit_price: MoneyV2 = strawberry.field(description="What a piece cost.")


def return_line_rows() -> Any:
    """Return lines of returns with what each is a line of."""
    return LineRow.objects.select_related("reason", "fulfillment_line__order_line")


register("ReturnLineItem", return_line_rows, scope="read_returns")


def lines_of(return_: Any) -> list[LineRow]:
    """Return the lines of a return that still have pieces."""
    return children(
        return_, "lines", lambda: return_line_rows().filter(quantity__gt=0).order_by("pk")
    )
