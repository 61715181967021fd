"""Store credit as buyers see it: what it would bring, and what happened on an account."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from orders.models import Order
from orders.money import ZERO
from returns.models import EntryKind, Refund, RefundTo, StoreCreditAccount, StoreCreditEntry
from returns.models.policies import ReturnTerms
from returns.refunds.proposals import Proposal
from returns.store_credit import refunds
from storefront import dates, sums
from storefront.sums import money


def choice(
    order: Order, terms: ReturnTerms, proposal: Proposal | None, chosen: str
) -> list[dict[str, Any]]:
    """Return the ways to be paid back, as radio buttons with what each brings; [] for no choice.

    terms: of what is chosen, together. proposal: what is estimated, None for nothing yet. One
    query.
    """
    if not refunds.is_offered(order, terms):
        return []
    amount = proposal.amount if proposal else ZERO
    bonus = refunds.bonus_estimate(order, terms, amount)
    figures = {
        RefundTo.ORIGINAL: (_("The way you paid"), amount),
        RefundTo.STORE_CREDIT: (_credit_label(order, terms), amount + bonus),
    }
    if not terms.offers_money:
        del figures[RefundTo.ORIGINAL]
    return [
        {
            "value": value.value,
            "label": label,
            "figure": money(figure, order.currency),
            "is_chosen": value == chosen or len(figures) == 1,
        }
        for value, (label, figure) in figures.items()
    ]


def _credit_label(order: Order, terms: ReturnTerms) -> str:
    if terms.credit_bonus_percent:
        percent = f"{terms.credit_bonus_percent.normalize():f}"
        return _("Store credit, %(percent)s %% bonus") % {"percent": percent}
    if terms.credit_bonus_amount:
        bonus = money(terms.credit_bonus_amount, order.currency)
        return _("Store credit, %(bonus)s bonus") % {"bonus": bonus}
    return _("Store credit")


def rows(proposal: Proposal, bonus: Decimal) -> list[dict[str, Any]]:
    """Return the parts of a refund that is to become credit, the total last."""
    parts = sums.of_proposal(proposal)[:-1]
    if bonus:
        parts.append({"label": _("Bonus"), "amount": money(bonus, proposal.currency)})
    total = money(proposal.amount + bonus, proposal.currency)
    return [*parts, {"label": _("Estimated store credit"), "amount": total, "is_total": True}]


def paid(refund: Refund) -> list[dict[str, Any]]:
    """Return the row that says how much of a refund is credit; [] for none.

    The refund's `transactions` with `store_credit_entry__bonus` should be loaded.
    """
    found = [part for part in refund.transactions.all() if part.gateway == "store_credit"]
    if not found:
        return []
    amount = money(sum((part.amount for part in found), ZERO), refund.currency)
    rows_ = [{"label": _("Of this as store credit"), "amount": amount}]
    entries = [part.store_credit_entry for part in found if hasattr(part, "store_credit_entry")]
    bonus = sum((entry.bonus.amount for entry in entries if hasattr(entry, "bonus")), ZERO)
    if bonus:
        label = _("Bonus on your store credit")
        rows_.append({"label": label, "amount": money(bonus, refund.currency)})
    return rows_


def account_rows(accounts: Iterable[StoreCreditAccount]) -> list[dict[str, str]]:
    """Return what a list shows of accounts that were loaded with their stores."""
    return [
        {
            "store": account.store.name,
            "balance": money(account.balance, account.currency),
            "url": reverse("storefront:credit_account", args=[account.public_id]),
        }
        for account in accounts
    ]


def entry_row(account: StoreCreditAccount, entry: StoreCreditEntry) -> dict[str, Any]:
    """Return an entry as a row of the component `sums`; `for_return` should be loaded."""
    zone = account.store.zone
    hints = [dates.short_day_of(entry.created_at, zone)]
    if entry.for_return is not None:
        hints.append(_("Return %(reference)s") % {"reference": entry.for_return.reference})
    if entry.expires_at is not None and entry.remaining:
        last = dates.short_day_of(entry.expires_at - timedelta(microseconds=1), zone)
        left = money(entry.remaining, account.currency)
        hints.append(_("%(left)s left, valid until %(day)s") % {"left": left, "day": last})
    label = EntryKind(entry.kind).label if entry.kind != EntryKind.CREDIT else _("Added")
    return {
        "label": label,
        "amount": money(entry.amount, account.currency),
        "hint": " · ".join(hints),
    }
