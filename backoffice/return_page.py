"""What the page of one return shows, prepared in words and amounts."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Prefetch, prefetch_related_objects
from django.db.models.functions import JSONObject
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import localize
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from backoffice import articles, withdrawal_page
from backoffice.words import amount_words, counted, day_words, moment_words
from orders.models import Order, Payment
from returns.evidence.threads import photos_of, with_evidence
from returns.locales import Reader
from returns.models import (
    CreditNote,
    DeclineReason,
    Disposition,
    DispositionType,
    FeeKind,
    Refund,
    RefundStatus,
    Resolution,
    Return,
    ReturnFee,
    ReturnLine,
    ReturnStatus,
)
from returns.models.states import LIVE
from returns.parcels.ways_back import with_ways
from returns.receiving.booking import load_bundles
from returns.refunds import fees, proposals
from returns.refunds.gateways import STORE_CREDIT
from returns.refunds.proposals import Proposal


def load(pk: int) -> Return:
    """Return the return with order, customer, store and ways back; times are in the store's zone.

    Raises Http404 for an unknown one.
    """
    returns = with_evidence(with_ways(Return.objects.all()))
    return_ = get_object_or_404(
        returns.select_related(
            "order__customer", "store__return_location", "withdrawal__case", "assignee"
        ),
        pk=pk,
    )
    return_.order.store = return_.store
    timezone.activate(return_.store.zone)
    return return_


def load_lines(return_: Return) -> list[ReturnLine]:
    """Return a return's lines with all that names them; one query, two with a product bundle."""
    found = return_.lines.select_related(
        "reason__parent", "fulfillment_line__order_line", "fulfillment_line__fulfillment"
    )
    lines = list(found.order_by("pk"))
    load_bundles(lines)
    return lines


# --- items --------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Item:
    """One line of the return; `became` says what happened to its pieces: (state, words)."""

    article: articles.Article
    reason: str
    wish: str
    note: str
    answers: list[dict[str, str]]
    photos: list[str]
    quantity: int
    price: str
    tracking: str
    became: list[tuple[str, str]]


def items(
    return_: Return, lines: Sequence[ReturnLine], dispositions: Sequence[Disposition]
) -> list[Item]:
    """Return the lines as shown; no queries."""
    language = get_language() or "en"
    photos = photos_of(return_)
    by_line: dict[int, list[Disposition]] = defaultdict(list)
    for disposition in dispositions:
        by_line[disposition.line.return_line_id].append(disposition)
    return [
        Item(
            article=articles.describe(line.fulfillment_line.order_line),
            reason=line.reason.full_name_in(language),
            wish=wish_words(line),
            note=line.words,
            answers=line.answers,
            photos=[evidence_url(one) for one in photos.get(line.pk, ())],
            quantity=line.quantity,
            price=amount_words(line.fulfillment_line.order_line.unit_price, return_.order.currency),
            tracking=line.fulfillment_line.fulfillment.tracking_number,
            became=_became(line, by_line[line.pk], return_),
        )
        for line in lines
    ]


def wish_words(line: ReturnLine) -> str:
    """Return what the buyer wants of a line in place of the money; "" for money or credit."""
    if line.resolution in (Resolution.MONEY, Resolution.CREDIT):
        return ""
    return str(Resolution(line.resolution).label)


def evidence_url(public_id: UUID) -> str:
    """Return the address of a photo that a buyer or staff added."""
    return reverse("backoffice:evidence_photo", args=[public_id])


def _became(
    line: ReturnLine, dispositions: Sequence[Disposition], return_: Return
) -> list[tuple[str, str]]:
    """Return what became of a line's pieces; work that was finished later is left out."""
    found = _disposed(dispositions, line)
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


