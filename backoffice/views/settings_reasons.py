"""Settings: why things come back."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import Permission
from backoffice.access import StaffRequest, staff
from backoffice.acting import GET_AND_POST
from backoffice.forms.settings import ReasonForm
from backoffice.settings_pages import Row, form_page, list_page
from returns.models import ReturnReason


@staff(Permission.MANAGE_SETTINGS)
@require_safe
def reasons(request: StaffRequest) -> HttpResponse:
    """List the reasons in the order in which they are offered."""
    return list_page(
        request,
        title=_("Return reasons"),
        lead=_("What buyers choose from, in this order."),
        columns=[_("Reason"), _("Handle"), _("Asks for words"), _("Free of fees"), _("Offered")],
        rows=[_row(reason) for reason in ReturnReason.objects.all()],
        new_url=reverse("backoffice:new_reason"),
        new_label=_("Add a reason"),
    )


def _row(reason: ReturnReason) -> Row:
    url = reverse("backoffice:reason", args=[reason.pk])
    flags = (reason.needs_note, reason.free_of_fees, reason.active)
    cells = [reason.handle, *map(_yes_or_no, flags)]
    return Row(label=reason.name, url=url, cells=cells)


def _yes_or_no(value: object) -> str:
    return _("yes") if value else _("no")


@staff(Permission.MANAGE_SETTINGS)
@require_http_methods(GET_AND_POST)
def new_reason(request: StaffRequest) -> HttpResponse:
    """Add a reason."""
    return _form(request, ReturnReason(), _("New return reason"))


@staff(Permission.MANAGE_SETTINGS)
@require_http_methods(GET_AND_POST)
def reason(request: StaffRequest, pk: int) -> HttpResponse:
    """Edit a reason."""
    found = get_object_or_404(ReturnReason, pk=pk)
    return _form(request, found, str(found))


def _form(request: StaffRequest, reason: ReturnReason, title: str) -> HttpResponse:
    form = ReasonForm(request.POST or None, instance=reason)
    return form_page(
        request,
        form,
        form.save,
        title=title,
        back_url=reverse("backoffice:reasons"),
        back_label=_("Return reasons"),
        done=_("Saved."),
    )
