"""Store credit: the verbs that add to an account and take from it, and the job that lets it expire.

Each locks the account, first books what has expired, checks, and writes entries that sum to the
balance. What expires first is spent first. Codes of guests are in `returns.store_credit.codes`.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from accounts import actors
from accounts.actors import Actor, ActorKind
from accounts.permissions import Permission
from orders import days, search
from orders.models import Customer, Order, Store
from orders.money import ZERO, is_exact, localized
from returns import locks
from returns.errors import (
    CreditLimitExceeded,
    CurrencyMismatch,
    ExpiryInPast,
    InsufficientCredit,
    InvalidAmount,
    InvalidState,
    KeyReused,
    MissingNote,
    NoCreditOwner,
    NotPermitted,
    TooLong,
)
from returns.models import (
    EntryKind,
    RefundTransaction,
    Return,
    StoreCreditAccount,
    StoreCreditEntry,
    StoreCreditUse,
)
from returns.models.policies import ReturnTerms
from returns.policies import terms as terms_of

logger = logging.getLogger(__name__)

NOTE_LENGTH = 500
# By name, because the tasks lie above this module.
MAIL_TASK = "returns.tasks.mail_store_credit"
CODE_TASK = "returns.tasks.mail_store_credit_code"


def can_own(order: Order) -> bool:
    """Whether whoever bought can have an account: a customer, or a guest with an address."""
    return order.customer_id is not None or bool(order.guest_email)


def of_order(order: Order) -> models.QuerySet[StoreCreditAccount]:
    """Return the account of an order's buyer in its store and currency; no rows when none is open.

    The account that an exchange for this order can be paid from.
    """
    return StoreCreditAccount.objects.filter(**_owner(order))


def usable(accounts: models.QuerySet[StoreCreditAccount], *, at: datetime) -> Decimal:
    """Return what can be spent of the only account of a query, 0 when it has none; one query.

    What has expired by `at` does not count, also before a job has booked it.
    """
    return left(accounts, at=at).first() or ZERO


def left(
    accounts: models.QuerySet[StoreCreditAccount], *, at: datetime
) -> "models.QuerySet[StoreCreditAccount, Decimal]":
    """Return `usable` as a query of at most one row, to be a part of another query."""
    expired = (
        StoreCreditEntry.objects.filter(account=models.OuterRef("pk"), expires_at__lte=at)
        .order_by()
        .values("account")
        .annotate(total=models.Sum("remaining"))
    )
    gone = Coalesce(models.Subquery(expired.values("total")), ZERO)
    found = accounts.annotate(left=models.F("balance") - gone).order_by("pk")
    return found.values_list("left", flat=True)


def _owner(order: Order) -> dict[str, Any]:
    return {
        "store_id": order.store_id,
        "currency": order.currency,
        "customer_id": order.customer_id,
        "guest_email": "" if order.customer_id else order.guest_email.lower(),
    }


def open_account(
    order: Order, *, language: str = "", at: datetime | None = None
) -> StoreCreditAccount:
    """Return the account of an order's buyer, opened if there is none.

    language: of mails, "" for the order's. at: for history told afterwards. Two who open it at once
    get the same one.
    Raises NoCreditOwner for an order without customer and e-mail address.
    """
    if not can_own(order):
        raise NoCreditOwner(_("This order has no e-mail address, so nobody could use the credit."))
    name = "" if order.customer_id else order.buyer_name
    reference = order.customer.reference if order.customer else ""
    words = search.words(reference, order.buyer_name, order.email)
    return _opened(_owner(order), name, words, language or order.language, at)


def open_recipients_account(return_: Return, *, at: datetime | None = None) -> StoreCreditAccount:
    """Return the account of a gift's recipient, opened if there is none.

    It is a guest's, known by the address that they gave: only who gets mail there learns the code
    that opens it, or who signs in with that address.
    """
    order, email = return_.order, return_.recipient_email
    owner = {
        "store_id": order.store_id,
        "currency": order.currency,
        "customer_id": None,
        "guest_email": email.lower(),
    }
    words = search.words(return_.recipient_name, email)
    return _opened(owner, return_.recipient_name, words, return_.language, at)


def _opened(
    owner: dict[str, Any], name: str, words: Any, language: str, at: datetime | None
) -> StoreCreditAccount:
    found = StoreCreditAccount.objects.filter(**owner)
    if not found.exists():
        account = StoreCreditAccount(
            **owner,
            guest_name=name[:200],
            language=language,
            created_at=at or timezone.now(),
            search=search.vector(words),
        )
        StoreCreditAccount.objects.bulk_create([account], ignore_conflicts=True)
    return found.select_related("store", "customer").get()


def open_account_for(customer: Customer, store: Store, currency: str) -> StoreCreditAccount:
    """Return the account of a customer in a store and currency, opened if there is none."""
    wished = Order(store=store, customer=customer, currency=currency, language=customer.language)
    return open_account(wished)


@dataclass(frozen=True, kw_only=True)
class _Act:
    """One act on a locked account: who, when, for what."""

    account: StoreCreditAccount
    actor: Actor
    now: datetime
    for_return: Return | None = None
    note: str = ""

    def write(self, kind: EntryKind, amount: Decimal, **more: Any) -> StoreCreditEntry:
        """Append an entry and move the balance with it."""
        self.account.balance += amount
        self.account.save(update_fields=["balance"])
        return StoreCreditEntry.objects.create(
            account=self.account,
            kind=kind,
            amount=amount,
            for_return=self.for_return,
            note=self.note,
            actor_kind=self.actor.kind,
            actor_name=self.actor.name[:200],
            actor_user_id=self.actor.user_id,
            created_at=self.now,
            **more,
        )

    def take(
        self, kind: EntryKind, parts: Sequence[tuple[StoreCreditEntry, Decimal]], **more: Any
    ) -> StoreCreditEntry:
        """Append an entry that takes these parts of credits."""
        entry = self.write(kind, -sum((part for _credit, part in parts), ZERO), **more)
        for credit_, part in parts:
            credit_.remaining -= part
        _store_remaining([credit_ for credit_, _part in parts])
        StoreCreditUse.objects.bulk_create(
            StoreCreditUse(entry=entry, credit=credit_, amount=part) for credit_, part in parts
        )
        return entry


def _store_remaining(credits_: Sequence[StoreCreditEntry]) -> None:
    StoreCreditEntry.objects.bulk_update(credits_, ["remaining"])


def credit(
    account: StoreCreditAccount,
    amount: Decimal,
    *,
    actor: Actor,
    key: UUID,
    currency: str = "",
    expires_at: datetime | None = None,
    for_return: Return | None = None,
    note: str = "",
    notify: bool = True,
    at: datetime | None = None,
) -> StoreCreditEntry:
    """Add credit by hand or by API, once per `key`: the same again gives the entry it made.

    amount: above 0, in the account's currency; `currency` is checked when given. expires_at: None
    for never. note: for staff and the owner; staff must give one. notify: whether the owner is
    mailed; nobody is for history told afterwards (`at`).
    Raises NotPermitted, MissingNote, TooLong, InvalidAmount, CurrencyMismatch, ExpiryInPast,
    CreditLimitExceeded, KeyReused.
    """
    _require(actor)
    note = _checked_note(note, actor)
    with transaction.atomic():
        act = _begin(account, actor=actor, for_return=for_return, note=note, at=at)
        if made := _made_before(act, key, EntryKind.CREDIT, amount):
            return made
        _check_amount(act.account, amount, currency)
        if expires_at is not None and expires_at <= act.now:
            raise ExpiryInPast(_("Choose a day in the future."), field=("expires_at",))
        entry = _add(act, amount, expires_at, idempotency_key=key)
        if notify and at is None:
            app.configure_task(MAIL_TASK).defer(entry_id=entry.pk)
        return entry


def credit_refund(
    part: RefundTransaction,
    order: Order,
    *,
    actor: Actor,
    bonus: Decimal,
    at: datetime,
    notify: bool,
) -> StoreCreditEntry:
    """Add what a refund pays as credit, and the bonus as an entry of its own; once per part.

    Part of settling a refund: the order's row is locked and a transaction is open. bonus: in the
    order's currency, 0 for none. Raises NoCreditOwner.
    """
    made = StoreCreditEntry.objects.filter(refund_transaction=part).first()
    if made is not None:
        return made
    return_ = part.refund.for_return
    account = _account_for(order, return_, at)
    act = _begin(account, actor=actor, for_return=return_, note="", at=at)
    terms = terms_of.of_order(order) if return_ is None else terms_of.of_return(return_)
    expires_at = expiry(order, terms, at)
    entry = _add(act, part.amount, expires_at, refund_transaction=part)
    if bonus:
        act.write(EntryKind.BONUS, bonus, remaining=bonus, expires_at=expires_at, bonus_of=entry)
    if notify:
        app.configure_task(MAIL_TASK).defer(entry_id=entry.pk)
    return entry


def _account_for(order: Order, return_: Return | None, at: datetime) -> StoreCreditAccount:
    if return_ is None:
        return open_account(order, at=at)
    if return_.is_gift:
        return open_recipients_account(return_, at=at)
    return open_account(order, language=return_.language, at=at)


def expiry(order: Order, terms: ReturnTerms, at: datetime) -> datetime | None:
    """Return when credit given now for an order expires: after a whole day in the store's zone."""
    valid = terms.credit_valid_days
    if valid is None:
        return None
    zone = order.store.zone
    return days.ends(at.astimezone(zone).date() + timedelta(days=valid), zone)


