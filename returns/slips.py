"""The paper that travels with the goods: one PDF with a slip per return.

This module says what is on a slip, `templates/slips/slip.html` where, `static/css/slip.css` how it
looks, and `returns.pdf` makes the file.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from django.conf import settings
from django.db.models import Prefetch
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orders import addresses
from orders.models import BundleKind, Order, OrderLine, PageSize, Store
from orders.money import rounded
from returns import codes, statements
from returns.locales import Reader
from returns.models import Return, ReturnLine, ReturnPolicy, ReturnStatus
from returns.parcels.ways_back import ways_of, with_ways
from returns.places import return_address, sender_address
from returns.refunds import pricing
from returns.sheets import Sheet

STYLE = "css/slip.css"

# Sizes of the codes in millimetres; slip.css leaves the room for them.
QR_SIZE = 25.0
REFERENCE_BARS = {"longest": 92.0, "height": 11.0}
SKU_BARS = {"longest": 53.0, "height": 8.0, "top": 3.0}

# Returns on which the goods travel or have travelled; on the others the slip says not to send.
_TO_BE_SENT = (ReturnStatus.OPEN, ReturnStatus.CLOSED)


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A few lines with a heading, the first of them in bold."""

    label: str
    first: str
    rest: str

    @classmethod
    def of(cls, label: str, lines: Sequence[str]) -> Self:
        """Put together the fact from its lines."""
        return cls(label=label, first=lines[0], rest="\n".join(lines[1:]))


@dataclass(frozen=True, kw_only=True)
class Item:
    """One line of the table of items; all texts as printed. `details` has a text per line."""

    anchor: str
    title: str
    sku: str
    bars: Sequence[codes.Rectangle]
    details: str
    quantity: int
    price: str


@dataclass(frozen=True, kw_only=True)
class Part:
    """What goes to one place (empty: the store's); number `number` of a return's `total` parts."""

    place: Mapping[str, str]
    lines: Sequence[ReturnLine]
    number: int = 1
    total: int = 1

    @property
    def notice(self) -> str:
        """What to know first when a return goes to several addresses."""
        if self.total == 1:
            return ""
        place = {"number": self.number, "total": self.total}
        return (
            _(
                "Parcel %(number)s of %(total)s: these items go to the address below, the others "
                "of this return to another one."
            )
            % place
        )


def render(returns: Sequence[Return]) -> bytes:
    """Return one PDF with a slip for each of the returns, in their order.

    A return to several locations has a page for each, to go into its own parcel. Every slip starts
    on a new page, on the paper of its store and in the language of its buyer. The rows are read
    afresh, so any instances will do. Raises ValueError without any return.
    """
    # Only here, so that commands which print nothing do not wait a second for WeasyPrint.
    from returns import pdf

    loaded = _load(returns)
    sheets = [_sheet(return_, part) for return_ in loaded for part in _parts(return_)]
    with translation.override(sheets[0].language if sheets else None):
        title = _title(loaded)
    return pdf.write(sheets, style=STYLE, title=title)


def filename(returns: Sequence[Return]) -> str:
    """Return a name for the file that any system can store, as in `return-1001-R1.pdf`."""
    if len(returns) != 1:
        return f"returns-{len(returns)}.pdf"
    reference = re.sub(r"[^A-Za-z0-9]+", "-", returns[0].reference).strip("-")
    return f"return-{reference or returns[0].pk}.pdf"


def _title(returns: Sequence[Return]) -> str:
    if len(returns) == 1:
        return _("Return slip %(reference)s") % {"reference": returns[0].reference}
    return ngettext("%(count)s return slip", "%(count)s return slips", len(returns)) % {
        "count": len(returns)
    }


def _load(returns: Iterable[Return]) -> list[Return]:
    """Read all that slips show, in the same number of queries for one return and for many."""
    order_lines = "fulfillment_line__order_line"
    lines = (
        ReturnLine.objects.filter(quantity__gt=0)
        .select_related("reason__parent", f"{order_lines}__bundle_parent")
        .prefetch_related(f"{order_lines}__bundle_parts")
        .order_by("pk")
    )
    found = (
        with_ways(Return.objects.all())
        .select_related("store__return_location", "store__return_policy", "order__customer")
        .prefetch_related(Prefetch("lines", queryset=lines), "fees", "order__payments")
        .defer("search", "order__search")
        .in_bulk([return_.pk for return_ in returns])
    )
    return [found[return_.pk] for return_ in returns]


# --- one slip -----------------------------------------------------------------------------------


def _parts(return_: Return) -> list[Part]:
    """Return what goes where; a return without goods to send is one part without a place."""
    lines = {line.pk: line for line in to_send(return_)}
    found = [
        (way.place, [lines[key] for key in way.pieces if key in lines]) for way in ways_of(return_)
    ]
    sent = [(place, pieces) for place, pieces in found if pieces]
    if len(sent) < 2:
        place = sent[0][0] if sent else {}
        return [Part(place=place, lines=list(lines.values()))]
    return [
        Part(place=place, lines=pieces, number=number, total=len(sent))
        for number, (place, pieces) in enumerate(sent, 1)
    ]


def _sheet(return_: Return, part: Part) -> Sheet:
    reader = Reader.of(return_.language, return_.store.country)
    with translation.override(reader.language):
        items = list(_items(return_, part.lines, reader))
        drawn: dict[str, Sequence[codes.Rectangle]] = {
            "qr": codes.qr(_staff_url(return_), size=QR_SIZE),
            "bars": codes.code128(return_.reference, **REFERENCE_BARS),
        }
        drawn |= {item.anchor: item.bars for item in items if item.bars}
        html = render_to_string("slips/slip.html", _context(return_, part, items, reader, drawn))
    return Sheet(html=html, language=reader.language, codes=drawn)


