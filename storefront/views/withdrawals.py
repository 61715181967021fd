"""The withdrawal function of Directive 2011/83/EU, Article 11a: say it, confirm it, get a receipt.

Nobody has to sign in, nobody is asked why, and nothing on these pages tells whether an order
exists. Too many statements are never refused: the queue takes its time with them.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from uuid import UUID

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from orders.models import Order
from returns.models import WithdrawalFunction, WithdrawalStatement
from returns.withdrawals import pdf, receipts, statements, words
from storefront import items, rows, withdrawals
from storefront.access import BuyerRequest, public
from storefront.forms.withdrawals import WithdrawForm, WithdrawOrderForm
from storefront.withdrawals import Draft

METHODS = ["GET", "HEAD", "POST"]
# The newest are the ones that can be withdrawn from; older ones are named by their number.
MOST_ORDERS = 20


@public
@require_http_methods(METHODS)
def withdraw(request: BuyerRequest, store: str = "") -> HttpResponse:
    """Take what a withdrawal needs: from a buyer who is known only which order, else three fields.

    `?order=` one of their own; `?by=hand` for a contract that is not among them; `?number=` fills
    in the order number; `?lang=` the language of the link that led here, which becomes that of the
    site where there are texts in it.
    """
    if request.method != "POST" and request.GET.get("lang") in dict(settings.LANGUAGES):
        return _in_language(request)
    offered = withdrawals.functions()
    if store:
        offered = [function for function in offered if function.store.code == store]
    if not offered:
        raise Http404
    with _spoken(withdrawals.language_of(request, offered)) as speak:
        known = _own_orders(request, offered)
        if len(known) == 1:
            return speak(_of_order(request, known[0], offered))
        return speak(_choose(request, known, offered) if known else _by_hand(request, offered))


@contextmanager
def _spoken(language: str) -> Iterator[Callable[[HttpResponse], HttpResponse]]:
    """Make a page in a language that the sites may not have; yields what marks it so."""

    def speak(response: HttpResponse) -> HttpResponse:
        response.headers["Content-Language"] = language
        return response

    with translation.override(language):
        yield speak


def _in_language(request: BuyerRequest) -> HttpResponse:
    """Lead to the same page in the language that is asked for, as the choice in its foot does."""
    asked = request.GET.copy()
    (language,) = asked.pop("lang")[-1:]
    response = redirect(f"{request.path}?{asked.urlencode()}" if asked else request.path)
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
    return response


def _own_orders(request: BuyerRequest, offered: list[WithdrawalFunction]) -> list[Order]:
    """Return the buyer's orders to choose from; only the one that the address names, if it does."""
    if not request.buyer.is_known or request.GET.get("by") == "hand":
        return []
    stores = [function.store_id for function in offered]
    found = request.buyer.orders().filter(store__in=stores, canceled_at=None)
    if "order" in request.GET:
        with suppress(ValueError):
            found = found.filter(public_id=UUID(request.GET["order"]))
    newest = rows.with_lines(found).select_related("customer").order_by("-placed_at", "-pk")
    return list(newest[:MOST_ORDERS])


def _choose(
    request: BuyerRequest, known: list[Order], offered: list[WithdrawalFunction]
) -> HttpResponse:
    found = rows.order_rows(known)
    for row, order in zip(found, known, strict=True):
        row["url"] = f"{request.path}?order={order.public_id}{_lang(request)}"
    context = {
        **_labels(request, offered),
        "rows": found,
        "by_hand_url": f"{request.path}?by=hand{_lang(request)}",
    }
    return render(request, "storefront/withdrawals/choose.html", context)


def _lang(request: HttpRequest) -> str:
    return f"&lang={get_language()}" if request.GET.get("lang") in words.DEFAULTS else ""


def _of_order(
    request: BuyerRequest, order: Order, offered: list[WithdrawalFunction]
) -> HttpResponse:
    user = request.buyer.user
    name = (user.name if user else "") or order.buyer_name
    email = user.email if user else order.email
    lines = items.bought(list(order.lines.all()))
    form = WithdrawOrderForm(request.POST or None, lines=lines, name=name, email=email)
    if form.is_valid():
        said = form.cleaned_data
        chosen = [] if form.is_whole else form.pieces
        draft = Draft(
            store=order.store.code,
            name=name or said["name"],
            email=email or said["email"],
            number=order.reference,
            order=order.pk,
            items=tuple(_item(line, count) for line, count in chosen),
            language=get_language() or "",
            back=request.get_full_path(),
        )
        return _to_confirm(request, draft)
    context = {
        "order": order,
        "form": form,
        "name": name,
        "email": email,
        "own_fields": [form[field] for field in ("name", "email") if field in form.fields],
        "cards": [_card(form, line) for line in lines],
        "by_hand_url": f"{reverse('storefront:withdraw')}?by=hand{_lang(request)}",
        **_labels(request, offered, order.store_id),
    }
    status = 422 if form.errors else 200
    return render(request, "storefront/withdrawals/order.html", context, status=status)


def _item(line: Any, count: int) -> dict[str, Any]:
    return {
        "line": str(line.uuid),
        "title": line.title,
        "options": line.options_text,
        "sku": line.sku,
        "quantity": count,
    }


def _card(form: WithdrawOrderForm, line: Any) -> dict[str, Any]:
    return {
        "title": line.title,
        "options": line.options_text,
        "field": form[f"line-{line.pk}"],
        "of": _("of %(count)s") % {"count": line.quantity},
    }


