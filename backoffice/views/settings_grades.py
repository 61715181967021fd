"""Settings: in what condition pieces come back."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import Permission
from backoffice.access import StaffRequest, staff
from backoffice.acting import GET_AND_POST
from backoffice.forms.settings import GradeForm
from backoffice.settings_pages import Row, form_page, list_page
from returns.models import DispositionType, Grade


@staff(Permission.MANAGE_SETTINGS)
@require_safe
def grades(request: StaffRequest) -> HttpResponse:
    """List the grades from the best to the worst."""
    return list_page(
        request,
        title=_("Grades"),
        lead=_("In what condition pieces come back, from the best to the worst."),
        columns=[_("Grade"), _("Handle"), _("Usually"), _("Offered")],
        rows=[_row(grade) for grade in Grade.objects.all()],
        new_url=reverse("backoffice:new_grade"),
        new_label=_("Add a grade"),
    )


def _row(grade: Grade) -> Row:
    url = reverse("backoffice:grade", args=[grade.pk])
    offered = _("yes") if grade.active else _("no")
    usual = DispositionType(grade.disposition).label
    return Row(label=grade.name, url=url, cells=[grade.handle, usual, offered])


@staff(Permission.MANAGE_SETTINGS)
@require_http_methods(GET_AND_POST)
def new_grade(request: StaffRequest) -> HttpResponse:
    """Add a grade."""
    return _form(request, Grade(), _("New grade"))


@staff(Permission.MANAGE_SETTINGS)
@require_http_methods(GET_AND_POST)
def grade(request: StaffRequest, pk: int) -> HttpResponse:
    """Edit a grade."""
    found = get_object_or_404(Grade, pk=pk)
    return _form(request, found, str(found))


def _form(request: StaffRequest, grade: Grade, title: str) -> HttpResponse:
    form = GradeForm(request.POST or None, instance=grade)
    return form_page(
        request,
        form,
        title=title,
        back_url=reverse("backoffice:grades"),
        back_label=_("Grades"),
        done=_("Saved."),
    )
