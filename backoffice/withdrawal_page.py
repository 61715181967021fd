"""What the pages about withdrawals show, prepared in words."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db.models import Prefetch, prefetch_related_objects
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.timeline import Entry
from backoffice.words import amount_words, counted, day_words, moment_words
from orders.models import Order
from returns.models import (
    Return,
    WithdrawalCase,
    WithdrawalEvent,
    WithdrawalEventType,
    WithdrawalFlag,
    WithdrawalFunction,
    WithdrawalState,
)
from returns.models.states import ReturnStatus
from returns.withdrawals import plans, statements
from returns.withdrawals.due import Ageing, ageing

TONES: Final = {
    Ageing.SETTLED: ("neutral", "check"),
    Ageing.PAID: ("positive", "money"),
    Ageing.WAITS: ("info", "truck"),
    Ageing.DUE: ("attention", "clock"),
    Ageing.OVERDUE: ("critical", "alert"),
}

# What to do about each flag.
ADVICE: Final[dict[str, "str | Promise"]] = {
    WithdrawalFlag.UNKNOWN_ORDER: gettext_lazy(
        "No order of this store has this number together with this address. Choose the order, or "
        "ask the buyer."
    ),
    WithdrawalFlag.LATE: gettext_lazy(
        "The period seems to be over. The return waits for your decision: approve it, or decline "
        "it with a message."
    ),
    WithdrawalFlag.EXEMPT: gettext_lazy(
        "There may be no right of withdrawal for some of the goods (Article 16). They are in a "
        "return of their own that waits for your decision."
    ),
    WithdrawalFlag.UNSENT: gettext_lazy(
        "Some of it was not sent, or not delivered yet. Do not send it any more, and pay it back."
    ),
    WithdrawalFlag.NOTHING_LEFT: gettext_lazy(
        "There are not as many pieces left to return as were stated. Look at the order."
    ),
    WithdrawalFlag.UNCLEAR_ITEMS: gettext_lazy(
        "The items are named in words. Choose which they are; then the return is opened."
    ),
    WithdrawalFlag.REPEATED: gettext_lazy(
        "The very same was stated before about this order, so no second return was opened."
    ),
    WithdrawalFlag.NOT_OPENED: gettext_lazy("The return could not be opened. Choose the items."),
}

_RETURNS: Final = Prefetch(
    "statement__returns", queryset=Return.objects.prefetch_related("parcels").order_by("pk")
)


def with_returns(cases: Sequence[WithdrawalCase]) -> None:
    """Load the returns of a page's withdrawals, with their parcels; two queries."""
    prefetch_related_objects(list(cases), _RETURNS)


def impatient_stores() -> set[int]:
    """Return the stores (by primary key) that do not wait for the goods; one query."""
    found = WithdrawalFunction.objects.filter(waits_for_goods=False)
    return set(found.values_list("store_id", flat=True))


def row(case: WithdrawalCase, impatient: set[int]) -> dict[str, Any]:
    """Return a withdrawal of the list in words; no queries when its returns are loaded.

    impatient: the stores that do not wait for the goods.
    """
    said = case.statement
    with timezone.override(case.store.zone):
        submitted = moment_words(said.received_at)
    return {
        "reference": said.reference,
        "url": reverse("backoffice:withdrawal", args=[case.pk]),
        "name": said.name,
        "email": said.email,
        "order": said.order_reference,
        "store": case.store.name,
        "submitted": submitted,
        "state": case.state,
        "state_label": case.get_state_display(),
        "flags": flag_labels(case),
        **money(case, waits_for_goods=case.store_id not in impatient),
    }


def flag_labels(case: WithdrawalCase) -> list[str]:
    """Return the flags in words."""
    return [str(WithdrawalFlag(flag).label) for flag in case.flags]


def money(case: WithdrawalCase, *, waits_for_goods: bool) -> dict[str, Any]:
    """Return `tone`, `icon`, `money` and `refund_by`: how the money stands."""
    stands = ageing(case, waits_for_goods=waits_for_goods)
    tone, icon = TONES[stands]
    is_open = stands in (Ageing.WAITS, Ageing.DUE, Ageing.OVERDUE)
    return {
        "tone": tone,
        "icon": icon,
        "money": str(stands.label),
        "refund_by": day_words(case.refund_by) if is_open else "",
    }


def load(pk: int) -> WithdrawalCase:
    """Return the withdrawal with all its page shows; times are in the store's zone.

    Raises Http404 for an unknown one.
    """
    cases = WithdrawalCase.objects.select_related(
        "statement", "store", "order__customer", "order__store"
    ).prefetch_related(_RETURNS)
    case = get_object_or_404(cases, pk=pk)
    case.statement.store = case.store
    timezone.activate(case.store.zone)
    return case


