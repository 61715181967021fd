"""How a return begins: a buyer or staff ask for it, or staff create it at once.

Verbs as those of `returns.lifecycle`, which is where everybody takes them from.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import actors
from accounts.actors import Actor, ActorKind
from accounts.permissions import Permission
from orders.models import Order
from orders.money import is_exact
from returns import endings, events, locks, requests, storing
from returns.acts import checked_note
from returns.errors import InvalidAmount, InvalidRecipient, KeyReused, NotPermitted
from returns.exchanges import replacements
from returns.exchanges import requests as exchange_requests
from returns.exchanges.requests import ExchangeRequest
from returns.gifts import codes
from returns.held import Viewer
from returns.models import EventType, RefundTo, Resolution, Return, ReturnStatus
from returns.models.policies import ReturnTerms
from returns.parcels import work as parcel_work
from returns.policies import terms as terms_of
from returns.policies.terms import Wish
from returns.receiving import booking
from returns.refunds import proposals
from returns.requests import CheckedLine, Gift, LineRequest, Withdrawal
from returns.store_credit import refunds as credit_refunds

NAME_LENGTH = 200


def request(
    order: Order,
    lines: Sequence[LineRequest],
    *,
    actor: Actor,
    exchanges: Sequence[ExchangeRequest] = (),
    request_key: UUID | None = None,
    language: str = "",
    refund_to: str = RefundTo.ORIGINAL,
    return_shipping: Decimal | None = None,
    override_policy: bool = False,
    at: datetime | None = None,
) -> Return:
    """Ask for a return. It waits for a decision, unless the order's terms approve at once.

    Goods that the terms let the buyer keep are kept at once: then the return is closed already.

    exchanges: what is wanted in place of lines. request_key: chosen by the form; the same request
    again gives the return it made. language: of mails and slip, "" for the order's. refund_to: a
    RefundTo, what the buyer wants back. return_shipping: the fee for the way back, None for what
    the terms say. override_policy: as `create` has it. These two, fees on lines and discounts are
    not for buyers.
    Raises NotPermitted, NothingChosen, UnknownLine, InvalidQuantity, MissingReason, MissingNote,
    NotReturnable, NotForReason, NotOffered, MissingAnswer, InvalidAnswer, MissingPhoto,
    InvalidPhoto, NotExchangeable, OutOfStock, InvalidAmount, CreditNotOffered, TooLong, KeyReused,
    PieceTaken.
    """
    if actor.kind != ActorKind.BUYER and not actor.may(Permission.CREATE_RETURN):
        raise NotPermitted
    agreed = override_policy or return_shipping is not None
    agreed = agreed or any(wish.discount for wish in exchanges)
    agreed = agreed or any(wish.restocking_percent is not None for wish in lines)
    if actor.kind == ActorKind.BUYER and agreed:
        raise NotPermitted
    return _open(
        order,
        lines,
        None,
        actor=actor,
        wanted=exchanges,
        request_key=request_key,
        language=language,
        refund_to=refund_to,
        return_shipping=return_shipping,
        override_policy=override_policy,
        at=at,
    )


def request_each(
    wishes: Sequence[tuple[Order, Sequence[LineRequest]]], *, actor: Actor, language: str = ""
) -> list[Return]:
    """Ask for a return of each order, of all or of none; every order is named once.

    Returns them in the order given. Raises as `request` does.
    """
    with transaction.atomic():
        locks.orders(order.pk for order, _lines in wishes)
        return [request(order, lines, actor=actor, language=language) for order, lines in wishes]


def create(
    order: Order,
    lines: Sequence[LineRequest],
    *,
    actor: Actor,
    exchanges: Sequence[ExchangeRequest] = (),
    request_key: UUID | None = None,
    language: str = "",
    refund_to: str = RefundTo.ORIGINAL,
    return_shipping: Decimal | None = None,
    override_policy: bool = False,
    note: str = "",
    at: datetime | None = None,
) -> Return:
    """Create an approved return, as staff do for a buyer.

    return_shipping: the fee for the way back, None for what the terms say.
    override_policy: set aside what only the policy refuses (window, final sale, exclusion); the
    event says so. note: for staff. Raises as `request` does.
    """
    if not actor.may(Permission.CREATE_RETURN):
        raise NotPermitted
    return _open(
        order,
        lines,
        ReturnStatus.OPEN,
        actor=actor,
        wanted=exchanges,
        request_key=request_key,
        language=language,
        refund_to=refund_to,
        return_shipping=return_shipping,
        override_policy=override_policy,
        note=checked_note(note),
        at=at,
    )


def withdraw(
    order: Order,
    lines: Sequence[LineRequest],
    *,
    withdrawal: Withdrawal,
    in_doubt: bool,
    actor: Actor,
    at: datetime | None = None,
) -> Return:
    """Open the return of a buyer who withdrew from the contract (2011/83/EU, Article 11a).

    No policy refuses it, nobody has to approve it, and it keeps only the fees that the law lets.
    in_doubt: the right may not exist (period over, exempt goods); then the return waits for a
    decision like a request. The buyer is paid back the way the order was paid (Article 13(1)).
    Raises NotPermitted, NothingChosen, UnknownLine, InvalidQuantity, NotReturnable.
    """
    if actor.kind != ActorKind.BUYER and not actor.may(Permission.DECIDE_RETURN):
        raise NotPermitted
    return _open(
        order,
        lines,
        ReturnStatus.REQUESTED if in_doubt else ReturnStatus.OPEN,
        actor=actor,
        wanted=(),
        request_key=None,
        language=withdrawal.statement.language,
        refund_to=RefundTo.ORIGINAL,
        override_policy=True,
        withdrawal=withdrawal,
        at=at,
    )


def request_gift(
    gift: Gift,
    lines: Sequence[LineRequest],
    *,
    actor: Actor,
    request_key: UUID | None = None,
    language: str = "",
    at: datetime | None = None,
) -> Return:
    """Ask for the return of a gift, for its recipient: a return that brings them store credit.

    Who gave it is told nothing, then or later. The other arguments and what is raised: as for
    `request`; InvalidState for a code that was revoked, InvalidRecipient.
    """
    if actor.kind != ActorKind.BUYER and not actor.may(Permission.CREATE_RETURN):
        raise NotPermitted
    return _open(
        gift.code.order,
        lines,
        None,
        actor=actor,
        wanted=(),
        request_key=request_key,
        language=language,
        refund_to=RefundTo.STORE_CREDIT,
        gift=_checked_gift(gift),
        at=at,
    )


def _checked_gift(gift: Gift) -> Gift:
    """Return who returns a gift, without spaces around words. Raises InvalidRecipient."""
    name, email = gift.name.strip(), gift.email.strip()
    if not name or len(name) > NAME_LENGTH:
        raise InvalidRecipient(_("Enter your name."), field=("name",))
    try:
        validate_email(email)
    except ValidationError as error:
        raise InvalidRecipient(_("Enter a valid e-mail address."), field=("email",)) from error
    address = {key: words.strip() for key, words in gift.address.items() if words.strip()}
    return replace(gift, name=name, email=email.lower(), address=address)


def _viewer(actor: Actor, gift: Gift | None) -> Viewer:
    if actor.kind != ActorKind.BUYER:
        return Viewer.STAFF
    return Viewer.RECIPIENT if gift else Viewer.BUYER


def _open(
    order: Order,
    wishes: Sequence[LineRequest],
    status: ReturnStatus | None,
    *,
    actor: Actor,
    wanted: Sequence[ExchangeRequest],
    request_key: UUID | None,
    language: str,
    refund_to: str,
    return_shipping: Decimal | None = None,
    override_policy: bool = False,
    note: str = "",
    withdrawal: Withdrawal | None = None,
    gift: Gift | None = None,
    at: datetime | None,
) -> Return:
    """Open a return; status: None for what the terms of its lines say of a request."""
    now = at or timezone.now()
    with transaction.atomic():
        current = locks.order(order.pk)
        if request_key and (made := Return.objects.filter(request_key=request_key).first()):
            return _made_before(made, current, wishes, wanted, refund_to, gift)
        parcels = locks.fulfillment_lines(current)
        checked = requests.check(
            current,
            wishes,
            parcels,
            at=now,
            override_policy=override_policy,
            exchanged=exchange_requests.resolutions_of(wanted, wishes, parcels),
            is_withdrawn=withdrawal is not None,
            # A gift brings credit whatever its reasons lead to.
            refund_to="" if gift else refund_to,
            # What staff are told on the phone, they need not type; who withdraws is not asked.
            needs_evidence=actor.kind == ActorKind.BUYER and withdrawal is None,
            viewer=_viewer(actor, gift),
        )
        terms = terms_of.together([line.terms for line in checked])
        if gift:
            codes.check_usable(gift.code, _by_order_line(checked))
            terms = terms_of.of_gift(terms)
        kept = status is None and _is_kept(current, checked, terms)
        if status is None:
            at_once = kept or terms.auto_approve
            status = ReturnStatus.OPEN if at_once else ReturnStatus.REQUESTED
        pieces = [(line.parcel, line.quantity) for line in checked]
        priced = exchange_requests.check_with(
            current,
            wanted,
            pieces,
            parcels,
            [wish.reason for wish in wishes],
            override_policy=override_policy,
        )
        return_, lines = storing.store(
            current,
            checked,
            status=status,
            request_key=request_key,
            language=language,
            refund_to=RefundTo.STORE_CREDIT
            if gift
            else credit_refunds.checked_choice(current, refund_to, terms),
            withdrawal=withdrawal,
            gift=gift,
            return_shipping=_checked_fee(return_shipping, current),
            at=now,
        )
        told = exchange_requests.store_with(return_, lines, priced, at=now)
        if status == ReturnStatus.OPEN:
            work = booking.open_work(return_, lines)
            if at is None and not kept:
                parcel_work.open_labels(return_, work, at=now)
        requested = status == ReturnStatus.REQUESTED
        photos = sum(len(line.photos) for line in checked)
        events.record(
            return_,
            EventType.RETURN_REQUESTED if requested else EventType.RETURN_CREATED,
            actor=actor,
            at=now,
            note=note,
            data={
                "pieces": return_.total_quantity,
                "override_policy": override_policy and withdrawal is None,
                **({"kept": True} if kept else {}),
                **({"withdrawal": withdrawal.statement.reference} if withdrawal else {}),
                **({"photos": photos} if photos else {}),
                **({"gift": True} if gift else {}),
                **told,
            },
            deliver=at is None,
        )
        if kept:
            rule = actors.system()
            endings.keep_all(return_, actor=rule, at=now, told_afterwards=at is not None)
        else:
            replacements.refresh(return_, lines, actor=actor, at=now, deliver=at is None)
        return return_


def _by_order_line(checked: Sequence[CheckedLine]) -> Counter[int]:
    counted: Counter[int] = Counter()
    for line in checked:
        counted[line.parcel.order_line_id] += line.quantity
    return counted


def _checked_fee(amount: Decimal | None, order: Order) -> Decimal | None:
    if amount is not None and (amount < 0 or not is_exact(amount, order.currency)):
        raise InvalidAmount(
            _("Enter an amount of 0 or more in %(currency)s.") % {"currency": order.currency},
            field=("return_shipping",),
        )
    return amount


def _is_kept(order: Order, checked: Sequence[CheckedLine], terms: ReturnTerms) -> bool:
    """Whether the terms of the lines together let the buyer keep what is asked for."""
    if terms.keep_item_below is None or any(
        line.resolution == Resolution.REPAIR for line in checked
    ):
        return False
    chosen = [(line.parcel, line.quantity) for line in checked]
    said = {
        line.parcel.pk: Wish(reason=line.reason.handle, resolution=line.resolution)
        for line in checked
    }
    return proposals.keeps_goods(order, proposals.estimate(order, chosen, said=said), terms)


def _made_before(
    made: Return,
    order: Order,
    wishes: Sequence[LineRequest],
    wanted: Sequence[ExchangeRequest],
    refund_to: str,
    gift: Gift | None,
) -> Return:
    """Return what the same request made the first time; refuse another one with its key."""
    if made.order_id != order.pk or made.gift_code_id != (gift.code.pk if gift else None):
        raise KeyReused(_("This form was already used for another order. Load it again."))
    stored: Counter[int] = Counter()
    for line in made.lines.all():
        stored[line.fulfillment_line_id] += line.quantity + line.removed_quantity
    asked: Counter[int] = Counter()
    for wish in wishes:
        asked[wish.fulfillment_line_id] += wish.quantity
    same = asked == stored and exchange_requests.are_those_of(made, wanted)
    if not same or refund_to != made.refund_to:
        raise KeyReused(_("This form was already sent with other items. Load it again."))
    return made