def _staff_url(return_: Return) -> str:
    """Return what the QR code opens: the return in the back office."""
    return f"{settings.SITE_URL}{reverse('backoffice:return', args=[return_.pk])}"


def _context(
    return_: Return,
    part: Part,
    items: Sequence[Item],
    reader: Reader,
    drawn: Mapping[str, Sequence[Any]],
) -> dict[str, Any]:
    store = return_.store
    lines = list(return_.lines.all())
    return {
        "language": reader.language,
        "title": _title([return_]),
        "paper": "letter" if store.page_size == PageSize.LETTER else "a4",
        "store": store.name,
        "store_contact": store_contact(store, reader),
        "reference": return_.reference,
        "has_bars": bool(drawn["bars"]),
        "notice": _notice(return_),
        "part": part.notice,
        "send_by": _send_by(return_, reader),
        "facts": _facts(return_, part, reader),
        "items": items,
        # Of the whole return, so only once.
        "sums": statements.of_return(return_, lines, reader)
        if part.number == 1 and not return_.is_gift
        else [],
        "has_prices": not return_.is_gift,
        "is_to_be_sent": return_.status in _TO_BE_SENT,
        "own_instructions": _own_instructions(store),
        "page_label": page_label(),
    }


def _facts(return_: Return, part: Part, reader: Reader) -> list[Fact]:
    store, order = return_.store, return_.order
    ordered = reader.date(order.placed_at.astimezone(store.zone).date())
    requested = reader.date(return_.created_at.astimezone(store.zone).date())
    asked = _("Requested on %(date)s") % {"date": requested}
    dates = [_("Ordered on %(date)s") % {"date": ordered}, asked]
    about = Fact.of(_("Order"), [order.reference, *dates])
    if return_.is_gift:  # what the giver bought when is theirs
        about = Fact.of(_("Gift"), [return_.reference, asked])
    return [
        Fact.of(_("Send to"), return_address(store, reader, part.place)),
        Fact.of(_("From"), sender_address(return_, reader)),
        about,
    ]


def _send_by(return_: Return, reader: Reader) -> str:
    """Return the last day to hand the goods in; empty when there is none or nothing to send."""
    if return_.send_by is None or return_.status not in _TO_BE_SENT:
        return ""
    return reader.date(return_.send_by)


def _notice(return_: Return) -> str:
    """Return what to know first when the goods must not be sent (yet)."""
    return {
        ReturnStatus.REQUESTED: _(
            "Not approved yet: please wait for our answer before you send anything."
        ),
        ReturnStatus.DECLINED: _("This return was declined: please do not send anything."),
        ReturnStatus.CANCELED: _("This return was canceled: please do not send anything."),
    }.get(ReturnStatus(return_.status), "")


def page_label() -> dict[str, str]:
    """Return the page label cut around its numbers, which only the style sheet knows."""
    label = _("Page %(number)s of %(total)s") % {"number": "\0", "total": "\0"}
    return dict(zip(("before", "between", "after"), label.split("\0"), strict=True))


# --- addresses ----------------------------------------------------------------------------------


def store_contact(store: Store, reader: Reader) -> str:
    """Return the store's address and e-mail in one line."""
    lines = reader.address(addresses.of_place(store))
    return " · ".join(line for line in (*lines, store.email) if line and line != store.name)


# --- items and money ----------------------------------------------------------------------------


def _items(return_: Return, lines: Sequence[ReturnLine], reader: Reader) -> Iterator[Item]:
    for number, line in enumerate(lines):
        bought = line.fulfillment_line.order_line
        yield Item(
            anchor=f"sku-{number}",
            title=bought.title,
            sku=bought.sku,
            bars=codes.code128(bought.sku, **SKU_BARS),
            details="\n".join(_details(line, bought, reader)),
            quantity=line.quantity - line.kept_quantity,
            price="" if return_.is_gift else _price(bought, return_.order, reader),
        )


def to_send(return_: Return) -> list[ReturnLine]:
    """Return the lines with pieces that the buyer does not keep."""
    return [line for line in return_.lines.all() if line.quantity > line.kept_quantity]


def _details(line: ReturnLine, bought: OrderLine, reader: Reader) -> Iterator[str]:
    """Yield what stands below an item's title, a line each."""
    if bought.options:
        yield bought.options_text
    if bought.bundle_parent is not None:
        yield _("Part of: %(bundle)s") % {"bundle": bought.bundle_parent.title}
    if bought.bundle_kind == BundleKind.FIXED:
        yield from (_part(part, bought) for part in bought.bundle_parts.all())
    yield _("Reason: %(reason)s") % {"reason": line.reason.full_name_in(reader.language)}
    if line.is_repair:
        yield _("To be repaired and sent back")
    if line.customer_note:
        yield _("“%(note)s”") % {"note": line.customer_note}


def _part(part: OrderLine, bundle: OrderLine) -> str:
    """Return one part of a bundle with its pieces per bundle, as in `2 x Cup (CUP-1)`."""
    count, odd = divmod(part.quantity, bundle.quantity)
    name = f"{part.title} ({part.sku})" if part.sku else part.title
    return f"{part.quantity if odd else count} \u00d7 {name}"


def _price(bought: OrderLine, order: Order, reader: Reader) -> str:
    """Return what was paid per piece: after discounts, with tax."""
    paid = pricing.gross(bought.subtotal, bought.tax_total, tax_included=order.tax_included)
    return reader.money(rounded(paid / bought.quantity, order.currency), order.currency)


def _own_instructions(store: Store) -> str:
    """Return the shop's own instructions; empty when it wrote none."""
    policy: ReturnPolicy | None = getattr(store, "return_policy", None)
    return policy.instructions.strip() if policy else ""