def facts(case: WithdrawalCase) -> list[dict[str, str]]:
    """Return what was stated."""
    said = case.statement
    return _rows(
        (_("Submitted"), moment_words(said.received_at)),
        (_("Name"), said.name),
        (_("Confirmation to"), said.email),
        (_("Confirmation mailed"), moment_words(case.acknowledged_at)),
        (_("Order as stated"), said.order_reference),
        (_("Items"), _items(case)),
        (_("Store"), case.store.name),
    )


def _items(case: WithdrawalCase) -> str:
    said = case.statement
    if said.is_whole:
        return _("Everything")
    named = [counted(item["quantity"], item["title"]) for item in said.items]
    return "; ".join([*named, said.items_text] if said.items_text else named)


def proof(case: WithdrawalCase) -> list[dict[str, str]]:
    """Return the hash, and whether the statement is what it says."""
    genuine = statements.is_genuine(case.statement)
    return _rows(
        (_("SHA-256"), case.statement.sha256),
        (_("Checked now"), _("Unchanged") if genuine else _("It does not match!")),
    )


def handling(case: WithdrawalCase) -> list[dict[str, str]]:
    """Return which order it is about; [] while none is known."""
    order, zone = case.order, case.store.zone
    if order is None:
        return []
    ends = plans.ends_on(order, plans.function_of(order.store_id))
    words = day_words(ends) if ends else _("has not begun")
    url = reverse("backoffice:order", args=[order.pk])
    told = {"label": _("Order"), "value": order.reference, "url": url}
    placed = day_words(order.placed_at.astimezone(zone).date())
    return [told, *_rows((_("Ordered"), placed), (_("Period ends"), words))]


def timeline(case: WithdrawalCase) -> list[Entry]:
    """Return what happened to a statement, newest first; one query."""
    return [
        Entry(
            type=event.type,
            what=_what(event),
            who=event.actor_name,
            note=event.note,
            when=moment_words(event.at),
            iso=event.at.isoformat(),
            is_internal=False,
        )
        for event in case.events.order_by("-pk")
    ]


def _what(event: WithdrawalEvent) -> str:
    """Return an event in words: what it was, the order, what was opened, what is to be seen to."""
    told = [event.data.get("order", ""), *event.data.get("returns", [])]
    told += [str(WithdrawalFlag(flag).label) for flag in event.data.get("flags", [])]
    details = ", ".join(part for part in told if part)
    title = str(WithdrawalEventType(event.type).label)
    return f"{title}: {details}" if details else title


def exemptions(case: WithdrawalCase) -> list[dict[str, str]]:
    """Return the goods of the order without right of withdrawal, and why."""
    if case.order is None or WithdrawalFlag.EXEMPT not in case.flags:
        return []
    reasons = plans.exempt_lines(case.order)
    lines = case.order.lines.filter(pk__in=reasons)
    return _rows(*((line.title, str(reasons[line.pk].label)) for line in lines))


def returns(case: WithdrawalCase) -> list[dict[str, Any]]:
    """Return the returns that it opened, with what was paid back; no queries."""
    return [
        {
            "reference": each.reference,
            "url": reverse("backoffice:return", args=[each.pk]),
            "status": each.status,
            "status_label": str(ReturnStatus(each.status).label),
            "pieces": each.total_quantity,
            "refunded": amount_words(each.refunded_amount, case.order.currency)
            if case.order and each.refunded_amount
            else "",
        }
        for each in case.statement.returns.all()
    ]


def advice(case: WithdrawalCase) -> list[dict[str, str]]:
    """Return each flag with what to do about it."""
    if case.state == WithdrawalState.SETTLED:
        return []
    return [
        {"title": str(WithdrawalFlag(flag).label), "text": str(ADVICE[flag])} for flag in case.flags
    ]


def candidates(orders: Sequence[Order]) -> list[tuple[Order, str]]:
    """Return orders that were found with words to tell them apart."""
    return [
        (
            order,
            " · ".join(
                part
                for part in (
                    order.reference,
                    order.buyer_name,
                    order.email,
                    order.store.name,
                    day_words(order.placed_at.astimezone(order.store.zone).date()),
                )
                if part
            ),
        )
        for order in orders
    ]


def of_return(return_: Return) -> list[dict[str, str]]:
    """Return the rows that lead from a return to its withdrawal; no queries."""
    statement = return_.withdrawal
    if statement is None:
        return []
    url = reverse("backoffice:withdrawal", args=[statement.case.pk])
    return [
        {"label": _("Withdrawal"), "value": statement.reference, "url": url},
        {"label": _("Pay back by"), "value": day_words(statement.case.refund_by)},
    ]


def _rows(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"label": label, "value": value} for label, value in pairs if value]


def snippets(function: WithdrawalFunction, site: str) -> Mapping[str, str]:
    """Return what a shop puts into its own pages: a `link`, and a `script` that writes it."""
    code = function.store.code
    link = site + reverse("storefront:withdraw_store", args=[code])
    script = site + reverse("storefront:withdrawal_script", args=[code])
    return {"link": link, "script": f'<script src="{script}" async></script>'}
