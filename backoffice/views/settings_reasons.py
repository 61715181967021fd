"""Settings: why things come back."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import Permission
from backoffice.access import StaffRequest, staff
from backoffice.acting import GET_AND_POST
from backoffice.forms.reasons import ReasonForm, ReasonsFileForm
from backoffice.settings_pages import Row, form_page, list_page
from backoffice.words import day_words
from returns.models import ReturnReason
from returns.uploads import small_files

# Two thousand reasons in two languages are half of it.
LARGEST_FILE = 2_000_000


@staff(Permission.MANAGE_SETTINGS)
@require_safe
def reasons(request: StaffRequest) -> HttpResponse:
    """List the reasons in the order in which they are offered, as a tree."""
    return list_page(
        request,
        title=_("Return reasons"),
        lead=_("What buyers choose from, in this order."),
        columns=[_("Reason"), _("Handle"), _("Asks for"), _("Free of fees"), _("Offered")],
        rows=[_row(reason) for reason in ReturnReason.objects.in_tree()],
        new_url=reverse("backoffice:new_reason"),
        new_label=_("Add a reason"),
        more_url=reverse("backoffice:import_reasons"),
        more_label=_("Import a file"),
    )


def _row(reason: ReturnReason) -> Row:
    url = reverse("backoffice:reason", args=[reason.pk])
    asks = [
        words
        for words, asked in (
            (_("words"), reason.needs_note),
            (_("a photo"), reason.needs_photo),
        )
        if asked
    ]
    free = _("yes") if reason.free_of_fees else _("no")
    cells = [reason.handle, ", ".join(asks), free, _offered(reason)]
    return Row(label=reason.full_name, url=url, cells=cells)


def _offered(reason: ReturnReason) -> str:
    """Say whether a reason is offered, and between which days."""
    if not reason.active:
        return _("no")
    words = []
    if reason.offered_from:
        words.append(_("from %(day)s") % {"day": day_words(reason.offered_from)})
    if reason.offered_until:
        words.append(_("until %(day)s") % {"day": day_words(reason.offered_until)})
    return " ".join(words) or _("yes")


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
        title=title,
        back_url=reverse("backoffice:reasons"),
        back_label=_("Return reasons"),
        done=_("Saved."),
        more_url=reverse("backoffice:questions", args=[reason.pk]) if reason.pk else "",
        more_label=_("Questions"),
    )


@small_files(LARGEST_FILE)
@staff(Permission.MANAGE_SETTINGS)
@require_http_methods(GET_AND_POST)
def import_reasons(request: StaffRequest) -> HttpResponse:
    """Bring reasons in from a file: all of it, or nothing and every mistake by its line."""
    form = ReasonsFileForm(request.POST or None, request.FILES or None)
    if form.is_valid() and (report := form.load(request.actor)):
        words = _("%(created)d new, %(updated)d changed, %(unchanged)d as they were.")
        messages.success(request, words % vars(report))
        return redirect("backoffice:reasons")
    context = {"form": form, "back_url": reverse("backoffice:reasons")}
    status = 422 if form.errors else 200
    return render(request, "backoffice/settings/import_reasons.html", context, status=status)
