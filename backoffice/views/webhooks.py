"""Settings: who is told what happened, how that went, and what to do when it did not."""

from collections.abc import Callable
from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Permission
from backoffice import listing, webhooks_page
from backoffice.access import StaffRequest, staff
from backoffice.acting import GET_AND_POST
from backoffice.forms.webhooks import NewSubscriptionForm, SubscriptionForm
from backoffice.settings_pages import form_page, list_page
from orders.pagination import paginate
from returns.errors import ReturnError
from returns.models import DeliveryStatus, WebhookDelivery, WebhookSubscription
from returns.webhooks import subscriptions

# Where a new secret waits for the one page that shows it.
_SHOWN_ONCE: Final = "webhook_secret"


@staff(Permission.MANAGE_WEBHOOKS)
@require_safe
def webhooks(request: StaffRequest) -> HttpResponse:
    """List the subscriptions."""
    return list_page(
        request,
        title=_("Webhooks"),
        lead=_("Other systems that are told at once what happens to returns."),
        columns=[_("Who"), _("Topic"), _("Address"), _("API client"), _("State")],
        rows=webhooks_page.rows(),
        new_url=reverse("backoffice:new_webhook"),
        new_label=_("Add a subscription"),
    )


@staff(Permission.MANAGE_WEBHOOKS)
@require_http_methods(GET_AND_POST)
def new_webhook(request: StaffRequest) -> HttpResponse:
    """Add a subscription, and show its secret once."""
    form = NewSubscriptionForm(request.POST or None)
    if form.is_valid():
        said = form.cleaned_data
        try:
            made = subscriptions.create(actor=request.actor, **said)
        except ReturnError as error:
            form.attach(error)
        else:
            return _with_secret(request, made, _("The subscription is added."))
    context = {
        "form": form,
        "title": _("New subscription"),
        "back_url": reverse("backoffice:webhooks"),
        "back_label": _("Webhooks"),
    }
    status = 422 if form.errors else 200
    return render(request, "backoffice/settings/form.html", context, status=status)


@staff(Permission.MANAGE_WEBHOOKS)
@require_safe
def webhook(request: StaffRequest, pk: int) -> HttpResponse:
    """Show a subscription with its last deliveries."""
    found = get_object_or_404(WebhookSubscription.objects.select_related("owner"), pk=pk)
    only_failed = request.GET.get("status") == DeliveryStatus.FAILED
    sent = found.deliveries.prefetch_related("attempts")
    if only_failed:
        sent = sent.filter(status=DeliveryStatus.FAILED)
    page = paginate(sent, ("-id",), cursor=request.GET.get("cursor", ""))
    context = {
        "subscription": found,
        "title": found.name or found.address,
        "facts": webhooks_page.facts(found),
        "secret": _secret_to_show(request, found),
        "deliveries": webhooks_page.deliveries(page.rows),
        "only_failed": only_failed,
        "has_failed": found.deliveries.filter(status=DeliveryStatus.FAILED).exists(),
        "summary": _("Newest first"),
        **listing.page_links(request, page),
    }
    return render(request, "backoffice/webhooks/detail.html", context)


def _secret_to_show(request: StaffRequest, subscription: WebhookSubscription) -> str:
    """Return the secret that this person is to see now, and never again; else ""."""
    if request.session.get(_SHOWN_ONCE) != subscription.pk:
        return ""
    del request.session[_SHOWN_ONCE]
    return subscription.secret


def _with_secret(
    request: StaffRequest, subscription: WebhookSubscription, done: str
) -> HttpResponse:
    request.session[_SHOWN_ONCE] = subscription.pk
    messages.success(request, done)
    return redirect("backoffice:webhook", subscription.pk)


@staff(Permission.MANAGE_WEBHOOKS)
@require_http_methods(GET_AND_POST)
def edit_webhook(request: StaffRequest, pk: int) -> HttpResponse:
    """Change where a subscription goes and what of it."""
    found = get_object_or_404(WebhookSubscription, pk=pk)
    form = SubscriptionForm(request.POST or None, initial=SubscriptionForm.initial_of(found))

    def save() -> None:
        try:
            subscriptions.update(found, actor=request.actor, **form.cleaned_data)
        except ReturnError as error:
            form.attach(error)

    return form_page(
        request,
        form,
        save,
        title=_("Change the subscription"),
        lead=found.topic,
        back_url=reverse("backoffice:webhook", args=[pk]),
        back_label=found.name or found.address,
        done=_("Saved."),
        remove_url=reverse("backoffice:remove_webhook", args=[pk]),
    )


