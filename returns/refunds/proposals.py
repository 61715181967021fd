"""How much comes back for a return, or for one that is only thought of.

Loads what the arithmetic in `returns.refunds.pricing` needs.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from orders import taxes
from orders.models import FulfillmentLine, Order, OrderLine, Payment
from orders.money import ZERO, rounded, rounded_down
from returns import eligibility
from returns.errors import InvalidQuantity, UnknownLine
from returns.exchanges import prices
from returns.models import (
    FeeKind,
    Refund,
    RefundLine,
    RefundStatus,
    RefundTransaction,
    Resolution,
    Return,
    ReturnLine,
    WithdrawalFunction,
)
from returns.models.policies import ReturnTerms, ShippingRefund
from returns.models.states import LIVE
from returns.policies import terms as terms_of
from returns.policies.terms import Wish
from returns.refunds.pricing import (
    OrderMoney,
    Paid,
    Pieces,
    Proposal,
    ProposedLine,
    agreed_fees,
    default_shipping,
    gross,
    pieces_of,
    price,
)

__all__ = ["OrderMoney", "Pieces", "Proposal", "ProposedLine", "estimate", "price", "propose"]


def paid_back(
    order: Order, refunds: Sequence[Refund], locked: Sequence[ReturnLine] | None = None
) -> dict[int, int]:
    """Count the pieces per order line that were paid back or are about to be, either way.

    refunds: all of the order's. locked: all lines of a return of this order; when it is the only
    one, they say all of returns. Else one query, and one more for refunds without a return.
    """
    counted: dict[int, int] = defaultdict(int, paid_without_return(order, refunds))
    if locked is not None and order.last_return_number == 1:
        for line in locked:
            counted[line.fulfillment_line.order_line_id] += line.refunded_quantity
        return counted
    found = (
        ReturnLine.objects.filter(for_return__order=order, refunded_quantity__gt=0)
        .values_list("fulfillment_line__order_line")
        .annotate(pieces=Sum("refunded_quantity"))
        .order_by()
    )
    for order_line, pieces in found:
        counted[order_line] += pieces
    return counted


def paid_without_return(order: Order, refunds: Sequence[Refund]) -> dict[int, int]:
    """Count the pieces per order line that were paid back without a return.

    refunds: all of the order's; no query when each has a return.
    """
    if all(refund.for_return_id for refund in refunds):
        return {}
    found = OrderLine.objects.filter(order=order, refunded_quantity__gt=0)
    return dict(found.values_list("pk", "refunded_quantity"))


def counting(refunds: Sequence[Refund]) -> list[Refund]:
    """Return the refunds of which money went out or may still go out.

    Also those that failed in part; one query, and only when one failed.
    """
    failed = [refund.pk for refund in refunds if refund.status == RefundStatus.FAILED]
    parts = RefundTransaction.objects.filter(refund__in=failed)
    paid = parts.exclude(status=RefundStatus.FAILED).values_list("refund", flat=True)
    in_part = set(paid) if failed else set()
    return [
        refund for refund in refunds if refund.status != RefundStatus.FAILED or refund.pk in in_part
    ]


def paid_amounts(refunds: Sequence[Refund]) -> dict[int, Paid]:
    """Sum per order line what an order's refunds paid for its pieces.

    Empty, without asking for the sums, when no refund failed: then the pieces say it all.
    """
    going = counting(refunds)
    if len(going) == len(refunds):
        return {}
    sold = Coalesce("order_line", "return_line__fulfillment_line__order_line")
    found = RefundLine.objects.filter(refund__in=going).values_list(sold, "amount", "tax", "taxes")
    sums: dict[int, Paid] = {}
    for line, amount, tax, each in found.order_by("pk"):
        paid = Paid(amount=amount, tax=tax, taxes=tuple(t.amount for t in taxes.from_json(each)))
        sums[line] = paid if line not in sums else sums[line] + paid
    return sums


def money_of(
    order: Order,
    *,
    done: Mapping[int, int],
    refunds: Sequence[Refund],
    payments: Sequence[Payment],
    paid: Mapping[int, Paid] | None = None,
) -> OrderMoney:
    """Describe an order's money from loaded rows. done and paid: as in OrderMoney."""
    going = counting(refunds)
    shipping = gross(order.shipping_amount, order.shipping_tax, tax_included=order.tax_included)
    return OrderMoney(
        currency=order.currency,
        done=done,
        paid=paid or {},
        left=left_on(payments, order.currency),
        shipping_gross=rounded(shipping, order.currency),
        shipping_tax=min(order.shipping_tax, shipping),
        shipping_done=sum((refund.shipping_amount for refund in going), ZERO),
        shipping_tax_done=sum((refund.shipping_tax for refund in going), ZERO),
        outstanding=_still_outstanding(order, going),
    )


