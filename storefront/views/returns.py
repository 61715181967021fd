"""Returns: the list, one return with where it stands, its slip, and calling it off."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from csp.decorators import csp_exempt
from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from orders import pictures
from orders.pagination import paginate
from returns import lifecycle, requests, slips
from returns.credit_notes import pdf
from returns.errors import ReturnError
from returns.evidence.threads import photos_of, with_evidence
from returns.models import (
    CreditNote,
    Refund,
    RefundStatus,
    RefundTo,
    Resolution,
    Return,
    ReturnLine,
    ReturnStatus,
)
from returns.models.states import LIVE
from returns.parcels.ways_back import with_ways
from returns.refunds import proposals
from returns.store_credit import refunds as credit_refunds
from storefront import (
    credit,
    dates,
    drafts,
    parcels,
    progress,
    refunds_made,
    replacements,
    rows,
    sums,
    thread,
)
from storefront.access import BuyerRequest, buyer_required
from storefront.forms.messages import MessageForm
from storefront.pages import page_links

PAGE_SIZE = 20


@buyer_required
@require_safe
def return_list(request: BuyerRequest) -> HttpResponse:
    """List the buyer's returns, the newest first."""
    returns = rows.with_items(request.buyer.returns())
    cursor = request.GET.get("page", "")
    page = paginate(returns, ("-created_at", "-id"), cursor=cursor, size=PAGE_SIZE)
    context = {"rows": rows.return_rows(page.rows), **page_links(request, page)}
    return render(request, "storefront/returns/list.html", context)


@buyer_required
@require_safe
def return_detail(request: BuyerRequest, public_id: UUID) -> HttpResponse:
    """Show where a return stands, what is in it, what comes back and what happened."""
    return detail_page(request, load(request, public_id))


def load(request: BuyerRequest, public_id: UUID) -> Return:
    """Return the buyer's return with all that its page shows. Raises Http404 for others'."""
    lines = ReturnLine.objects.select_related("fulfillment_line__order_line", "reason__parent")
    found = with_evidence(_returns(request)).prefetch_related(
        Prefetch("lines", queryset=lines),
        "events",
        "fees",
        Prefetch("order__refunds", queryset=refunds_made.with_notes()),
        "order__payments",
    )
    return_: Return = get_object_or_404(found, public_id=public_id)
    refunds_made.load_credit(return_.order)
    return return_


def detail_page(
    request: BuyerRequest, return_: Return, message: MessageForm | None = None, *, status: int = 200
) -> HttpResponse:
    """Show a return that `load` gave; message: the form below its messages, as it was filled in."""
    replacements.load(return_)
    titles = {line.pk: line.fulfillment_line.order_line.title for line in return_.lines.all()}
    context = {
        **_about(request, return_, titles),
        "steps": progress.steps(return_, is_sent=parcels.is_sent(return_)),
        "timeline": progress.timeline(return_, list(return_.events.all())),
        "sent_back": _sent_back(return_),
        "lines": [_line(return_, line) for line in return_.lines.all()],
        "replacements": replacements.lines(return_),
        "payment": replacements.payment(return_),
        **_money(return_),
        **thread.context(return_, message),
    }
    return render(request, "storefront/returns/detail.html", context, status=status)


@buyer_required
@require_safe
def return_done(request: BuyerRequest, public_id: UUID) -> HttpResponse:
    """Say that the return was asked for, and what happens next."""
    return_ = get_object_or_404(_returns(request), public_id=public_id)
    if return_.request_key:
        drafts.drop(request.session, return_.request_key)
    others = return_.lines.exclude(resolution=Resolution.REPAIR)
    context = {**_about(request, return_), "is_repair": not others.exists()}
    return render(request, "storefront/returns/done.html", context)


@buyer_required
@require_http_methods(["GET", "HEAD", "POST"])
def cancel_return(request: BuyerRequest, public_id: UUID) -> HttpResponse:
    """Ask whether to call a return off, and do it."""
    return_ = get_object_or_404(_returns(request), public_id=public_id)
    actor = request.buyer.actor_on(return_)
    if request.method == "POST":
        try:
            lifecycle.cancel(return_, actor=actor)
        except ReturnError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, _("The return is canceled. You can keep the items."))
        return redirect("storefront:return", public_id=public_id)
    if "cancel" not in lifecycle.available(return_, actor):
        messages.info(request, _("This return cannot be canceled any more."))
        return redirect("storefront:return", public_id=public_id)
    context = {"return_": return_, "consequences": _consequences(return_)}
    return render(request, "storefront/returns/cancel.html", context)


