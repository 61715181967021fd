"""How much comes back: the arithmetic is pure, two loaders feed it.

value of the pieces (tax in it) + shipping - restocking fees - return shipping fee, never below 0
and never above what is left on the payments. Amounts are in the order's currency.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext as _

from orders.models import FulfillmentLine, Order, OrderLine, Payment
from orders.money import ZERO, is_exact, rounded, rounded_down, share_of_pieces
from returns import eligibility
from returns.errors import InvalidAmount, InvalidQuantity, UnknownLine
from returns.models import FeeKind, Refund, Return, ReturnLine
from returns.models.policies import ReturnTerms, ShippingRefund


@dataclass(frozen=True, kw_only=True)
class Pieces:
    """Some pieces of an order line to be paid back.

    key: the caller's name for them (a primary key). line_gross and line_tax: what the whole line
    cost with tax, and the tax within. line_quantity: its pieces. restocking_percent: 0 to 100.
    """

    key: int
    order_line_id: int
    quantity: int
    line_gross: Decimal
    line_tax: Decimal
    line_quantity: int
    restocking_percent: Decimal = ZERO


@dataclass(frozen=True, kw_only=True)
class OrderMoney:
    """What an order's money looks like before the refund, in its currency.

    done: pieces already paid back per order line. left: (payment, what is left on it), first paid
    first. shipping_gross and shipping_tax: as charged; shipping_done and shipping_tax_done: of it
    already paid back.
    """

    currency: str
    done: Mapping[int, int]
    left: Sequence[tuple[int, Decimal]]
    shipping_gross: Decimal = ZERO
    shipping_tax: Decimal = ZERO
    shipping_done: Decimal = ZERO
    shipping_tax_done: Decimal = ZERO

    @property
    def maximum(self) -> Decimal:
        """What can go back at most: what is left on all payments."""
        return sum((amount for _payment, amount in self.left), ZERO)

    @property
    def shipping_left(self) -> Decimal:
        """What of the delivery cost has not come back yet."""
        return self.shipping_gross - self.shipping_done


@dataclass(frozen=True, kw_only=True)
class ProposedLine:
    """What some pieces bring: `amount` with tax, `tax` within it, `restocking_fee` off it."""

    key: int
    quantity: int
    amount: Decimal
    tax: Decimal
    restocking_fee: Decimal


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A refund as it would be made, shown before the act; nothing is stored."""

    currency: str
    lines: tuple[ProposedLine, ...]
    items_amount: Decimal
    items_tax: Decimal
    shipping_amount: Decimal
    shipping_tax: Decimal
    shipping_left: Decimal
    restocking_fee: Decimal
    return_shipping_fee: Decimal
    amount: Decimal
    maximum: Decimal

    @property
    def parts_total(self) -> Decimal:
        """What the parts sum to, before the limit of what is left on the payments."""
        return (
            self.items_amount
            + self.shipping_amount
            - self.restocking_fee
            - self.return_shipping_fee
        )

    @property
    def quantity(self) -> int:
        """Pieces in all."""
        return sum(line.quantity for line in self.lines)


def price(
    pieces: Sequence[Pieces], money: OrderMoney, *, shipping: Decimal, return_shipping_fee: Decimal
) -> Proposal:
    """Work out a refund. Pure.

    shipping: how much of the delivery cost goes back, tax in it. return_shipping_fee: what is to be
    kept; of it no more is taken than the pieces and shipping bring.
    Raises InvalidAmount when shipping has too many digits or is more than is left of it.
    """
    _check_shipping(shipping, money)
    shipping = rounded(shipping, money.currency)
    lines = _price_lines(pieces, money)
    items = sum((line.amount for line in lines), ZERO)
    restocking = sum((line.restocking_fee for line in lines), ZERO)
    wanted_fee = rounded(return_shipping_fee, money.currency)
    fee = min(wanted_fee, items + shipping - restocking)
    return Proposal(
        currency=money.currency,
        lines=tuple(lines),
        items_amount=items,
        items_tax=sum((line.tax for line in lines), ZERO),
        shipping_amount=shipping,
        shipping_tax=_tax_of_shipping(shipping, money),
        shipping_left=money.shipping_left,
        restocking_fee=restocking,
        return_shipping_fee=fee,
        amount=min(items + shipping - restocking - fee, money.maximum),
        maximum=money.maximum,
    )


def _price_lines(pieces: Sequence[Pieces], money: OrderMoney) -> list[ProposedLine]:
    """Price each part; pieces of a line are counted on from those already paid back."""
    done = dict(money.done)
    lines = []
    for part in pieces:
        start = done.get(part.order_line_id, 0)
        done[part.order_line_id] = start + part.quantity
        span = (part.line_quantity, start, part.quantity, money.currency)
        amount = share_of_pieces(part.line_gross, *span)
        fee = rounded(amount * part.restocking_percent / 100, money.currency)
        lines.append(
            ProposedLine(
                key=part.key,
                quantity=part.quantity,
                amount=amount,
                tax=share_of_pieces(part.line_tax, *span),
                restocking_fee=fee,
            )
        )
    return lines