def _still_outstanding(order: Order, going: Sequence[Refund]) -> Decimal:
    """Return what the buyer has not paid and no refund was lowered by yet."""
    kept = sum((refund.outstanding_amount for refund in going), ZERO)
    return rounded(max(order.outstanding - kept, ZERO), order.currency)


def left_on(payments: Sequence[Payment], currency: str) -> list[tuple[int, Decimal]]:
    """Return (payment, what can still be paid back on it), first paid first; no queries."""
    in_order = sorted(payments, key=lambda payment: (payment.captured_at, payment.pk))
    return [(payment.pk, rounded_down(payment.refundable_amount, currency)) for payment in in_order]


def received_quantities(lines: Sequence[ReturnLine]) -> dict[int, int]:
    """Return the pieces by return line that came back, or are kept, and are not paid back yet.

    Missing pieces, those that went back to the buyer and those that are to be repaired are left
    out.
    """
    received = {
        line.pk: min(
            line.processed_quantity
            - line.missing_quantity
            - line.shipped_back_quantity
            - line.refunded_quantity,
            line.owed_quantity,
        )
        for line in lines
    }
    return {key: count for key, count in received.items() if count > 0}


def default_quantities(lines: Sequence[ReturnLine]) -> dict[int, int]:
    """Return what is normally paid back: `received_quantities`; before anything came, all.

    Nothing for pieces that are to be repaired.
    """
    if any(line.processed_quantity for line in lines):
        return received_quantities(lines)
    return {
        line.pk: line.quantity - line.refunded_quantity
        for line in lines
        if line.quantity > line.refunded_quantity and not line.is_repair
    }


def propose(
    return_: Return,
    *,
    quantities: Mapping[int, int] | None = None,
    shipping: Decimal | None = None,
    lines: Sequence[ReturnLine] | None = None,
    payments: Sequence[Payment] | None = None,
    made: Sequence[Refund] | None = None,
) -> Proposal:
    """Propose a refund for a return.

    quantities: pieces by return line; None for `default_quantities`. shipping: how much of the
    delivery cost, tax in it; None for what the order's terms say. lines, payments and made (the
    order's refunds): already loaded (locked) ones, all of them; lines with
    `fulfillment_line.order_line`.
    Of a return that has ended no pieces are paid back, only what was paid for replacements.
    Raises UnknownLine, InvalidQuantity, InvalidAmount.
    """
    order = return_.order
    if return_.status not in LIVE:
        lines = []
    elif lines is None:
        lines = list(return_.lines.select_related("fulfillment_line__order_line"))
    if quantities is None:
        quantities = default_quantities(lines)
    chosen = _chosen_lines(lines, quantities)
    # Few rows; a page may have loaded them ahead.
    refunds = list(order.refunds.all() if made is None else made)
    percents, shipping_fee = _fees_of(return_, refunds)
    percents, shipping_fee = _without_fees_of_kept(lines, percents, shipping_fee)
    pieces = [
        pieces_of(
            line.fulfillment_line.order_line,
            order,
            key=line.pk,
            quantity=count,
            restocking_percent=percents.get(line.pk, ZERO),
        )
        for line, count in chosen
    ]
    money = money_of(
        order,
        done=paid_back(order, refunds, lines if made is not None else None),
        paid=paid_amounts(refunds),
        refunds=refunds,
        payments=list(order.payments.all()) if payments is None else payments,
    )
    if shipping is None:
        alone = made is not None and order.last_return_number == 1
        shipping = suggested_shipping(
            order,
            terms_of.of_return(return_),
            pieces,
            money,
            is_exchanging=_awaits_replacement(return_) if alone else None,
            is_withdrawn=return_.withdrawal_id is not None,
        )
    return price(
        pieces,
        money,
        shipping=shipping,
        return_shipping_fee=shipping_fee,
        exchange=exchange_due(return_, refunds),
    )


