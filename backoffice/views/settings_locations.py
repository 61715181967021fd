"""Settings: the places that goods lie at and come back to."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import Permission
from backoffice.access import StaffRequest, staff
from backoffice.acting import GET_AND_POST
from backoffice.forms.settings import LocationForm
from backoffice.settings_pages import Row, form_page, list_page
from orders.models import Location


@staff(Permission.MANAGE_SETTINGS)
@require_safe
def locations(request: StaffRequest) -> HttpResponse:
    """List the locations."""
    return list_page(
        request,
        title=_("Locations"),
        lead=_("Warehouses and shops that hold stock."),
        columns=[_("Location"), _("Code"), _("City"), _("Takes returns")],
        rows=[_row(location) for location in Location.objects.all()],
        new_url=reverse("backoffice:new_location"),
        new_label=_("Add a location"),
    )


def _row(location: Location) -> Row:
    url = reverse("backoffice:location", args=[location.pk])
    takes = _("yes") if location.accepts_returns else _("no")
    return Row(label=location.name, url=url, cells=[location.code, location.city, takes])


@staff(Permission.MANAGE_SETTINGS)
@require_http_methods(GET_AND_POST)
def new_location(request: StaffRequest) -> HttpResponse:
    """Add a location."""
    return _form(request, Location(), _("New location"))


@staff(Permission.MANAGE_SETTINGS)
@require_http_methods(GET_AND_POST)
def location(request: StaffRequest, pk: int) -> HttpResponse:
    """Edit a location."""
    found = get_object_or_404(Location, pk=pk)
    return _form(request, found, str(found))


def _form(request: StaffRequest, location: Location, title: str) -> HttpResponse:
    form = LocationForm(request.POST or None, instance=location)
    return form_page(
        request,
        form,
        title=title,
        back_url=reverse("backoffice:locations"),
        back_label=_("Locations"),
        done=_("Saved."),
    )
