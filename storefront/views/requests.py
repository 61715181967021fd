"""Asking for a return: choose what goes back, see what it brings, review, send."""

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from orders.models import FulfillmentLine, Order
from orders.models.orders import OrderQuerySet
from orders.money import ZERO
from returns import eligibility, lifecycle, requests
from returns.eligibility import Item
from returns.errors import ReturnError
from returns.evidence import collecting
from returns.exchanges import requests as exchange_requests
from returns.held import Viewer
from returns.models import RefundTo, ReturnReason
from returns.reasons.questions import with_questions
from returns.refunds import proposals
from returns.refunds.proposals import Proposal
from returns.requests import LineRequest
from returns.store_credit import refunds as credit_refunds
from returns.uploads import small_files
from storefront import credit, drafts, items, sums, swaps, uploads
from storefront.access import BuyerRequest, buyer_required
from storefront.drafts import Draft
from storefront.forms.credit import REFUND_TO
from storefront.forms.items import SELECTED, ItemForm, reason_name
from storefront.forms.returns import ReturnForm

# Bytes of photos that one request brings: a few of the largest, or many usual ones.
MOST_AT_ONCE = 4 * settings.PHOTO_LARGEST_FILE


@small_files(settings.PHOTO_LARGEST_FILE, total=MOST_AT_ONCE)
@buyer_required
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: BuyerRequest, public_id: UUID) -> HttpResponse:
    """Ask what goes back and why; with what was typed before when coming back from the review.

    The buttons send `action`: `review` goes on, `estimate` works the refund out again, `all`
    chooses every item. The last two are for browsers without script. Photos that come along are
    kept whatever else is wrong.
    """
    order = _order(request, public_id)
    found = eligibility.for_order(order, viewer=Viewer.BUYER)
    typed = _typed(request, order, found)
    wrong: dict[int, list[str]] = {}
    if request.method == "POST" and typed is not None:
        parcels = [item.fulfillment_line for item in found if item.returnable]
        typed, wrong = uploads.take_in(request, order, typed, [one.pk for one in parcels if one])
    form = _form(order, found, typed)
    form.refuse_files(wrong)
    action = request.POST.get("action", "")
    stays = action in ("all", "estimate") or action.startswith(uploads.DROP)
    if request.method != "POST" or stays:
        return _start_page(request, order, found, form, status=422 if wrong else 200)
    if action.startswith("browse:"):
        return _browse(request, order, form, action.removeprefix("browse:"))
    wishes = form.wishes()
    if form.is_valid:
        for error in _problems(order, found, form, wishes):
            form.add(error, wishes)
    if not form.is_valid:
        return _start_page(request, order, found, form, status=422)
    typed_now = {**form.typed, REFUND_TO: [form.refund_to]}
    key = drafts.save(
        request.session, order, typed=typed_now, wishes=wishes, exchanges=form.exchanges()
    )
    return redirect("storefront:review_return", public_id=order.public_id, key=key)


def _problems(
    order: Order, found: list[Item], form: ReturnForm, wishes: list[LineRequest]
) -> list[ReturnError]:
    """Return what the verb would refuse, all of it."""
    exchanges = form.exchanges()
    swapped = exchange_requests.resolutions_of(exchanges, wishes, _parcels(found))
    errors = requests.problems(
        order,
        wishes,
        _parcels(found),
        at=timezone.now(),
        exchanged=swapped,
        refund_to=form.refund_to,
    )
    if errors or not exchanges:
        return errors
    replaced = exchange_requests.replaced(form.parcels, _parcels(found), form.reasons)
    return exchange_requests.problems(order, exchanges, replaced)


def _browse(request: BuyerRequest, order: Order, form: ReturnForm, item: str) -> HttpResponse:
    """Keep what was typed and go and look for another product in place of an item."""
    parcels = {str(each.parcel.pk): each.parcel.pk for each in form.forms}
    if item not in parcels:
        return redirect("storefront:start_return", public_id=order.public_id)
    key = drafts.save(request.session, order, typed=form.typed)
    return redirect(
        "storefront:choose_product", public_id=order.public_id, key=key, parcel=parcels[item]
    )


@buyer_required
@require_POST
def estimate(request: BuyerRequest, public_id: UUID) -> HttpResponse:
    """Return the bar's estimate for what is chosen on the page right now; nothing is stored."""
    order = _order(request, public_id)
    found = eligibility.for_order(order, viewer=Viewer.BUYER)
    form = ReturnForm(found, _reasons(order), data=request.POST, order=order)
    return render(request, "storefront/requests/estimate.html", _estimate(order, found, form))


@buyer_required
@require_POST
def about_reason(request: BuyerRequest, public_id: UUID, parcel: int) -> HttpResponse:
    """Return what the reason that is chosen for an item asks and says; nothing is stored."""
    order = _order(request, public_id)
    found = eligibility.for_order(order, viewer=Viewer.BUYER)
    mine = _form_of(_form(order, found, request.POST), parcel)
    if str(mine["swap"].value() or "") not in mine.wishes:
        # What was wanted is not offered for this reason: begin with the first that is.
        data = request.POST.copy()
        data[mine.add_prefix("swap")] = next(iter(mine.wishes), "")
        mine = _form_of(_form(order, found, data), parcel)
    context = {"form": mine, "about": mine.about}
    return render(request, "storefront/requests/about.html", context)


