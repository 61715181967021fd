"""The list of returns, and one return with all that is known about it."""

from typing import Any, TypedDict
from urllib.parse import urlsplit

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.permissions import Permission
from backoffice import (
    buttons,
    credit_page,
    gift_page,
    listing,
    marks_page,
    order_page,
    parcel_cards,
    received,
    replacements,
    return_page,
    thread,
    timeline,
)
from backoffice.access import StaffRequest, staff
from backoffice.forms.acts import NoteForm
from backoffice.forms.filters import ReturnListForm
from backoffice.forms.messages import MessageForm
from backoffice.marks_page import members_here
from backoffice.words import amount_words, day_words
from orders import queries as order_queries
from orders.pagination import paginate
from returns import lifecycle, queries, slips
from returns.evidence.messages import SHOWING
from returns.models import Disposition, Return, ReturnStatus
from returns.queries import ORDERINGS, Queue

SIBLINGS = 20
MORE_FILTERS = ("reason", "tag", "assignee", "since", "until")
FILTERS = ["q", "status", "store", *MORE_FILTERS]


# What the list shows of a return. Rows are wide: reading all of them takes twice as long.
COLUMNS = (
    *("gift_code", "recipient_name", "recipient_email"),
    *("reference", "status", "store", "created_at", "send_by", "refunded_amount"),
    *("total_quantity", "processed_quantity", "to_answer_since", "details_asked_at"),
    *("refunded_quantity", "due_at", "tags", "assignee__name", "assignee__email"),
    *(f"order__{name}" for name in ("currency", "guest_email", "customer")),
    *(f"order__{name}" for name in ("shipping_address", "billing_address")),
    *("order__customer__name", "order__customer__email"),
)


class Row(TypedDict):
    """A return in the list, in words; `received` and `send_by` only while goods are awaited.

    is_late: the last day to send it is over. mark: who waits for an answer; "" for nobody. due: by
    when we have to decide or to pay back; is_due: that is over. A dictionary, because templates
    look there first.
    """

    key: str
    reference: str
    url: str
    select_label: str
    status: str
    status_label: str
    buyer: str
    store: str
    pieces: str
    received: str
    refunded: str
    requested: str
    send_by: str
    is_late: bool
    mark: str
    due: str
    is_due: bool
    assignee: str
    tags: list[str]


@staff(Permission.VIEW_RETURNS)
@require_safe
def return_list(request: StaffRequest) -> HttpResponse:
    """Show the returns that fit the filters; a scanned reference leads straight to its return."""
    stores = order_queries.stores()
    form = ReturnListForm(
        request.GET, stores=stores, reasons=queries.reasons(), members=members_here()
    )
    form.is_valid()
    filters, order = form.filters, form.order
    if filters.words and (url := _meant(filters.words)):
        return redirect(url)
    page = paginate(
        queries.find(filters, order),
        ORDERINGS[order],
        cursor=request.GET.get("cursor", ""),
        related=("order__customer", "assignee"),
        columns=COLUMNS,
    )
    listing.share(stores, page.rows)
    context = {
        "form": form,
        "tabs": _tabs(request, filters.queue),
        "chips": listing.chips(request, form, FILTERS),
        "clear_url": listing.address(request, dict.fromkeys(FILTERS, "")),
        "more_is_open": any(name in form.changed_data for name in MORE_FILTERS),
        "rows": _rows(page.rows),
        "summary": order.label,
        "empty": _empty(filters.queue, is_filtered=any(request.GET.get(name) for name in FILTERS)),
        "may_decide": request.actor.may(Permission.DECIDE_RETURN),
        "may_create": request.actor.may(Permission.CREATE_RETURN),
        **listing.page_links(request, page),
    }
    return render(request, "backoffice/returns/list.html", context)


def _meant(words: str) -> str:
    """Return the page of the only return that words can mean: a slip's reference or QR code."""
    exact = queries.by_reference(words)
    if exact:
        return reverse("backoffice:return", args=[exact.pk])
    try:
        path = urlsplit(words.strip()).path
        return path if resolve(path).view_name == "backoffice:return" else ""
    except (Resolver404, ValueError):
        return ""


def _rows(returns: list[Return]) -> list[Row]:
    waiting = queries.waiting_for_us(returns)
    urls, select = listing.urls("backoffice:return", returns), _("Select %(reference)s")
    return [
        _row(return_, url, select, waits=return_.pk in waiting)
        for return_, url in zip(returns, urls, strict=True)
    ]


def _row(return_: Return, url: str, select: str, *, waits: bool) -> Row:
    order, store = return_.order, return_.store
    due_at = return_.due_at if waits else None
    is_expected = return_.status == ReturnStatus.OPEN and return_.unprocessed_quantity > 0
    send_by = return_.send_by if is_expected else None
    return Row(
        key=str(return_.pk),
        reference=return_.reference,
        url=url,
        select_label=select % {"reference": return_.reference},
        status=return_.status,
        status_label=return_.get_status_display(),
        buyer=return_.sender_name or return_.email,
        store=store.name,
        pieces=str(return_.total_quantity),
        received=_received(return_),
        refunded=amount_words(return_.refunded_amount, order.currency)
        if return_.refunded_amount
        else "",
        requested=day_words(timezone.localdate(return_.created_at, store.zone)),
        send_by=day_words(send_by),
        mark=_mark(return_),
        is_late=send_by is not None and send_by < timezone.localdate(timezone=store.zone),
        due=marks_page.due_words(return_) if due_at else "",
        is_due=due_at is not None and due_at < timezone.now(),
        assignee=str(return_.assignee or ""),
        tags=return_.tags,
    )