def _by_hand(request: BuyerRequest, offered: list[WithdrawalFunction]) -> HttpResponse:
    initial = {"number": request.GET.get("number", "")[:100].replace("\0", "")}
    form = WithdrawForm(request.POST or None, offered=offered, initial=initial)
    if form.is_valid():
        said = form.cleaned_data
        draft = Draft(
            store=form.store_code,
            name=said["name"],
            email=said["email"],
            number=said["number"],
            items_text=said["items"],
            language=get_language() or "",
            back=request.get_full_path(),
        )
        return _to_confirm(request, draft)
    context = {"form": form, **_labels(request, offered)}
    status = 422 if form.errors else 200
    return render(request, "storefront/withdrawals/by_hand.html", context, status=status)


def _labels(
    request: HttpRequest, offered: list[WithdrawalFunction], store_id: int | None = None
) -> dict[str, Any]:
    language = get_language() or ""
    of_store = [each for each in offered if store_id in (None, each.store_id)]
    return {
        "label": words.of_functions(of_store, language),
        "choices": _choices(request, language),
    }


def _choices(request: HttpRequest, current: str) -> list[dict[str, Any]]:
    """Return the languages that this page can be read in, as links."""
    asked = request.GET.copy()
    found = []
    for code, name in words.LANGUAGE_NAMES.items():
        asked["lang"] = code
        url = f"{request.path}?{asked.urlencode()}"
        found.append({"code": code, "name": name, "url": url, "is_current": code == current})
    return found


def _to_confirm(request: BuyerRequest, draft: Draft) -> HttpResponse:
    key = withdrawals.save(request.session, draft)
    return redirect("storefront:confirm_withdrawal", key=key)


@public
@require_http_methods(METHODS)
def confirm_withdrawal(request: BuyerRequest, key: UUID) -> HttpResponse:
    """Show the statement and the button that submits it; pressed twice it is one statement."""
    draft = withdrawals.load(request.session, key)
    function = _function(draft.store) if draft else None
    if draft is None or function is None:
        messages.info(request, _("This page was open for too long. Fill it in once more."))
        return redirect("storefront:withdraw")
    with _spoken(words.language_of(draft.language)) as speak:
        return speak(_confirm(request, key, draft, function))


def _confirm(
    request: BuyerRequest, key: UUID, draft: Draft, function: WithdrawalFunction
) -> HttpResponse:
    sentence = receipts.wording(draft.number, is_whole=not draft.items and not draft.items_text)
    if request.method == "POST":
        return _submit(request, key, draft, function, sentence)
    context = {
        "draft": draft,
        "sentence": sentence,
        "store": function.store.name,
        "label": words.of_function(function, draft.language),
    }
    return render(request, "storefront/withdrawals/confirm.html", context)


def _function(code: str) -> WithdrawalFunction | None:
    """Return the function of a store; one that was just switched off still takes a statement."""
    return WithdrawalFunction.objects.select_related("store").filter(store__code=code).first()


def _submit(
    request: BuyerRequest, key: UUID, draft: Draft, function: WithdrawalFunction, sentence: str
) -> HttpResponse:
    button = words.of_function(function, draft.language).confirm
    stated, actor = withdrawals.content(
        draft, function.store, request.buyer, f"{sentence} [{button}]"
    )
    statement = statements.submit(
        stated, actor=actor, request_key=key, is_slow=_is_flood(request, draft)
    )
    withdrawals.remember(request.session, statement)
    return redirect("storefront:withdrawal_receipt", public_id=statement.public_id)


def _is_flood(request: HttpRequest, draft: Draft) -> bool:
    """Whether too many came in lately: from here, for this address, or for this store."""
    few = ratelimit.consume(request, action="withdrawal", key=draft.email.lower())
    return not (few and ratelimit.consume(request, action="withdrawals", key=draft.store))


@public
@require_safe
def withdrawal_receipt(request: BuyerRequest, public_id: UUID) -> HttpResponse:
    """Say what was submitted and when, in the session that submitted it."""
    statement = _statement(request, public_id)
    reader = receipts.reader_of(statement)
    with _spoken(reader.language) as speak:
        context = {
            "statement": statement,
            "sentence": receipts.sentence(statement),
            "submitted": receipts.moment(statement, reader),
        }
        return speak(render(request, "storefront/withdrawals/receipt.html", context))


@public
@require_safe
def withdrawal_receipt_pdf(request: BuyerRequest, public_id: UUID) -> HttpResponse:
    """Send the acknowledgement as a file, the same as in the mail."""
    statement = _statement(request, public_id)
    response = HttpResponse(pdf.render(statement), content_type="application/pdf")
    name = pdf.filename(statement)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _statement(request: BuyerRequest, public_id: UUID) -> WithdrawalStatement:
    if not withdrawals.is_remembered(request.session, public_id):
        raise Http404
    found = WithdrawalStatement.objects.select_related("store")
    return get_object_or_404(found, public_id=public_id)


@require_safe
def withdrawal_script(_request: HttpRequest, store: str) -> HttpResponse:
    """Send the script that writes the link into a page of the shop; nothing while it is off."""
    offered = {function.store.code: function for function in withdrawals.functions()}
    config: dict[str, Any] = {}
    if store in offered:
        address = settings.SITE_URL + reverse("storefront:withdraw_store", args=[store])
        config = withdrawals.script_settings(offered[store], address)
    # Plain ASCII, and no "</": also safe for who copies it into a page.
    plain = json.dumps(config).replace("</", "<\\/")
    text = render_to_string("storefront/withdrawals/link.js", {"config": plain})
    response = HttpResponse(text, content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


withdrawal_script.access_policy = "public"  # type: ignore[attr-defined]
