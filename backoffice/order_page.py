"""What the page of one order shows, prepared in words and amounts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.db.models import Sum
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice import articles
from backoffice.forms.refunds import Sent
from backoffice.words import amount_words, day_words, moment_words
from orders.models import Fulfillment, FulfillmentLine, Order, Payment
from returns import eligibility
from returns.eligibility import Item
from returns.policies import terms


def load(pk: int) -> Order:
    """Return the order with customer and store, and show times in the store's zone.

    Raises Http404 for an unknown one.
    """
    order = get_object_or_404(Order.objects.select_related("store", "customer"), pk=pk)
    timezone.activate(order.store.zone)
    return order


@dataclass(frozen=True, kw_only=True)
class ItemRow:
    """Pieces of a line in one parcel; `state` and `words`: whether they can go back.

    rules: the names of those that decided on it when it came in.
    """

    article: articles.Article
    quantity: int
    price: str
    discount: str
    total: str
    is_replacement: bool
    refunded: str
    state: str
    words: str
    rules: str


def item_rows(found: Sequence[Item], order: Order) -> list[ItemRow]:
    """Describe the items; no queries. A line in two parcels tells once what was paid back."""
    first = {item.order_line.pk: item for item in reversed(found)}
    rows = []
    for item in found:
        row = item_row(item, order)
        rows.append(row if first[item.order_line.pk] is item else replace(row, refunded=""))
    return rows


def item_row(item: Item, order: Order) -> ItemRow:
    """Describe an item; no queries."""
    line = item.order_line
    state, words = return_words(item)
    return ItemRow(
        article=articles.describe(line, item.parts),
        quantity=item.quantity,
        price=amount_words(line.unit_price, order.currency),
        discount=amount_words(-line.discount_total, order.currency) if line.discount_total else "",
        total=amount_words(line.subtotal, order.currency),
        is_replacement=line.from_exchange,
        refunded=articles.paid_without_return(line),
        state=state,
        words=words,
        rules=", ".join(terms.rules_of(line)),
    )


def return_words(item: Item) -> tuple[str, str]:
    """Return the tone and the words that say until when an item can go back, or why not."""
    if item.blockers:
        return "neutral", " · ".join(item.messages)
    if item.returnable_until is None:
        return "positive", _("Can be returned")
    day = day_words(item.returnable_until)
    return "positive", _("Can be returned until %(day)s") % {"day": day}


def items(order: Order) -> list[Item]:
    """Return the order's items with what may go back; three queries."""
    return eligibility.for_order(order)


def sent(order: Order) -> dict[int, Sent]:
    """Count per order line the pieces that were sent, and are in a return; one query."""
    found = (
        FulfillmentLine.objects.filter(fulfillment__order=order)
        .values_list("order_line")
        .annotate(Sum("quantity"), Sum("returning_quantity"))
        .order_by()
    )
    return {line: Sent(sent=count, returning=back) for line, count, back in found}


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """One parcel to the buyer."""

    name: str
    sent: str
    delivered: str
    tracking: str
    tracking_url: str


def parcels(found: Iterable[Fulfillment]) -> list[Parcel]:
    """Describe the parcels."""
    return [
        Parcel(
            name=_("Parcel %(number)s") % {"number": parcel.number},
            sent=moment_words(parcel.shipped_at),
            delivered=moment_words(parcel.delivered_at),
            tracking=f"{parcel.tracking_company} {parcel.tracking_number}".strip(),
            tracking_url=parcel.tracking_url if parcel.tracking_url.startswith("https://") else "",
        )
        for parcel in found
    ]


def facts(order: Order) -> list[dict[str, str]]:
    """Return when the order came, and what is special about it."""
    taxes = _("included in prices") if order.tax_included else _("added to prices")
    listing, why = _listing(order)
    rows = [
        (_("Placed"), moment_words(order.placed_at)),
        (_("Canceled"), moment_words(order.canceled_at)),
        (_("Archived"), moment_words(order.archived_at)),
        (_("Store"), order.store.name),
        (_("Shipping"), amount_words(order.shipping_amount, order.currency)),
        (_("Tax"), taxes),
        (_("Sales channel"), order.channel),
        (_("Returns"), listing),
        (_("Why"), why),
    ]
    return [{"label": label, "value": value} for label, value in rows if value]


def _listing(order: Order) -> tuple[str, str]:
    """Return what a person decided about the order's returns, and why; empty for nothing."""
    if order.return_listing:
        return order.get_return_listing_display(), order.return_listing_note
    customer = order.customer
    if customer is not None and customer.return_listing:
        return customer.get_return_listing_display(), customer.return_listing_note
    return "", ""


def payments(found: Iterable[Payment], order: Order) -> list[dict[str, str]]:
    """Describe the payments with what went back on them."""
    return [
        {
            "label": payment.get_method_display(),
            "reference": payment.external_id,
            "paid": amount_words(payment.amount, order.currency),
            "refunded": amount_words(payment.refunded_amount, order.currency),
        }
        for payment in found
    ]
