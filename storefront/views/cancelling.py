"""Canceling what was not sent yet: choose, see what comes back, confirm."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from orders import pictures
from orders.models import Order, OrderLine
from returns.cancellations import choices as cancelling
from returns.cancellations import decisions
from returns.cancellations.choices import Choice
from returns.errors import ReturnError
from returns.models import CancellationStatus
from storefront import sums
from storefront.access import BuyerRequest, buyer_required
from storefront.forms.cancelling import CancelItemsForm


@buyer_required
@require_http_methods(["GET", "HEAD", "POST"])
def cancel_items(request: BuyerRequest, public_id: UUID) -> HttpResponse:
    """Ask how many of what (no `step`), show what will happen, and do it (`step` is `send`)."""
    orders = request.buyer.orders().select_related("store", "customer").prefetch_related("lines")
    order = get_object_or_404(orders, public_id=public_id)
    lines = list(order.lines.all())
    sending = request.method == "POST" and request.POST.get("step") == "send"
    choices = _choices(order, lines)
    most = {choice.line.pk: choice.left for choice in choices}
    form = CancelItemsForm(request.POST or None, most=most)
    if sending and (answer := _send(request, order, form, lines)):
        return answer
    if not choices:
        messages.info(request, _("Nothing of this order can be canceled online any more."))
        return redirect("storefront:order", public_id=public_id)
    if request.method != "POST" or sending or not form.is_valid():
        context = {"order": order, "form": form, "cards": [_card(form, one) for one in choices]}
        status = 422 if form.errors else 200
        return render(request, "storefront/cancelling/choose.html", context, status=status)
    context = _review(order, form, choices, lines)
    return render(request, "storefront/cancelling/confirm.html", context)


def _choices(order: Order, lines: Sequence[OrderLine]) -> list[Choice]:
    sent, made = cancelling.sent_pieces(order), cancelling.load(order)
    return cancelling.choices(order, lines, sent, made, now=timezone.now())


def _send(
    request: BuyerRequest, order: Order, form: CancelItemsForm, lines: Sequence[OrderLine]
) -> HttpResponse | None:
    """Do it; None, with the form saying why, when it is refused.

    A second click finds the pieces canceled already, so what it asks is read from its own fields.
    """
    form.is_valid()
    asked = {line.pk: request.POST.get(f"line-{line.pk}", "") for line in lines}
    quantities = {
        line: int(typed)
        for line, typed in asked.items()
        if typed.isascii() and typed.isdigit() and len(typed) < 7
    }
    try:
        made = decisions.request(
            order, quantities, actor=request.buyer.actor(order), key=form.request_key
        )
    except ReturnError as error:
        if not form.errors:
            form.attach(error)
        return None
    if made.status == CancellationStatus.REQUESTED:
        messages.success(request, _("We got your wish to cancel, and write to you soon."))
    else:
        messages.success(request, _("The items are canceled. Your money is on its way back."))
    return redirect("storefront:order", public_id=order.public_id)


def _card(form: CancelItemsForm, choice: Choice) -> dict[str, Any]:
    line = choice.line
    return {
        "field": form[f"line-{line.pk}"],
        "of": _("of %(count)s") % {"count": choice.left},
        "title": line.title,
        "options": line.options_text,
        "picture_url": pictures.url(line.image),
    }


def _review(
    order: Order, form: CancelItemsForm, choices: Sequence[Choice], lines: list[OrderLine]
) -> dict[str, Any]:
    chosen = [one for one in choices if one.line.pk in form.quantities]
    proposal = cancelling.propose(order, form.quantities, lines, counted=False)
    return {
        "order": order,
        "key": uuid4(),
        "by_staff": any(one.by_staff for one in chosen),
        "lines": [
            {
                **_card(form, one),
                "quantity": form.quantities[one.line.pk],
                "name": f"line-{one.line.pk}",
            }
            for one in chosen
        ],
        "rows": sums.of_proposal(proposal),
    }