def _add(act: _Act, amount: Decimal, expires_at: datetime | None, **more: Any) -> StoreCreditEntry:
    if not is_exact(act.account.balance + amount, act.account.currency):
        raise CreditLimitExceeded(_("The account cannot hold that much."), field=("amount",))
    return act.write(EntryKind.CREDIT, amount, remaining=amount, expires_at=expires_at, **more)


def debit(
    account: StoreCreditAccount,
    amount: Decimal,
    *,
    actor: Actor,
    key: UUID,
    currency: str = "",
    for_return: Return | None = None,
    note: str = "",
    at: datetime | None = None,
) -> StoreCreditEntry:
    """Spend credit, once per `key`: the same again gives the entry it made.

    amount: above 0, in the account's currency; `currency` is checked when given. for_return: the
    return whose exchange it pays for; then the act on the return says who may, and the account
    must be its buyer's. By hand or by API the actor needs the permission, staff also a note.
    Raises NotPermitted, MissingNote, TooLong, InvalidAmount, CurrencyMismatch, InsufficientCredit,
    KeyReused.
    """
    if for_return is None:
        _require(actor)
        note = _checked_note(note, actor)
    elif not of_order(for_return.order).filter(pk=account.pk).exists():
        raise NotPermitted
    with transaction.atomic():
        act = _begin(account, actor=actor, for_return=for_return, note=note, at=at)
        if made := _made_before(act, key, EntryKind.DEBIT, -amount):
            return made
        _check_amount(act.account, amount, currency)
        if amount > act.account.balance:
            raise InsufficientCredit(
                _("Only %(left)s are left on the account.")
                % {"left": localized(act.account.balance, act.account.currency)},
                field=("amount",),
            )
        parts = _spend(locks.credits_left(act.account), amount)
        return act.take(EntryKind.DEBIT, parts, idempotency_key=key)


