"""Shops that send orders in: added, looked at, changed, and what they sent taken in once more."""

from collections.abc import Callable
from typing import Final

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Permission
from backoffice import listing, sources_page
from backoffice.access import StaffRequest, staff
from backoffice.acting import GET_AND_POST
from backoffice.forms.sources import NewSourceForm, SecretForm, SourceForm
from backoffice.settings_pages import form_page, list_page
from orders.models import OrderSource, SourceDelivery, SourceDeliveryStatus, SourceKind
from orders.pagination import paginate
from orders.sources import inbox, managing
from returns.incoming import personal_data

# Where the secret of a source waits for the one page that shows it.
_SHOWN_ONCE: Final = "source_secret"


@staff(Permission.IMPORT_ORDERS)
@require_safe
def source_list(request: StaffRequest) -> HttpResponse:
    """List the sources."""
    may_add = request.actor.may(Permission.MANAGE_SOURCES)
    return list_page(
        request,
        title=_("Order sources"),
        lead=_("Shops that send their orders by themselves, as soon as something happens."),
        columns=[_("Name"), _("Shop"), _("Store"), _("Last message"), _("State")],
        rows=sources_page.rows(),
        new_url=reverse("backoffice:new_source") if may_add else "",
        new_label=_("Connect a shop"),
    )


@staff(Permission.MANAGE_SOURCES)
@require_http_methods(GET_AND_POST)
def new_source(request: StaffRequest) -> HttpResponse:
    """Add a source, and show what has to be entered in the shop."""
    form = NewSourceForm(request.POST or None)
    if form.is_valid():
        try:
            made = managing.create(actor=request.actor, **form.cleaned_data)
        except ValidationError as error:
            form.attach(error)
        else:
            return _with_secret(request, made, _("The shop can send its orders now."))
    context = {
        "form": form,
        "title": _("Connect a shop"),
        "lead": _("Its orders come into one store, with the terms of return of that store."),
        "back_url": reverse("backoffice:sources"),
        "back_label": _("Order sources"),
    }
    status = 422 if form.errors else 200
    return render(request, "backoffice/settings/form.html", context, status=status)


@staff(Permission.IMPORT_ORDERS)
@require_safe
def source_detail(request: StaffRequest, pk: int) -> HttpResponse:
    """Show a source with what it sent last."""
    source = _source(pk)
    status = request.GET.get("status", "")
    sent = source.deliveries.select_related("order")
    if status in SourceDeliveryStatus.values:
        sent = sent.filter(status=status)
    else:
        status = ""
    page = paginate(sent, ("-id",), cursor=request.GET.get("cursor", ""))
    may_manage = request.actor.may(Permission.MANAGE_SOURCES)
    context = {
        "source": source,
        "title": source.name,
        "facts": sources_page.facts(source),
        "address": sources_page.address(source),
        "topics": sources_page.topics(source),
        "secret": _secret_to_show(request, source),
        "tabs": sources_page.tabs(request, status),
        "deliveries": sources_page.deliveries(page.rows, may_see=may_manage),
        "may_manage": may_manage,
        **listing.page_links(request, page),
    }
    return render(request, "backoffice/sources/detail.html", context)


def _source(pk: int) -> OrderSource:
    return get_object_or_404(OrderSource.objects.select_related("store", "created_by"), pk=pk)


def _secret_to_show(request: StaffRequest, source: OrderSource) -> str:
    """Return the secret that this person is to see now, and never again; else ""."""
    if request.session.get(_SHOWN_ONCE) != source.pk:
        return ""
    del request.session[_SHOWN_ONCE]
    return source.secret


def _with_secret(request: StaffRequest, source: OrderSource, done: str) -> HttpResponse:
    """Go to the source; one of WooCommerce has a secret that is to be entered there."""
    if source.kind == SourceKind.WOOCOMMERCE:
        request.session[_SHOWN_ONCE] = source.pk
    messages.success(request, done)
    return redirect("backoffice:source", source.pk)


