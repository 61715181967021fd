"""Settings: the shops that sell."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import Permission
from backoffice.access import StaffRequest, staff
from backoffice.acting import GET_AND_POST
from backoffice.forms.settings import StoreForm
from backoffice.settings_pages import Row, form_page, list_page
from orders.models import Store


@staff(Permission.MANAGE_SETTINGS)
@require_safe
def stores(request: StaffRequest) -> HttpResponse:
    """List the stores."""
    return list_page(
        request,
        title=_("Stores"),
        lead=_("Shop fronts, each with its own currency, language and time zone."),
        columns=[_("Store"), _("Code"), _("Currency"), _("Time zone"), _("Returns go to")],
        rows=[_row(store) for store in Store.objects.select_related("return_location")],
        new_url=reverse("backoffice:new_store"),
        new_label=_("Add a store"),
    )


def _row(store: Store) -> Row:
    url = reverse("backoffice:store", args=[store.pk])
    place = str(store.return_location or _("nowhere yet"))
    return Row(
        label=store.name, url=url, cells=[store.code, store.currency, store.time_zone, place]
    )


@staff(Permission.MANAGE_SETTINGS)
@require_http_methods(GET_AND_POST)
def new_store(request: StaffRequest) -> HttpResponse:
    """Add a store."""
    return _form(request, Store(), _("New store"))


@staff(Permission.MANAGE_SETTINGS)
@require_http_methods(GET_AND_POST)
def store(request: StaffRequest, pk: int) -> HttpResponse:
    """Edit a store."""
    found = get_object_or_404(Store, pk=pk)
    return _form(request, found, str(found))


def _form(request: StaffRequest, store: Store, title: str) -> HttpResponse:
    form = StoreForm(request.POST or None, instance=store)
    return form_page(
        request,
        form,
        title=title,
        back_url=reverse("backoffice:stores"),
        back_label=_("Stores"),
        done=_("Saved."),
    )
