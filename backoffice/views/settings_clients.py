"""Settings: the programs that call the APIs, and their tokens."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import clients as api_clients
from accounts.clients import ClientError, NewClient
from accounts.models import ApiClient
from accounts.permissions import Permission
from backoffice.access import StaffRequest, staff
from backoffice.acting import GET_AND_POST
from backoffice.forms.clients import ClientForm
from backoffice.settings_pages import Row, list_page
from returns.webhooks import subscriptions


@staff(Permission.MANAGE_SETTINGS)
@require_safe
def clients(request: StaffRequest) -> HttpResponse:
    """List the programs that have or had a token."""
    return list_page(
        request,
        title=_("API clients"),
        lead=_("Programs of yours that read and change returns, each with a token of its own."),
        columns=[_("Name"), _("Token"), _("What it may do"), _("Last used"), _("State")],
        rows=[_row(client) for client in ApiClient.objects.all()],
        more_url=reverse("backoffice:graphiql"),
        more_label=_("Try the API"),
        more_icon="external",
        new_url=reverse("backoffice:new_client"),
        new_label=_("Add an API client"),
    )


def _row(client: ApiClient) -> Row:
    used = client.last_used_at
    return Row(
        label=client.name,
        url=reverse("backoffice:client", args=[client.pk]),
        cells=[
            f"…{client.token_hint}",
            ", ".join(client.scopes),
            date_format(timezone.localtime(used), "SHORT_DATETIME_FORMAT") if used else _("never"),
            _state(client),
        ],
    )


def _state(client: ApiClient) -> str:
    if client.revoked_at:
        return _("revoked")
    if client.expires_at is None:
        return _("valid")
    until = date_format(timezone.localtime(client.expires_at), "SHORT_DATE_FORMAT")
    is_over = client.expires_at <= timezone.now()
    words = _("expired on %(day)s") if is_over else _("valid until %(day)s")
    return words % {"day": until}


@staff(Permission.MANAGE_SETTINGS)
@require_http_methods(GET_AND_POST)
def new_client(request: StaffRequest) -> HttpResponse:
    """Make a client and show its token, once: nobody can look it up afterwards."""
    form = ClientForm(request.POST or None)
    made = _made(form) if form.is_valid() else None
    if made is not None:
        context = {"client": made.client, "token": made.token}
        return render(request, "backoffice/settings/token.html", context)
    context = {
        "form": form,
        "title": _("New API client"),
        "lead": _("The token is shown once, after saving."),
        "back_url": reverse("backoffice:clients"),
        "back_label": _("API clients"),
    }
    status = 422 if form.errors else 200
    return render(request, "backoffice/settings/form.html", context, status=status)


def _made(form: ClientForm) -> NewClient | None:
    chosen = form.cleaned_data
    days = chosen["days"]
    expires_at = timezone.now() + timedelta(days=days) if days else None
    try:
        return api_clients.create(
            name=chosen["name"], scopes=chosen["scopes"], expires_at=expires_at
        )
    except ClientError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return None


@staff(Permission.MANAGE_SETTINGS)
@require_http_methods(GET_AND_POST)
def client(request: StaffRequest, pk: int) -> HttpResponse:
    """Revoke a client's token."""
    found = get_object_or_404(ApiClient, pk=pk)
    if request.method == "POST":
        subscriptions.revoke_client(found, actor=request.actor)
        messages.success(request, _("The token is revoked."))
        return redirect("backoffice:clients")
    context = {
        "title": _("Revoke the token of %(name)s?") % {"name": found.name},
        "lead": f"…{found.token_hint}: {', '.join(found.scopes)}. {_state(found)}",
        "consequences": [
            {"icon": "x-circle", "text": _("The program is refused from now on.")},
            {"icon": "ban", "text": _("Its webhook subscriptions are switched off.")},
            {"icon": "clock", "text": _("What it did stays on the timelines.")},
        ],
        "submit_label": _("Revoke token"),
        "cancel_url": reverse("backoffice:clients"),
    }
    return render(request, "backoffice/settings/remove.html", context)
