"""The mails about store credit: what was added and what there is now, and a guest's code."""

from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from returns.emails import Message, compose_to
from returns.locales import Reader
from returns.models import StoreCreditAccount, StoreCreditEntry
from returns.store_credit import codes


def send(entry: StoreCreditEntry) -> None:
    """Mail the owner about new credit; to a guest, with the first mail, the code that opens it.

    `entry.account` with store and customer should be loaded.
    """
    account = entry.account
    if not account.email:
        return
    code = ""
    if account.customer is None and account.code_sent_at is None:
        code = codes.renew(account)
    added(entry, code).send()
    if code:
        codes.sent(account)


def send_code(account: StoreCreditAccount) -> None:
    """Mail a guest a new code."""
    if account.customer is None:
        _compose("store_credit_code", account, code=codes.renew(account)).send()
        codes.sent(account)


def added(entry: StoreCreditEntry, code: str = "") -> Message:
    """Return the mail that says what was added, how long it is valid and the balance, unsent.

    code: that opens the account, where a guest does not have it yet.
    """
    account, reader = entry.account, _reader(entry.account)
    bonus = entry.bonus.amount if hasattr(entry, "bonus") else None
    return _compose(
        "store_credit",
        account,
        amount=reader.money(entry.amount + (bonus or 0), account.currency),
        bonus=reader.money(bonus, account.currency) if bonus else "",
        valid_until=last_day(entry.expires_at, account, reader),
        code=code,
        hint=account.code_hint,
        is_guest=account.customer is None,
        reference=entry.for_return.reference if entry.for_return else "",
    )


def last_day(expires_at: datetime | None, account: StoreCreditAccount, reader: Reader) -> str:
    """Return the last day on which credit can be spent, in the store's zone; "" for no end."""
    if expires_at is None:
        return ""
    last = expires_at - timedelta(microseconds=1)
    return reader.date(last.astimezone(account.store.zone).date())


def _reader(account: StoreCreditAccount) -> Reader:
    return Reader.of(account.language, account.store.country)


def _compose(name: str, account: StoreCreditAccount, **more: object) -> Message:
    reader = _reader(account)
    with translation.override(reader.language):
        return compose_to(
            account.email,
            name,
            account.store,
            reader,
            buyer=account.customer.name if account.customer else account.guest_name,
            balance=reader.money(account.balance, account.currency),
            link=f"{settings.SITE_URL}{reverse('storefront:credit')}",
            **more,
        )
