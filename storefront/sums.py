"""What comes back, as rows of the component `sums`."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orders.money import ZERO
from returns.models import Refund, Return
from returns.refunds import fees
from returns.refunds.proposals import Proposal
from storefront.dates import reader


def money(amount: Decimal, currency: str) -> str:
    """Return an amount in major units of `currency` as the reader writes it."""
    return reader().money(amount, currency)


def of_proposal(proposal: Proposal, return_: Return | None = None) -> list[dict[str, Any]]:
    """Return the parts of a refund that is not made yet, the total last.

    return_: the one it is for, with its fees loaded; None before there is one.
    """
    pieces = ngettext("%(count)s piece", "%(count)s pieces", proposal.quantity)
    return [
        {
            "label": _("Items"),
            "amount": money(proposal.items_amount, proposal.currency),
            "hint": pieces % {"count": proposal.quantity},
        },
        *_others(proposal, proposal.currency, proposal.owed),
        *(_waived(return_, proposal.currency) if return_ else ()),
        {
            "label": total_label(proposal),
            "amount": money(proposal.owed or proposal.amount, proposal.currency),
            "is_total": True,
        },
    ]


def total_label(proposal: Proposal | None) -> str:
    """Say what the total of a refund that is not made yet is: what comes back, or is to be paid."""
    owes = proposal is not None and proposal.owed
    return _("You pay the difference") if owes else _("Estimated refund")


def of_refund(refund: Refund, return_: Return | None) -> list[dict[str, Any]]:
    """Return the parts of a refund that was made, for a return or without one, the total last."""
    currency = refund.currency
    rows = []
    if return_ is not None or refund.items_amount:
        rows.append({"label": _("Items"), "amount": money(refund.items_amount, currency)})
    rows += _others(refund, currency)
    rows += _waived(return_, currency) if return_ is not None else []
    if refund.adjustment:
        rows.append({"label": _("Adjustment"), "amount": money(refund.adjustment, currency)})
    total = {"label": _("Refunded"), "amount": money(refund.amount, currency), "is_total": True}
    # Alone, the one part says nothing that the total does not say.
    parts = rows if return_ is not None or len(rows) > 1 else []
    return [*parts, total]


def _waived(return_: Return, currency: str) -> list[dict[str, Any]]:
    """Return the fees that the shop let go of."""
    return [
        {"label": _("%(fee)s (waived)") % {"fee": label}, "amount": money(ZERO, currency)}
        for label in fees.waived_labels(return_)
    ]


def _others(part: Proposal | Refund, currency: str, owed: Decimal = ZERO) -> list[dict[str, Any]]:
    """Return what is added to the items and kept of them, without what is 0.

    owed: what the items in exchange cost beyond what is kept for them.
    """
    rows = [
        (_("Delivery cost"), part.shipping_amount),
        (_("Restocking fee"), -part.restocking_fee),
        (_("Return shipping"), -part.return_shipping_fee),
        (_("Items in exchange"), -part.exchange_amount - owed),
        (_("Not paid yet"), -part.outstanding_amount),
    ]
    return [{"label": label, "amount": money(amount, currency)} for label, amount in rows if amount]