def _disposed(dispositions: Sequence[Disposition], line: ReturnLine) -> list[tuple[str, str]]:
    """Sum up what became of received pieces; those not decided finally still need work."""
    found = [
        (state, counted(count, words))
        for state, count, words in (
            ("KEPT", line.kept_quantity, _("Kept by the buyer")),
            ("SHIPPED_BACK", line.shipped_back_quantity, _("Sent back to the buyer")),
        )
        if count
    ]
    final: dict[tuple[str, str], int] = defaultdict(int)
    for disposition in dispositions:
        if disposition.type != DispositionType.PROCESSING_REQUIRED:
            place = str(disposition.location or "") if disposition.type == "RESTOCKED" else ""
            final[(disposition.type, place)] += disposition.quantity
    waiting = line.processed_quantity - sum(final.values())
    # What was kept and what went back is told by its own words.
    final[(DispositionType.NOT_RESTOCKED, "")] -= line.kept_quantity + line.shipped_back_quantity
    for (type_, place), count in final.items():
        if not count:
            continue
        label = counted(count, DispositionType(type_).label)
        found.append((type_, f"{label} ({place})" if place else label))
    if waiting:
        label = str(DispositionType.PROCESSING_REQUIRED.label)
        found.append((DispositionType.PROCESSING_REQUIRED.value, counted(waiting, label)))
    return found


# --- money --------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class PaidRefund:
    """One refund as shown: its parts by payment, with what the gateway said.

    over: what of it was more than was left on the payments, and why. retry_url: where it can be
    tried again by this person, "" when it cannot. return_reference: of the return that it is for,
    where that is news.
    """

    amount: str
    status: str
    status_words: str
    when: str
    who: str
    note: str
    parts: list[str]
    credit_notes: list[dict[str, Any]]
    retry_url: str
    over: str
    return_reference: str = ""
    return_url: str = ""


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


def load_refunds(order: Order) -> None:
    """Load an order's refunds with all that is shown of them, for arithmetic and page alike."""
    notes = CreditNote.objects.filter(refund=OuterRef("pk")).order_by("pk")
    told = ArraySubquery(notes.values(note=JSONObject(pk="pk", reference="reference")))
    found = Refund.objects.annotate(notes=told).select_related("created_by", "for_return")
    found = found.order_by("pk").prefetch_related("transactions")
    prefetch_related_objects([order], Prefetch("refunds", queryset=found))


def paid_refunds(
    return_: Return, payments: Sequence[Payment], *, may_refund: bool
) -> list[PaidRefund]:
    """Return the refunds of a return, newest first; no queries after `load_refunds`.

    may_refund: whether this person can pay back for the return now.
    """
    by_id = {payment.pk: payment for payment in payments}
    own = [refund for refund in return_.order.refunds.all() if refund.for_return_id == return_.pk]
    return [_paid_refund(refund, by_id, may_refund) for refund in reversed(own)]


def order_refunds(
    order: Order, payments: Sequence[Payment], *, may_refund: bool
) -> list[PaidRefund]:
    """Return all refunds of an order, newest first; no queries after `load_refunds`.

    may_refund: whether this person can pay back. Those of returns are tried again on their pages.
    """
    by_id = {payment.pk: payment for payment in payments}
    rows = []
    for refund in reversed(order.refunds.all()):
        return_ = refund.for_return
        row = _paid_refund(refund, by_id, may_refund and return_ is None)
        if return_ is not None:
            url = reverse("backoffice:return", args=[return_.pk])
            row = replace(row, return_reference=return_.reference, return_url=url)
        rows.append(row)
    return rows


def _paid_refund(refund: Refund, payments: dict[int, Payment], may_refund: bool) -> PaidRefund:
    can_retry = may_refund and refund.status == RefundStatus.FAILED
    parts = []
    for part in refund.transactions.all():
        words = amount_words(part.amount, refund.currency)
        payment = payments[part.payment_id] if part.payment_id is not None else None
        method = str(payment.get_method_display()) if payment else _("apart from the payments")
        if part.gateway == STORE_CREDIT and payment:
            method = _("as store credit, in place of %(method)s") % {"method": method}
        elif part.gateway == STORE_CREDIT:
            method = _("as store credit, on top of the payments")
        told = part.failure or part.gateway_reference
        parts.append(f"{words} · {method}" + (f" · {told}" if told else ""))
    return PaidRefund(
        amount=amount_words(refund.amount, refund.currency),
        status=refund.status,
        status_words=refund.get_status_display(),
        when=moment_words(refund.created_at),
        who=str(refund.created_by or ""),
        note=refund.note,
        parts=parts,
        credit_notes=refund.notes,  # type: ignore[attr-defined]  # see `load_refunds`
        retry_url=retry_url(refund) if can_retry else "",
        over=_over(refund),
    )


def _over(refund: Refund) -> str:
    if not refund.over_amount:
        return ""
    told = {
        "amount": amount_words(refund.over_amount, refund.currency),
        "reason": refund.over_reason,
    }
    return _("%(amount)s more than was left: %(reason)s") % told


