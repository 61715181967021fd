"""What a buyer's program can read: their orders, what may go back of each, and their returns."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import strawberry

from api.customer.enums import NonReturnableReason, ReturnShippingMethod
from api.engine.gids import gid, number_of
from api.schema.connections import Connection, Sorted, connection, with_arguments
from api.schema.enums import ReturnDeclineReason, ReturnReason, ReturnStatus
from api.schema.fields import global_id, of, output, read
from api.schema.loading import children, related
from api.schema.money import MoneyV2, bag
from api.schema.nodes import Node
from api.schema.order_values import total
from api.schema.reasons import ReturnReasonDefinition, older_name
from api.schema.return_lines import lines_of
from api.schema.reverse import ReverseDeliveryDeliverable, delivered, parcel_rows
from api.schema.scalars import DateTime
from orders.models import FulfillmentLine
from orders.models import Order as OrderRow
from orders.models import OrderLine as LineRow
from returns import eligibility
from returns.eligibility import Blocker, Item
from returns.held import Viewer
from returns.models import Return as ReturnRow
from returns.models import ReturnLine as ReturnLineRow
from returns.models import ReverseDelivery as ParcelRow
from returns.models.policies import ReturnLabel, ReturnTerms
from returns.refunds import proposals
from returns.refunds.pricing import Proposal

_REASONS = {Blocker.IN_RETURN: "RETURNED", Blocker.NOT_RETURNABLE: "OTHER"}


def orders_of(context: Any) -> Any:
    """Return the orders of the buyer who asks; nobody else's are ever found."""
    return OrderRow.objects.of_user(context.user.pk, context.user.email).select_related(
        "store", "customer"
    )


@output("LineItem")
@of(LineRow)
class LineItem(Node):
    """So many pieces of one article in an order."""

    id: strawberry.ID = global_id("LineItem")
    title: str = read("title", "What was bought.")
    quantity: int = read("quantity", "How many pieces.")
    sku: str | None = read(lambda row: row.sku or None, "The stock keeping unit.")
    variant_title: str | None = read(lambda row: row.options_text or None, "Its options.")


@dataclass(frozen=True)
class Details:
    """Pieces of a line that cannot go back for one reason."""

    quantity: int
    reason: str


@dataclass(frozen=True)
class Kept:
    """Pieces of a line that cannot go back, with every reason."""

    line: LineRow
    details: Sequence[Details]

    @property
    def quantity(self) -> int:
        """How many pieces."""
        return sum(each.quantity for each in self.details)


@dataclass(frozen=True)
class Free:
    """Pieces of a line that may go back."""

    line: LineRow
    quantity: int


@dataclass(frozen=True)
class Information:
    """What may go back of an order, and what that costs."""

    order: OrderRow

    @cached_property
    def items(self) -> list[Item]:
        """Everything on the order's page of returns."""
        return eligibility.for_order(self.order, viewer=Viewer.BUYER)

    def returnable(self) -> list[Free]:
        """Return what may go back, line by line."""
        pieces: dict[int, int] = defaultdict(int)
        lines = {item.order_line.pk: item.order_line for item in self.items}
        for item in self.items:
            pieces[item.order_line.pk] += item.returnable_quantity
        return [Free(lines[key], count) for key, count in pieces.items() if count]

    def kept(self) -> list[Kept]:
        """Return what cannot go back, line by line."""
        found: dict[int, list[Details]] = defaultdict(list)
        lines = {item.order_line.pk: item.order_line for item in self.items}
        for item in self.items:
            left = item.quantity - item.returnable_quantity
            if left > 0:
                reason = item.blockers[0] if item.blockers else Blocker.IN_RETURN
                found[item.order_line.pk].append(
                    Details(left, _REASONS.get(reason, str(reason.value)))
                )
        return [Kept(lines[key], details) for key, details in found.items()]

    @cached_property
    def proposal(self) -> Proposal | None:
        """What a return of everything would bring; None when nothing may go back."""
        chosen = [
            (item.fulfillment_line, item.returnable_quantity)
            for item in self.items
            if item.fulfillment_line and item.returnable_quantity
        ]
        return proposals.estimate(self.order, chosen) if chosen else None

    def method(self) -> str:
        """Return who sees to the label."""
        terms = ReturnTerms.from_json(self.order.return_terms)
        own = terms.label != ReturnLabel.NONE
        return "MERCHANT_PROVIDED_LABEL" if own else "CUSTOMER_PROVIDED_LABEL"


