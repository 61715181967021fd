"""Storing a return that was checked (`returns.requests`), with its lines, fees and pieces held."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from orders import search
from orders.models import FulfillmentLine, Order
from returns import deadlines
from returns.evidence import collecting
from returns.models import FeeKind, RefundTo, Return, ReturnFee, ReturnLine, ReturnStatus
from returns.models.policies import ReturnTerms
from returns.policies import terms as terms_of
from returns.policies.business_days import end_of_period, places_of
from returns.refunds import pricing
from returns.requests import CheckedLine, Gift, Withdrawal

# Article 14(1) of 2011/83/EU: the days that a buyer has to send the goods after withdrawing.
WITHDRAWAL_DAYS_TO_SEND = 14


def store(
    order: Order,
    checked: Sequence[CheckedLine],
    *,
    status: ReturnStatus,
    request_key: UUID | None,
    language: str,
    refund_to: RefundTo = RefundTo.ORIGINAL,
    withdrawal: Withdrawal | None = None,
    gift: Gift | None = None,
    return_shipping: Decimal | None = None,
    at: datetime,
) -> tuple[Return, list[ReturnLine]]:
    """Store a return with its lines and fees and hold the pieces; the order's row is locked.

    return_shipping: the fee that was agreed, in the order's currency; None for what the terms say.
    """
    order.last_return_number += 1
    order.archived_at = None
    order.save(update_fields=["last_return_number", "archived_at"])
    reference = f"{order.reference}-R{order.last_return_number}"
    opened = status == ReturnStatus.OPEN
    terms = terms_of.together([line.terms for line in checked])
    return_ = Return.objects.create(
        order=order,
        store=order.store,
        number=order.last_return_number,
        reference=reference,
        request_key=request_key,
        status=status,
        language=language or order.language,
        refund_to=refund_to,
        created_at=at,
        approved_at=at if opened else None,
        withdrawal=withdrawal.statement if withdrawal else None,
        **_recipient(gift),
        send_by=_last_day(terms, order, at, withdrawal is not None) if opened else None,
        due_at=None if opened else deadlines.decide_by(order.store, at),
        return_terms=terms_of.to_keep(terms, order),
        total_quantity=sum(line.quantity for line in checked),
        search=search.vector(_words(order, reference, checked, gift)),
    )
    lines = ReturnLine.objects.bulk_create(
        ReturnLine(
            for_return=return_,
            fulfillment_line=line.parcel,
            reason=line.reason,
            resolution=line.resolution,
            quantity=line.quantity,
            pieces=list(line.pieces),
            customer_note=line.customer_note,
            answers=line.answers,
            reason_note=line.reason_note,
        )
        for line in checked
    )
    collecting.attach(
        {photo: line for line, wish in zip(lines, checked, strict=True) for photo in wish.photos}
    )
    hold([(line.parcel, line.quantity) for line in checked])
    each = [withdrawal.lawful(line.terms) if withdrawal else line.terms for line in checked]
    each = [terms_of.of_gift(one) for one in each] if gift else each
    percents = [line.restocking_percent for line in checked]
    _store_fees(return_, lines, each, percents, return_shipping)
    return return_, lines


def _recipient(gift: Gift | None) -> dict[str, Any]:
    if gift is None:
        return {}
    return {
        "gift_code": gift.code,
        "recipient_name": gift.name,
        "recipient_email": gift.email,
        "recipient_address": dict(gift.address),
    }


def send_by(return_: Return, approved_at: datetime) -> date:
    """Return the last day to hand the goods in, in the store's time zone.

    Who withdrew from the contract has the 14 days of the law at least.
    """
    terms = terms_of.of_return(return_)
    return _last_day(terms, return_.order, approved_at, return_.withdrawal_id is not None)


def _last_day(terms: ReturnTerms, order: Order, approved_at: datetime, withdrawn: bool) -> date:
    """Return the last day to send; of a withdrawal by the law that counts such days."""
    day = approved_at.astimezone(order.store.zone).date()
    if not withdrawn:
        return day + timedelta(days=terms.days_to_send)
    lawful = end_of_period(day + timedelta(days=WITHDRAWAL_DAYS_TO_SEND), places_of(order))
    return max(lawful, day + timedelta(days=terms.days_to_send))


def hold(pieces: Sequence[tuple[FulfillmentLine, int]]) -> None:
    """Count pieces (below 0 to release) into what live returns hold of locked fulfilment lines."""
    changed = {parcel.pk: parcel for parcel, _count in pieces}
    for parcel, count in pieces:
        changed[parcel.pk].returning_quantity += count
    FulfillmentLine.objects.bulk_update(changed.values(), ["returning_quantity"])


def _store_fees(
    return_: Return,
    lines: Sequence[ReturnLine],
    terms: Sequence[ReturnTerms],
    percents: Sequence[Decimal | None],
    return_shipping: Decimal | None,
) -> None:
    """Store the fees of new lines: what was agreed (percents, return_shipping), else the terms'."""
    free = [line.reason.free_of_fees for line in lines]
    repaired = [line.is_repair for line in lines]
    agreed = pricing.agreed_fees(terms, free, return_.order.currency, repaired=repaired)
    usual = agreed.restocking_percents
    wanted = [rule if given is None else given for given, rule in zip(percents, usual, strict=True)]
    fees = [
        ReturnFee(for_return=return_, line=line, kind=FeeKind.RESTOCKING, percent=percent)
        for line, percent in zip(lines, wanted, strict=True)
        if percent
    ]
    if amount := agreed.return_shipping if return_shipping is None else return_shipping:
        fees.append(ReturnFee(for_return=return_, kind=FeeKind.RETURN_SHIPPING, amount=amount))
    if fees:
        ReturnFee.objects.bulk_create(fees)


def _words(
    order: Order, reference: str, checked: Sequence[CheckedLine], gift: Gift | None
) -> list[str]:
    """Return what a return is found by; reasons as `reason:<handle>`, for the list's filter.

    A sub-reason is found by its heading too.
    """
    texts = [reference, order.reference, order.buyer_name, order.email]
    texts += [gift.name, gift.email] if gift else []
    for line in checked:
        texts += [
            line.parcel.order_line.sku,
            line.parcel.fulfillment.tracking_number,
            f"reason:{line.reason.handle}",
        ]
        if line.reason.parent:
            texts.append(f"reason:{line.reason.parent.handle}")
    return search.words(*texts)
