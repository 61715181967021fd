"""What an item can be exchanged for, as the pages offer it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from orders.models import Order
from returns import exchange_offers
from returns.eligibility import Item
from returns.exchange_offers import Offer
from storefront.sums import money

# The offers of each item, by its fulfilment line.
Offers = dict[int, list[Offer]]


def of_items(order: Order, items: Sequence[Item], *, others: Collection[int] = ()) -> Offers:
    """Return what can be had instead of the items that can go back. others: as chosen elsewhere."""
    offered = [item for item in items if item.returnable and item.fulfillment_line]
    found = exchange_offers.for_lines(order, [item.order_line for item in offered], others=others)
    return {
        item.fulfillment_line.pk: found[item.order_line.pk]
        for item in offered
        if item.fulfillment_line and found.get(item.order_line.pk)
    }


@dataclass(frozen=True, kw_only=True)
class Choice:
    """An offer as a form shows it; `quick`: what a button says that swaps at no cost, "" for none.

    Only what differs in one option has a button: they are to be few.
    """

    value: str
    label: str
    quick: str


def choice(offer: Offer, currency: str) -> Choice:
    """Return an offer with what it costs more or less."""
    label = offer.name
    if offer.difference is None:
        price = money(offer.variant.price, currency)
        label = f"{offer.variant.product.title}, {offer.name} · {price}"
    elif offer.difference:
        label = f"{offer.name} · {_signed(offer.difference, currency)}"
    quick = offer.changes[0] if offer.is_even and len(offer.changes) == 1 else ""
    return Choice(value=str(offer.variant.pk), label=label, quick=quick)


def _signed(amount: Decimal, currency: str) -> str:
    if amount > 0:
        return _("%(amount)s more") % {"amount": money(amount, currency)}
    return _("%(amount)s less") % {"amount": money(-amount, currency)}