def _form_of(form: ReturnForm, parcel: int) -> ItemForm:
    for each in form.forms:
        if each.parcel.pk == parcel:
            return each
    raise Http404


@buyer_required
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: BuyerRequest, public_id: UUID, key: UUID) -> HttpResponse:
    """Show all that was chosen and what it brings; sent, it becomes the return `key` asked for."""
    order = get_object_or_404(_orders(request), public_id=public_id)
    draft = drafts.load(request.session, order, key)
    if draft is None:
        return _without_draft(request, order, key)
    if request.method == "POST":
        return _send(request, order, key, draft)
    prefetch_related_objects([order], "lines")
    found = eligibility.for_order(order, viewer=Viewer.BUYER)
    form = _form(order, found, draft.typed)
    if not form.is_valid or not draft.wishes:
        return _start_page(request, order, found, form, status=422)
    context = {
        "order": order,
        "lines": [_review_line(order, form) for form in form.chosen],
        **_estimate(order, found, form),
        "back_url": f"{_start_url(order)}?draft={key}",
    }
    return render(request, "storefront/requests/review.html", context)


def _send(request: BuyerRequest, order: Order, key: UUID, draft: Draft) -> HttpResponse:
    try:
        return_ = lifecycle.request(
            order,
            draft.wishes,
            actor=request.buyer.actor(order),
            exchanges=draft.exchanges,
            request_key=key,
            language=get_language() or "",
            refund_to=draft.typed.get(REFUND_TO, RefundTo.ORIGINAL.value),
        )
    except ReturnError as error:
        found = eligibility.for_order(order, viewer=Viewer.BUYER)
        form = _form(order, found, draft.typed)
        if not form.errors:
            form.add(error, draft.wishes)
        return _start_page(request, order, found, form, status=422)
    return redirect("storefront:return_done", public_id=return_.public_id)


def _without_draft(request: BuyerRequest, order: Order, key: UUID) -> HttpResponse:
    """Answer a second click with the return that the first one made; else begin again."""
    made = request.buyer.returns().filter(order=order, request_key=key).first()
    if made is not None:
        return redirect("storefront:return_done", public_id=made.public_id)
    messages.info(request, _("This page was open for too long. Choose the items once more."))
    return redirect("storefront:start_return", public_id=order.public_id)


def _orders(request: BuyerRequest) -> OrderQuerySet:
    return request.buyer.orders().select_related("store", "customer")


def _order(request: BuyerRequest, public_id: UUID) -> Order:
    """Return the buyer's order with its lines, which both items and estimate read."""
    return get_object_or_404(_orders(request).prefetch_related("lines"), public_id=public_id)


def _form(order: Order, found: list[Item], data: MultiValueDict[str, str] | None) -> ReturnForm:
    reasons = _reasons(order)
    chosen = _chosen_reasons(found, reasons, data)
    offers = swaps.of_items(order, found, reasons=chosen, others=_wanted(found, data))
    choices = {
        parcel: [swaps.choice(offer, order.currency) for offer in each]
        for parcel, each in offers.items()
    }
    return ReturnForm(
        found,
        reasons,
        data=data,
        swaps=choices,
        order=order,
        photos=_photos(order, found, data),
    )


def _chosen_reasons(
    found: list[Item], reasons: list[ReturnReason], data: MultiValueDict[str, str] | None
) -> dict[int, ReturnReason]:
    """Return the reasons that are chosen, by fulfilment line."""
    by_handle = {reason.handle: reason for reason in reasons}
    said = (
        {} if data is None else {one.pk: data.get(reason_name(one.pk)) for one in _parcels(found)}
    )
    return {pk: by_handle[handle] for pk, handle in said.items() if handle in by_handle}


def _photos(
    order: Order, found: list[Item], data: MultiValueDict[str, str] | None
) -> Collection[str]:
    """Return the ids of the photos that the data names, as far as they are there."""
    if data is None:
        return ()
    names = [uploads.photos_name(parcel.pk) for parcel in _parcels(found)]
    return collecting.unsent(order, [one for name in names for one in data.getlist(name)])


def _reasons(order: Order) -> list[ReturnReason]:
    """Return the reasons that are on offer today where the store is."""
    today = timezone.localdate(timezone=order.store.zone)
    return list(with_questions(ReturnReason.objects.offered(today)))


def _wanted(found: list[Item], data: MultiValueDict[str, str] | None) -> set[int]:
    """Return the variants that are wanted in place of items, as far as they can be read."""
    typed = ReturnForm(found, (), data=data) if data else None
    return {wish.variant_id for wish in typed.swapped_parcels()} if typed else set()


def _parcels(found: list[Item]) -> list[FulfillmentLine]:
    return [item.fulfillment_line for item in found if item.fulfillment_line]


