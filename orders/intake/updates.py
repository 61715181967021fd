"""Bringing an order that exists up to what the shop says now.

Rows are changed in place, so that returns keep what they refer to. What a live return holds is
never taken away: that rejects the whole update with a message. Pieces count as held while
`FulfillmentLine.returning_quantity` or `OrderLine.refunded_quantity` says so; money while
`Payment.refunded_amount` does. What an exchange added here (`from_exchange`) is not the shop's to
change: it stays, behind what the shop lists.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model, ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _

from orders import money, search
from orders.intake import terms
from orders.intake.catalog import Catalog
from orders.intake.creation import Checked
from orders.intake.data import FulfillmentData, LineData, OrderData, PaymentData
from orders.intake.errors import OrderRejected, Problem
from orders.intake.values import (
    fulfillment_values,
    line_values,
    order_values,
    payment_values,
    search_words,
)
from orders.models import Fulfillment, FulfillmentLine, Location, Order, OrderLine, Payment

Row = TypeVar("Row", bound=Model)

# What makes up the worth of a piece: fixed once pieces of the line are in a return.
_WORTH = ("sku", "quantity", "unit_price", "discount_total", "tax_total", "taxes", "bundle_kind")
# Positions on their way to others pass through numbers that no line has.
_ASIDE = 1_000_000


def update(order_id: int, new: Checked, locations: Mapping[str, Location]) -> tuple[Order, bool]:
    """Bring the order up to `new` and return it, with whether anything had to change.

    Locks the order's row. Raises OrderRejected, with nothing changed, when a live return or a
    refund stands against it.
    """
    try:
        with transaction.atomic():
            order = Order.objects.select_for_update().defer("search").get(pk=order_id)
            if order.source_digest == new.digest:
                return order, False
            _Update(order, new, locations).run()
            return order, True
    except ProtectedError as error:
        message = _("A return or refund refers to something that the shop no longer lists.")
        raise OrderRejected([Problem((), message)]) from error


class _Update:
    """One order's way to its new content, under its lock."""

    def __init__(self, order: Order, new: Checked, locations: Mapping[str, Location]) -> None:
        self.order = order
        self.new = new
        self.data: OrderData = new.data
        self.locations = locations
        self.catalog = Catalog([new.data])
        self.problems: list[Problem] = []
        self.lines = list(order.lines.filter(from_exchange=False).order_by("position"))
        self.parcels = list(order.fulfillments.filter(from_exchange=False).order_by("number"))
        self.sent = list(FulfillmentLine.objects.filter(fulfillment__order=order).order_by("pk"))
        self.payments = list(order.payments.filter(from_exchange=False).order_by("pk"))
        self.added = _Added(order)
        self.held = {row.order_line_id for row in self.sent if row.returning_quantity}
        # Paid back without a return, or about to be, because it was canceled here.
        self.refunded = {
            row.pk for row in self.lines if row.refunded_quantity or row.canceled_quantity
        }

    def run(self) -> None:
        """Write everything, or raise OrderRejected."""
        self._write_order()
        self.added.move_aside()
        lines = self._write_lines()
        self._write_fulfillments(lines)
        self.added.put_behind(lines=len(self.data.lines), parcels=len(self.data.fulfillments))
        self._write_payments()
        if self.problems:
            raise OrderRejected(self.problems)

    def _fail(self, field: tuple[str, ...], message: str) -> None:
        self.problems.append(Problem(field, message))

    def _write_order(self) -> None:
        values = order_values(self.data, self.catalog)
        bound = bool(self.held) or any(payment.refunded_amount for payment in self.payments)
        for name in ("currency", "tax_included"):
            if bound and values[name] != getattr(self.order, name):
                self._fail((name,), _("Cannot change: the order has a return or a refund."))
        if self.held:  # a return brings an order back from the archive
            del values["archived_at"]
        changed = _assign(self.order, values)
        self.order.source_digest = self.new.digest
        self.order.imported_at = timezone.now()
        self.order.save(update_fields=[*changed, "source_digest", "imported_at"])
        found = search.vector(search_words(self.data))
        Order.objects.filter(pk=self.order.pk).update(search=found)

    # --- lines ----------------------------------------------------------------------------------

    def _write_lines(self) -> dict[int, OrderLine]:
        """Change, add and remove lines; return the rows by their new number."""
        matched = _match(self.lines, self.data.lines, number=lambda row: row.position)
        gone = [row for row in self.lines if row not in matched.values()]
        for row in gone:
            if row.pk in self.held:
                message = _("Line %(line)d (%(title)s) is in a return and cannot go.")
                self._fail(("lines",), message % {"line": row.position, "title": row.title})
            elif row.pk in self.refunded:
                message = _("Line %(line)d (%(title)s) was paid back and cannot go.")
                self._fail(("lines",), message % {"line": row.position, "title": row.title})
        if self.problems:
            raise OrderRejected(self.problems)
        OrderLine.objects.filter(pk__in=[row.pk for row in gone]).delete()
        self.sent = [row for row in self.sent if row.order_line_id not in {r.pk for r in gone}]
        self._move(matched)
        for position, line in enumerate(self.data.lines, start=1):
            matched[position] = self._write_line(position, line, matched.get(position))
        self._write_bundles(matched)
        return matched

    def _move(self, matched: Mapping[int, OrderLine]) -> None:
        moving = {n: row for n, row in matched.items() if row.position != n}
        for offset in (_ASIDE, 0):
            for position, row in moving.items():
                row.position = position + offset
                row.save(update_fields=["position"])

    def _write_line(self, position: int, line: LineData, row: OrderLine | None) -> OrderLine:
        values = line_values(line, self.catalog)
        if row is None:
            row = OrderLine(order=self.order, position=position, **values)
            return self._add_line(row, line)
        if line.final_sale is None:
            del values["final_sale"]
        if not line.image:
            del values["image"]
        if row.pk in self.held and any(values[name] != getattr(row, name) for name in _WORTH):
            message = _("Is in a return: article, quantity and price cannot change.")
            self._fail(("lines", str(position)), message)
            return row
        if row.pk in self.refunded and any(values[name] != getattr(row, name) for name in _WORTH):
            message = _("Was paid back: article, quantity and price cannot change.")
            self._fail(("lines", str(position)), message)
            return row
        _save(row, values)
        return row

    def _add_line(self, row: OrderLine, line: LineData) -> OrderLine:
        """Store a new line, with what the rules that are in force now decide for it."""
        self.order.store = self.new.store
        self.order.customer = self.catalog.customer(self.data.customer)
        row.variant = self.catalog.variant(line)
        terms.freeze_all([(self.order, [row])])
        row.save(force_insert=True)
        return row

    def _write_bundles(self, rows: Mapping[int, OrderLine]) -> None:
        for position, line in enumerate(self.data.lines, start=1):
            parent = rows[line.bundle_parent].pk if line.bundle_parent is not None else None
            if parent != rows[position].bundle_parent_id and rows[position].pk in self.held:
                message = _("Is in a return: its bundle cannot change.")
                self._fail(("lines", str(position), "bundle_parent"), message)
                continue
            _save(rows[position], {"bundle_parent_id": parent})

    # --- fulfilments ----------------------------------------------------------------------------

    def _write_fulfillments(self, lines: Mapping[int, OrderLine]) -> None:
        self._check_canceled(lines)
        matched = _match(self.parcels, self.data.fulfillments, number=lambda row: row.number)
        gone = [row for row in self.parcels if row not in matched.values()]
        lost = {row.pk for row in gone}
        for sent in self.sent:
            if sent.fulfillment_id in lost and sent.returning_quantity:
                self._fail(("fulfillments",), _("A fulfilment with a return cannot go."))
        if self.problems:
            raise OrderRejected(self.problems)
        Fulfillment.objects.filter(pk__in=lost).delete()
        for offset in (_ASIDE, 0):
            for number, row in matched.items():
                _save(row, {"number": number + offset if row.number != number else number})
        for number, parcel in enumerate(self.data.fulfillments, start=1):
            values = fulfillment_values(parcel, self.locations)
            row = matched.get(number) or Fulfillment(order=self.order, number=number)
            _save(row, values)
            self._write_sent(number, row, parcel, lines)

    def _check_canceled(self, lines: Mapping[int, OrderLine]) -> None:
        """Refuse parcels with pieces that were canceled here: somebody has to stop them."""
        sent: dict[int, int] = defaultdict(int)
        for parcel in self.data.fulfillments:
            for piece in parcel.lines:
                sent[piece.line] += piece.quantity
        for number, count in sent.items():
            line = lines[number]
            if line.canceled_quantity and count > line.quantity - line.canceled_quantity:
                message = _("%(count)d pieces of %(title)s were canceled and must not be sent.")
                values = {"count": line.canceled_quantity, "title": line.title}
                self._fail(("fulfillments",), message % values)

    def _write_sent(
        self, number: int, row: Fulfillment, parcel: FulfillmentData, lines: Mapping[int, OrderLine]
    ) -> None:
        wanted = {lines[sent.line].pk: sent.quantity for sent in parcel.lines}
        existing = {sent.order_line_id: sent for sent in self.sent if sent.fulfillment_id == row.pk}
        for line_id, sent in existing.items():
            if sent.returning_quantity > wanted.get(line_id, 0):
                message = _("%(count)d pieces of %(title)s are in a return; no fewer can be sent.")
                title = next(line.title for line in lines.values() if line.pk == line_id)
                values = {"count": sent.returning_quantity, "title": title}
                self._fail(("fulfillments", str(number)), message % values)
        if self.problems:
            raise OrderRejected(self.problems)
        for line_id, sent in existing.items():
            if line_id not in wanted:
                sent.delete()
        for line_id, quantity in wanted.items():
            sent = existing.get(line_id) or FulfillmentLine(fulfillment=row, order_line_id=line_id)
            _save(sent, {"quantity": quantity})

    # --- payments -------------------------------------------------------------------------------

    def _write_payments(self) -> None:
        numbers = {row.pk: number for number, row in enumerate(self.payments, start=1)}
        matched = _match(self.payments, self.data.payments, number=lambda row: numbers[row.pk])
        for row in self.payments:
            if row not in matched.values():
                self._remove_payment(row)
        for number, payment in enumerate(self.data.payments, start=1):
            self._write_payment(number, payment, matched.get(number))

    def _remove_payment(self, row: Payment) -> None:
        if row.refunded_amount:
            self._fail(("payments",), _("A payment with a refund cannot go."))
            return
        row.delete()

    def _write_payment(self, number: int, payment: PaymentData, row: Payment | None) -> None:
        amount = _left(payment, row.refunded_amount if row is not None else Decimal(0))
        if row is not None and amount < row.refunded_amount:
            message = _("%(amount)s was refunded already; the payment cannot be less.")
            refunded = money.rounded(row.refunded_amount, self.data.currency)
            self._fail(("payments", str(number), "amount"), message % {"amount": refunded})
        elif amount:
            _save(
                row or Payment(order=self.order),
                {"amount": amount, **payment_values(payment)},
            )
        elif row is not None:
            row.delete()