# A PDF runs nothing, and browsers' own viewers break under the policy of our pages.
@csp_exempt()  # type: ignore[arg-type]  # typed for views without arguments
@buyer_required
@require_safe
def slip(request: BuyerRequest, public_id: UUID) -> HttpResponse:
    """Return the slip as a PDF, to look at or to save."""
    return_ = get_object_or_404(_returns(request), public_id=public_id)
    response = HttpResponse(slips.render([return_]), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{slips.filename([return_])}"'
    return response


@csp_exempt()  # type: ignore[arg-type]  # as for the slip
@buyer_required
@require_safe
def credit_note(request: BuyerRequest, public_id: UUID, number: int) -> HttpResponse:
    """Return a credit note of one of the return's refunds as a PDF."""
    return_ = get_object_or_404(_returns(request), public_id=public_id, gift_code=None)
    note = get_object_or_404(CreditNote, refund__for_return=return_, number=number)
    response = HttpResponse(pdf.render(note), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{pdf.filename(note)}"'
    return response


def _returns(request: BuyerRequest) -> Any:
    returns = with_ways(request.buyer.returns())
    return returns.select_related("order__customer", "store__return_location")


def _about(
    request: BuyerRequest, return_: Return, titles: dict[int, str] | None = None
) -> dict[str, Any]:
    """Return what every page about one return shows; no queries."""
    ways = parcels.ways(return_, titles)
    actor = request.buyer.actor_on(return_)
    return {
        "return_": return_,
        "requested": dates.day_of(return_.created_at, return_.store.zone),
        "send_by": dates.day(return_.send_by) if return_.send_by else "",
        "ways": ways,
        "parcels": [parcel for way in ways for parcel in way["parcels"]],
        "label_hint": parcels.label_hint(return_, ways),
        "status_label": progress.label(return_),
        "is_live": return_.status in LIVE,
        "explained": progress.explained(return_, is_sent=parcels.is_sent(return_)),
        "is_to_be_sent": return_.status == ReturnStatus.OPEN and bool(return_.unprocessed_quantity),
        "can_cancel": "cancel" in lifecycle.available(return_, actor),
        "order_url": ""
        if return_.is_gift
        else reverse("storefront:order", args=[return_.order.public_id]),
        "is_kept": progress.is_kept(return_),
        "is_exchange": bool(return_.exchange_quantity),
    }


def _sent_back(return_: Return) -> list[dict[str, Any]]:
    """Return the parcels on their way to the buyer; a query only when something was sent back."""
    if not any(line.shipped_back_quantity for line in return_.lines.all()):
        return []
    return [
        {
            "carrier": parcel.carrier,
            "number": parcel.tracking_number,
            "url": parcel.tracking_url,
            "message": parcel.message,
            "is_repaired": parcel.is_repaired,
            "when": dates.day_of(parcel.created_at, return_.store.zone),
        }
        for parcel in return_.buyer_parcels.all()
    ]


def _line(return_: Return, line: ReturnLine) -> dict[str, Any]:
    bought = line.fulfillment_line.order_line
    return {
        "picture_url": pictures.url(bought.image),
        "title": bought.title,
        "options": bought.options_text,
        "quantity": line.quantity,
        "removed": line.removed_quantity,
        "kept": line.kept_quantity,
        "sent_back": line.shipped_back_quantity,
        "repair": line.is_repair and line.quantity > 0,
        "reason": line.reason.full_name if line.reason.handle != requests.NOT_GIVEN else "",
        "note": line.customer_note,
        "answers": line.answers,
        "photos": [
            reverse("storefront:photo", args=[one]) for one in photos_of(return_).get(line.pk, ())
        ],
    }


def _money(return_: Return) -> dict[str, Any]:
    """Return `refunds` that were made and, while more is to come, `proposal`."""
    if return_.is_gift:  # what it was worth is told by the mail about the credit
        return {"as_credit": True, "gift_paid": bool(return_.refunded_amount)}
    made = [refund for refund in return_.order.refunds.all() if _counts(refund, return_)]
    lines, payments = list(return_.lines.all()), list(return_.order.payments.all())
    is_open = return_.status in (ReturnStatus.REQUESTED, ReturnStatus.OPEN)
    to_come = _to_come(lines) if is_open or progress.is_kept(return_) else {}
    as_credit = return_.refund_to == RefundTo.STORE_CREDIT
    proposal, is_paid_out = None, False
    if to_come:
        found = proposals.propose(
            return_,
            quantities=to_come,
            lines=lines,
            payments=payments,
            made=list(return_.order.refunds.all()),
        )
        proposal, is_paid_out = sums.of_proposal(found, return_), bool(found.amount)
        if as_credit:
            instead = credit_refunds.instead_if_all(return_.order, payments, found.amount)
            proposal = credit.rows(found, credit_refunds.bonus_for(return_, instead))
    return {
        "refunds": [_refund(refund, return_) for refund in made],
        "proposal": proposal,
        "is_paid_out": is_paid_out,
        "as_credit": as_credit,
    }


def _to_come(lines: Sequence[ReturnLine]) -> dict[int, int]:
    """Return the pieces per line that can still be paid back, also those still on their way."""
    left = {line.pk: line.owed_quantity - line.missing_quantity for line in lines}
    return {key: count for key, count in left.items() if count > 0}


def _counts(refund: Refund, return_: Return) -> bool:
    return refund.for_return_id == return_.pk and refund.status != RefundStatus.FAILED


def _refund(refund: Any, return_: Return) -> dict[str, Any]:
    when = dates.day_of(refund.settled_at or refund.created_at, return_.store.zone)
    return {
        "rows": sums.of_refund(refund, return_),
        "credit": credit.paid(refund) if refund.has_credit else [],
        "status": refund.status,
        "label": refund.get_status_display(),
        "when": when,
        "credit_notes": refund.notes,
    }


def _consequences(return_: Return) -> list[dict[str, str]]:
    found = [
        {"icon": "package", "text": _("You keep the items, and nothing is paid back for them.")},
        {"icon": "return", "text": _("You can ask again as long as they can go back.")},
    ]
    if return_.exchange_quantity:
        found.append({"icon": "ban", "text": _("The replacement is not sent.")})
    if return_.status == ReturnStatus.OPEN:
        found.insert(0, {"icon": "truck", "text": _("Do not send the parcel any more.")})
    return found