def _check_shipping(shipping: Decimal, money: OrderMoney) -> None:
    if not is_exact(shipping, money.currency) or shipping < 0:
        raise InvalidAmount(
            _("Enter an amount in %(currency)s, 0 or more, without further digits.")
            % {"currency": money.currency},
            field=("shipping",),
        )
    if shipping > money.shipping_left:
        raise InvalidAmount(
            _("Only %(left)s of the delivery cost are left to pay back.")
            % {"left": rounded(money.shipping_left, money.currency)},
            field=("shipping",),
        )


def _tax_of_shipping(shipping: Decimal, money: OrderMoney) -> Decimal:
    """Return the tax within a part of the delivery cost; all parts sum to all of its tax."""
    if not shipping:
        return ZERO
    back = money.shipping_done + shipping
    tax = rounded(money.shipping_tax * back / money.shipping_gross, money.currency)
    # Below 0 by a unit when an earlier part's payment failed after a later one was worked out.
    return max(tax - money.shipping_tax_done, ZERO)


def gross(net_or_gross: Decimal, tax: Decimal, *, tax_included: bool) -> Decimal:
    """Return what was paid with tax, whether or not the amount includes it already."""
    return net_or_gross if tax_included else net_or_gross + tax


def pieces_of(
    line: OrderLine, order: Order, *, key: int, quantity: int, restocking_percent: Decimal
) -> Pieces:
    """Describe pieces of a loaded order line; no queries.

    Shops may state more tax than was paid, as on a line that a discount made free: no more tax
    comes back than was paid.
    """
    paid = gross(line.subtotal, line.tax_total, tax_included=order.tax_included)
    return Pieces(
        key=key,
        order_line_id=line.pk,
        quantity=quantity,
        line_gross=paid,
        line_tax=min(line.tax_total, paid),
        line_quantity=line.quantity,
        restocking_percent=restocking_percent,
    )


def split_over_payments(
    amount: Decimal, left: Sequence[tuple[int, Decimal]]
) -> tuple[tuple[int, Decimal], ...]:
    """Spread a refund over payments in the order they were made, each up to what is left on it.

    Raises ValueError when there is less left than `amount`: callers check first.
    """
    parts = []
    rest = amount
    for payment_id, available in left:
        part = min(rest, available)
        if part > 0:
            parts.append((payment_id, part))
            rest -= part
    if rest > 0:
        raise ValueError(f"{rest} more than is left on the payments.")
    return tuple(parts)


# --- loading ------------------------------------------------------------------------------------


def paid_back(order: Order) -> dict[int, int]:
    """Count the pieces per order line that were paid back or are about to be; one query."""
    found = (
        ReturnLine.objects.filter(for_return__order=order)
        .values_list("fulfillment_line__order_line")
        .annotate(pieces=Sum("refunded_quantity"))
        .order_by()
    )
    return dict(found)


def money_of(
    order: Order, done: Mapping[int, int], payments: Sequence[Payment] | None = None
) -> OrderMoney:
    """Load an order's money: its payments unless given (locked), and shipping paid back before."""
    if payments is None:
        payments = list(order.payments.all())
    before = _refunds_that_count(order)
    shipping = gross(order.shipping_amount, order.shipping_tax, tax_included=order.tax_included)
    return OrderMoney(
        currency=order.currency,
        done=done,
        left=left_on(payments, order.currency),
        shipping_gross=rounded(shipping, order.currency),
        shipping_tax=min(order.shipping_tax, shipping),
        shipping_done=sum((refund.shipping_amount for refund in before), ZERO),
        shipping_tax_done=sum((refund.shipping_tax for refund in before), ZERO),
    )


def _refunds_that_count(order: Order) -> list[Refund]:
    """Return the refunds that went out or are under way; few, so a page may load them ahead."""
    return [refund for refund in order.refunds.all() if refund.counts]


def left_on(payments: Sequence[Payment], currency: str) -> list[tuple[int, Decimal]]:
    """Return (payment, what can still be paid back on it), first paid first; no queries."""
    in_order = sorted(payments, key=lambda payment: (payment.captured_at, payment.pk))
    return [(payment.pk, rounded_down(payment.refundable_amount, currency)) for payment in in_order]


def default_quantities(lines: Sequence[ReturnLine]) -> dict[int, int]:
    """Return what is normally paid back: what came back; before anything came, all.

    Missing pieces and those already paid back are left out.
    """
    received = {
        line.pk: line.processed_quantity - line.missing_quantity - line.refunded_quantity
        for line in lines
    }
    if any(line.processed_quantity for line in lines):
        return {key: count for key, count in received.items() if count > 0}
    return {
        line.pk: line.quantity - line.refunded_quantity
        for line in lines
        if line.quantity > line.refunded_quantity
    }


