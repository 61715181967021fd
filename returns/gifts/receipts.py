"""The paper that goes with a gift: what it is and how it can be returned, and no price.

`templates/slips/gift_receipt.html` says where things stand, `static/css/slip.css` how they look.
"""

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from orders.models import PageSize
from returns import codes, eligibility, slips
from returns.gifts import codes as gift_codes
from returns.held import Viewer
from returns.locales import Reader
from returns.models import GiftCode
from returns.sheets import Sheet


def link(code: GiftCode) -> str:
    """Return the address, with host, at which the code stands typed already."""
    path = reverse("storefront:gift_link", args=[code.code])
    return f"{settings.SITE_URL}{path}"


def render(code: GiftCode) -> bytes:
    """Return a gift receipt as a tagged PDF, on its store's paper and in the order's language.

    `order` with store and customer should be loaded.
    """
    # Only here, so that commands which print nothing do not wait a second for WeasyPrint.
    from returns import pdf

    order = code.order
    reader = Reader.of(order.language, order.store.country)
    with translation.override(reader.language):
        html = render_to_string("slips/gift_receipt.html", _context(code, reader))
        title = _("Gift receipt")
    drawn = {"qr": codes.qr(link(code), size=slips.QR_SIZE)}
    sheet = Sheet(html=html, language=reader.language, codes=drawn)
    return pdf.write([sheet], style=slips.STYLE, title=title)


def _context(code: GiftCode, reader: Reader) -> dict[str, Any]:
    store = code.order.store
    host_and_path = settings.SITE_URL.split("://", 1)[-1] + reverse("storefront:enter_gift")
    return {
        "language": reader.language,
        "title": _("Gift receipt"),
        "paper": "letter" if store.page_size == PageSize.LETTER else "a4",
        "store": store.name,
        "store_contact": slips.store_contact(store, reader),
        "code": gift_codes.written(code),
        "address": host_and_path,
        "until": _until(code, reader),
        "items": [
            {
                "title": line.order_line.title,
                "options": line.order_line.options_text,
                "quantity": line.quantity,
            }
            for line in code.lines.select_related("order_line")
        ],
        "page_label": slips.page_label(),
    }


def _until(code: GiftCode, reader: Reader) -> str:
    """Return the last day for all of it; "" while that is not known, or where there is no end."""
    given = set(code.lines.values_list("order_line", flat=True))
    found = eligibility.for_order(code.order, viewer=Viewer.RECIPIENT)
    mine = [item for item in found if item.order_line.pk in given]
    days = [item.returnable_until for item in mine if item.fulfillment_line is not None]
    known = [day for day in days if day is not None]
    if not known or len(known) < len(mine):
        return ""
    return reader.date(min(known))
