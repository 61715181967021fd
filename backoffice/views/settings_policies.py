"""Settings: the return policy of each store."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import Permission
from backoffice.access import StaffRequest, staff
from backoffice.acting import GET_AND_POST
from backoffice.forms.settings import PolicyForm
from backoffice.settings_pages import Row, form_page, list_page
from orders.models import Store
from returns.policies import saving as policies_


@staff(Permission.MANAGE_SETTINGS)
@require_safe
def policies(request: StaffRequest) -> HttpResponse:
    """List the stores with the terms of their returns."""
    return list_page(
        request,
        title=_("Return policies"),
        lead=_("Each store has one, and rules on top. Orders keep the terms they came in with."),
        columns=[_("Store"), _("Time to return"), _("Approval"), _("Rules")],
        rows=[_row(store) for store in Store.objects.select_related("return_policy")],
    )


def _row(store: Store) -> Row:
    terms = policies_.of_store(store).terms
    days = _("no end")
    if terms.window_days is not None:
        words = ngettext("%(count)s day", "%(count)s days", terms.window_days)
        days = words % {"count": terms.window_days}
    approval = _("at once") if terms.auto_approve else _("by staff")
    url = reverse("backoffice:rules", args=[store.pk])
    rules = _("with rules") if store.return_version else _("none")
    return Row(label=store.name, url=url, cells=[days, approval, rules])


@staff(Permission.MANAGE_SETTINGS)
@require_http_methods(GET_AND_POST)
def policy(request: StaffRequest, pk: int) -> HttpResponse:
    """Edit the policy of a store."""
    store = get_object_or_404(Store.objects.select_related("return_policy"), pk=pk)
    form = PolicyForm(request.POST or None, instance=policies_.of_store(store))
    return form_page(
        request,
        form,
        lambda: policies_.publish(form.save(commit=False), actor=request.actor),
        title=_("Return policy of %(store)s") % {"store": store.name},
        lead=_("Applies to orders that come in from now on."),
        back_url=reverse("backoffice:rules", args=[store.pk]),
        back_label=_("Rules of %(store)s") % {"store": store.name},
        done=_("The policy is saved. New orders come in with it."),
    )