class _Added:
    """The lines and parcels that exchanges added to an order: numbered behind all others."""

    def __init__(self, order: Order) -> None:
        self.lines = list(order.lines.filter(from_exchange=True).order_by("position"))
        self.parcels = list(order.fulfillments.filter(from_exchange=True).order_by("number"))

    def move_aside(self) -> None:
        """Free their numbers for what the shop lists."""
        self.put_behind(lines=2 * _ASIDE, parcels=2 * _ASIDE)

    def put_behind(self, *, lines: int, parcels: int) -> None:
        """Number them after so many lines and parcels."""
        for position, line in enumerate(self.lines, start=lines + 1):
            _save(line, {"position": position})
        for number, parcel in enumerate(self.parcels, start=parcels + 1):
            _save(parcel, {"number": number})


def _left(payment: PaymentData, refunded_here: Decimal) -> Decimal:
    """Return what counts as captured: without what the shop paid back past Retour.

    The shop's figure holds Retour's own refunds too, once people entered them there.
    """
    return payment.amount - max(Decimal(0), payment.refunded - refunded_here)


def _match(rows: Sequence[Row], wanted: Sequence[Any], *, number: Any) -> dict[int, Row]:
    """Return which row each wanted thing (by its number from 1) is: by its own id, else by place.

    Rows and things that both have an id match by it alone.
    """
    by_id = {row.external_id: row for row in rows if row.external_id}  # type: ignore[attr-defined]
    matched = {
        place: by_id[thing.external_id]
        for place, thing in enumerate(wanted, start=1)
        if thing.external_id in by_id
    }
    taken = {row.pk for row in matched.values()}
    by_number = {number(row): row for row in rows if row.pk not in taken}
    for place, thing in enumerate(wanted, start=1):
        row = by_number.get(place)
        if place in matched or row is None:
            continue
        if not (thing.external_id and row.external_id):  # type: ignore[attr-defined]
            matched[place] = row
    return matched


def _assign(row: Model, values: Mapping[str, Any]) -> list[str]:
    """Set the values that differ and return their names."""
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    return changed


def _save(row: Model, values: Mapping[str, Any]) -> None:
    """Store the row with these values, unless it has them already."""
    changed: Iterable[str] = _assign(row, values)
    if row.pk is None:
        row.save()
    elif changed:
        row.save(update_fields=changed)
