"""Which payment gets which part of a refund. Pure: amounts in, amounts out.

`left` is always (payment, what can still go back on it), first paid first.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from orders.models.stores import RefundSplit
from orders.money import ZERO, is_exact, localized, split
from returns.errors import InvalidAmount, RefundTooLarge

Left = Sequence[tuple[int, Decimal]]
Parts = tuple[tuple[int, Decimal], ...]


def plan(
    amount: Decimal,
    left: Left,
    currency: str,
    *,
    rule: str,
    wanted: Mapping[int, Decimal] | None = None,
) -> Parts:
    """Return what goes to which payment: as `wanted` by a person, else by the store's `rule`.

    amount: of the refund, at most what is left. rule: a RefundSplit. Raises as `chosen` does.
    """
    if wanted is not None:
        return chosen(amount, wanted, left, currency)
    if rule == RefundSplit.PROPORTIONAL:
        return proportional(amount, left, currency)
    return in_order(amount, left)


def in_order(amount: Decimal, left: Left) -> Parts:
    """Fill payments up in the order they were made, each up to what is left on it.

    Raises ValueError when there is less left than `amount`: callers check first.
    """
    parts = []
    rest = amount
    for payment, available in left:
        part = min(rest, available)
        if part > 0:
            parts.append((payment, part))
            rest -= part
    if rest > 0:
        raise ValueError(f"{rest} more than is left on the payments.")
    return tuple(parts)


def proportional(amount: Decimal, left: Left, currency: str) -> Parts:
    """Spread over all payments in proportion to what is left on each; odd units by largest loss.

    A part is never more than is left on its payment: all that is left has whole units, and a share
    is at most what it is a share of. Raises ValueError when there is less left than `amount`.
    """
    whole = sum((available for _payment, available in left), ZERO)
    if amount > whole:
        raise ValueError(f"{amount - whole} more than is left on the payments.")
    if not amount:
        return ()
    shares = split(amount, [available for _payment, available in left], currency)
    return tuple(
        (payment, share) for (payment, _available), share in zip(left, shares, strict=True) if share
    )


def chosen(amount: Decimal, wanted: Mapping[int, Decimal], left: Left, currency: str) -> Parts:
    """Check the split that a person chose: what goes to which payment, in `currency`.

    Raises InvalidAmount when a part has too many digits, is below 0 or for a payment of another
    order, or when the parts do not sum to `amount`; RefundTooLarge when a payment has less left.
    Their field is ("parts", payment).
    """
    available = dict(left)
    for payment, part in wanted.items():
        _check_part(payment, part, available, currency)
    missing = amount - sum(wanted.values(), ZERO)
    if missing:
        words = (
            _("%(amount)s of the refund are not shared out yet.")
            if missing > 0
            else _("The parts are %(amount)s more than the refund.")
        )
        raise InvalidAmount(words % {"amount": localized(abs(missing), currency)}, field=("parts",))
    return tuple((payment, wanted[payment]) for payment, _left in left if wanted.get(payment))


def _check_part(
    payment: int, part: Decimal, available: Mapping[int, Decimal], currency: str
) -> None:
    field = ("parts", str(payment))
    if payment not in available:
        raise InvalidAmount(_("This payment is not part of the order."), field=field)
    if not is_exact(part, currency) or part < 0:
        words = _("Enter an amount in %(currency)s, 0 or more, without further digits.")
        raise InvalidAmount(words % {"currency": currency}, field=field)
    if part > available[payment]:
        words = _("Only %(left)s are left on this payment.")
        left = localized(available[payment], currency)
        raise RefundTooLarge(words % {"left": left}, field=field)
