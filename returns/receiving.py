"""The parcel arrived: count pieces in, decide what becomes of each, put goods back in stock.

These are the steps of `lifecycle.process`, which holds the locks and writes the event.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from orders import stock
from orders.models import BundleKind, Location, OrderLine
from returns import routing
from returns.errors import InvalidDisposition, InvalidQuantity, NothingChosen, UnknownLine
from returns.models import (
    Disposition,
    DispositionType,
    Return,
    ReturnLine,
    ReverseFulfillment,
    ReverseFulfillmentLine,
    ReverseFulfillmentStatus,
)
from returns.models.receiving import FINAL_DISPOSITIONS


@dataclass(frozen=True, kw_only=True)
class DisposeRequest:
    """What becomes of some pieces.

    Without a location it happens where the line was to go back to.
    """

    type: str
    quantity: int
    location_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What came in for one return line: `quantity` pieces now (0 to finish earlier ones)."""

    line_id: int
    quantity: int
    dispositions: tuple[DisposeRequest, ...] = ()


def open_work(return_: Return, lines: Sequence[ReturnLine]) -> list[ReverseFulfillment]:
    """Open the work of taking an approved return's lines back: one per location, in their order.

    Each line goes whole to one location (`returns.routing`).
    """
    sent = [line for line in lines if line.quantity]
    places = routing.locations(return_, sent)
    work = {
        place: ReverseFulfillment(for_return=return_, location=place)
        for place in dict.fromkeys(places.values())
    }
    ReverseFulfillment.objects.bulk_create(work.values())
    ReverseFulfillmentLine.objects.bulk_create(
        ReverseFulfillmentLine(
            reverse_fulfillment=work[places[line.pk]], return_line=line, quantity=line.quantity
        )
        for line in sent
    )
    return list(work.values())


def set_work_status(return_: Return, status: ReverseFulfillmentStatus) -> None:
    """Close, cancel or open again all work on a return."""
    return_.reverse_fulfillments.update(status=status)


def take_out(return_: Return, pieces: Mapping[int, int]) -> None:
    """Shorten the work by pieces (by return line) that will not come."""
    work = {line.return_line_id: line for line in _work_lines(return_)}
    changed = [work[key] for key in pieces if key in work]
    for line in changed:
        line.quantity -= pieces[line.return_line_id]
    ReverseFulfillmentLine.objects.bulk_update(changed, ["quantity"])


def _work_lines(return_: Return) -> list[ReverseFulfillmentLine]:
    return list(
        ReverseFulfillmentLine.objects.select_for_update(of=("self",))
        .filter(reverse_fulfillment__for_return=return_)
        .select_related("reverse_fulfillment__location")
        .order_by("pk")
    )


@dataclass(frozen=True, kw_only=True)
class Received:
    """Where a return's pieces stand after receipts, and what the event tells of these."""

    processed: int
    disposed: int
    told: list[dict[str, Any]]


def receive(
    return_: Return, lines: Sequence[ReturnLine], receipts: Sequence[Receipt], *, at: datetime
) -> Received:
    """Book receipts on the locked lines of a locked return, and restock.

    One bad receipt refuses all. Raises NothingChosen, UnknownLine, InvalidQuantity,
    InvalidDisposition; their field is ("receipts", index, ...).
    """
    if not any(receipt.quantity or receipt.dispositions for receipt in receipts):
        raise NothingChosen(_("Enter what came back."), field=("receipts",))
    _load_bundles(lines)
    by_id = {line.pk: line for line in lines}
    work = {line.return_line_id: line for line in _work_lines(return_)}
    locations = {location.pk: location for location in Location.objects.all()}
    made: list[Disposition] = []
    for index, receipt in enumerate(receipts):
        field = ("receipts", str(index))
        line = by_id.get(receipt.line_id)
        if line is None or line.pk not in work:
            raise UnknownLine(_("This item is not part of the return."), field=field)
        _count_in(line, receipt, field)
        made += _dispose(return_, line, work[line.pk], receipt, locations, at=at, field=field)
    _store(lines, list(work.values()), made)
    return Received(
        processed=sum(line.processed_quantity for line in lines),
        disposed=sum(line.disposed_quantity for line in work.values()),
        told=[_told(by_id[receipt.line_id], receipt) for receipt in receipts],
    )


def _count_in(line: ReturnLine, receipt: Receipt, field: tuple[str, ...]) -> None:
    if not 0 <= receipt.quantity <= line.unprocessed_quantity:
        raise InvalidQuantity(
            _("Enter 0 to %(left)s: that many pieces have not been received yet.")
            % {"left": line.unprocessed_quantity},
            field=(*field, "quantity"),
        )
    line.processed_quantity += receipt.quantity