def _spend(
    credits_: Sequence[StoreCreditEntry], amount: Decimal
) -> list[tuple[StoreCreditEntry, Decimal]]:
    """Take an amount from credits in their order; there is enough."""
    parts = []
    for credit_ in credits_:
        if amount <= 0:
            break
        part = min(credit_.remaining, amount)
        parts.append((credit_, part))
        amount -= part
    return parts


def reverse(
    entry: StoreCreditEntry, *, actor: Actor, key: UUID, note: str = "", at: datetime | None = None
) -> StoreCreditEntry:
    """Take a credit or a debit back, as a new entry; the same again gives the one it made.

    A debit goes back to the credits it was taken from, with their own expiry. A credit can be taken
    back while nothing of it is spent. Neither what a refund paid, nor what paid for a replacement,
    nor an expiry or reversal can.
    Raises NotPermitted, MissingNote, TooLong, InvalidState, InsufficientCredit, KeyReused.
    """
    _require(actor)
    note = _checked_note(note, actor)
    with transaction.atomic():
        act = _begin(entry.account, actor=actor, for_return=entry.for_return, note=note, at=at)
        if made := _made_before(act, key, EntryKind.REVERSAL, -entry.amount):
            return made
        _check_reversible(entry)
        more = {"reverses": entry, "idempotency_key": key}
        if entry.kind == EntryKind.DEBIT:
            return _give_back(act, entry, **more)
        credit_ = StoreCreditEntry.objects.get(pk=entry.pk)
        if credit_.remaining != credit_.amount:
            raise InsufficientCredit(
                _("Some of this credit is spent or expired, so it cannot be taken back.")
            )
        return act.take(EntryKind.REVERSAL, [(credit_, credit_.amount)], **more)