def propose(
    return_: Return,
    *,
    quantities: Mapping[int, int] | None = None,
    shipping: Decimal | None = None,
    lines: Sequence[ReturnLine] | None = None,
    payments: Sequence[Payment] | None = None,
) -> Proposal:
    """Propose a refund for a return.

    quantities: pieces by return line; None for `default_quantities`. shipping: how much of the
    delivery cost, tax in it; None for what the order's terms say. lines and payments: already
    loaded (locked) ones, with `fulfillment_line.order_line`.
    Raises UnknownLine, InvalidQuantity, InvalidAmount.
    """
    order = return_.order
    if lines is None:
        lines = list(return_.lines.select_related("fulfillment_line__order_line"))
    if quantities is None:
        quantities = default_quantities(lines)
    chosen = _chosen_lines(lines, quantities)
    percents, shipping_fee = _fees_of(return_)
    pieces = [
        pieces_of(
            line.fulfillment_line.order_line,
            order,
            key=line.pk,
            quantity=count,
            restocking_percent=percents.get(line.pk, ZERO),
        )
        for line, count in chosen
    ]
    money = money_of(order, paid_back(order), payments)
    if shipping is None:
        shipping = _default_shipping(order, pieces, money)
    return price(pieces, money, shipping=shipping, return_shipping_fee=shipping_fee)


def _chosen_lines(
    lines: Sequence[ReturnLine], quantities: Mapping[int, int]
) -> list[tuple[ReturnLine, int]]:
    by_id = {line.pk: line for line in lines}
    chosen = []
    for key, count in quantities.items():
        line = by_id.get(key)
        if line is None:
            raise UnknownLine(_("This item is not part of the return."), field=("lines", str(key)))
        left = line.quantity - line.refunded_quantity
        if not 0 <= count <= left:
            raise InvalidQuantity(
                _("Choose 0 to %(left)s pieces: that many have not been paid back.")
                % {"left": left},
                field=("lines", str(key), "quantity"),
            )
        if count:
            chosen.append((line, count))
    return chosen


def _fees_of(return_: Return) -> tuple[dict[int, Decimal], Decimal]:
    """Return restocking percents by line and what is still to be kept for return shipping."""
    percents: dict[int, Decimal] = {}
    shipping_fee = ZERO
    for fee in return_.fees.all():
        if fee.kind == FeeKind.RESTOCKING and fee.line_id and fee.percent:
            percents[fee.line_id] = fee.percent
        elif fee.amount:
            shipping_fee += fee.amount
    if shipping_fee:
        refunds = _refunds_that_count(return_.order)
        own = [refund for refund in refunds if refund.for_return_id == return_.pk]
        shipping_fee -= sum((refund.return_shipping_fee for refund in own), ZERO)
    return percents, shipping_fee


def _default_shipping(order: Order, pieces: Sequence[Pieces], money: OrderMoney) -> Decimal:
    """Return the delivery cost when the terms give it back and nothing of the order is kept."""
    terms = ReturnTerms.from_json(order.return_terms)
    if not money.shipping_left or terms.shipping_refund != ShippingRefund.FULL_RETURN:
        return ZERO
    back: dict[int, int] = defaultdict(int, money.done)
    for part in pieces:
        back[part.order_line_id] += part.quantity
    lines = {line.pk: line for line in order.lines.all()}
    bought = (
        line
        for line in lines.values()
        if line.is_goods
        and eligibility.is_returned_by_itself(line, lines.get(line.bundle_parent_id or 0))
    )
    kept = any(back[line.pk] < line.quantity for line in bought)
    return ZERO if kept else money.shipping_left


def estimate(order: Order, chosen: Sequence[tuple[FulfillmentLine, int]]) -> Proposal:
    """Estimate what a return of these pieces would bring, before it exists; nothing is stored.

    chosen: fulfilment lines with `order_line` loaded, and pieces of each. Pieces that other live
    returns hold count as paid back, so that the parts of a line together bring exactly the line.
    Raises InvalidQuantity for pieces below 0, or more than are not yet in a return.
    """
    _check_pieces_left(chosen)
    terms = ReturnTerms.from_json(order.return_terms)
    held: dict[int, int] = defaultdict(int)
    for line_id, count in FulfillmentLine.objects.filter(
        fulfillment__order=order, returning_quantity__gt=0
    ).values_list("order_line_id", "returning_quantity"):
        held[line_id] += count
    pieces = [
        pieces_of(
            parcel.order_line,
            order,
            key=parcel.pk,
            quantity=count,
            restocking_percent=terms.restocking_fee_percent,
        )
        for parcel, count in chosen
        if count
    ]
    money = money_of(order, held)
    fee = rounded(terms.return_shipping_fee, order.currency)
    shipping = _default_shipping(order, pieces, money)
    return price(pieces, money, shipping=shipping, return_shipping_fee=fee)


def _check_pieces_left(chosen: Sequence[tuple[FulfillmentLine, int]]) -> None:
    wanted: dict[int, int] = defaultdict(int)
    for index, (parcel, count) in enumerate(chosen):
        left = parcel.quantity - parcel.returning_quantity - wanted[parcel.pk]
        if not 0 <= count <= left:
            raise InvalidQuantity(
                _("Choose 0 to %(left)s pieces: no more can go back.") % {"left": left},
                field=("lines", str(index), "quantity"),
            )
        wanted[parcel.pk] += count
