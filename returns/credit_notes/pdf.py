"""The credit note as a PDF, in the style of the slip, for the buyer's books and the shop's.

`templates/slips/credit_note.html` says where things stand, `static/css/slip.css` how they look.
"""

import re
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from orders.models import Order, PageSize
from returns import places, slips, statements
from returns.locales import Reader
from returns.models import CreditNote, Refund, RefundLine
from returns.sheets import Sheet
from returns.slips import Fact
from returns.statements import Row


@dataclass(frozen=True, kw_only=True)
class Item:
    """One line of the table of what is credited; all texts as printed."""

    title: str
    details: str
    sku: str
    quantity: int
    amount: str


def render(note: CreditNote) -> bytes:
    """Return a credit note as a tagged PDF, on its store's paper and in its buyer's language.

    The rows are read afresh, so any instance will do.
    """
    # Only here, so that commands which print nothing do not wait a second for WeasyPrint.
    from returns import pdf

    loaded = CreditNote.objects.select_related(
        "store", "refund__for_return", "refund__order__customer"
    ).get(pk=note.pk)
    reader = Reader.of(_language(loaded.refund), loaded.store.country)
    with translation.override(reader.language):
        html = render_to_string("slips/credit_note.html", _context(loaded, reader))
        title = _title(loaded)
    sheet = Sheet(html=html, language=reader.language)
    return pdf.write([sheet], style=slips.STYLE, title=title)


def filename(note: CreditNote) -> str:
    """Return a name for the file that any system can store, as in `CN-SHOP-00017.pdf`."""
    return f"{re.sub(r'[^A-Za-z0-9]+', '-', note.reference).strip('-')}.pdf"


def _language(refund: Refund) -> str:
    """Return the language of the mails about it: the return's, else the order's."""
    return str(refund.for_return.language if refund.for_return else refund.order.language)


def _title(note: CreditNote) -> str:
    return _("Credit note %(reference)s") % {"reference": note.reference}


def _context(note: CreditNote, reader: Reader) -> dict[str, Any]:
    store = note.store
    return {
        "language": reader.language,
        "title": _title(note),
        "paper": "letter" if store.page_size == PageSize.LETTER else "a4",
        "store": store.name,
        "store_contact": slips.store_contact(store, reader),
        "reference": note.reference,
        "facts": _facts(note, reader),
        "items": [_item(line, note, reader) for line in _lines(note.refund)],
        "sums": _sums(note, reader),
        "closing": _closing(note.refund.order),
        "page_label": slips.page_label(),
    }


def _lines(refund: Refund) -> list[RefundLine]:
    sold = "return_line__fulfillment_line__order_line"
    return list(refund.lines.select_related("order_line", sold).order_by("pk"))


def _item(line: RefundLine, note: CreditNote, reader: Reader) -> Item:
    bought = line.sold
    tax = _("Tax within: %(amount)s") % {"amount": reader.money(line.tax, note.currency)}
    return Item(
        title=bought.title,
        details="\n".join([bought.options_text, tax] if bought.options else [tax]),
        sku=bought.sku,
        quantity=line.quantity,
        amount=reader.money(line.amount, note.currency),
    )


def _facts(note: CreditNote, reader: Reader) -> list[Fact]:
    order, return_, zone = note.refund.order, note.refund.for_return, note.store.zone
    ordered = reader.date(order.placed_at.astimezone(zone).date())
    about = [order.reference, _("Ordered on %(date)s") % {"date": ordered}]
    if return_ is not None:
        about.append(_("Return %(reference)s") % {"reference": return_.reference})
    return [
        Fact.of(_("Billed to"), places.billing_address(order, reader)),
        Fact.of(_("Order"), about),
        Fact.of(_("Date"), [reader.date(note.issued_at.astimezone(zone).date())]),
    ]


def _sums(note: CreditNote, reader: Reader) -> list[Row]:
    """Return what makes up the refund, the tax within, and what of it this note is for."""
    refund = note.refund
    rows = statements.of_refund(refund, reader)
    tax = refund.items_tax + refund.shipping_tax
    if note.amount != refund.amount:
        paid = reader.money(note.amount, note.currency)
        rows.append(Row(label=_("Of it paid back here"), value=paid, is_total=True))
    if tax:
        label = _("Tax within items and delivery")
        rows.append(Row(label=label, value=reader.money(tax, note.currency)))
    return rows


def _closing(order: Order) -> str:
    return _("This note corrects the invoice for order %(order)s.") % {"order": order.reference}
