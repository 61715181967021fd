"""What the buyer pays on top for a replacement: asking for it, and booking it when it came."""

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from accounts.actors import Actor, ActorKind
from orders.models import Payment, PaymentMethod
from orders.money import is_exact, localized
from returns import exchange_requests, locks, replacements
from returns.acts import Act, checked_note, locked
from returns.errors import InvalidAmount, KeyReused
from returns.gateways import MANUAL
from returns.models import EventType, ExchangePayment, Return, ReturnStatus
from returns.moves import require

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
        payment = Payment.objects.create(
            order=current.order,
            external_id=reference,
            method=method if method in PaymentMethod.values else PaymentMethod.OTHER,
            gateway=gateway,
            amount=amount,
            captured_at=act.now,
            from_exchange=True,
        )
        made = ExchangePayment.objects.create(
            for_return=current, payment=payment, key=key[:KEY_LENGTH], amount=amount
        )
        _book(act, made, note)
    return made


def _made_before(made: ExchangePayment, return_: Return, amount: Decimal) -> ExchangePayment:
    if made.for_return_id != return_.pk or made.amount != amount:
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


def _book(act: Act, made: ExchangePayment, note: str) -> None:
    """Count the payment, hold what was given up meanwhile once more, and tell it."""
    current = act.return_
    current.exchange_paid += made.amount
    current.save(update_fields=["exchange_paid"])
    act.record(
        EventType.EXCHANGE_PAID,
        note=note,
        data={"amount": str(made.amount), "currency": current.order.currency},
    )
    lines = locks.lines(current)
    held = locks.exchange_lines(current)
    if current.status == ReturnStatus.OPEN:
        exchange_requests.hold_again(current, held, at=act.now)
    replacements.refresh(
        current,
        lines,
        actor=act.actor,
        at=act.now,
        deliver=not act.told_afterwards,
        replacements=held,
    )
