"""How much comes back from an order without any return, for which pieces of its lines.

The arithmetic is that of returns, without fees and exchange: pieces that were paid back either way
are done, so that both kinds together bring exactly the line.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from orders.models import Order, OrderLine, Payment
from orders.money import ZERO
from returns.eligibility import is_returned_by_itself
from returns.errors import InvalidQuantity, UnknownLine
from returns.models import Refund
from returns.policies import terms as terms_of
from returns.refunds import proposals as refunds
from returns.refunds.pricing import Proposal, pieces_of, price


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A line of an order, and how many of its pieces were not paid back in any way."""

    line: OrderLine
    left: int


def choices(lines: Sequence[OrderLine], done: Mapping[int, int]) -> list[Choice]:
    """Return the lines that can be paid back by themselves, sent or not, goods or not.

    lines: all of an order's. done: pieces paid back by line, as from `refunds.paid_back`.
    """
    by_id = {line.pk: line for line in lines}
    return [
        Choice(line=line, left=max(line.quantity - done.get(line.pk, 0), 0))
        for line in lines
        if is_returned_by_itself(line, by_id.get(line.bundle_parent_id or 0))
    ]


def load_choices(order: Order, lines: Sequence[OrderLine], made: Sequence[Refund]) -> list[Choice]:
    """Return the choices of an order as they are now; one query with returns, one with `made`."""
    return choices(lines, refunds.paid_back(order, made))


def propose(
    order: Order,
    *,
    quantities: Mapping[int, int],
    shipping: Decimal | None = None,
    lines: Sequence[OrderLine] | None = None,
    payments: Sequence[Payment] | None = None,
    made: Sequence[Refund] | None = None,
) -> Proposal:
    """Propose a refund of an order without a return; nothing is stored.

    quantities: pieces by order line. shipping: how much of the delivery cost, tax in it; None for
    what the order's terms say once all pieces are paid back, 0 without pieces. lines, payments and
    made (the order's refunds): already loaded (locked) ones, all of them.
    Raises UnknownLine, InvalidQuantity, InvalidAmount.
    """
    lines = list(order.lines.all()) if lines is None else lines
    made = list(order.refunds.all()) if made is None else made
    payments = list(order.payments.all()) if payments is None else payments
    done = refunds.paid_back(order, made)
    pieces = [
        pieces_of(choice.line, order, key=choice.line.pk, quantity=count, restocking_percent=ZERO)
        for choice, count in _chosen(choices(lines, done), quantities)
    ]
    money = refunds.money_of(
        order,
        done=done,
        paid=refunds.paid_amounts(made),
        refunds=made,
        payments=payments,
    )
    if shipping is None:
        shipping = (
            refunds.suggested_shipping(order, terms_of.of_order(order), pieces, money)
            if pieces
            else ZERO
        )
    return price(pieces, money, shipping=shipping, return_shipping_fee=ZERO)


def _chosen(found: Sequence[Choice], quantities: Mapping[int, int]) -> list[tuple[Choice, int]]:
    by_id = {choice.line.pk: choice for choice in found}
    chosen = []
    for key, count in quantities.items():
        choice = by_id.get(key)
        if choice is None:
            raise UnknownLine(
                _("This item is not part of the order, or only within a bundle."),
                field=("lines", str(key)),
            )
        if not 0 <= count <= choice.left:
            raise InvalidQuantity(
                _("Choose 0 to %(left)s pieces: that many have not been paid back.")
                % {"left": choice.left},
                field=("lines", str(key), "quantity"),
            )
        if count:
            chosen.append((choice, count))
    return chosen
