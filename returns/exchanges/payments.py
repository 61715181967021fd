"""What the buyer pays on top for a replacement: booking what came in, and spending store credit."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.actors import Actor, ActorKind
from orders.models import Payment, PaymentMethod
from orders.money import is_exact, localized, rounded
from returns import locks
from returns.acts import Act, checked_note, locked
from returns.errors import InsufficientCredit, InvalidAmount, KeyReused
from returns.exchanges import replacements, requests
from returns.models import (
    EventType,
    ExchangeLine,
    ExchangePayment,
    Return,
    ReturnLine,
    ReturnStatus,
)
from returns.moves import require
from returns.refunds.gateways import MANUAL, STORE_CREDIT
from returns.store_credit import ledger

KEY_LENGTH = 255
REFERENCE_LENGTH = 200


def record_payment(
    return_: Return,
    *,
    actor: Actor,
    amount: Decimal,
    key: str,
    method: str = PaymentMethod.OTHER,
    gateway: str = MANUAL,
    reference: str = "",
    note: str = "",
    at: datetime | None = None,
) -> ExchangePayment:
    """Book what the buyer paid for replacements, once per `key`, and let them go on when it is all.

    amount: in the order's currency; people may book up to what is owed, a gateway (the system)
    whatever came in and whenever: what is too much comes back with the next refund. key: the
    form's, or the gateway's own id of the payment. method: a PaymentMethod. reference: of the
    transfer, or the gateway's id that refunds name.
    Raises InvalidState, NotPermitted, InvalidAmount, TooLong, KeyReused.
    """
    note = checked_note(note)
    reference = checked_note(reference, most=REFERENCE_LENGTH, field="reference")
    with locked(return_, actor=actor, at=at) as act:
        current = act.return_
        made = ExchangePayment.objects.filter(key=key).first()
        if made is not None:
            return _made_before(made, current, amount)
        if actor.kind != ActorKind.SYSTEM:
            require(current, "record_payment", actor)
        _check_amount(current, amount, is_person=actor.kind != ActorKind.SYSTEM)
        payment = Payment(
            external_id=reference,
            method=method if method in PaymentMethod.values else PaymentMethod.OTHER,
            gateway=gateway,
            amount=amount,
        )
        return _book(act, payment, _lock_rows(current), key=key, note=note)


def pay_with_credit(
    return_: Return,
    *,
    actor: Actor,
    key: UUID,
    amount: Decimal | None = None,
    note: str = "",
    at: datetime | None = None,
) -> ExchangePayment:
    """Pay for replacements with the buyer's store credit, once per `key`; both or neither is done.

    amount: in the order's currency, at most what is owed and what is left on the account; None for
    as much of both as there is. note: for staff. Raises InvalidState, NotPermitted, InvalidAmount,
    InsufficientCredit, TooLong, KeyReused.
    """
    note = checked_note(note)
    with locked(return_, actor=actor, at=at) as act:
        current = act.return_
        made = ExchangePayment.objects.filter(key=str(key)).first()
        if made is not None:
            return _made_before(made, current, amount)
        require(current, "pay_with_credit", actor)
        rows = _lock_rows(current)
        payment = Payment(
            method=PaymentMethod.STORE_CREDIT,
            gateway=STORE_CREDIT,
            amount=_spend(act, amount, key),
        )
        return _book(act, payment, rows, key=str(key), note=note)


def _spend(act: Act, amount: Decimal | None, key: UUID) -> Decimal:
    """Take an amount, None for what there is and is owed, off the account; returns how much."""
    accounts = ledger.of_order(act.return_.order)
    found = accounts.first()
    if found is None:
        raise InsufficientCredit(_("The buyer has no store credit."), field=("amount",))
    account = locks.credit_account(found)
    left = ledger.usable(accounts, at=act.now)
    if amount is None:
        amount = rounded(min(left, act.return_.exchange_owed), account.currency)
    else:
        _check_amount(act.return_, amount, is_person=True)
    if amount > left or not left:
        raise InsufficientCredit(
            _("Only %(left)s of store credit are left.")
            % {"left": localized(left, account.currency)},
            field=("amount",),
        )
    ledger.debit(account, amount, actor=act.actor, key=key, for_return=act.return_, at=act.now)
    return amount


def _made_before(made: ExchangePayment, return_: Return, amount: Decimal | None) -> ExchangePayment:
    if made.for_return_id != return_.pk or amount not in (None, made.amount):
        raise KeyReused(_("This form was already sent with something else. Load it again."))
    return made


def _check_amount(return_: Return, amount: Decimal, *, is_person: bool) -> None:
    currency = return_.order.currency
    if not is_exact(amount, currency) or amount <= 0:
        raise InvalidAmount(
            _("Enter an amount in %(currency)s above 0, without further digits.")
            % {"currency": currency},
            field=("amount",),
        )
    if is_person and amount > return_.exchange_owed:
        raise InvalidAmount(
            _("Only %(owed)s are to be paid.")
            % {"owed": localized(return_.exchange_owed, currency)},
            field=("amount",),
        )


def _lock_rows(return_: Return) -> tuple[list[ReturnLine], list[ExchangeLine]]:
    """Lock what booking a payment changes of a locked return, before anything that orders share."""
    return locks.lines(return_), locks.exchange_lines(return_)


def _book(
    act: Act,
    payment: Payment,
    rows: tuple[list[ReturnLine], list[ExchangeLine]],
    *,
    key: str,
    note: str,
) -> ExchangePayment:
    """Store and count a payment, hold what was given up meanwhile once more, and tell it."""
    current = act.return_
    payment.order, payment.captured_at, payment.from_exchange = current.order, act.now, True
    payment.save(force_insert=True)
    made = ExchangePayment.objects.create(
        for_return=current, payment=payment, key=key[:KEY_LENGTH], amount=payment.amount
    )
    current.exchange_paid += made.amount
    current.save(update_fields=["exchange_paid"])
    told = {"amount": str(made.amount), "currency": current.order.currency}
    act.record(EventType.EXCHANGE_PAID, note=note, data={**told, "method": payment.method})
    lines, held = rows
    if current.status == ReturnStatus.OPEN:
        requests.hold_again(current, held, at=act.now)
    replacements.refresh(
        current,
        lines,
        actor=act.actor,
        at=act.now,
        deliver=not act.told_afterwards,
        replacements=held,
    )
    return made