def _typed(
    request: BuyerRequest, order: Order, found: list[Item]
) -> MultiValueDict[str, str] | None:
    """Return what was typed: just now, or before the review."""
    if request.method == "POST":
        if request.POST.get("action") == "all":
            return _all_chosen(request.POST, found)
        return _swapped(request.POST)
    try:
        draft = drafts.load(request.session, order, UUID(request.GET.get("draft", "")))
    except ValueError:
        return None
    return draft.typed if draft else None


def _all_chosen(data: QueryDict, found: list[Item]) -> QueryDict:
    chosen = data.copy()
    lines = [item.fulfillment_line for item in found if item.returnable]
    chosen.setlist(SELECTED, [str(line.pk) for line in lines if line])
    return chosen


def _swapped(data: QueryDict) -> QueryDict:
    """Choose the item whose "swap" button was pressed, and what it is swapped for."""
    item, _colon, variant = data.get("swap", "").partition(":")
    if not item:
        return data
    chosen = data.copy()
    chosen.setlist(SELECTED, [*{*chosen.getlist(SELECTED), item}])
    chosen[f"item-{item}-swap"] = variant
    return chosen


def _start_url(order: Order) -> str:
    return reverse("storefront:start_return", args=[order.public_id])


def _start_page(
    request: BuyerRequest, order: Order, found: list[Item], form: ReturnForm, *, status: int = 200
) -> HttpResponse:
    forms = {each.parcel.pk: each for each in form.forms}
    cards = [items.card(item, order, forms, index) for index, item in enumerate(found)]
    context = {
        "order": order,
        "offered": [card for card in cards if card["form"]],
        "others": [card for card in cards if not card["form"]],
        "errors": form.all_errors(),
        "action": _start_url(order),
        "estimate_url": reverse("storefront:estimate", args=[order.public_id]),
        **_estimate(order, found, form),
    }
    return render(request, "storefront/requests/start.html", context, status=status)


def _estimate(order: Order, found: list[Item], form: ReturnForm) -> dict[str, Any]:
    """Return `label`, `amount` and `rows`: what comes back for the chosen pieces, or is to be paid.

    `choice`: money or credit. `keeps`: the goods need not come back. `swaps`: whether something is
    exchanged. `repairs`: or repaired. `owes`: the buyer has to pay.
    """
    said = form.said(_parcels(found))
    terms = form.terms(order, said)
    if not form.parcels:
        nothing = sums.money(ZERO, order.currency)
        choice = credit.choice(order, terms, None, form.refund_to)
        return {"label": sums.total_label(None), "amount": nothing, "rows": [], "choice": choice}
    exchange = exchange_requests.quote(
        order, form.swapped_parcels(), form.parcels, _parcels(found), form.reasons
    )
    held: Counter[int] = Counter()
    for parcel in _parcels(found):
        held[parcel.order_line_id] += parcel.returning_quantity
    proposal = proposals.estimate(
        order, form.parcels, free=form.free, said=said, exchange=exchange, held=held
    )
    choice = credit.choice(order, terms, proposal, form.refund_to)
    as_credit = bool(choice) and form.refund_to == RefundTo.STORE_CREDIT and not proposal.owed
    repairs = any(form.wants_repair for form in form.chosen)
    keeps = not repairs and proposals.keeps_goods(order, proposal, terms)
    rows = sums.of_proposal(proposal)
    if as_credit:
        rows = credit.rows(proposal, credit_refunds.bonus_estimate(order, terms, proposal.amount))
    return {
        "label": _estimate_label(proposal, as_credit=as_credit, keeps=keeps),
        "amount": rows[-1]["amount"],
        "rows": rows,
        "as_credit": as_credit,
        "choice": choice,
        "keeps": keeps,
        "swaps": exchange is not None,
        "repairs": repairs,
        "owes": bool(proposal.owed),
        "is_paid_out": bool(proposal.amount),
    }


def _estimate_label(proposal: Proposal, *, as_credit: bool, keeps: bool) -> str:
    if proposal.owed:
        return sums.total_label(proposal)
    if keeps:
        return _("Keep the items and get back")
    return _("Estimated store credit") if as_credit else sums.total_label(proposal)


def _review_line(order: Order, form: Any) -> Mapping[str, Any]:
    """Return what the review shows of a chosen item."""
    said = form.cleaned_data
    return {
        **items.card(form.item, order),
        "state": "",
        "quantity": said["quantity"],
        "reason": form.reasons[said["reason"]].full_name if said["reason"] else "",
        "note": said["note"],
        "photos": [card["url"] for card in uploads.cards(form.photos)],
        "answers": [
            {"wording": field.label, "answer": _answer(field.field, said[field.name])}
            for field in form.answer_fields
            if said.get(field.name)
        ],
        "swap": form.told_swaps.get(said["swap"], ""),
        "repair": form.wants_repair,
    }


def _answer(field: Any, said: str) -> str:
    """Return an answer as it reads."""
    return str(dict(getattr(field, "choices", ())).get(said, said))
