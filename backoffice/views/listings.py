"""Allowing and blocking the returns of an order or its customer."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.permissions import Permission
from backoffice import order_page
from backoffice.access import StaffRequest, staff
from backoffice.acting import GET_AND_POST
from orders.models import Order, ReturnListing
from returns import listings
from returns.errors import ReturnError


class ListingForm(forms.Form):
    """Whom it is about, what holds, and why."""

    whom = forms.ChoiceField(label=gettext_lazy("For"), widget=forms.RadioSelect)
    listing = forms.ChoiceField(
        label=gettext_lazy("Returns are"),
        required=False,
        choices=ReturnListing.choices,
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=gettext_lazy("Why"),
        required=False,
        max_length=listings.NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        whom = self.fields["whom"]
        choices = [("order", _("this order"))]
        if order.customer is not None:
            choices.append(("customer", _("all orders of %(name)s") % {"name": order.customer}))
        if isinstance(whom, forms.ChoiceField):
            whom.choices = choices

    def attach(self, error: ReturnError) -> None:
        """Put what the domain says at the field it is about."""
        name = error.field[0] if error.field else None
        self.add_error(name if name in self.fields else None, error.message)


@staff(Permission.MANAGE_SETTINGS)
@require_http_methods(GET_AND_POST)
def order_listing(request: StaffRequest, pk: int) -> HttpResponse:
    """Allow or block the returns of an order, or of its customer."""
    order = order_page.load(pk)
    form = ListingForm(request.POST or None, order=order, initial=_initial(order))
    if form.is_valid() and _save(request, order, form):
        messages.success(request, _("Saved."))
        return redirect("backoffice:order", pk)
    context = {
        "title": _("Allow or block returns"),
        "lead": _(
            "Allowed: windows and exclusions are set aside. Blocked: only staff create returns."
            " The order's word counts before the customer's."
        ),
        "form": form,
        "back_url": reverse("backoffice:order", args=[pk]),
        "back_label": order.reference,
        "remove_url": "",
    }
    status = 422 if form.errors else 200
    return render(request, "backoffice/settings/form.html", context, status=status)


def _initial(order: Order) -> dict[str, str]:
    """Return what holds: of the order, else of its customer."""
    if not order.return_listing and order.customer and order.customer.return_listing:
        customer = order.customer
        return {
            "whom": "customer",
            "listing": customer.return_listing,
            "note": customer.return_listing_note,
        }
    return {
        "whom": "order",
        "listing": order.return_listing,
        "note": order.return_listing_note,
    }


def _save(request: StaffRequest, order: Order, form: ListingForm) -> bool:
    said = form.cleaned_data
    save = listings.set_for_customer if said["whom"] == "customer" else listings.set_for_order
    try:
        save(order, said["listing"], actor=request.actor, note=said["note"])
    except ReturnError as error:
        form.attach(error)
        return False
    return True
