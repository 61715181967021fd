"""Settings: the withdrawal function of each store, and the products that are exempt."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import Permission
from backoffice import withdrawal_page
from backoffice.access import StaffRequest, staff
from backoffice.acting import GET_AND_POST
from backoffice.forms.withdrawals import ExemptionForm, FunctionForm
from backoffice.settings_pages import Row, form_page, list_page, remove_page
from orders.models import Store
from returns import setting_changes
from returns.models import WithdrawalExemption, WithdrawalFunction


@staff(Permission.MANAGE_SETTINGS)
@require_safe
def functions(request: StaffRequest) -> HttpResponse:
    """List the stores with whether they offer the withdrawal function."""
    return list_page(
        request,
        title=_("Withdrawal function"),
        lead=_(
            "Shops that sell to consumers in the European Union have to offer it since "
            "19 June 2026 (Directive 2011/83/EU, Article 11a)."
        ),
        columns=[_("Store"), _("Offered"), _("Withdrawal period")],
        rows=[_row(store) for store in Store.objects.select_related("withdrawal_function")],
    )


def _row(store: Store) -> Row:
    function = _function_of(store)
    days = _("%(days)s days") % {"days": function.days}
    offered = _("Yes") if function.enabled else _("No")
    url = reverse("backoffice:withdrawal_function", args=[store.pk])
    return Row(label=store.name, url=url, cells=[offered, days])


def _function_of(store: Store) -> WithdrawalFunction:
    found: WithdrawalFunction | None = getattr(store, "withdrawal_function", None)
    return found or WithdrawalFunction(store=store)


@staff(Permission.MANAGE_SETTINGS)
@require_http_methods(GET_AND_POST)
def function(request: StaffRequest, pk: int) -> HttpResponse:
    """Edit the withdrawal function of a store (by the store's primary key)."""
    store = get_object_or_404(Store.objects.select_related("withdrawal_function"), pk=pk)
    found = _function_of(store)
    form = FunctionForm(request.POST or None, instance=found)
    if form.is_valid():
        setting_changes.save(form.save(commit=False), actor=request.actor)
        messages.success(request, _("Saved."))
        return redirect("backoffice:withdrawal_functions")
    context = {
        "form": form,
        "title": store.name,
        "lead": _("Words that are left empty are those of the directive."),
        "back_url": reverse("backoffice:withdrawal_functions"),
        "back_label": _("Withdrawal function"),
        "snippets": withdrawal_page.snippets(found, settings.SITE_URL),
    }
    status = 422 if form.errors else 200
    return render(request, "backoffice/settings/withdrawal_function.html", context, status=status)


@staff(Permission.MANAGE_SETTINGS)
@require_safe
def exemptions(request: StaffRequest) -> HttpResponse:
    """List the products without right of withdrawal."""
    return list_page(
        request,
        title=_("Exempt products"),
        lead=_(
            "Products without right of withdrawal (Article 16). A withdrawal from them is taken "
            "all the same, and waits for a decision. Lines made to order are exempt by themselves."
        ),
        columns=[_("Product"), _("Reason"), _("Note")],
        rows=[
            Row(
                label=exemption.product.title,
                url=reverse("backoffice:exemption", args=[exemption.pk]),
                cells=[exemption.get_reason_display(), exemption.note],
            )
            for exemption in WithdrawalExemption.objects.select_related("product").order_by(
                "product__title", "pk"
            )
        ],
        new_url=reverse("backoffice:new_exemption"),
        new_label=_("Add a product"),
    )


@staff(Permission.MANAGE_SETTINGS)
@require_http_methods(GET_AND_POST)
def new_exemption(request: StaffRequest) -> HttpResponse:
    """Exempt a product."""
    return _exemption_form(request, WithdrawalExemption(), _("New exempt product"))


@staff(Permission.MANAGE_SETTINGS)
@require_http_methods(GET_AND_POST)
def exemption(request: StaffRequest, pk: int) -> HttpResponse:
    """Edit why a product is exempt."""
    found = get_object_or_404(WithdrawalExemption.objects.select_related("product"), pk=pk)
    remove_url = reverse("backoffice:remove_exemption", args=[pk])
    return _exemption_form(request, found, found.product.title, remove_url=remove_url)


@staff(Permission.MANAGE_SETTINGS)
@require_http_methods(GET_AND_POST)
def remove_exemption(request: StaffRequest, pk: int) -> HttpResponse:
    """Exempt a product no longer."""
    found = get_object_or_404(WithdrawalExemption.objects.select_related("product"), pk=pk)
    opens = {"icon": "return", "text": _("Withdrawals from it open a return at once from now on.")}
    return remove_page(
        request,
        found,
        title=_("Remove this exemption?"),
        consequence=opens,
        submit_label=_("Remove exemption"),
        done=_("The product is exempt no longer."),
        back_url=reverse("backoffice:exemption", args=[pk]),
        list_url=reverse("backoffice:exemptions"),
    )


def _exemption_form(
    request: StaffRequest, exemption: WithdrawalExemption, title: str, *, remove_url: str = ""
) -> HttpResponse:
    form = ExemptionForm(request.POST or None, instance=exemption)
    return form_page(
        request,
        form,
        title=title,
        back_url=reverse("backoffice:exemptions"),
        back_label=_("Exempt products"),
        done=_("Saved."),
        remove_url=remove_url,
    )