def _mark(return_: Return) -> str:
    """Say in a word or two who waits for an answer."""
    if return_.to_answer_since:
        return _("Buyer wrote")
    is_asked = return_.details_asked_at and return_.status in SHOWING
    return _("Details asked for") if is_asked else ""


def _received(return_: Return) -> str:
    """Return how many pieces have come back while it is only a part of them."""
    if not 0 < return_.processed_quantity < return_.total_quantity:
        return ""
    return _("%(count)s received") % {"count": return_.processed_quantity}


def _tabs(request: StaffRequest, current: str) -> list[dict[str, Any]]:
    counts = queries.queue_counts(Queue)
    tabs: list[dict[str, Any]] = [
        {"label": _("All"), "url": request.path, "is_current": not current, "count": None}
    ]
    tabs += [
        {
            "label": name.label,
            "url": f"{request.path}?queue={name.value}",
            "is_current": name == current,
            "count": listing.count_label(count),
        }
        for name, count in counts.items()
    ]
    return tabs


def _empty(queue: str, *, is_filtered: bool) -> dict[str, str]:
    """Return what an empty list says, and what to do about it."""
    if is_filtered:
        return {
            "picture": "search",
            "title": _("Nothing found"),
            "text": _("Try another word, or take a filter away."),
        }
    if queue:
        return {
            "picture": "done",
            "title": _("All done"),
            "text": _("Nothing waits here at the moment."),
        }
    return {
        "picture": "parcel",
        "title": _("No returns yet"),
        "text": _("When a buyer asks for one, it appears here. Staff create one from its order."),
        "action_url": reverse("backoffice:orders"),
        "action_label": _("Choose an order"),
    }


@staff(Permission.VIEW_RETURNS)
@require_safe
def return_detail(request: StaffRequest, pk: int) -> HttpResponse:
    """Show a return: items, money, timeline, buyer, and the acts this person may do now."""
    return_ = return_page.load(pk)
    return render(
        request, "backoffice/returns/detail.html", detail_context(request, return_, NoteForm())
    )


def detail_context(
    request: StaffRequest, return_: Return, note: NoteForm, message: MessageForm | None = None
) -> dict[str, Any]:
    """Return what the page of a return shows; `note` and `message` are the forms on it."""
    lines = return_page.load_lines(return_)
    replaced = replacements.load(return_)
    payments = list(return_.order.payments.all())
    return_page.load_refunds(return_.order)
    return_page.load_fees(return_)
    decided = Disposition.objects.filter(line__return_line__for_return=return_)
    dispositions = list(decided.select_related("line", "location", "grade").order_by("pk"))
    beside, menu = buttons.of_return(return_, request.actor, lines)
    photos = received.Photos(return_)
    proposal = return_page.proposal(return_, lines, payments)
    made = [refund for refund in return_.order.refunds.all() if refund.for_return_id == return_.pk]
    may_waive = request.actor.may(Permission.WAIVE_FEE)
    return {
        "return_": return_,
        "items": return_page.items(return_, lines, dispositions),
        "bookings": received.bookings(lines, dispositions, photos),
        "unexpected": received.unexpected(
            return_, photos, may_decide=request.actor.may(Permission.RECEIVE)
        ),
        "parcels": received.parcels(return_, lines),
        "ways": parcel_cards.ways(return_, lines, request.actor),
        "add_parcel_url": reverse("backoffice:add_parcel", args=[return_.pk])
        if parcel_cards.may_add(return_, request.actor)
        else "",
        "replacements": replacements.rows(return_, replaced),
        "owed": return_page.owed(return_),
        **thread.context(return_, request.actor, message),
        "timeline": timeline.entries(return_.events.all()),
        "facts": return_page.return_facts(return_),
        "marks": marks_page.facts(return_, lines, request.actor),
        "late": marks_page.late_words(return_, lines),
        "buyer": [
            *return_page.buyer_facts(return_.order),
            *(() if return_.is_gift else credit_page.of_return(return_)),
            *marks_page.way_to_risk(return_),
        ],
        "recipient": [
            *gift_page.recipient_facts(return_),
            *(credit_page.of_return(return_) if return_.is_gift else ()),
        ],
        "order_facts": return_page.order_facts(return_.order),
        "siblings": return_.order.returns.exclude(pk=return_.pk).order_by("-number")[:SIBLINGS],
        "sums": return_page.sums(proposal) if proposal else [],
        "refunds": return_page.paid_refunds(
            return_, payments, may_refund="refund" in lifecycle.available(return_, request.actor)
        ),
        "fees": return_page.fee_rows(return_, lines, made, may_waive=may_waive),
        "payments": order_page.payments(payments, return_.order),
        "beside": beside,
        "menu": menu,
        "note_form": note if request.actor.may(Permission.WRITE_NOTE) else None,
        "list_url": reverse("backoffice:returns"),
    }


@staff(Permission.VIEW_RETURNS)
@require_safe
def return_slip(request: StaffRequest, pk: int) -> HttpResponse:
    """Show a return's slip as a PDF."""
    return_ = return_page.load(pk)
    return pdf_response([return_])


def pdf_response(returns: list[Return]) -> HttpResponse:
    """Return the slips of some returns as one PDF that the browser shows."""
    response = HttpResponse(slips.render(returns), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{slips.filename(returns)}"'
    return response
