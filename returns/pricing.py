"""How much comes back: the arithmetic, without a database.

value of the pieces (tax in it) + shipping - restocking fees - return shipping fee - price of pieces
in exchange - what the buyer still has to pay; never below 0 and never above what is left on the
payments. Amounts are in the order's currency.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _

from orders.models import Order, OrderLine
from orders.money import ZERO, is_exact, localized, rounded, share_of_pieces
from returns.errors import InvalidAmount


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

    done: pieces already paid back per order line. paid: what was paid for them, tax in it, and that
    tax; only needed after a refund failed, else it is what the first pieces are worth. left:
    (payment, what is left on it), first paid first. shipping_gross and shipping_tax: as charged;
    shipping_done and shipping_tax_done: of it already paid back. outstanding: what the buyer has
    not paid of the order yet, and no refund has been lowered by.
    """

    currency: str
    done: Mapping[int, int]
    left: Sequence[tuple[int, Decimal]]
    paid: Mapping[int, tuple[Decimal, Decimal]] = field(default_factory=dict)
    shipping_gross: Decimal = ZERO
    shipping_tax: Decimal = ZERO
    shipping_done: Decimal = ZERO
    shipping_tax_done: Decimal = ZERO
    outstanding: Decimal = ZERO

    @property
    def maximum(self) -> Decimal:
        """What can go back at most: what is left on all payments."""
        return sum((amount for _payment, amount in self.left), ZERO)

    @property
    def shipping_left(self) -> Decimal:
        """What of the delivery cost has not come back yet; the shop may have lowered it since."""
        return max(self.shipping_gross - self.shipping_done, ZERO)


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
    exchange_amount: Decimal
    outstanding_amount: Decimal
    owed: Decimal
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
            - self.exchange_amount
            - self.outstanding_amount
        )

    @property
    def quantity(self) -> int:
        """Pieces in all."""
        return sum(line.quantity for line in self.lines)


def price(
    pieces: Sequence[Pieces],
    money: OrderMoney,
    *,
    shipping: Decimal,
    return_shipping_fee: Decimal,
    exchange: Decimal = ZERO,
) -> Proposal:
    """Work out a refund. Pure.

    shipping: how much of the delivery cost goes back, tax in it. return_shipping_fee: what is to be
    kept; of it no more is taken than the pieces and shipping bring. exchange: price of the pieces
    in exchange, tax in it; what they cost more than comes back is `owed` by the buyer. Below 0 for
    what was paid for pieces that are not sent after all: it comes back.
    Raises InvalidAmount when shipping has too many digits or is more than is left of it.
    """
    _check_shipping(shipping, money)
    shipping = rounded(shipping, money.currency)
    lines = _price_lines(pieces, money)
    items = sum((line.amount for line in lines), ZERO)
    restocking = sum((line.restocking_fee for line in lines), ZERO)
    wanted_fee = rounded(return_shipping_fee, money.currency)
    fee = min(wanted_fee, items + shipping - restocking)
    due = items + shipping - restocking - fee
    exchanged = min(rounded(exchange, money.currency), due)
    outstanding = min(money.outstanding, due - exchanged)
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
        exchange_amount=exchanged,
        outstanding_amount=outstanding,
        owed=rounded(exchange, money.currency) - exchanged,
        amount=min(due - exchanged - outstanding, money.maximum),
        maximum=money.maximum,
    )


def _price_lines(pieces: Sequence[Pieces], money: OrderMoney) -> list[ProposedLine]:
    """Price each part; pieces of a line are counted on from those already paid back.

    A part is worth what all pieces up to its last are worth, less what was paid so far: so the
    line comes out even also when a refund failed after the next one was made.
    """
    done, paid = dict(money.done), dict(money.paid)
    lines = []
    for part in pieces:
        key = part.order_line_id
        start = done.get(key, 0)
        done[key] = start + part.quantity
        before, tax_before = paid.pop(key, _worth(part, start, money.currency))
        after, tax_after = _worth(part, done[key], money.currency)
        amount = max(after - before, ZERO)
        fee = rounded(amount * part.restocking_percent / 100, money.currency)
        lines.append(
            ProposedLine(
                key=part.key,
                quantity=part.quantity,
                amount=amount,
                tax=min(max(tax_after - tax_before, ZERO), amount),
                restocking_fee=fee,
            )
        )
    return lines


def _worth(part: Pieces, count: int, currency: str) -> tuple[Decimal, Decimal]:
    """Return what the first `count` pieces of a line are worth, tax in it, and that tax."""
    span = (part.line_quantity, 0, count, currency)
    return share_of_pieces(part.line_gross, *span), share_of_pieces(part.line_tax, *span)


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
            % {"left": localized(money.shipping_left, money.currency)},
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
