"""The items of an order as pages show them: what may go back until when, or why not."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from orders import pictures
from orders.models import Order, OrderLine
from returns.eligibility import Blocker, Item, is_returned_by_itself
from storefront import dates, uploads
from storefront.forms.items import ItemForm
from storefront.sums import money

# The look of what blocks an item; what is not sent yet may still go back later.
BLOCKED = {
    Blocker.UNFULFILLED: ("neutral", "truck"),
    Blocker.RETURN_WINDOW_EXPIRED: ("neutral", "clock"),
    Blocker.RETURNED: ("positive", "check-circle"),
    Blocker.IN_RETURN: ("info", "return"),
}


def card(
    item: Item, order: Order, forms: dict[int, ItemForm] | None = None, number: int = 0
) -> dict[str, Any]:
    """Return what the component `item` shows; with its form from `forms`, by fulfilment line."""
    line = item.order_line
    parcel = item.fulfillment_line
    form = (forms or {}).get(parcel.pk) if parcel and item.returnable else None
    return {
        "id": f"item-{parcel.pk}" if parcel else f"line-{line.pk}-{number}",
        "picture_url": pictures.url(line.image),
        "title": line.title,
        "options": line.options_text,
        "price": _price(item, order),
        "parts": [f"{part.quantity // line.quantity} × {part.title}" for part in item.parts],  # noqa: RUF001
        "of": _("of %(count)s") % {"count": item.returnable_quantity},
        "form": form,
        "photos": uploads.cards(form.photos) if form else [],
        "about": form.about if form else {},
        "about_url": reverse("storefront:about_reason", args=[order.public_id, parcel.pk])
        if form and parcel
        else "",
        "swaps": [] if form is None else _one_click(form),
        "asks_quantity": form is not None and _asks_quantity(item, form),
        **state(item, order),
    }


def _one_click(form: ItemForm) -> list[dict[str, str]]:
    """Return the buttons that exchange the item for a variant at the same price."""
    return [
        {"value": f"{form.parcel.pk}:{variant}", "label": label}
        for variant, label in form.quick_swaps.items()
    ]


def _asks_quantity(item: Item, form: ItemForm) -> bool:
    """Whether to ask how many: one piece needs no question, unless its number is wrong."""
    return item.returnable_quantity > 1 or bool(form["quantity"].errors)


def state(item: Item, order: Order) -> dict[str, Any]:
    """Return badge and words: until when an item can go back, or every reason why it cannot."""
    if item.returnable:
        until = item.returnable_until
        short = dates.short_day(until, order.store.zone) if until else ""
        return {
            "tone": "positive",
            "icon": "check",
            "state": _("Can go back"),
            "hint": _until(item, short),
        }
    first, *others = item.messages
    tone, icon = BLOCKED.get(item.blockers[0], ("neutral", "lock"))
    return {
        "tone": tone,
        "icon": icon,
        "state": first,
        "hint": " · ".join([*others, *_ended(item, order)]),
    }


def _until(item: Item, day: str) -> str:
    """Say until when; day: "" for no end."""
    if item.verdict.by_reason:
        some = _("for some reasons, until %(day)s") % {"day": day}
        return some if day else _("for some reasons only")
    return _("until %(day)s") % {"day": day} if day else ""


def _ended(item: Item, order: Order) -> list[str]:
    """Say when the time for returns ended, if that is a reason."""
    until = item.returnable_until
    if Blocker.RETURN_WINDOW_EXPIRED not in item.blockers or until is None:
        return []
    return [_("It ended on %(day)s.") % {"day": dates.short_day(until, order.store.zone)}]


def _price(item: Item, order: Order) -> str:
    """Return what a piece cost, and how many there are."""
    each = money(item.order_line.unit_price, order.currency)
    if item.quantity == 1:
        return each
    return _("%(count)s × %(price)s") % {"count": item.quantity, "price": each}  # noqa: RUF001


def bought(lines: Sequence[OrderLine]) -> list[OrderLine]:
    """Return the lines that a buyer sees as things: bundles whole, or item by item."""
    by_id = {line.pk: line for line in lines}
    return [
        line for line in lines if is_returned_by_itself(line, by_id.get(line.bundle_parent_id or 0))
    ]