def _dispose(
    return_: Return,
    line: ReturnLine,
    work: ReverseFulfillmentLine,
    receipt: Receipt,
    locations: Mapping[int, Location],
    *,
    at: datetime,
    field: tuple[str, ...],
) -> list[Disposition]:
    open_pieces = line.processed_quantity - work.disposed_quantity
    made = []
    for position, wish in enumerate(receipt.dispositions):
        here = (*field, "dispositions", str(position))
        _check_wish(wish, line, open_pieces, here)
        open_pieces -= wish.quantity
        if wish.type in FINAL_DISPOSITIONS:
            work.disposed_quantity += wish.quantity
        if wish.type == DispositionType.MISSING:
            line.missing_quantity += wish.quantity
        made.append(
            Disposition(
                line=work,
                type=wish.type,
                quantity=wish.quantity,
                location=_location(return_, work, wish, locations, here),
                created_at=at,
            )
        )
    return made


def _check_wish(
    wish: DisposeRequest, line: ReturnLine, open_pieces: int, field: tuple[str, ...]
) -> None:
    if wish.type not in DispositionType.values:
        raise InvalidDisposition(_("Choose what becomes of the pieces."), field=(*field, "type"))
    if not 0 < wish.quantity <= open_pieces:
        raise InvalidQuantity(
            _("Only %(left)s received pieces have no decision yet.") % {"left": open_pieces},
            field=(*field, "quantity"),
        )
    if wish.type == DispositionType.RESTOCKED and not can_restock(line.fulfillment_line.order_line):
        raise InvalidDisposition(
            _("This item is not an article in stock: choose another disposition."),
            field=(*field, "type"),
        )


def _location(
    return_: Return,
    work: ReverseFulfillmentLine,
    wish: DisposeRequest,
    locations: Mapping[int, Location],
    field: tuple[str, ...],
) -> Location | None:
    if wish.location_id is not None:
        location = locations.get(wish.location_id)
        if location is None:
            raise InvalidDisposition(_("Location not found."), field=(*field, "location"))
        return location
    fallback = work.reverse_fulfillment.location or return_.store.return_location
    if fallback is None and wish.type == DispositionType.RESTOCKED:
        raise InvalidDisposition(
            _("Choose the location that the pieces are put back to."), field=(*field, "location")
        )
    return fallback


def _load_bundles(lines: Sequence[ReturnLine]) -> None:
    """Load the parts of all product bundles at once."""
    sold = (line.fulfillment_line.order_line for line in lines)
    bundles = [line for line in sold if line.bundle_kind == BundleKind.FIXED]
    if bundles:
        prefetch_related_objects(bundles, "bundle_parts")


def can_restock(line: OrderLine) -> bool:
    """Whether the pieces of an order line are articles that a shelf can hold."""
    return bool(_articles(line))


def _articles(line: OrderLine) -> dict[int, int]:
    """Return the pieces per variant that one piece of the line puts back on shelves."""
    if line.bundle_kind != BundleKind.FIXED:
        return {line.variant_id: 1} if line.variant_id else {}
    articles: dict[int, int] = defaultdict(int)
    for part in line.bundle_parts.all():
        if part.variant_id:
            articles[part.variant_id] += part.quantity // line.quantity
    return dict(articles)


def _store(
    lines: Sequence[ReturnLine],
    work: list[ReverseFulfillmentLine],
    made: list[Disposition],
) -> None:
    ReturnLine.objects.bulk_update(lines, ["processed_quantity", "missing_quantity"])
    ReverseFulfillmentLine.objects.bulk_update(work, ["disposed_quantity"])
    Disposition.objects.bulk_create(made)
    _restock(lines, made)


def _restock(lines: Sequence[ReturnLine], made: list[Disposition]) -> None:
    by_id = {line.pk: line for line in lines}
    pieces: dict[Location, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for disposition in made:
        if disposition.type != DispositionType.RESTOCKED or disposition.location is None:
            continue
        line = by_id[disposition.line.return_line_id].fulfillment_line.order_line
        for variant_id, each in _articles(line).items():
            pieces[disposition.location][variant_id] += each * disposition.quantity
    for location in sorted(pieces, key=lambda location: location.pk):
        stock.add(pieces[location], location)


def _told(line: ReturnLine, receipt: Receipt) -> dict[str, Any]:
    return {
        "title": line.fulfillment_line.order_line.title,
        "quantity": receipt.quantity,
        "dispositions": [
            {"type": wish.type, "quantity": wish.quantity} for wish in receipt.dispositions
        ],
    }
