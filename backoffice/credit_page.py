"""What the pages of store credit show, prepared in words and amounts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.permissions import Permission
from backoffice.words import amount_words, day_words, moment_words
from orders import search
from orders.models import Order, Store
from returns.models import Return, StoreCreditAccount, StoreCreditEntry
from returns.store_credit import ledger


def load(pk: int) -> StoreCreditAccount:
    """Return the account with store and customer, and show times in the store's zone.

    Raises Http404 for an unknown one.
    """
    accounts = StoreCreditAccount.objects.select_related("store", "customer")
    account = get_object_or_404(accounts, pk=pk)
    timezone.activate(account.store.zone)
    return account


def find(words: str, store: Store | None) -> QuerySet[StoreCreditAccount]:
    """Return the accounts that fit, not yet sorted; an empty argument does not narrow."""
    found: QuerySet[StoreCreditAccount] = StoreCreditAccount.objects.all()
    if store is not None:
        found = found.filter(store=store)
    return search.narrow(found, words)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One entry as shown; `take_back_url` where it can be taken back, else ""."""

    kind: str
    label: str
    amount: str
    left: str
    until: str
    when: str
    who: str
    note: str
    return_reference: str
    return_url: str
    take_back_url: str


def entries(
    account: StoreCreditAccount, found: Iterable[StoreCreditEntry], actor: Actor
) -> list[Entry]:
    """Describe entries loaded with return and reversal; no queries."""
    may = actor.may(Permission.MANAGE_CREDIT)
    return [_entry(account, entry, may_act=may) for entry in found]


def _entry(account: StoreCreditAccount, entry: StoreCreditEntry, *, may_act: bool) -> Entry:
    return_ = entry.for_return
    until = entry.expires_at and localtime(entry.expires_at - timedelta(microseconds=1)).date()
    can = may_act and ledger.is_reversible(entry)
    return Entry(
        kind=entry.kind,
        label=entry.get_kind_display(),
        amount=amount_words(entry.amount, account.currency),
        left=amount_words(entry.remaining, account.currency) if entry.remaining else "",
        until=day_words(until),
        when=moment_words(entry.created_at),
        who=entry.actor_name,
        note=entry.note,
        return_reference=return_.reference if return_ else "",
        return_url=reverse("backoffice:return", args=[return_.pk]) if return_ else "",
        take_back_url=reverse("backoffice:credit_take_back", args=[entry.pk]) if can else "",
    )


def facts(account: StoreCreditAccount) -> list[dict[str, str]]:
    """Return whose account it is and how it is opened."""
    customer = account.customer
    rows = [
        (_("Customer"), customer.reference if customer else _("Guest")),
        (_("E-mail"), account.email),
        (_("Store"), account.store.name),
        (_("Opened"), moment_words(account.created_at)),
        (_("Code ends in"), account.code_hint),
        (_("Code mailed"), moment_words(account.code_sent_at)),
    ]
    return [{"label": label, "value": value} for label, value in rows if value]


def of_order(order: Order, actor: Actor) -> list[dict[str, str]]:
    """Return the row that leads from an order or return to its buyer's credit; one query."""
    account = ledger.of_order(order).first()
    label = _("Store credit")
    if account is not None:
        words = amount_words(account.balance, account.currency)
        return [
            {
                "label": label,
                "value": words,
                "url": reverse("backoffice:credit_account", args=[account.pk]),
            }
        ]
    if actor.may(Permission.MANAGE_CREDIT) and ledger.can_own(order):
        url = reverse("backoffice:order_credit", args=[order.pk])
        return [{"label": label, "value": _("Give some"), "url": url}]
    return []


def of_return(return_: Return) -> list[dict[str, str]]:
    """Return the row that leads from a return to its buyer's credit; no queries."""
    email = return_.email
    if not email:
        return []
    url = f"{reverse('backoffice:credit')}?{urlencode({'q': email})}"
    return [{"label": _("Store credit"), "value": _("Show"), "url": url}]


def consequences(
    account: StoreCreditAccount, text: str, *, is_mailed: bool
) -> list[dict[str, Any]]:
    """Return what an act on an account will do."""
    found = [{"icon": "money", "text": text}]
    if is_mailed and account.email:
        words = _("%(email)s gets a mail about it.") % {"email": account.email}
        found.append({"icon": "mail", "text": words})
    return found
