"""The acts on the replacements of a return: agree, take out, send, book a payment."""

from decimal import Decimal

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.permissions import Permission
from backoffice import replacements, return_page
from backoffice.access import StaffRequest, staff
from backoffice.acting import GET_AND_POST, act_page, mail_line
from backoffice.forms.exchanges import (
    AddExchangeForm,
    ExchangeQuantitiesForm,
    PaymentForm,
    SendForm,
)
from backoffice.words import amount_words
from orders.models import PaymentMethod, Variant
from orders.money import rounded
from returns import lifecycle
from returns.exchanges import offers as exchange_offers
from returns.exchanges.offers import Asked
from returns.models import ExchangeStatus
from returns.policies import terms as terms_of
from returns.store_credit import ledger


@staff(Permission.EDIT_RETURN)
@require_http_methods(GET_AND_POST)
def add_exchanges(request: StaffRequest, pk: int) -> HttpResponse:
    """Agree on a replacement with the buyer, and hold it."""
    return_ = return_page.load(pk)
    lines = return_page.load_lines(return_)
    form = AddExchangeForm(request.POST or None, lines=lines, currency=return_.order.currency)
    terms = terms_of.of_order(return_.order)
    asked = [
        Asked(
            key=line.pk,
            line=line.fulfillment_line.order_line,
            may=terms_of.of_line(
                terms, line.fulfillment_line.order_line, line.reason.handle
            ).resolutions,
        )
        for line in lines
    ]
    offers = exchange_offers.for_asked(return_.order, asked)

    def act() -> None:
        found = Variant.objects.filter(sku=form.cleaned_data["sku"].strip()).first()
        lifecycle.add_exchanges(
            return_,
            actor=request.actor,
            exchanges=[form.wish(found.pk if found else 0)],
            override_policy=form.cleaned_data["override_policy"],
            note=form.cleaned_data["note"],
        )

    return act_page(
        request,
        return_,
        "add_exchanges",
        form,
        act,
        done=_("The replacement is agreed on and held."),
        template="backoffice/returns/add_exchange.html",
        context={
            "title": _("Add a replacement to %(reference)s") % {"reference": return_.reference},
            "offers": {offer.variant.pk: offer for each in offers.values() for offer in each},
            "consequences": [
                {"icon": "lock", "text": _("The pieces are held in stock for the buyer.")},
                {"icon": "money", "text": _("What it costs more, the buyer is asked to pay.")},
            ],
            "submit_label": _("Add replacement"),
            "tone": "primary",
        },
    )


@staff(Permission.EDIT_RETURN)
@require_http_methods(GET_AND_POST)
def remove_exchanges(request: StaffRequest, pk: int) -> HttpResponse:
    """Take replacements out that were not sent."""
    return_ = return_page.load(pk)
    lines = replacements.load(return_)
    most = {line.pk: line.unprocessed_quantity for line in lines}
    first = most if len(lines) == 1 else {}
    form = ExchangeQuantitiesForm(
        request.POST or None, lines=lines, most=most, initial_quantities=first
    )
    return act_page(
        request,
        return_,
        "remove_exchanges",
        form,
        lambda: lifecycle.remove_exchanges(
            return_,
            actor=request.actor,
            quantities=form.quantities,
            note=form.cleaned_data["note"],
        ),
        done=_("The replacement is taken out. What comes back now, the refund shows."),
        template="backoffice/returns/quantities.html",
        context={
            "title": _("Take replacements out of %(reference)s") % {"reference": return_.reference},
            "lead": _("Set how many pieces are not sent."),
            "consequences": [
                {"icon": "refresh", "text": _("The pieces can be sold again.")},
                {"icon": "money", "text": _("What was kept or paid for them comes back.")},
            ],
            "submit_label": _("Take out"),
            "tone": "danger",
        },
    )


@staff(Permission.RECEIVE)
@require_http_methods(GET_AND_POST)
def process_exchange(request: StaffRequest, pk: int) -> HttpResponse:
    """Send replacements that are ready."""
    return_ = return_page.load(pk)
    lines = replacements.load(return_)
    most = {
        line.pk: line.unprocessed_quantity for line in lines if line.status == ExchangeStatus.READY
    }
    # Normally all that can be: sending is one click.
    form = SendForm(request.POST or None, lines=lines, most=most, initial_quantities=most)
    return act_page(
        request,
        return_,
        "process_exchange",
        form,
        lambda: lifecycle.process_exchange(
            return_,
            actor=request.actor,
            quantities=form.quantities,
            tracking=form.tracking,
            note=form.cleaned_data["note"],
        ),
        done=_("The replacement is on its way."),
        template="backoffice/returns/quantities.html",
        context={
            "title": _("Send replacements of %(reference)s") % {"reference": return_.reference},
            "lead": _("Set how many pieces are in the parcel."),
            "consequences": [
                {"icon": "warehouse", "text": _("The pieces leave the stock.")},
                {"icon": "package", "text": _("They join the order, with a parcel of their own.")},
                *mail_line(return_, _("%(email)s gets a mail about it.")),
            ],
            "submit_label": _("Send"),
            "tone": "primary",
        },
    )


def _credit_line(credit: Decimal, currency: str) -> list[dict[str, str]]:
    """Return what is said of the buyer's store credit; nothing when there is none."""
    words = _("The buyer has %(amount)s of store credit. Choose it as the method to take it off.")
    text = words % {"amount": amount_words(credit, currency)}
    return [{"icon": "info", "text": text}] if credit else []


@staff(Permission.REFUND)
@require_http_methods(GET_AND_POST)
def record_payment(request: StaffRequest, pk: int) -> HttpResponse:
    """Book what the buyer paid by hand for replacements."""
    return_ = return_page.load(pk)
    currency = return_.order.currency
    owed = rounded(return_.exchange_owed, currency)
    credit = ledger.usable(ledger.of_order(return_.order), at=timezone.now())
    form = PaymentForm(
        request.POST or None, currency=currency, credit=credit, initial={"amount": owed}
    )

    def act() -> None:
        said = form.cleaned_data
        common = {"actor": request.actor, "amount": said["amount"], "note": said["note"]}
        if said["method"] == PaymentMethod.STORE_CREDIT:
            lifecycle.pay_with_credit(return_, key=said["key"], **common)
            return
        lifecycle.record_payment(
            return_,
            key=str(said["key"]),
            method=said["method"],
            reference=said["reference"],
            **common,
        )

    return act_page(
        request,
        return_,
        "record_payment",
        form,
        act,
        done=_("The payment is booked."),
        template="backoffice/returns/confirm.html",
        context={
            "title": _("Book a payment for %(reference)s") % {"reference": return_.reference},
            "consequences": [
                {
                    "icon": "money",
                    "text": _("The buyer owes %(amount)s for replacements.")
                    % {"amount": amount_words(owed, currency)},
                },
                {"icon": "package", "text": _("Paid in full, the replacement can be sent.")},
                *_credit_line(credit, currency),
            ],
            "submit_label": _("Book payment"),
            "tone": "primary",
        },
    )