def exchange_due(return_: Return, refunds: Sequence[Refund]) -> Decimal:
    """Return what replacements cost that no refund was lowered by and the buyer has not paid.

    Below 0 when pieces were taken out that were paid already. refunds: all of the order's. A
    return's `exchange_due` says the same for lists.
    """
    price = ZERO
    if return_.exchange_quantity and return_.status in LIVE:
        lines = return_.exchange_lines.all()
        price = sum((prices.charged(line, return_.order) for line in lines), ZERO)
    own = [refund for refund in refunds if refund.for_return_id == return_.pk]
    if any(refund.exchange_amount for refund in own):
        price -= sum((refund.exchange_amount for refund in counting(own)), ZERO)
    return rounded(price - return_.exchange_paid, return_.order.currency)


def _chosen_lines(
    lines: Sequence[ReturnLine], quantities: Mapping[int, int]
) -> list[tuple[ReturnLine, int]]:
    by_id = {line.pk: line for line in lines}
    chosen = []
    for key, count in quantities.items():
        line = by_id.get(key)
        if line is None:
            raise UnknownLine(_("This item is not part of the return."), field=("lines", str(key)))
        left = line.refundable_quantity
        if not 0 <= count <= left:
            raise InvalidQuantity(
                _("Choose 0 to %(left)s pieces: that many have not been paid back.")
                % {"left": left},
                field=("lines", str(key), "quantity"),
            )
        if count:
            chosen.append((line, count))
    return chosen


def _fees_of(return_: Return, refunds: Sequence[Refund]) -> tuple[dict[int, Decimal], Decimal]:
    """Return restocking percents by line and what is still to be kept for return shipping."""
    percents: dict[int, Decimal] = {}
    shipping_fee = ZERO
    if return_.status not in LIVE:
        return percents, shipping_fee
    for fee in return_.fees.all():
        if fee.is_waived:
            continue
        if fee.kind == FeeKind.RESTOCKING and fee.line_id and fee.percent:
            percents[fee.line_id] = fee.percent
        elif fee.amount:
            shipping_fee += fee.amount
    if shipping_fee:
        own = [refund for refund in counting(refunds) if refund.for_return_id == return_.pk]
        shipping_fee -= sum((refund.return_shipping_fee for refund in own), ZERO)
    return percents, shipping_fee


def _without_fees_of_kept(
    lines: Sequence[ReturnLine], percents: dict[int, Decimal], shipping_fee: Decimal
) -> tuple[dict[int, Decimal], Decimal]:
    """Take away the fees for sending and restocking what never comes: the buyer keeps it."""
    kept = {line.pk for line in lines if 0 < line.quantity <= line.kept_quantity}
    left = {key: percent for key, percent in percents.items() if key not in kept}
    nothing_comes = bool(kept) and all(line.pk in kept for line in lines if line.quantity)
    return left, ZERO if nothing_comes else shipping_fee


def keeps_goods(order: Order, proposal: Proposal, terms: ReturnTerms) -> bool:
    """Whether the terms let the buyer keep what a request would bring back.

    proposal: what `estimate` gave for the request. terms: those of its lines together. Once per
    order, so that a dear order is not returned, and kept, in many cheap parts; one query when the
    worth is below the limit.
    """
    limit = terms.keep_item_below
    if limit is None or not proposal.quantity or proposal.items_amount >= limit:
        return False
    kept = ReturnLine.objects.filter(for_return__order=order, kept_quantity__gt=0)
    return not kept.exists()


def suggested_shipping(
    order: Order,
    terms: ReturnTerms,
    pieces: Sequence[Pieces],
    money: OrderMoney,
    *,
    is_exchanging: bool | None = None,
    is_withdrawn: bool = False,
) -> Decimal:
    """Return what of the delivery cost the terms give back; nothing while pieces are exchanged.

    is_exchanging: None to look at the order's returns, in one query. is_withdrawn: whatever the
    terms say, it comes back with the last of the goods, as far as standard delivery would have
    cost (2011/83/EU, Article 13(1) and (2)).
    """
    rule = ShippingRefund.FULL_RETURN.value if is_withdrawn else terms.shipping_refund
    if not money.shipping_left or rule != ShippingRefund.FULL_RETURN:
        return ZERO  # and the lines need not be loaded
    lines = {line.pk: line for line in order.lines.all()}
    bought = [
        (line.pk, line.quantity)
        for line in lines.values()
        if line.is_goods
        and eligibility.is_returned_by_itself(line, lines.get(line.bundle_parent_id or 0))
    ]
    suggested = default_shipping(rule, bought, pieces, money)
    if suggested and is_exchanging is None:
        is_exchanging = _is_exchanging(order)
    if is_exchanging:
        return ZERO
    return _of_standard_delivery(order, suggested, money) if is_withdrawn else suggested