def retry_url(refund: Refund) -> str:
    """Return the page that tries a refund again."""
    if refund.for_return_id is None:
        return reverse("backoffice:order_refund_retry", args=[refund.order_id, refund.pk])
    return reverse("backoffice:refund_retry", args=[refund.for_return_id, refund.pk])


def proposal(
    return_: Return, lines: Sequence[ReturnLine], payments: Sequence[Payment]
) -> Proposal | None:
    """Return what would be paid back now; None when nothing is left to pay back."""
    is_settled = return_.refunded_quantity >= return_.total_quantity
    if return_.status not in LIVE:
        is_done = return_.exchange_due >= 0
    else:
        # Of replacements that were taken out again something may come back.
        is_done = is_settled and not _is_exchange(return_)
    if is_done:
        return None
    found = proposals.propose(
        return_, lines=lines, payments=payments, made=list(return_.order.refunds.all())
    )
    return found if found.lines or found.exchange_amount < 0 else None


def _is_exchange(return_: Return) -> bool:
    return bool(return_.exchange_paid or return_.exchange_lines.exists())


def owed(return_: Return) -> str:
    """Return what the buyer is asked to pay for replacements; "" for nothing."""
    if not return_.exchange_owed:
        return ""
    return amount_words(return_.exchange_owed, return_.order.currency)


# --- fees ---------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Fee:
    """A fee as shown; `waived` says who let go of it and why, `waive_url` where one still can."""

    label: str
    about: str
    value: str
    waived: str
    waive_url: str


def load_fees(return_: Return) -> None:
    """Load a return's fees, with who waived them, for everything that reads them; one query."""
    found = ReturnFee.objects.select_related("waived_by").order_by("pk")
    prefetch_related_objects([return_], Prefetch("fees", queryset=found))


def fee_rows(
    return_: Return, lines: Sequence[ReturnLine], made: Sequence[Refund], *, may_waive: bool
) -> list[Fee]:
    """Return the fees of a return as shown. made: its refunds. No queries unless one failed."""
    titles = {line.pk: line.fulfillment_line.order_line.title for line in lines}
    going = proposals.counting(made)
    may_waive = may_waive and return_.status not in fees.ENDED
    return [
        Fee(
            label=str(fee.get_kind_display()),
            about=titles.get(fee.line_id or 0, ""),
            value=fee_value(fee, return_.order.currency),
            waived=_waived(fee),
            waive_url=(
                reverse("backoffice:return_waive_fee", args=[return_.pk, fee.pk])
                if may_waive and not fee.is_waived and not fees.is_taken(fee, lines, going)
                else ""
            ),
        )
        for fee in return_.fees.all()
    ]


def fee_value(fee: ReturnFee, currency: str) -> str:
    """Return what a fee comes to: an amount, or percents."""
    if fee.kind == FeeKind.RETURN_SHIPPING:
        return amount_words(fee.amount, currency)
    return f"{localize((fee.percent or Decimal(0)).normalize())} %"


def _waived(fee: ReturnFee) -> str:
    if fee.waived_at is None:
        return ""
    who = str(fee.waived_by or "")
    words = [_("Waived %(when)s") % {"when": moment_words(fee.waived_at)}, who, fee.waive_reason]
    return " · ".join(filter(None, words))


# --- facts --------------------------------------------------------------------------------------


def return_facts(return_: Return) -> list[dict[str, str]]:
    """Return when what happened to the return, as far as it did."""
    reason = return_.decline_reason
    rows = [
        (_("Requested"), moment_words(return_.created_at)),
        (_("Approved"), moment_words(return_.approved_at)),
        (_("Send by"), day_words(return_.send_by)),
        (_("Refund to"), return_.get_refund_to_display()),
        (_("Declined"), moment_words(return_.declined_at)),
        (_("Reason"), str(DeclineReason(reason).label) if reason else ""),
        (_("Message"), return_.decline_note),
        (_("Canceled"), moment_words(return_.canceled_at)),
        (_("Closed"), moment_words(return_.closed_at)),
        (_("Store"), return_.store.name),
    ]
    found = [{"label": label, "value": value} for label, value in rows if value]
    return [*found, *withdrawal_page.of_return(return_)]


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
