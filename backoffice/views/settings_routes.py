"""Settings: which location takes which goods back."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import Permission
from backoffice.access import StaffRequest, staff
from backoffice.acting import GET_AND_POST
from backoffice.forms.routes import RouteForm
from backoffice.settings_pages import Row, form_page, list_page, remove_page
from returns.models import ReturnRoute


@staff(Permission.MANAGE_SETTINGS)
@require_safe
def routes(request: StaffRequest) -> HttpResponse:
    """List the rules in the order in which they are tried."""
    found = ReturnRoute.objects.select_related("store", "product", "location")
    return list_page(
        request,
        title=_("Ways back"),
        lead=_(
            "Which location takes which goods back. The first rule of a store that fits decides; "
            "without one, goods go to the store's own location. Approved returns stay as they are."
        ),
        columns=[_("Goes back to"), _("Store"), _("Position"), _("What"), _("From")],
        rows=[_row(route) for route in found],
        new_url=reverse("backoffice:new_route"),
        new_label=_("Add a rule"),
    )


def _row(route: ReturnRoute) -> Row:
    what = str(route.product or "") or route.product_type or _("everything")
    cells = [route.store.name, route.position, what, route.country or _("everywhere")]
    url = reverse("backoffice:route", args=[route.pk])
    return Row(label=route.location.name, url=url, cells=cells)


@staff(Permission.MANAGE_SETTINGS)
@require_http_methods(GET_AND_POST)
def new_route(request: StaffRequest) -> HttpResponse:
    """Add a rule."""
    return _form(request, ReturnRoute(), _("New rule"))


@staff(Permission.MANAGE_SETTINGS)
@require_http_methods(GET_AND_POST)
def route(request: StaffRequest, pk: int) -> HttpResponse:
    """Edit a rule."""
    found = get_object_or_404(ReturnRoute.objects.select_related("product"), pk=pk)
    remove_url = reverse("backoffice:remove_route", args=[pk])
    return _form(request, found, _("Rule for ways back"), remove_url=remove_url)


@staff(Permission.MANAGE_SETTINGS)
@require_http_methods(GET_AND_POST)
def remove_route(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a rule away."""
    found = get_object_or_404(ReturnRoute.objects.select_related("store", "location"), pk=pk)
    goes = {"icon": "truck", "text": _("Returns that are approved from now on go elsewhere.")}
    return remove_page(
        request,
        found,
        title=_("Remove this rule?"),
        consequence=goes,
        submit_label=_("Remove rule"),
        done=_("The rule is removed."),
        back_url=reverse("backoffice:route", args=[pk]),
        list_url=reverse("backoffice:routes"),
    )


def _form(
    request: StaffRequest, route: ReturnRoute, title: str, *, remove_url: str = ""
) -> HttpResponse:
    form = RouteForm(request.POST or None, instance=route)
    return form_page(
        request,
        form,
        title=title,
        back_url=reverse("backoffice:routes"),
        back_label=_("Ways back"),
        done=_("Saved."),
        remove_url=remove_url,
    )