def _of_standard_delivery(order: Order, suggested: Decimal, money: OrderMoney) -> Decimal:
    """Lower what comes back for delivery to what the store's standard delivery costs."""
    functions = WithdrawalFunction.objects.filter(store=order.store_id)
    most = functions.values_list("standard_delivery_cost", flat=True).first()
    if not suggested or most is None:
        return suggested
    return min(suggested, max(rounded(most, order.currency) - money.shipping_done, ZERO))


def _awaits_replacement(return_: Return) -> bool:
    return return_.status in LIVE and return_.exchange_quantity > return_.exchanged_quantity


def _is_exchanging(order: Order) -> bool:
    """Whether the buyer keeps something of the order: a replacement, or what is repaired."""
    unsent = Q(exchange_quantity__gt=F("exchanged_quantity"))
    repaired = Q(lines__resolution=Resolution.REPAIR, lines__quantity__gt=0)
    return order.returns.filter(unsent | repaired, status__in=LIVE).exists()


def _in_returns(order: Order) -> Mapping[int, int]:
    """Count the pieces of an order that live returns hold, by order line; one query."""
    found: Counter[int] = Counter()
    rows = FulfillmentLine.objects.filter(fulfillment__order=order, returning_quantity__gt=0)
    for line_id, count in rows.values_list("order_line_id", "returning_quantity"):
        found[line_id] += count
    return found


def estimate(
    order: Order,
    chosen: Sequence[tuple[FulfillmentLine, int]],
    *,
    free: Collection[int] = (),
    said: Mapping[int, Wish] | None = None,
    exchange: Decimal | None = None,
    held: Mapping[int, int] | None = None,
) -> Proposal:
    """Estimate what a return of these pieces would bring, before it exists; nothing is stored.

    chosen: fulfilment lines with `order_line` loaded, and pieces of each. free: those of them, by
    primary key, whose reason is free of fees. said: reason and resolution likewise, as far as they
    are known, for terms that depend on them; what is repaired brings nothing. Pieces that other
    live returns hold count as paid back, so that the parts of a line together bring exactly the
    line. What the terms let the buyer keep brings no fees. exchange: what the replacements cost,
    tax in it; None without any. held: pieces in live returns by order line, None to ask for them.
    Raises InvalidQuantity for pieces below 0, or more than are not yet in a return.
    """
    _check_pieces_left(chosen)
    made = list(order.refunds.all())
    done = Counter(paid_without_return(order, made))
    done.update(_in_returns(order) if held is None else held)
    wanted = [(parcel, count) for parcel, count in chosen if count]
    each = terms_of.of_lines(
        order,
        [(parcel.order_line, (said or {}).get(parcel.pk, Wish())) for parcel, _count in wanted],
    )
    terms = terms_of.together(each) if each else terms_of.of_order(order)
    repaired = [
        parcel.pk in (said or {}) and (said or {})[parcel.pk].resolution == Resolution.REPAIR
        for parcel, _count in wanted
    ]
    fees = agreed_fees(
        each,
        [parcel.pk in free for parcel, _count in wanted],
        order.currency,
        repaired=repaired,
    )
    pieces = [
        pieces_of(
            parcel.order_line,
            order,
            key=parcel.pk,
            quantity=count,
            restocking_percent=percent,
        )
        for (parcel, count), percent, repair in zip(
            wanted, fees.restocking_percents, repaired, strict=True
        )
        if not repair
    ]
    money = money_of(
        order,
        done=done,
        refunds=made,
        payments=list(order.payments.all()),
    )
    shipping = suggested_shipping(
        order, terms, pieces, money, is_exchanging=exchange is not None or None
    )
    cost = exchange or ZERO
    found = price(
        pieces,
        money,
        shipping=shipping,
        return_shipping_fee=fees.return_shipping,
        exchange=cost,
    )
    if any(repaired) or not keeps_goods(order, found, terms):
        return found
    kept = [replace(part, restocking_percent=ZERO) for part in pieces]
    return price(kept, money, shipping=shipping, return_shipping_fee=ZERO, exchange=cost)


def _check_pieces_left(chosen: Sequence[tuple[FulfillmentLine, int]]) -> None:
    wanted: dict[int, int] = defaultdict(int)
    for index, (parcel, count) in enumerate(chosen):
        left = parcel.quantity - parcel.returning_quantity - wanted[parcel.pk]
        if not 0 <= count <= left:
            raise InvalidQuantity(
                _("Choose 0 to %(left)s pieces: no more can go back.") % {"left": left},
                field=("lines", str(index), "quantity"),
            )
        wanted[parcel.pk] += count
