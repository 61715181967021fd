"""Letting go of a fee."""

from collections.abc import Sequence

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.permissions import Permission
from backoffice import return_page
from backoffice.access import StaffRequest, staff
from backoffice.acting import GET_AND_POST, act_page
from backoffice.forms.acts import WaiveForm
from backoffice.words import amount_words
from orders.money import ZERO
from returns import lifecycle
from returns.models import Return, ReturnFee, ReturnLine


@staff(Permission.WAIVE_FEE)
@require_http_methods(GET_AND_POST)
def waive(request: StaffRequest, pk: int, fee_id: int) -> HttpResponse:
    """Waive one fee of a return, with a reason."""
    return_ = return_page.load(pk)
    return_page.load_fees(return_)
    fee = next((fee for fee in return_.fees.all() if fee.pk == fee_id), None)
    if fee is None:
        raise Http404
    form = WaiveForm(request.POST or None)
    return act_page(
        request,
        return_,
        None,
        form,
        lambda: lifecycle.waive_fee(
            return_, actor=request.actor, fee_id=fee_id, reason=form.cleaned_data["reason"]
        ),
        done=_("The fee is waived."),
        template="backoffice/returns/confirm.html",
        context={
            "title": _("Waive %(fee)s?") % {"fee": fee.get_kind_display()},
            "consequences": _consequences(return_, fee),
            "submit_label": _("Waive fee"),
            "tone": "primary",
        },
    )


def _consequences(return_: Return, fee: ReturnFee) -> list[dict[str, str]]:
    """Say what the buyer gets more of, in amounts where something would be paid back now."""
    lines = return_page.load_lines(return_)
    found = [
        {"icon": "money", "text": _words(return_, fee, lines)},
        {"icon": "x-circle", "text": _("This cannot be undone.")},
    ]
    payments = list(return_.order.payments.all())
    before = return_page.proposal(return_, lines, payments)
    fee.waived_at = return_.created_at  # on the loaded row only, to see what it would change
    after = return_page.proposal(return_, lines, payments)
    fee.waived_at = None
    old, new = (proposal.amount if proposal else ZERO for proposal in (before, after))
    if old != new:
        values = {
            "old": amount_words(old, return_.order.currency),
            "new": amount_words(new, return_.order.currency),
        }
        text = _("The refund proposed goes from %(old)s to %(new)s.") % values
        found.insert(1, {"icon": "money", "text": text})
    return found


def _words(return_: Return, fee: ReturnFee, lines: Sequence[ReturnLine]) -> str:
    """Say which fee it is: of which item, and how much."""
    words = f"{fee.get_kind_display()} {return_page.fee_value(fee, return_.order.currency)}"
    for line in lines:
        if line.pk == fee.line_id:
            words += f" ({line.fulfillment_line.order_line.title})"
    return _("%(fee)s is not kept any more.") % {"fee": words}
