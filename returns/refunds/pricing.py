"""How much comes back: the arithmetic, without a database.

value of the pieces (tax in it) + shipping - restocking fees - return shipping fee - price of pieces
in exchange - what the buyer still has to pay; never below 0 and never above what is left on the
payments. Amounts are in the order's currency.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Protocol

from django.utils.translation import gettext as _

from orders.money import (
    ZERO,
    is_exact,
    localized,
    rounded,
    share_of_pieces,
    split,
    taxes_of_first,
)
from orders.taxes import Tax
from returns.errors import InvalidAmount, MissingNote, NothingChosen, RefundTooLarge
from returns.models.policies import ReturnTerms, ShippingRefund


@dataclass(frozen=True, kw_only=True)
class Pieces:
    """Some pieces of an order line to be paid back.

    key: the caller's name for them (a primary key). line_gross and line_tax: what the whole line
    cost with tax, and the tax within; line_taxes: the same tax one by one, or empty where the shop
    does not tell. line_quantity: its pieces. restocking_percent: 0 to 100, of the price as charged:
    with tax where `tax_included`, else without.
    """

    key: int
    order_line_id: int
    quantity: int
    line_gross: Decimal
    line_tax: Decimal
    line_quantity: int
    line_taxes: tuple[Tax, ...] = ()
    restocking_percent: Decimal = ZERO
    tax_included: bool = True


@dataclass(frozen=True, kw_only=True)
class Paid:
    """What earlier refunds paid for pieces of a line: with tax, the tax, and each tax if known."""

    amount: Decimal
    tax: Decimal
    taxes: tuple[Decimal, ...] = ()

    def __add__(self, other: "Paid") -> "Paid":
        both = zip(self.taxes, other.taxes, strict=True) if self.taxes and other.taxes else ()
        return Paid(
            amount=self.amount + other.amount,
            tax=self.tax + other.tax,
            taxes=tuple(one + another for one, another in both),
        )


@dataclass(frozen=True, kw_only=True)
class OrderMoney:
    """What an order's money looks like before the refund, in its currency.

    done: pieces already paid back per order line, with a return or without; a piece that was both
    counts twice and brings nothing the second time. paid: what was paid for them; only needed after
    a refund failed, else it is what the first pieces are worth. left: (payment, what is left on
    it), first paid first. shipping_gross and shipping_tax: as charged; shipping_done and
    shipping_tax_done: of it already paid back. outstanding: what the buyer has
    not paid of the order yet, and no refund has been lowered by.
    """

    currency: str
    done: Mapping[int, int]
    left: Sequence[tuple[int, Decimal]]
    paid: Mapping[int, Paid] = field(default_factory=dict)
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
    """What some pieces bring: `amount` with tax, `tax` within it, `restocking_fee` off it.

    taxes: the same tax one by one; empty where the shop does not tell.
    """

    key: int
    quantity: int
    amount: Decimal
    tax: Decimal
    restocking_fee: Decimal
    taxes: tuple[Tax, ...] = ()


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
        before = paid.pop(key, None) or _worth(part, start, money.currency)
        lines.append(_price_line(part, before, _worth(part, done[key], money.currency), money))
    return lines


def _price_line(part: Pieces, before: Paid, after: Paid, money: OrderMoney) -> ProposedLine:
    amount = max(after.amount - before.amount, ZERO)
    tax = min(max(after.tax - before.tax, ZERO), amount)
    charged = amount if part.tax_included else amount - tax
    return ProposedLine(
        key=part.key,
        quantity=part.quantity,
        amount=amount,
        tax=tax,
        taxes=_price_taxes(part, before, after, tax, money.currency),
        restocking_fee=rounded(charged * part.restocking_percent / 100, money.currency),
    )


def _price_taxes(
    part: Pieces, before: Paid, after: Paid, tax: Decimal, currency: str
) -> tuple[Tax, ...]:
    """Return the tax of a part one by one; they always sum to `tax`."""
    if not part.line_taxes:
        return ()
    paid = before.taxes or tuple(
        split(before.tax, [one.amount for one in part.line_taxes], currency)
    )
    parts = [max(now - then, ZERO) for now, then in zip(after.taxes, paid, strict=True)]
    if sum(parts) != tax:  # after a refund failed, or more was paid than the pieces are worth
        parts = split(tax, parts, currency)
    return tuple(
        replace(one, amount=amount) for one, amount in zip(part.line_taxes, parts, strict=True)
    )


def _worth(part: Pieces, count: int, currency: str) -> Paid:
    """Return what the first `count` pieces of a line are worth; more than all are worth all."""
    first = min(count, part.line_quantity)
    span = (part.line_quantity, 0, first, currency)
    taxes = [tax.amount for tax in part.line_taxes]
    return Paid(
        amount=share_of_pieces(part.line_gross, *span),
        tax=share_of_pieces(part.line_tax, *span),
        taxes=tuple(taxes_of_first(taxes, part.line_quantity, first, currency)),
    )


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


class Sold(Protocol):
    """What the arithmetic reads of an order's line; a loaded OrderLine has it all."""

    @property
    def pk(self) -> int:
        """Its name."""

    @property
    def quantity(self) -> int:
        """Its pieces."""

    @property
    def subtotal(self) -> Decimal:
        """What they cost after discounts, as charged."""

    @property
    def tax_total(self) -> Decimal:
        """The tax in or on top of it."""

    @property
    def tax_parts(self) -> tuple[Tax, ...]:
        """The same tax one by one; empty where the shop does not tell."""