@staff(Permission.MANAGE_WEBHOOKS)
@require_http_methods(GET_AND_POST)
def remove_webhook(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a subscription away."""
    found = get_object_or_404(WebhookSubscription, pk=pk)
    if request.method == "POST":
        subscriptions.delete(found, actor=request.actor)
        messages.success(request, _("The subscription is removed."))
        return redirect("backoffice:webhooks")
    told_no_more = _("%(address)s is not told any more.") % {"address": found.address}
    context = {
        "title": _("Remove this subscription?"),
        "lead": found.topic,
        "consequences": [
            {"icon": "ban", "text": told_no_more},
            {"icon": "trash", "text": _("Its deliveries and their log are removed too.")},
        ],
        "submit_label": _("Remove subscription"),
        "cancel_url": reverse("backoffice:webhook", args=[pk]),
    }
    return render(request, "backoffice/settings/remove.html", context)


@staff(Permission.MANAGE_WEBHOOKS)
@require_http_methods(GET_AND_POST)
def rotate_webhook(request: StaffRequest, pk: int) -> HttpResponse:
    """Give a subscription a new secret, and show it once."""
    found = get_object_or_404(WebhookSubscription, pk=pk)
    if request.method == "POST":
        try:
            made = subscriptions.rotate_secret(found, actor=request.actor)
        except ReturnError as error:
            messages.error(request, error.message)
            return redirect("backoffice:webhooks")
        return _with_secret(request, made, _("The subscription has a new secret."))
    hours = int(subscriptions.OVERLAP.total_seconds() // 3600)
    both = ngettext(
        "The old secret counts for %(count)s more hour.",
        "The old secret counts for %(count)s more hours.",
        hours,
    )
    context = {
        "title": _("Make a new secret?"),
        "lead": found.name or found.address,
        "consequences": [
            {"icon": "eye", "text": _("The new secret is shown once, on the next page.")},
            {"icon": "clock", "text": both % {"count": hours}},
        ],
        "submit_label": _("Make a new secret"),
        "cancel_url": reverse("backoffice:webhook", args=[pk]),
    }
    return render(request, "backoffice/settings/remove.html", context)


@staff(Permission.MANAGE_WEBHOOKS)
@require_POST
def switch_webhook(request: StaffRequest, pk: int) -> HttpResponse:
    """Switch a subscription on when it is off, and off when it is on."""
    found = get_object_or_404(WebhookSubscription, pk=pk)
    if request.POST.get("on"):
        return _act(
            request,
            found,
            lambda: subscriptions.switch_on(found, actor=request.actor),
            _("The subscription is on again."),
        )
    return _act(
        request,
        found,
        lambda: subscriptions.switch_off(found, actor=request.actor),
        _("The subscription is off."),
    )


@staff(Permission.MANAGE_WEBHOOKS)
@require_POST
def test_webhook(request: StaffRequest, pk: int) -> HttpResponse:
    """Send a test."""
    found = get_object_or_404(WebhookSubscription, pk=pk)
    return _act(
        request,
        found,
        lambda: subscriptions.test(found, actor=request.actor),
        _("A test is on its way. Load this page again to see how it went."),
    )


@staff(Permission.MANAGE_WEBHOOKS)
@require_POST
def webhook_replay(request: StaffRequest, pk: int, delivery: int) -> HttpResponse:
    """Send one delivery again."""
    chosen = get_object_or_404(
        WebhookDelivery.objects.select_related("subscription"), pk=delivery, subscription=pk
    )
    return _act(
        request,
        chosen.subscription,
        lambda: subscriptions.replay(chosen, actor=request.actor),
        _("The delivery is sent again."),
    )


@staff(Permission.MANAGE_WEBHOOKS)
@require_POST
def webhook_replay_failed(request: StaffRequest, pk: int) -> HttpResponse:
    """Send everything that failed again."""
    found = get_object_or_404(WebhookSubscription, pk=pk)
    return _act(
        request,
        found,
        lambda: subscriptions.replay_failed(found, actor=request.actor),
        _("All failed deliveries are sent again."),
    )


def _act(
    request: StaffRequest,
    subscription: WebhookSubscription,
    act: Callable[[], object],
    done: str,
) -> HttpResponse:
    """Call a verb and go back to the subscription with what came of it."""
    try:
        act()
    except ReturnError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, done)
    return redirect("backoffice:webhook", subscription.pk)