@output("ReturnableLineItem")
class ReturnableLineItem:
    """Pieces of a line that may go back."""

    line_item: LineItem = read("line", "The line.")
    quantity: int = read("quantity", "How many pieces.")


@output("NonReturnableQuantityDetail")
class NonReturnableQuantityDetail:
    """Pieces that cannot go back for one reason."""

    quantity: int = read("quantity", "How many pieces.")
    reason_code: NonReturnableReason = read("reason", "Why.")


@output("NonReturnableLineItem")
class NonReturnableLineItem:
    """Pieces of a line that cannot go back."""

    line_item: LineItem = read("line", "The line.")
    quantity: int = read("quantity", "How many pieces.")
    quantity_details: list[NonReturnableQuantityDetail] = read("details", "Why, piece by piece.")


@output("NonReturnableSummary")
class NonReturnableSummary:
    """Why things of an order cannot go back, taken together."""

    non_returnable_reasons: list[NonReturnableReason] = read(
        lambda row: sorted({each.reason for kept in row.kept() for each in kept.details}),
        "The reasons, each once.",
    )


@output("OrderReturnInformation")
class OrderReturnInformation:
    """What may go back of an order, and what that costs."""

    has_restocking_fee: bool = read(
        lambda row: bool(row.proposal and row.proposal.restocking_fee),
        "Whether the shop keeps a share of what comes back.",
    )
    has_return_shipping_fee: bool = read(
        lambda row: bool(row.proposal and row.proposal.return_shipping_fee),
        "Whether the way back costs something.",
    )
    return_shipping_methods: list[ReturnShippingMethod] = read(
        lambda row: [row.method()], "Who sees to the label."
    )
    returnable_line_items: Connection[ReturnableLineItem] = connection(
        ReturnableLineItem, lambda row, _info: row.returnable(), "What may go back."
    )
    non_returnable_line_items: Connection[NonReturnableLineItem] = connection(
        NonReturnableLineItem, lambda row, _info: row.kept(), "What cannot go back."
    )
    non_returnable_summary: NonReturnableSummary | None = read(
        lambda row: row if row.kept() else None, "Why not, taken together."
    )


@output("ReturnDecline")
class ReturnDecline:
    """Why a request was declined."""

    reason: ReturnDeclineReason = read("decline_reason", "The reason.")
    note: str | None = read(lambda row: row.decline_note or None, "What the shop wrote.")


@output("ReturnLineItem")
@of(ReturnLineRow)
class ReturnLineItem(Node):
    """Pieces that go back."""

    id: strawberry.ID = global_id("ReturnLineItem")
    quantity: int = read("quantity", "How many pieces.")
    line_item: LineItem = read(
        lambda row: related(related(row, "fulfillment_line"), "order_line"), "Of which line."
    )
    return_reason: ReturnReason = read(
        lambda row: older_name(related(row, "reason")),
        "Why, in the older list.",
        old="Use `returnReasonDefinition`.",
    )
    return_reason_definition: ReturnReasonDefinition | None = read(
        lambda row: related(row, "reason"), "Why."
    )


@output("ReverseDelivery")
@of(ParcelRow)
class ReverseDelivery(Node):
    """A parcel back."""

    id: strawberry.ID = global_id("ReverseDelivery")
    deliverable: ReverseDeliveryDeliverable | None = read(delivered, "What it travels with.")


def _moved(row: ReturnRow) -> datetime:
    moments = (row.approved_at, row.declined_at, row.canceled_at, row.closed_at)
    return max([row.created_at, *filter(None, moments)])