@staff(Permission.MANAGE_SOURCES)
@require_http_methods(GET_AND_POST)
def edit_source(request: StaffRequest, pk: int) -> HttpResponse:
    """Change a source."""
    source = _source(pk)
    form = SourceForm(request.POST or None, initial=SourceForm.initial_of(source))

    def save() -> None:
        try:
            managing.update(source, actor=request.actor, **form.cleaned_data)
        except ValidationError as error:
            form.attach(error)

    return form_page(
        request,
        form,
        save,
        title=_("Change the source"),
        lead=f"{SourceKind(source.kind).label} · {source.store.name}",
        back_url=reverse("backoffice:source", args=[pk]),
        back_label=source.name,
        done=_("Saved."),
    )


@staff(Permission.MANAGE_SOURCES)
@require_http_methods(GET_AND_POST)
def change_secret(request: StaffRequest, pk: int) -> HttpResponse:
    """Give a source another secret."""
    source = _source(pk)
    form = SecretForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        secret = form.cleaned_data["secret"]
        try:
            made = managing.change_secret(source, actor=request.actor, secret=secret)
        except ValidationError as error:
            form.attach(error)
        else:
            return _with_secret(request, made, _("The source has a new secret."))
    hours = int(managing.OVERLAP.total_seconds() // 3600)
    both = ngettext(
        "The old secret counts for %(count)s more hour.",
        "The old secret counts for %(count)s more hours.",
        hours,
    )
    return _confirmation(
        request,
        source,
        {
            "title": _("Change the secret?"),
            "consequences": [{"icon": "clock", "text": both % {"count": hours}}],
            "form": form,
            "submit_label": _("Change the secret"),
        },
    )


@staff(Permission.MANAGE_SOURCES)
@require_POST
def switch_source(request: StaffRequest, pk: int) -> HttpResponse:
    """Switch a source on when it is off, and off when it is on."""
    source = _source(pk)
    if request.POST.get("on"):
        managing.switch_on(source, actor=request.actor)
        messages.success(request, _("The source is on again."))
    else:
        managing.switch_off(source, actor=request.actor)
        messages.success(request, _("The source is off: its messages are refused."))
    return redirect("backoffice:source", pk)


@staff(Permission.MANAGE_SOURCES)
@require_http_methods(GET_AND_POST)
def replay_delivery(request: StaffRequest, pk: int, delivery: int) -> HttpResponse:
    """Take a message in once more, after showing what that does."""
    source, chosen = _source(pk), _delivery(pk, delivery)
    if request.method == "POST":
        return _act(
            request,
            source,
            lambda: inbox.replay(chosen, actor=request.actor),
            _("The message is taken in once more. Load this page again to see how it went."),
        )
    newer = _("Nothing changes where something newer is in already.")
    once = _("Refunds are recorded once, and no money is paid by it.")
    return _confirmation(
        request,
        source,
        {
            "title": _("Take this message in once more?"),
            "lead": f"{chosen.topic} · {chosen.webhook_id}",
            "consequences": [
                {"icon": "refresh", "text": newer},
                {"icon": "money", "text": once},
            ],
            "submit_label": _("Take in once more"),
        },
    )


@staff(Permission.MANAGE_SOURCES)
@require_safe
def personal_file(request: StaffRequest, pk: int, delivery: int) -> HttpResponse:
    """Save what is known of the person whom a message asks about, to be handed over."""
    found = personal_data.of_delivery(_delivery(pk, delivery))
    if found is None:
        raise Http404
    answer = JsonResponse(found, json_dumps_params={"indent": 2, "ensure_ascii": False})
    answer.headers["Content-Disposition"] = f'attachment; filename="person-{delivery}.json"'
    return answer


def _delivery(pk: int, delivery: int) -> SourceDelivery:
    found = SourceDelivery.objects.select_related("source__store")
    return get_object_or_404(found, pk=delivery, source=pk)


def _confirmation(
    request: StaffRequest, source: OrderSource, context: dict[str, object]
) -> HttpResponse:
    form = context.get("form")
    context = {
        "lead": source.name,
        "cancel_url": reverse("backoffice:source", args=[source.pk]),
        **context,
    }
    status = 422 if getattr(form, "errors", None) else 200
    return render(request, "backoffice/sources/confirm.html", context, status=status)


def _act(
    request: StaffRequest, source: OrderSource, act: Callable[[], object], done: str
) -> HttpResponse:
    """Call a verb and go back to the source with what came of it."""
    try:
        act()
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, done)
    return redirect("backoffice:source", source.pk)