class SoldIn(Protocol):
    """What the arithmetic reads of an order."""

    @property
    def currency(self) -> str:
        """What all its amounts are in."""

    @property
    def tax_included(self) -> bool:
        """Whether its prices include tax."""


def pieces_of(
    line: Sold, order: SoldIn, *, key: int, quantity: int, restocking_percent: Decimal
) -> Pieces:
    """Describe pieces of a loaded order line; no queries.

    Shops may state more tax than was paid, as on a line that a discount made free: no more tax
    comes back than was paid, each tax in proportion.
    """
    paid = gross(line.subtotal, line.tax_total, tax_included=order.tax_included)
    tax = min(line.tax_total, paid)
    return Pieces(
        key=key,
        order_line_id=line.pk,
        quantity=quantity,
        line_gross=paid,
        line_tax=tax,
        line_taxes=within(line.tax_parts, tax, order.currency),
        line_quantity=line.quantity,
        restocking_percent=restocking_percent,
        tax_included=order.tax_included,
    )


def within(taxes: Sequence[Tax], total: Decimal, currency: str) -> tuple[Tax, ...]:
    """Return the taxes so that they sum to `total`, which they do unless less was paid."""
    amounts = [tax.amount for tax in taxes]
    if not taxes or (sum(amounts) == total and all(is_exact(each, currency) for each in amounts)):
        return tuple(taxes)
    parts = split(total, amounts, currency)
    return tuple(replace(tax, amount=part) for tax, part in zip(taxes, parts, strict=True))


@dataclass(frozen=True, kw_only=True)
class AgreedFees:
    """What a return agrees to: percents off its lines, in their order, and return shipping."""

    restocking_percents: tuple[Decimal, ...]
    return_shipping: Decimal


def agreed_fees(
    each: Sequence[ReturnTerms],
    free: Sequence[bool],
    currency: str,
    *,
    repaired: Sequence[bool] = (),
) -> AgreedFees:
    """Return the fees that terms put on a return. Pure.

    each: per line, its terms; the highest fee for return shipping is taken once. free: per line,
    whether its reason is free of fees. Such a line is not charged for restocking, and one such line
    makes return shipping free: that parcel had to come at the shop's cost. repaired: per line,
    whether it is repaired and sent back: nothing is paid back for it that a fee could be taken of.
    """
    repairs = repaired or [False] * len(each)
    charged = [terms for terms, repair in zip(each, repairs, strict=True) if not repair]
    fee = max((terms.return_shipping_fee for terms in charged), default=ZERO)
    return AgreedFees(
        restocking_percents=tuple(
            ZERO if is_free or repair else terms.restocking_fee_percent
            for terms, is_free, repair in zip(each, free, repairs, strict=True)
        ),
        return_shipping=ZERO if any(free) else rounded(fee, currency),
    )


def default_shipping(
    rule: str, bought: Sequence[tuple[int, int]], pieces: Sequence[Pieces], money: OrderMoney
) -> Decimal:
    """Return what of the delivery cost comes back unless a person says otherwise. Pure.

    rule: a ShippingRefund. bought: (order line, pieces) of all that can go back by itself. With
    FULL_RETURN it is all that is left of it, once nothing of the order is kept.
    """
    if not money.shipping_left or rule != ShippingRefund.FULL_RETURN:
        return ZERO
    back = dict(money.done)
    for part in pieces:
        back[part.order_line_id] = back.get(part.order_line_id, 0) + part.quantity
    kept = any(back.get(line, 0) < quantity for line, quantity in bought)
    return ZERO if kept else money.shipping_left


def checked_amount(
    amount: Decimal | None, proposal: Proposal, *, chosen: bool, may_exceed: bool = False
) -> Decimal:
    """Return what to pay for a proposal, in its currency: `amount`, or what it suggests.

    chosen: whether a person said for which pieces, be it for none. may_exceed: whether the amount
    may be more than is left on the payments. Raises NothingChosen, InvalidAmount, RefundTooLarge.
    """
    is_nothing = not proposal.lines and not proposal.shipping_amount
    if is_nothing and proposal.exchange_amount >= 0 and not (chosen and amount):
        raise NothingChosen(_("Choose what to pay back."), field=("lines",))
    if amount is None:
        return proposal.amount
    if not amount.is_finite() or amount < 0:
        raise _invalid_amount(proposal)
    if amount > proposal.maximum and not may_exceed:
        raise RefundTooLarge(
            _("Only %(left)s are left on the payments of this order.")
            % {"left": localized(proposal.maximum, proposal.currency)},
            field=("amount",),
        )
    if not is_exact(amount, proposal.currency):
        raise _invalid_amount(proposal)
    return amount


def checked_over(amount: Decimal, proposal: Proposal, reason: str) -> Decimal:
    """Return what of a checked amount is more than is left on the payments; 0 for most refunds.

    reason: why somebody pays that much. Raises MissingNote when there is none and should be.
    """
    over = max(amount - proposal.maximum, ZERO)
    if over and not reason:
        raise MissingNote(
            _("This is %(over)s more than is left on the payments of this order. Say why.")
            % {"over": localized(over, proposal.currency)},
            field=("over_reason",),
        )
    return over


def _invalid_amount(proposal: Proposal) -> InvalidAmount:
    return InvalidAmount(
        _("Enter an amount in %(currency)s, 0 or more, without further digits.")
        % {"currency": proposal.currency},
        field=("amount",),
    )
