"""What the page of one return shows, prepared in words and amounts."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from backoffice import articles
from backoffice.words import amount_words, counted, day_words, moment_words
from orders.models import Order, Payment
from returns import refunds
from returns.locales import Reader
from returns.models import (
    DeclineReason,
    Disposition,
    DispositionType,
    Refund,
    Return,
    ReturnLine,
    ReturnStatus,
)
from returns.models.returns import LIVE
from returns.refunds import Proposal


def load(pk: int) -> Return:
    """Return the return with order, customer and store, and show times in the store's zone.

    Raises Http404 for an unknown one.
    """
    return_ = get_object_or_404(
        Return.objects.select_related("order__customer", "store__return_location"), pk=pk
    )
    return_.order.store = return_.store
    timezone.activate(return_.store.zone)
    return return_


def load_lines(return_: Return) -> list[ReturnLine]:
    """Return a return's lines with all that names them; two queries."""
    bought = "fulfillment_line__order_line"
    return list(
        return_.lines.select_related("reason", bought, "fulfillment_line__fulfillment")
        .prefetch_related(f"{bought}__bundle_parts")
        .order_by("pk")
    )


# --- items --------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Item:
    """One line of the return; `became` says what happened to its pieces: (state, words)."""

    article: articles.Article
    reason: str
    note: str
    quantity: int
    price: str
    tracking: str
    became: list[tuple[str, str]]


def items(
    return_: Return, lines: Sequence[ReturnLine], dispositions: Sequence[Disposition]
) -> list[Item]:
    """Return the lines as shown; no queries."""
    language = get_language() or "en"
    by_line: dict[int, list[Disposition]] = defaultdict(list)
    for disposition in dispositions:
        by_line[disposition.line.return_line_id].append(disposition)
    return [
        Item(
            article=articles.describe(line.fulfillment_line.order_line),
            reason=line.reason.name_in(language),
            note=line.customer_note,
            quantity=line.quantity,
            price=amount_words(line.fulfillment_line.order_line.unit_price, return_.order.currency),
            tracking=line.fulfillment_line.fulfillment.tracking_number,
            became=_became(line, by_line[line.pk], return_),
        )
        for line in lines
    ]


def _became(
    line: ReturnLine, dispositions: Sequence[Disposition], return_: Return
) -> list[tuple[str, str]]:
    """Return what became of a line's pieces; work that was finished later is left out."""
    found = _disposed(dispositions, line.processed_quantity)
    if line.unprocessed_quantity and return_.status == ReturnStatus.OPEN:
        words = ngettext("%(count)s expected", "%(count)s expected", line.unprocessed_quantity)
        found.append(("EXPECTED", words % {"count": line.unprocessed_quantity}))
    if line.refunded_quantity:
        words = ngettext("%(count)s refunded", "%(count)s refunded", line.refunded_quantity)
        found.append(("SUCCEEDED", words % {"count": line.refunded_quantity}))
    if line.removed_quantity:
        words = ngettext("%(count)s taken out", "%(count)s taken out", line.removed_quantity)
        found.append(("CANCELED", words % {"count": line.removed_quantity}))
    return found


def _disposed(dispositions: Sequence[Disposition], processed: int) -> list[tuple[str, str]]:
    """Sum up what became of received pieces; those not decided finally still need work."""
    final: dict[tuple[str, str], int] = defaultdict(int)
    for disposition in dispositions:
        if disposition.type != DispositionType.PROCESSING_REQUIRED:
            place = str(disposition.location or "") if disposition.type == "RESTOCKED" else ""
            final[(disposition.type, place)] += disposition.quantity
    found = []
    for (type_, place), count in final.items():
        label = counted(count, DispositionType(type_).label)
        found.append((type_, f"{label} ({place})" if place else label))
    if waiting := processed - sum(final.values()):
        label = str(DispositionType.PROCESSING_REQUIRED.label)
        found.append((DispositionType.PROCESSING_REQUIRED.value, counted(waiting, label)))
    return found


# --- money --------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class PaidRefund:
    """One refund as shown: its parts by payment, with what the gateway said."""

    amount: str
    status: str
    status_words: str
    when: str
    who: str
    note: str
    parts: list[str]


