"""Returns as documents. Rows are read as plain values: the list of returns is asked for often."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any, Final
from uuid import UUID, uuid5

from django.db.models import QuerySet

from accounts.models import User
from api.glue import documents, items, orders, reasons
from api.glue.asking import Asked
from api.glue.documents import Resource
from api.glue.statements import KEY, KEYS, Statement
from orders.models import Order
from orders.money import minor_units, share_of_each
from returns.models import Return, ReturnLine
from returns.queries import ORDERINGS, Sort
from returns.refunds.pricing import gross

ITEMS: Final = "return-items"
ORDER_ITEMS: Final = "order-items"

Row = dict[str, Any]

_COLUMNS: Final = (
    "pk",
    "public_id",
    "reference",
    "status",
    "created_at",
    "refunded_amount",
    "store__code",
    "order_id",
    "order__reference",
    "order__currency",
    "order__tax_included",
    "order__customer__reference",
)
# The list of returns is what is asked for most.
_NEWEST: Final = Statement(
    lambda: (
        Return.objects.told_to_buyer()
        .filter(order__customer__user=KEY)
        .order_by(*ORDERINGS[Sort.NEWEST])
    ),
    {name: name for name in _COLUMNS},
    is_paged=True,
)
_LINE: Final = "fulfillment_line__order_line__"
_LINE_COLUMNS: Final = {
    "for_return": "for_return_id",
    "key": "pk",
    "held": "quantity",
    "pieces": "pieces",
    "uuid": f"{_LINE}uuid",
    "quantity": f"{_LINE}quantity",
    "unit_price": f"{_LINE}unit_price",
    "discount": f"{_LINE}discount_total",
    "tax": f"{_LINE}tax_total",
}
_REASON_COLUMNS: Final = {
    "handle": "reason__handle",
    "names": "reason__names",
    "heading": "reason__parent__names",
    "note": "reason_note",
}


_LINES: Final = Statement(
    lambda: ReturnLine.objects.filter(for_return__in=[KEYS], quantity__gt=0).order_by("pk"),
    _LINE_COLUMNS,
    is_paged=False,
)


def rows(found: QuerySet[Return]) -> QuerySet[Any, Row]:
    """Return what documents need of returns."""
    return found.values(*_COLUMNS)


def newest(user: User, asked: Asked) -> tuple[list[Row], int]:
    """Return a page of the returns of a login's customers, and how many there are in all.

    One query, and one more to count what does not fit on one page.
    """
    found = _NEWEST.rows(user.pk, asked.limit + 1, asked.offset)
    if len(found) <= asked.limit and (found or not asked.offset):
        return found, asked.offset + len(found)
    all_ = Return.objects.told_to_buyer().filter(order__customer__user=user)
    return found[: asked.limit], all_.count()


class Returns:
    """Documents of some returns: 1 query, 2 more and those of `items.of_orders` with order items.

    Without `include=return-items` only the lines are read, for what they are worth.
    """

    def __init__(self, asked: Asked, found: Sequence[Row]) -> None:
        self._asked = asked
        self._found = found
        self._with_items = ITEMS in asked.includes
        self._with_order_items = self._with_items and ORDER_ITEMS in asked.includes
        self._lines = self._read(found)

    def _read(self, found: Sequence[Row]) -> Mapping[int, list[Row]]:
        keys = [row["pk"] for row in found]
        lines: dict[int, list[Row]] = defaultdict(list)
        if keys:
            for line in _with_reasons(keys) if self._with_items else _LINES.rows(keys):
                lines[line["for_return"]].append(line)
        return lines

    def resource(self, row: Row, rest: Sequence[Row] = ()) -> Resource:
        """Return one of them. rest: others that were made with it, in one request."""
        currency = row["order__currency"]
        worth = sum((self._worth(row, line) for line in self._lines[row["pk"]]), Decimal(0))
        attributes = {
            "merchantReference": None,
            "returnReference": row["reference"],
            "store": row["store__code"],
            "customerReference": row["order__customer__reference"],
            "returnTotals": {
                "refundTotal": minor_units(row["refunded_amount"], currency),
                "remunerationTotal": minor_units(worth, currency),
            },
            "status": row["status"],
            "createdAt": orders.moment(row["created_at"]),
        }
        related: dict[str, documents.Related] = {}
        if self._with_items:
            related[ITEMS] = [(ITEMS, each["uuid"]) for each in self._items(row)]
        if rest:
            related["returns"] = [("returns", other["reference"]) for other in rest]
        return documents.resource(
            self._asked,
            "returns",
            row["reference"],
            attributes,
            path=["returns", row["reference"]],
            related=related,
        )

    @staticmethod
    def _worth(row: Row, line: Row) -> Decimal:
        subtotal = line["unit_price"] * line["quantity"] - line["discount"]
        paid = gross(subtotal, line["tax"], tax_included=row["order__tax_included"])
        held = line["pieces"][: line["held"]]
        return share_of_each(paid, line["quantity"], held, row["order__currency"])

    def included(self) -> list[Resource]:
        """Return what was asked to be included: items, and what they are items of."""
        if not self._with_items:
            return []
        found = [self._item_resource(row, each) for row in self._found for each in self._items(row)]
        if not self._with_order_items:
            return found
        wanted = {each["order_item"] for row in self._found for each in self._items(row)}
        sold = [
            orders.item_resource(self._asked, item)
            for its in self._order_items.values()
            for item in its
            if item.uuid in wanted
        ]
        return found + sold

    @cached_property
    def _order_items(self) -> Mapping[int, list[items.Item]]:
        keys = {row["order_id"] for row in self._found}
        found = Order.objects.filter(pk__in=keys).select_related("store", "customer")
        return items.of_orders(list(found.order_by("pk")))

    def _items(self, row: Row) -> list[Row]:
        return [each for line in self._lines[row["pk"]] for each in _items_of(row, line)]

    def _item_resource(self, row: Row, each: Row) -> Resource:
        line = each["line"]
        attributes = {
            "uuid": each["uuid"],
            "reason": reasons.told(
                line["handle"], line["names"], line["heading"], line["note"], self._asked.language
            ),
            "orderItemUuid": each["order_item"],
        }
        if each["quantity"] > 1:
            attributes["quantity"] = each["quantity"]
        related = {ORDER_ITEMS: [(ORDER_ITEMS, each["order_item"])]}
        return documents.resource(
            self._asked,
            ITEMS,
            each["uuid"],
            attributes,
            path=["returns", row["reference"], ITEMS, each["uuid"]],
            related=related if self._with_order_items else None,
        )


def _with_reasons(keys: Sequence[int]) -> list[Row]:
    """Return the lines of returns with what they tell of their reasons."""
    columns = _LINE_COLUMNS | _REASON_COLUMNS
    found = ReturnLine.objects.filter(for_return__in=keys, quantity__gt=0).order_by("pk")
    rows = found.values_list(*columns.values())
    return [dict(zip(columns, values, strict=True)) for values in rows]


def _items_of(row: Row, line: Row) -> Iterable[Row]:
    """Return the items of a return's line: one per piece, but for lines of very many."""
    public_id: UUID = row["public_id"]
    if line["quantity"] > items.MOST_PIECES:
        sold = str(line["uuid"])
        uuid = uuid5(public_id, f"{sold}/{line['key']}")
        yield {"uuid": str(uuid), "order_item": sold, "quantity": line["held"], "line": line}
        return
    for piece in line["pieces"][: line["held"]]:
        sold = str(items.uuid_of(line["uuid"], piece))
        yield {"uuid": str(uuid5(public_id, sold)), "order_item": sold, "quantity": 1, "line": line}
