"""What an item can be exchanged for, as the pages offer it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from django.utils.translation import gettext as _

from orders.models import Order, OrderLine
from returns import resolutions
from returns.eligibility import Item
from returns.exchanges import offers
from returns.exchanges.offers import Asked, Offer
from returns.models import Resolution, ReturnReason
from returns.models.policies import ReturnTerms
from returns.policies import terms as terms_of
from storefront.sums import money

# The offers of each item, by its fulfilment line.
Offers = dict[int, list[Offer]]

NO_REASONS: Final[Mapping[int, ReturnReason]] = MappingProxyType({})


def of_items(
    order: Order,
    items: Sequence[Item],
    *,
    reasons: Mapping[int, ReturnReason] = NO_REASONS,
    others: Collection[int] = (),
) -> Offers:
    """Return what can be had instead of the items that can go back.

    reasons: those that are chosen, by fulfilment line. others: variants, as chosen elsewhere.
    """
    terms = terms_of.of_order(order)
    asked = []
    for item in items:
        if item.returnable and item.fulfillment_line:
            key = item.fulfillment_line.pk
            may = may_have(terms, item.order_line, reasons.get(key))
            asked.append(Asked(key=key, line=item.order_line, may=may))
    return offers.for_asked(order, asked, others=others)


def may_have(terms: ReturnTerms, line: OrderLine, reason: ReturnReason | None) -> list[Resolution]:
    """Return what may be had for a line. terms: the order's; reason: None before one is chosen."""
    own = terms_of.of_line(terms, line, reason.handle if reason else "")
    return resolutions.offered(own, reason)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """An offer as a form shows it; `quick`: what a button says that swaps at no cost, "" for none.

    told: what the review says of it. is_again: whether it is the very same once more.

    Only what differs in one option has a button: they are to be few.
    """

    value: str
    label: str
    quick: str
    told: str
    is_again: bool = False


def choice(offer: Offer, currency: str) -> Choice:
    """Return an offer with what it costs more or less."""
    label = offer.name
    if offer.resolution == Resolution.REPLACEMENT:
        label = _("Replacement: the same again (%(name)s)") % {"name": offer.name}
    if offer.difference is None:
        price = money(offer.variant.price, currency)
        label = f"{offer.variant.product.title}, {offer.name} · {price}"
    elif offer.difference:
        label = f"{offer.name} · {_signed(offer.difference, currency)}"
    quick = offer.changes[0] if offer.is_even and len(offer.changes) == 1 else ""
    told = _("Exchanged for %(swap)s") % {"swap": label}
    is_again = offer.resolution == Resolution.REPLACEMENT
    return Choice(
        value=str(offer.variant.pk),
        label=label,
        quick=quick,
        told=label if is_again else told,
        is_again=is_again,
    )


def _signed(amount: Decimal, currency: str) -> str:
    if amount > 0:
        return _("%(amount)s more") % {"amount": money(amount, currency)}
    return _("%(amount)s less") % {"amount": money(-amount, currency)}
