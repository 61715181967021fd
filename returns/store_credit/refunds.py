"""Refunds as store credit: how much, in place of which payments, and with which bonus.

The payment that credit stands in for is used up by it, so what is left on the payments is the same
arithmetic as for money. The bonus is not part of the refund: it is an entry on the account.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from accounts.actors import Actor
from orders.models import Order, Payment
from orders.money import ZERO, is_exact, rounded
from returns.errors import CreditNotOffered, GiftForRecipient, InvalidAmount, NoCreditOwner
from returns.models import (
    EntryKind,
    Refund,
    RefundStatus,
    RefundTo,
    RefundTransaction,
    Return,
    StoreCreditEntry,
)
from returns.models.policies import ReturnTerms
from returns.policies import terms as terms_of
from returns.refunds import proposals, splits
from returns.refunds.gateways import MANUAL, STORE_CREDIT
from returns.store_credit import ledger

# What goes to a payment, by primary key; None for what is paid on top of all that was left on them.
Part = tuple[int | None, Decimal]


def is_offered(order: Order, terms: ReturnTerms) -> bool:
    """Whether the buyer may choose credit for a return with these terms; no queries."""
    return terms.offers_credit and ledger.can_own(order)


def checked_choice(order: Order, refund_to: str, terms: ReturnTerms) -> RefundTo:
    """Return what a buyer asked for. terms: of the lines together. Raises CreditNotOffered."""
    if refund_to not in RefundTo.values or (
        refund_to == RefundTo.STORE_CREDIT and not is_offered(order, terms)
    ):
        raise CreditNotOffered(
            _("Store credit is not offered for these items."), field=("refund_to",)
        )
    return RefundTo(refund_to)


def checked_amount(
    to_credit: Decimal | None, amount: Decimal, *, order: Order, return_: Return | None
) -> Decimal:
    """Return how much of a refund of `amount` becomes credit: `to_credit`, or what was asked for.

    Both in the order's currency. A gift's return is paid to its recipient, and never as money.
    Raises InvalidAmount, NoCreditOwner, GiftForRecipient.
    """
    if return_ is not None and return_.is_gift:
        if to_credit is not None and to_credit != amount:
            raise GiftForRecipient(
                _("This is a gift: all of it becomes store credit of the recipient."),
                field=("to_credit",),
            )
        return amount
    if to_credit is None:
        asked = return_ is not None and return_.refund_to == RefundTo.STORE_CREDIT
        return amount if asked and ledger.can_own(order) else ZERO
    if not is_exact(to_credit, order.currency) or not 0 <= to_credit <= amount:
        raise InvalidAmount(
            _("Enter an amount in %(currency)s, from 0 to what is paid back.")
            % {"currency": order.currency},
            field=("to_credit",),
        )
    if to_credit and not ledger.can_own(order):
        raise NoCreditOwner(
            _("This order has no e-mail address, so nobody could use the credit."),
            field=("to_credit",),
        )
    return to_credit


def with_over(parts: Sequence[tuple[int, Decimal]], over: Decimal) -> list[Part]:
    """Return the parts of a refund with what is paid on top of all that was left, if anything."""
    return [*parts, (None, over)] if over else list(parts)


def shares(parts: Sequence[Part], to_credit: Decimal) -> list[tuple[int | None, Decimal, bool]]:
    """Say which parts of a refund become credit: (payment, amount, as credit).

    parts: what each payment pays back, in order, as split without credit, and last what is paid on
    top of them. Money takes the first of them, credit stands in for the last; a part may be cut in
    two.
    """
    money = sum((part for _payment, part in parts), ZERO) - to_credit
    found: list[tuple[int | None, Decimal, bool]] = []
    for payment, part in parts:
        paid = min(part, money)
        money -= paid
        found += [(payment, paid, False), (payment, part - paid, True)]
    return [share for share in found if share[1] > 0]


def transactions(
    refund: Refund,
    parts: Sequence[Part],
    to_credit: Decimal,
    *,
    gateways: Mapping[int, str],
    reference: str,
) -> list[RefundTransaction]:
    """Return the unsaved transactions of a refund, one per payment and gateway.

    parts: as in `shares`. gateways: by payment, what pays money back on it. reference: of money
    paid by hand.
    """
    is_gift = refund.for_return is not None and refund.for_return.is_gift
    can_own = is_gift or ledger.can_own(refund.order)
    sums: dict[tuple[int | None, str], Decimal] = {}
    for payment, part, as_credit in shares(parts, to_credit):
        by_money = MANUAL if payment is None else gateways[payment]
        gateway = STORE_CREDIT if as_credit else by_money
        if gateway == STORE_CREDIT and not can_own:
            gateway = MANUAL
        sums[payment, gateway] = sums.get((payment, gateway), ZERO) + part
    return [
        RefundTransaction(
            refund=refund,
            payment_id=payment,
            gateway=gateway,
            amount=part,
            gateway_reference="" if gateway == STORE_CREDIT else reference,
        )
        for (payment, gateway), part in sums.items()
    ]


def bonus_of(terms: ReturnTerms, amount: Decimal, currency: str) -> Decimal:
    """Return the bonus on credit of this amount, taken instead of money; both in `currency`."""
    if not terms.offers_credit or amount <= 0:
        return ZERO
    percent = rounded(amount * terms.credit_bonus_percent / 100, currency)
    return percent or rounded(terms.credit_bonus_amount, currency)


def bonus_for(return_: Return | None, instead: Decimal) -> Decimal:
    """Return the bonus when `instead` of a refund becomes credit instead of money.

    A bonus that is an amount comes once per return, with its first credit.
    """
    if return_ is None or instead <= 0:
        return ZERO
    terms = terms_of.of_return(return_)
    if terms.credit_bonus_amount and _has_bonus(return_):
        return ZERO
    return bonus_of(terms, instead, return_.order.currency)


def bonus_estimate(order: Order, terms: ReturnTerms, amount: Decimal) -> Decimal:
    """Return the bonus if all of a refund of `amount` became credit for a new return; one query.

    terms: of its lines together.
    """
    instead = instead_if_all(order, list(order.payments.all()), amount)
    return bonus_of(terms, instead, order.currency)


def instead_if_all(order: Order, payments: Sequence[Payment], amount: Decimal) -> Decimal:
    """Return what credit would stand in for money if all of a refund became credit. No queries.

    amount: of the refund, in the order's currency; shared out as the store proposes.
    """
    left = proposals.left_on(payments, order.currency)
    shared = splits.plan(amount, left, order.currency, rule=order.store.refund_split)
    return instead_of_money(plan(payments, shared, amount))


def plan(
    payments: Sequence[Payment], parts: Sequence[Part], to_credit: Decimal
) -> list[tuple[Payment | None, Decimal, bool]]:
    """Say what each payment will pay back of a refund: (payment, amount, as credit). No queries.

    parts: as in `shares`.
    """
    by_id = {payment.pk: payment for payment in payments}
    return [
        (None if pk is None else by_id[pk], part, credit)
        for pk, part, credit in shares(parts, to_credit)
    ]


def _has_bonus(return_: Return) -> bool:
    return StoreCreditEntry.objects.filter(for_return=return_, kind=EntryKind.BONUS).exists()


def instead_of_money(
    parts: Sequence[tuple[Payment | None, Decimal, bool]],
) -> Decimal:
    """Sum what becomes credit in place of a payment that was not made with credit."""
    return sum(
        (
            part
            for payment, part, credit in parts
            if credit and payment is not None and payment.gateway != STORE_CREDIT
        ),
        ZERO,
    )


def pay(
    order: Order,
    parts: Sequence[RefundTransaction],
    *,
    actor: Actor,
    at: datetime,
    notify: bool,
) -> None:
    """Credit the account for the paid parts of a refund that are credit; each once.

    The one call of `returns.refunds.settlement`, in the transaction that records the outcomes,
    under the order's lock. parts: of one refund. Raises NoCreditOwner.
    """
    due = [
        part
        for part in parts
        if part.gateway == STORE_CREDIT and part.status == RefundStatus.SUCCEEDED
    ]
    made = StoreCreditEntry.objects.filter(refund_transaction__in=due) if due else ()
    done = {entry.refund_transaction_id for entry in made}
    new = [part for part in due if part.pk not in done]
    payments = {payment.pk: payment for payment in order.payments.all()} if new else {}
    instead = [
        part
        for part in new
        # What is paid on top of the payments stands in for no money that was due.
        if part.payment_id is not None and payments[part.payment_id].gateway != STORE_CREDIT
    ]
    bonus = _bonus_of_parts(instead)
    for part in new:
        # The whole bonus comes with the first part, so that percents are rounded once.
        first = bool(instead) and part is instead[0]
        ledger.credit_refund(
            part, order, actor=actor, bonus=bonus if first else ZERO, at=at, notify=notify
        )


def _bonus_of_parts(instead: Sequence[RefundTransaction]) -> Decimal:
    if not instead:
        return ZERO
    return bonus_for(instead[0].refund.for_return, sum((part.amount for part in instead), ZERO))


def told(refund: Refund, parts: Sequence[RefundTransaction]) -> dict[str, str]:
    """Return what a refund's event says of credit: `credit` and `bonus`, as text; {} for none.

    parts: the refund's; no query when none of them is credit.
    """
    if all(part.gateway != STORE_CREDIT for part in parts):
        return {}
    entries = StoreCreditEntry.objects.filter(refund_transaction__refund=refund)
    found = list(entries.select_related("bonus"))
    if not found:
        return {}
    bonus = sum((entry.bonus.amount for entry in found if hasattr(entry, "bonus")), ZERO)
    return {"credit": str(sum((entry.amount for entry in found), ZERO)), "bonus": str(bonus)}
