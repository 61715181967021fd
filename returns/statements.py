"""What a refund is made of, in words and amounts: the rows that slips and mails print."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from orders.money import ZERO
from returns.locales import Reader
from returns.models import Refund, RefundTo, Return, ReturnLine, ReturnStatus
from returns.refunds import fees, proposals
from returns.refunds.proposals import Proposal


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line: a label and what it comes to, both as printed."""

    label: str
    value: str
    is_total: bool = False


def of_return(return_: Return, lines: Sequence[ReturnLine], reader: Reader) -> list[Row]:
    """Return the pieces of a return, and what is to be paid back for them.

    lines: the return's own, with `fulfillment_line.order_line` loaded. Declined and canceled
    returns bring nothing. Texts are in the language that is active.
    """
    rows = [
        Row(
            label=_("Items to return"),
            value=str(sum(line.quantity - line.kept_quantity for line in lines)),
        )
    ]
    if return_.status in (ReturnStatus.DECLINED, ReturnStatus.CANCELED):
        return rows
    repaired = sum(line.quantity - line.kept_quantity for line in lines if line.is_repair)
    if repaired:
        rows.append(Row(label=_("To be repaired and sent back"), value=str(repaired)))
    if repaired and not return_.refunded_amount and all(line.is_repair for line in lines):
        return rows
    paid = reader.money(return_.refunded_amount, return_.order.currency)
    unpaid = {line.pk: line.owed_quantity for line in lines}
    if return_.refunded_amount and not any(unpaid.values()):
        return [*rows, Row(label=_("Paid back"), value=paid, is_total=True)]
    payments = list(return_.order.payments.all())
    proposal = proposals.propose(return_, quantities=unpaid, lines=lines, payments=payments)
    rows += _parts(proposal, ZERO, proposal.currency, reader)
    rows += _waived(return_, proposal.currency, reader)
    total = reader.money(proposal.amount, proposal.currency)
    as_credit = return_.refund_to == RefundTo.STORE_CREDIT
    label = _("Refund proposed, as store credit") if as_credit else _("Refund proposed")
    rows.append(Row(label=label, value=total, is_total=True))
    if return_.refunded_amount:
        rows.append(Row(label=_("Paid back already"), value=paid))
    return rows


def of_refund(refund: Refund, reader: Reader) -> list[Row]:
    """Return what a refund was made of. Texts are in the language that is active."""
    total = reader.money(refund.amount, refund.currency)
    waived = _waived(refund.for_return, refund.currency, reader) if refund.for_return else []
    return [
        *_parts(refund, refund.adjustment, refund.currency, reader),
        *waived,
        Row(label=_("Refunded"), value=total, is_total=True),
    ]


def _waived(return_: Return, currency: str, reader: Reader) -> list[Row]:
    """Return the fees that the shop let go of, so that the buyer sees it."""
    nothing = reader.money(ZERO, currency)
    return [
        Row(label=_("%(fee)s (waived)") % {"fee": label}, value=nothing)
        for label in fees.waived_labels(return_)
    ]


def _parts(
    source: Proposal | Refund, adjustment: Decimal, currency: str, reader: Reader
) -> list[Row]:
    """Return the parts that are not 0; none when the first is all there is."""
    parts = [
        (_("Value of the items"), source.items_amount),
        (_("Delivery cost"), source.shipping_amount),
        (_("Restocking fee"), -source.restocking_fee),
        (_("Return shipping"), -source.return_shipping_fee),
        (_("Items in exchange"), -source.exchange_amount),
        (_("Not paid yet"), -source.outstanding_amount),
        (_("Adjustment"), adjustment),
    ]
    shown = [(label, amount) for label, amount in parts if amount]
    if len(shown) < 2:
        return []
    return [Row(label=label, value=reader.money(amount, currency)) for label, amount in shown]
