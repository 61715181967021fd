"""Settings: shops and apps that buyers sign in to through this installation."""

from allauth.idp.oidc.models import Client
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import buyer_programs
from accounts.buyer_programs import NewProgram
from accounts.clients import ClientError
from accounts.permissions import Permission
from backoffice.access import StaffRequest, staff
from backoffice.acting import GET_AND_POST
from backoffice.forms.programs import ProgramForm
from backoffice.settings_pages import Row, list_page


@staff(Permission.MANAGE_SETTINGS)
@require_safe
def programs(request: StaffRequest) -> HttpResponse:
    """List the programs."""
    return list_page(
        request,
        title=_("Buyers' programs"),
        lead=_("Shops and apps of yours that buyers sign in to here, and that then ask for them."),
        columns=[_("Name"), _("Client id"), _("Where buyers come back to"), _("Added")],
        rows=[_row(program) for program in Client.objects.order_by("name", "pk")],
        new_url=reverse("backoffice:new_program"),
        new_label=_("Add a program"),
    )


def _row(program: Client) -> Row:
    return Row(
        label=program.name,
        url=reverse("backoffice:program", args=[program.pk]),
        cells=[
            program.pk,
            ", ".join(program.get_redirect_uris()),
            date_format(localtime(program.created_at), "SHORT_DATE_FORMAT"),
        ],
    )


@staff(Permission.MANAGE_SETTINGS)
@require_http_methods(GET_AND_POST)
def new_program(request: StaffRequest) -> HttpResponse:
    """Make a program and show its secret, once: nobody can look it up afterwards."""
    form = ProgramForm(request.POST or None)
    made = _made(form) if form.is_valid() else None
    if made is not None:
        context = {"program": made.client, "secret": made.secret}
        return render(request, "backoffice/settings/program.html", context)
    context = {
        "form": form,
        "title": _("New program for buyers"),
        "lead": _("It signs buyers in with OpenID Connect, as Shopify's customer accounts do."),
        "back_url": reverse("backoffice:programs"),
        "back_label": _("Buyers' programs"),
    }
    status = 422 if form.errors else 200
    return render(request, "backoffice/settings/form.html", context, status=status)


def _made(form: ProgramForm) -> NewProgram | None:
    try:
        return buyer_programs.create(**form.cleaned_data)
    except ClientError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return None


@staff(Permission.MANAGE_SETTINGS)
@require_http_methods(GET_AND_POST)
def program(request: StaffRequest, key: str) -> HttpResponse:
    """Remove a program."""
    found = get_object_or_404(Client, pk=key)
    if request.method == "POST":
        buyer_programs.remove(found)
        messages.success(request, _("The program is removed."))
        return redirect("backoffice:programs")
    context = {
        "title": _("Remove %(name)s?") % {"name": found.name},
        "lead": found.pk,
        "consequences": [
            {"icon": "x-circle", "text": _("Nobody can sign in with it any more.")},
            {"icon": "ban", "text": _("Who is signed in there now is signed out of the API.")},
        ],
        "submit_label": _("Remove program"),
        "cancel_url": reverse("backoffice:programs"),
    }
    return render(request, "backoffice/settings/remove.html", context)
