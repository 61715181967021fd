"""Parcels back: their labels, the code to show at a counter, and saying that one was handed in."""

from io import BytesIO
from uuid import UUID

import segno
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from returns.errors import InvalidState, ReturnError
from returns.models import Return, ReturnStatus, ReverseDelivery
from returns.parcels import deliveries, label_files
from returns.parcels.ways_back import ways_of, with_ways
from storefront.access import BuyerRequest, buyer_required
from storefront.forms.parcels import SentForm, option
from storefront.parcels import open_ways


@buyer_required
@require_safe
def label(request: BuyerRequest, public_id: UUID, parcel_id: UUID) -> HttpResponse:
    """Send the label of a parcel."""
    found = ReverseDelivery.objects.select_related("for_return").filter(
        for_return__in=request.buyer.returns().filter(public_id=public_id).values("pk"),
        for_return__status__in=(ReturnStatus.OPEN, ReturnStatus.CLOSED),
    )
    parcel = get_object_or_404(found, public_id=parcel_id)
    return label_files.response(parcel.for_return, parcel)


@buyer_required
@require_safe
def code(request: BuyerRequest, public_id: UUID) -> HttpResponse:
    """Draw the QR code of the slip, to show it on a phone."""
    return_ = get_object_or_404(request.buyer.returns(), public_id=public_id)
    url = f"{settings.SITE_URL}{reverse('backoffice:return', args=[return_.pk])}"
    drawn = BytesIO()
    segno.make_qr(url, error="m").save(drawn, kind="svg", border=4, light="#fff", xmldecl=False)
    return HttpResponse(drawn.getvalue(), content_type="image/svg+xml")


@buyer_required
@require_http_methods(["GET", "HEAD", "POST"])
def sent(request: BuyerRequest, public_id: UUID) -> HttpResponse:
    """Ask for the tracking number of a parcel that was handed in, and keep it."""
    found = with_ways(request.buyer.returns()).select_related("order__customer", "store")
    return_ = get_object_or_404(found, public_id=public_id)
    ways = open_ways(return_)
    if return_.status != ReturnStatus.OPEN or not ways:
        messages.info(request, _("There is nothing to send for this return now."))
        return redirect("storefront:return", public_id=public_id)
    chosen = _chosen(return_, request.GET.get("parcel", ""))
    form = SentForm(request.POST or None, ways=ways, chosen=chosen)
    if request.method == "POST" and form.is_valid() and _hand_in(request, return_, form):
        return redirect("storefront:return", public_id=public_id)
    context = {"return_": return_, "form": form}
    status = 422 if form.errors else 200
    return render(request, "storefront/returns/sent.html", context, status=status)


def _chosen(return_: Return, parcel_id: str) -> str:
    """Return the choice that means the parcel in the address; "" for none."""
    for way in ways_of(return_):
        for parcel in way.parcels:
            if str(parcel.public_id) == parcel_id and parcel.is_to_be_sent:
                return option(parcel.pk)
    return ""


def _hand_in(request: BuyerRequest, return_: Return, form: SentForm) -> bool:
    """Call the verb; False when it refused something that can be mended in the form."""
    try:
        deliveries.hand_in(
            return_,
            actor=request.buyer.actor_on(return_),
            parcel_id=form.parcel_id,
            work_id=form.work_id,
            tracking=form.tracking,
        )
    except InvalidState as error:
        messages.error(request, error.message)
    except ReturnError as error:
        form.attach(error)
        return False
    else:
        messages.success(request, _("Thank you. We look out for your parcel."))
    return True