@output("Return")
@of(ReturnRow)
class Return(Node):
    """A return of the buyer's."""

    id: strawberry.ID = global_id("Return")
    name: str = read("reference", "The number that people read.")
    status: ReturnStatus = read("status", "Where it stands.")
    created_at: DateTime = read("created_at", "When it was asked for.")
    updated_at: DateTime = read(_moved, "When it last moved on.")
    closed_at: DateTime | None = read("closed_at", "When it was closed.")
    decline: ReturnDecline | None = read(
        lambda row: row if row.status == "DECLINED" else None, "Why it was declined."
    )
    return_line_items: Connection[ReturnLineItem] = connection(
        ReturnLineItem, lambda row, _info: lines_of(row), "What goes back."
    )
    reverse_deliveries: Connection[ReverseDelivery] = connection(
        ReverseDelivery,
        lambda row, _info: children(row, "parcels", lambda: parcel_rows().order_by("number")),
        "The parcels back.",
    )


@output("Order")
@of(OrderRow)
class Order(Node):
    """An order of the buyer's."""

    id: strawberry.ID = global_id("Order")
    name: str = read("reference", "The number that people read.")
    processed_at: DateTime = read("placed_at", "When it was placed.")
    total_price: MoneyV2 = read(lambda row: bag(total(row), row.currency).money(), "What it cost.")
    line_items: Connection[LineItem] = connection(
        LineItem,
        lambda row, _info: children(row, "lines", lambda: LineRow.objects.order_by("position")),
        "What was bought.",
    )
    return_information: OrderReturnInformation = read(Information, "What may go back.")
    returns: Connection[Return] = connection(
        Return,
        lambda row, _info: children(
            row, "returns", lambda: ReturnRow.objects.told_to_buyer().order_by("pk")
        ),
        "What goes back of it.",
    )


def choose(
    order: OrderRow, wanted: Sequence[tuple[int, int]]
) -> list[tuple[int, FulfillmentLine, int]]:
    """Return which pieces of which parcels a wish for pieces of order lines means.

    wanted: (order line, pieces). Each result is (number of the wish, parcel's line, pieces); pieces
    that no parcel has left stand with its last one, for the verb to refuse.
    """
    parcels: dict[int, list[FulfillmentLine]] = defaultdict(list)
    left: dict[int, int] = {}
    for item in eligibility.for_order(order):
        if item.fulfillment_line:
            parcels[item.order_line.pk].append(item.fulfillment_line)
            left[item.fulfillment_line.pk] = item.free_quantity
    chosen: list[tuple[int, FulfillmentLine, int]] = []
    for index, (key, pieces) in enumerate(wanted):
        rows = parcels.get(key, [])
        waiting = pieces
        for row in rows:
            last = row is rows[-1]
            take = waiting if last else min(waiting, left[row.pk])
            if take or (last and not any(number == index for number, _r, _t in chosen)):
                chosen.append((index, row, take))
                left[row.pk] -= take
                waiting -= take
    return chosen


def _order(_root: Any, info: strawberry.Info, *, id: str) -> OrderRow | None:  # noqa: A002
    return orders_of(info.context).filter(pk=number_of(id, "Order")).first()


def _orders(_root: Any, info: strawberry.Info) -> Sorted:
    return Sorted(rows=orders_of(info.context))


def _return(_root: Any, info: strawberry.Info, *, id: str) -> ReturnRow | None:  # noqa: A002
    number = number_of(id, "Return")
    mine = orders_of(info.context).values("pk")
    return ReturnRow.objects.told_to_buyer().filter(pk=number, order__in=mine).first()


@output("Customer")
class Customer:
    """The buyer who asks."""

    id: strawberry.ID = read(lambda user: gid("Customer", user.pk), "The global id.")
    display_name: str = read(str, "The name.")
    orders: Connection[Order] = connection(Order, _orders, "What they bought.")


@output("QueryRoot")
class QueryRoot:
    """What a buyer can ask for."""

    customer: Customer = with_arguments(
        Customer, lambda _root, info: info.context.user, "The buyer who asks."
    )
    order: Order | None = with_arguments(
        Order | None, _order, "An order of theirs.", id=(strawberry.ID, strawberry.UNSET)
    )
    return_: Return | None = with_arguments(
        Return | None,
        _return,
        "A return of theirs.",
        name="return",
        id=(strawberry.ID, strawberry.UNSET),
    )
