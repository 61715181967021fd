"""Returning a gift: enter its code, choose what goes back, say who one is, send.

Nothing here tells what was paid, by whom or how, and nothing of it is told to the giver.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from allauth.core import ratelimit
from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import actors
from orders.models import Order
from returns import eligibility, lifecycle, requests
from returns.eligibility import Item
from returns.errors import ReturnError
from returns.evidence import collecting
from returns.gifts import codes
from returns.held import Viewer
from returns.models import GiftCode, Return, ReturnReason
from returns.reasons.questions import with_questions
from returns.requests import Gift
from returns.uploads import small_files
from storefront import items, uploads
from storefront.access import BuyerRequest, buyer_required, open_gift, open_gift_code, public
from storefront.forms.gifts import GiftCodeForm, RecipientForm
from storefront.forms.returns import ReturnForm
from storefront.views.requests import MOST_AT_ONCE


@public
@require_safe
def gift_link(request: BuyerRequest, code: str) -> HttpResponse:
    """Show the page for a code with the one of a link typed already; it opens with a click."""
    return _enter_page(request, GiftCodeForm(initial={"code": code[:60]}), status=200)


@public
@require_http_methods(["GET", "HEAD", "POST"])
def enter_gift(request: BuyerRequest) -> HttpResponse:
    """Take the code of a gift. Unknown ones and revoked ones get the same answer."""
    form = GiftCodeForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _enter_page(request, form, status=200)
    if not ratelimit.consume(request, action="gift_code"):
        form.add_error(None, _("Too many attempts. Wait a few minutes, then try again."))
        return _enter_page(request, form, status=429)
    code = codes.find(form.cleaned_data["code"]) if form.is_valid() else None
    if code is None:
        if not form.errors:
            form.add_error("code", _("This code is not valid. Check it, or ask the shop."))
        return _enter_page(request, form, status=422)
    open_gift_code(request, code)
    return redirect("storefront:return_gift", public_id=code.public_id)


def _enter_page(request: BuyerRequest, form: GiftCodeForm, *, status: int) -> HttpResponse:
    return render(request, "storefront/gifts/enter.html", {"form": form}, status=status)


@dataclass(frozen=True, kw_only=True)
class _Page:
    """The page of one gift: its items, and what was said about them and by whom."""

    code: GiftCode
    found: list[Item]
    form: ReturnForm
    recipient: RecipientForm

    @property
    def is_valid(self) -> bool:
        """Whether nothing is known to be wrong; both forms are looked at."""
        return all([self.form.is_valid, self.recipient.is_valid()])

    @property
    def typed(self) -> list[tuple[str, str]]:
        """All that was typed, as hidden fields repeat it."""
        names = [(name, one) for name, values in self.form.typed.items() for one in values]
        names += [(name, self.recipient[name].value() or "") for name in self.recipient.fields]
        return names


@small_files(settings.PHOTO_LARGEST_FILE, total=MOST_AT_ONCE)
@buyer_required
@require_http_methods(["GET", "HEAD", "POST"])
def return_gift(request: BuyerRequest, public_id: UUID) -> HttpResponse:
    """Ask what goes back and who one is; show all of it (`review`), then send it (`send`).

    `estimate` and `change` draw the page again with what was typed.
    """
    code = get_object_or_404(request.buyer.gift_codes(), public_id=public_id)
    action = request.POST.get("action", "") if request.method == "POST" else ""
    key = _key(request.POST.get("key", ""))
    if action == "send" and (made := _made_before(code, key)):
        return _done(request, made)
    page, wrong = _page(request, code)
    if (
        request.method != "POST"
        or action in ("estimate", "change")
        or wrong
        or uploads.drops(request.POST)
    ):
        return _ask(request, page, status=422 if wrong else 200)
    wishes = page.form.wishes()
    if page.is_valid:
        problems = requests.problems(
            code.order,
            wishes,
            [item.fulfillment_line for item in page.found if item.fulfillment_line],
            at=timezone.now(),
            viewer=Viewer.RECIPIENT,
        )
        for error in problems:
            page.form.add(error, wishes)
    if not page.is_valid:
        return _ask(request, page, status=422)
    if action == "send":
        return _send(request, page, key)
    return _review(request, page)


def _made_before(code: GiftCode, key: UUID) -> Return | None:
    return Return.objects.filter(gift_code=code, request_key=key).first()


def _key(typed: str) -> UUID:
    """Return the key that a page came with; a new one for a page without."""
    try:
        return UUID(typed)
    except ValueError:
        return uuid4()


def _page(request: BuyerRequest, code: GiftCode) -> tuple[_Page, bool]:
    """Return the page, and whether files that came along were refused."""
    order = code.order
    found = _items(code)
    data: MultiValueDict[str, str] | None = None
    wrong: dict[int, list[str]] = {}
    if request.method == "POST":
        parcels = [item.fulfillment_line.pk for item in found if item.fulfillment_line]
        data, wrong = uploads.take_in(request, order, request.POST, parcels)
    form = _form(code, found, data)
    form.refuse_files(wrong)
    return (
        _Page(code=code, found=found, form=form, recipient=_recipient(request, data)),
        bool(wrong),
    )


def _recipient(request: BuyerRequest, data: MultiValueDict[str, str] | None) -> RecipientForm:
    user = request.buyer.user
    known = {"name": user.name, "email": user.email} if user else {}
    return RecipientForm(data, initial=known)


def _items(code: GiftCode) -> list[Item]:
    found = eligibility.for_order(code.order, viewer=Viewer.RECIPIENT)
    return codes.of_gift(found, codes.left(code))


def _form(code: GiftCode, found: list[Item], data: MultiValueDict[str, str] | None) -> ReturnForm:
    order = code.order
    return ReturnForm(
        found, _reasons(order), data=data, order=order, photos=_photos(order, found, data)
    )


def _reasons(order: Order) -> list[ReturnReason]:
    """Return the reasons that are on offer today where the store is."""
    today = timezone.localdate(timezone=order.store.zone)
    return list(with_questions(ReturnReason.objects.offered(today)))


def _photos(
    order: Order, found: list[Item], data: MultiValueDict[str, str] | None
) -> Collection[str]:
    parcels = [item.fulfillment_line.pk for item in found if item.fulfillment_line]
    names = [uploads.photos_name(parcel) for parcel in parcels]
    said = [one for name in names for one in (data.getlist(name) if data else ())]
    return collecting.unsent(order, said) if said else ()


def _ask(request: BuyerRequest, page: _Page, *, status: int) -> HttpResponse:
    forms = {each.parcel.pk: each for each in page.form.forms}
    cards = [_card(page.code, item, forms, index) for index, item in enumerate(page.found)]
    recipient = page.recipient
    context = {
        "store": page.code.order.store.name,
        "offered": [card for card in cards if card["form"]],
        "others": [card for card in cards if not card["form"]],
        "recipient": recipient,
        "errors": [*page.form.all_errors(), *(recipient.all_errors() if status == 422 else ())],
        "action": _url(page.code),
    }
    return render(request, "storefront/gifts/start.html", context, status=status)


def _url(code: GiftCode) -> str:
    return reverse("storefront:return_gift", args=[code.public_id])


def _card(code: GiftCode, item: Item, forms: dict[int, Any], number: int) -> dict[str, Any]:
    """Return what the component `item` shows: nothing of prices, and nothing to exchange."""
    card = items.card(item, code.order, forms, number)
    about = ""
    if card["form"] is not None and item.fulfillment_line:
        args = [code.public_id, item.fulfillment_line.pk]
        about = reverse("storefront:about_gift_reason", args=args)
    return {**card, "price": "", "may_browse": False, "about_url": about}


def _review(request: BuyerRequest, page: _Page) -> HttpResponse:
    context = {
        "store": page.code.order.store.name,
        "lines": [_review_line(page, form) for form in page.form.chosen],
        "who": page.recipient.cleaned_data,
        "typed": page.typed,
        "key": uuid4(),
        "action": _url(page.code),
    }
    return render(request, "storefront/gifts/review.html", context)


def _review_line(page: _Page, form: Any) -> dict[str, Any]:
    said = form.cleaned_data
    return {
        **_card(page.code, form.item, {}, 0),
        "state": "",
        "quantity": said["quantity"],
        "reason": form.reasons[said["reason"]].full_name if said["reason"] else "",
        "note": said["note"],
        "photos": [card["url"] for card in uploads.cards(form.photos)],
    }


def _send(request: BuyerRequest, page: _Page, key: UUID) -> HttpResponse:
    said, order = page.recipient.cleaned_data, page.code.order
    gift = Gift(
        code=page.code,
        name=said["name"],
        email=said["email"],
        address=page.recipient.address(order.store.country),
    )
    user = request.buyer.user
    wishes = page.form.wishes()
    try:
        made = lifecycle.request_gift(
            gift,
            wishes,
            actor=actors.buyer(said["name"], user_id=user.pk if user else None),
            request_key=key,
            language=get_language() or "",
        )
    except ReturnError as error:
        if not page.recipient.attach(error):
            page.form.add(error, wishes)
        return _ask(request, page, status=422)
    return _done(request, made)


def _done(request: BuyerRequest, made: Return) -> HttpResponse:
    open_gift(request, made)
    return redirect("storefront:return_done", public_id=made.public_id)


@buyer_required
@require_POST
def about_reason(request: BuyerRequest, public_id: UUID, parcel: int) -> HttpResponse:
    """Return what the reason that is chosen for an item asks and says; nothing is stored."""
    code = get_object_or_404(request.buyer.gift_codes(), public_id=public_id)
    form = ReturnForm(_items(code), _reasons(code.order), data=request.POST, order=code.order)
    mine = next((each for each in form.forms if each.parcel.pk == parcel), None)
    if mine is None:
        raise Http404
    context = {"form": mine, "about": mine.about}
    return render(request, "storefront/requests/about.html", context)