def sums(proposal: Proposal) -> list[dict[str, Any]]:
    """Return the rows of a proposed refund for `components/sums.html`."""
    currency = proposal.currency
    pieces = ngettext("%(count)s piece", "%(count)s pieces", proposal.quantity)
    parts: list[tuple[str, Decimal, str]] = [
        (_("Items"), proposal.items_amount, pieces % {"count": proposal.quantity}),
        (_("Shipping"), proposal.shipping_amount, ""),
        (_("Restocking fee"), -proposal.restocking_fee, ""),
        (_("Return shipping"), -proposal.return_shipping_fee, ""),
        (_("Items in exchange"), -proposal.exchange_amount, ""),
        (_("Not paid yet"), -proposal.outstanding_amount, ""),
    ]
    if proposal.parts_total > proposal.maximum:
        parts.append((_("More than is left"), proposal.maximum - proposal.parts_total, ""))
    rows: list[dict[str, Any]] = [
        {"label": label, "amount": amount_words(amount, currency), "hint": hint}
        for label, amount, hint in parts
        if amount
    ]
    tax = proposal.items_tax + proposal.shipping_tax
    words = _("%(tax)s tax within") % {"tax": amount_words(tax, currency)}
    rows.append(
        {
            "label": _("Refund"),
            "amount": amount_words(proposal.amount, currency),
            "hint": words if tax else "",
            "is_total": True,
        }
    )
    return rows


def paid_refunds(return_: Return, payments: Sequence[Payment]) -> list[PaidRefund]:
    """Return the refunds of a return, newest first; two queries."""
    by_id = {payment.pk: payment for payment in payments}
    found = return_.refunds.select_related("created_by").prefetch_related("transactions")
    return [_paid_refund(refund, by_id) for refund in found.order_by("-pk")]


def _paid_refund(refund: Refund, payments: dict[int, Payment]) -> PaidRefund:
    parts = []
    for part in refund.transactions.all():
        words = amount_words(part.amount, refund.currency)
        method = payments[part.payment_id].get_method_display()
        told = part.gateway_reference or part.failure
        parts.append(f"{words} · {method}" + (f" · {told}" if told else ""))
    return PaidRefund(
        amount=amount_words(refund.amount, refund.currency),
        status=refund.status,
        status_words=refund.get_status_display(),
        when=moment_words(refund.created_at),
        who=str(refund.created_by or ""),
        note=refund.note,
        parts=parts,
    )


def proposal(
    return_: Return, lines: Sequence[ReturnLine], payments: Sequence[Payment]
) -> Proposal | None:
    """Return what would be paid back now; None when nothing is left to pay back."""
    is_settled = return_.refunded_quantity >= return_.total_quantity
    # Of replacements that were taken out again something may come back.
    if return_.status not in LIVE or (is_settled and not _is_exchange(return_)):
        return None
    found = refunds.propose(return_, lines=lines, payments=payments)
    return found if found.lines or found.exchange_amount < 0 else None


def _is_exchange(return_: Return) -> bool:
    return bool(return_.exchange_paid or return_.exchange_lines.exists())


def owed(return_: Return) -> str:
    """Return what the buyer is asked to pay for replacements; "" for nothing."""
    if not return_.exchange_owed:
        return ""
    return amount_words(return_.exchange_owed, return_.order.currency)


# --- facts --------------------------------------------------------------------------------------


def return_facts(return_: Return) -> list[dict[str, str]]:
    """Return when what happened to the return, as far as it did."""
    reason = return_.decline_reason
    rows = [
        (_("Requested"), moment_words(return_.created_at)),
        (_("Approved"), moment_words(return_.approved_at)),
        (_("Send by"), day_words(return_.send_by)),
        (_("Declined"), moment_words(return_.declined_at)),
        (_("Reason"), str(DeclineReason(reason).label) if reason else ""),
        (_("Message"), return_.decline_note),
        (_("Canceled"), moment_words(return_.canceled_at)),
        (_("Closed"), moment_words(return_.closed_at)),
        (_("Store"), return_.store.name),
    ]
    return [{"label": label, "value": value} for label, value in rows if value]


def buyer_facts(order: Order) -> list[dict[str, str]]:
    """Return who bought, where to, and the order it was."""
    reader = Reader.of(get_language() or "en")
    rows = [
        {"label": _("Name"), "value": order.buyer_name},
        {"label": _("E-mail"), "value": order.email},
        {"label": _("Phone"), "value": str(order.shipping_address.get("phone") or "")},
        {"label": _("Address"), "value": ", ".join(reader.address(order.shipping_address))},
        {
            "label": _("Customer"),
            "value": order.customer.reference if order.customer else _("Guest"),
        },
    ]
    return [row for row in rows if row["value"]]


def order_facts(order: Order) -> list[dict[str, str]]:
    """Return the order's own facts, with the way to its page."""
    return [
        {
            "label": _("Order"),
            "value": order.reference,
            "url": reverse("backoffice:order", args=[order.pk]),
        },
        {"label": _("Placed"), "value": moment_words(order.placed_at)},
    ]