def is_reversible(entry: StoreCreditEntry) -> bool:
    """Whether an entry can be taken back as far as its row says; `reversal` should be loaded."""
    if entry.refund_transaction_id or _paid_for_exchange(entry) or hasattr(entry, "reversal"):
        return False
    if entry.kind == EntryKind.CREDIT:
        return entry.remaining == entry.amount
    return entry.kind == EntryKind.DEBIT


def _paid_for_exchange(entry: StoreCreditEntry) -> bool:
    return entry.kind == EntryKind.DEBIT and entry.for_return_id is not None


def _check_reversible(entry: StoreCreditEntry) -> None:
    if _paid_for_exchange(entry):
        raise InvalidState(
            _("This paid for a replacement. Take the replacement out, then refund the return.")
        )
    if entry.refund_transaction_id or entry.kind not in (EntryKind.CREDIT, EntryKind.DEBIT):
        raise InvalidState(_("This entry cannot be taken back."))
    if StoreCreditEntry.objects.filter(reverses=entry).exists():
        raise InvalidState(_("This entry is taken back already."))


def _give_back(act: _Act, debited: StoreCreditEntry, **more: Any) -> StoreCreditEntry:
    uses = list(debited.uses.select_related("credit"))
    for use in uses:
        use.credit.remaining += use.amount
    entry = act.write(EntryKind.REVERSAL, -debited.amount, **more)
    _store_remaining([use.credit for use in uses])
    return entry


def expire_due(*, now: datetime | None = None) -> int:
    """Book all credit that has expired, account by account; return how many accounts had some.

    One account that cannot be booked does not hold up the others.
    """
    now = now or timezone.now()
    due = StoreCreditEntry.objects.filter(remaining__gt=0, expires_at__lte=now)
    accounts = StoreCreditAccount.objects.filter(pk__in=due.values("account"))
    done = 0
    for account in accounts.order_by("pk").iterator():
        try:
            with transaction.atomic():
                _begin(account, actor=actors.system(), for_return=None, note="", at=now)
        except Exception:
            logger.exception("Store credit account %s could not be booked", account.pk)
        else:
            done += 1
    return done


def _begin(
    account: StoreCreditAccount,
    *,
    actor: Actor,
    for_return: Return | None,
    note: str,
    at: datetime | None,
) -> _Act:
    """Lock the account and book what has expired by now."""
    now = at or timezone.now()
    locked = locks.credit_account(account)
    expiring = _Act(account=locked, actor=actors.system(), now=now)
    for credit_ in locks.credits_left(locked):
        if credit_.expires_at is None or credit_.expires_at > now:
            break
        expiring.take(EntryKind.EXPIRY, [(credit_, credit_.remaining)])
    return _Act(account=locked, actor=actor, now=now, for_return=for_return, note=note)


def _made_before(act: _Act, key: UUID, kind: EntryKind, amount: Decimal) -> StoreCreditEntry | None:
    """Return what the same request made the first time; refuse another one with its key."""
    made = StoreCreditEntry.objects.filter(idempotency_key=key).first()
    if made is None:
        return None
    if (made.account_id, made.kind, made.amount) != (act.account.pk, kind, amount):
        raise KeyReused(_("This form was already used for something else. Load it again."))
    return made


def _require(actor: Actor) -> None:
    if not actor.may(Permission.MANAGE_CREDIT):
        raise NotPermitted


def _checked_note(note: str, actor: Actor) -> str:
    note = note.strip()
    if len(note) > NOTE_LENGTH:
        words = _("Write at most %(count)s characters.") % {"count": NOTE_LENGTH}
        raise TooLong(words, field=("note",))
    if not note and actor.kind == ActorKind.STAFF:
        raise MissingNote(_("Say why, in a few words."), field=("note",))
    return note


def _check_amount(account: StoreCreditAccount, amount: Decimal, currency: str) -> None:
    if currency and currency != account.currency:
        raise CurrencyMismatch(
            _("This account is in %(currency)s.") % {"currency": account.currency},
            field=("currency",),
        )
    if not is_exact(amount, account.currency) or amount <= 0:
        raise InvalidAmount(
            _("Enter an amount in %(currency)s above 0, without further digits.")
            % {"currency": account.currency},
            field=("amount",),
        )


def mail_new_code(account: StoreCreditAccount) -> None:
    """Mail a guest a new code for their account; when it is sent, the old one opens nothing."""
    app.configure_task(CODE_TASK).defer(account_id=account.pk)
