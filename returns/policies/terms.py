"""The terms that hold for an order, for one of its lines, and for a return. No queries.

An order has its store's terms. A line keeps what rules decided differently when it came in; for
some, the reason of the return counts, and what the buyer wants. A return keeps what its lines'
terms are together. What several terms make is in docs/policies.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from orders.models import Order, OrderLine
from orders.money import ZERO
from returns.models import Return
from returns.models.policies import Exchanges, ReturnLabel, ReturnTerms, ShippingRefund


def of_order(order: Order) -> ReturnTerms:
    """Return the terms of an order as a whole."""
    return ReturnTerms.from_json(order.return_terms)


def of_line(
    terms: ReturnTerms, line: OrderLine, reason: str = "", resolution: str = ""
) -> ReturnTerms:
    """Return the terms of a line for a reason and what the buyer wants.

    terms: its order's. reason: a handle, resolution: a Resolution; "" before they are said. Whether
    and what may be chosen never depends on the resolution.
    """
    kept = line.return_terms
    return terms.changed(_decided(kept, reason, resolution)) if kept else terms


def for_reasons(terms: ReturnTerms, line: OrderLine) -> list[ReturnTerms]:
    """Return the terms of a line for each reason that changes them; mostly none."""
    told = line.return_terms.get("by_reason", ()) if line.return_terms else ()
    reasons = dict.fromkeys(
        reason for each in told if "resolutions" not in each for reason in each["reasons"]
    )
    return [of_line(terms, line, reason) for reason in reasons]


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody said about pieces: a reason (its handle) and a Resolution; "" for nothing."""

    reason: str = ""
    resolution: str = ""


def of_lines(order: Order, chosen: Iterable[tuple[OrderLine, Wish]]) -> list[ReturnTerms]:
    """Return the terms of each of an order's lines for what was said, in the order given."""
    terms = of_order(order)
    return [of_line(terms, line, wish.reason, wish.resolution) for line, wish in chosen]


def _decided(kept: Mapping[str, Any], reason: str, resolution: str) -> dict[str, Any]:
    """Return what a line keeps as settings; of rules for a reason, the first that fits counts."""
    found: dict[str, Any] = {}
    for each in kept.get("by_reason", ()):
        if _fits(each, "reasons", reason) and _fits(each, "resolutions", resolution):
            found = {**each["settings"], **found}
    return {**kept.get("settings", {}), **found}


def _fits(kept: Mapping[str, Any], name: str, said: str) -> bool:
    return name not in kept or (said != "" and said in kept[name])


def rules_of(line: OrderLine) -> list[str]:
    """Return the names of the rules that decided on a line, each once."""
    kept = line.return_terms or {}
    by_reason = [each.get("rule", "") for each in kept.get("by_reason", ())]
    return [name for name in dict.fromkeys((*kept.get("rules", {}).values(), *by_reason)) if name]


def of_return(return_: Return) -> ReturnTerms:
    """Return the terms that a return keeps; its `order` should be loaded."""
    terms = of_order(return_.order)
    terms = terms.changed(return_.return_terms) if return_.return_terms else terms
    return of_gift(terms) if return_.is_gift else terms


def of_gift(terms: ReturnTerms) -> ReturnTerms:
    """Return terms as they are for the recipient of a gift: what it was worth, no more or less.

    Delivery cost and bonus are the giver's, and no fee is taken of what was never agreed with them.
    """
    return replace(
        terms,
        restocking_fee_percent=ZERO,
        return_shipping_fee=ZERO,
        shipping_refund=ShippingRefund.NEVER.value,
        credit_bonus_percent=ZERO,
        credit_bonus_amount=ZERO,
        keep_item_below=None,
        exchanges=Exchanges.NONE.value,
    )


def to_keep(terms: ReturnTerms, order: Order) -> dict[str, Any]:
    """Return, as plain data, what of a return's terms differs from its order's."""
    plain, usual = terms.to_json(), of_order(order).to_json()
    return {name: value for name, value in plain.items() if value != usual[name]}


def together(each: Sequence[ReturnTerms]) -> ReturnTerms:
    """Return the terms of a return whose lines have these: what the strictest of them allows.

    Fees that are taken once are the highest. What each line has by itself (window, restocking fee,
    exchange, repair) is the first one's, and not to be read from here.
    """
    first = each[0]
    if all(terms == first for terms in each):
        return first
    return ReturnTerms(
        **{
            **vars(first),
            "auto_approve": all(terms.auto_approve for terms in each),
            "return_shipping_fee": max(terms.return_shipping_fee for terms in each),
            "shipping_refund": _shipping_refund(each),
            "days_to_send": min(terms.days_to_send for terms in each),
            "offers_money": all(terms.offers_money for terms in each),
            "offers_credit": all(terms.offers_credit for terms in each),
            "credit_bonus_percent": min(terms.credit_bonus_percent for terms in each),
            "credit_bonus_amount": min(terms.credit_bonus_amount for terms in each),
            "credit_valid_days": _least(terms.credit_valid_days for terms in each),
            "keep_item_below": _least_or_none([terms.keep_item_below for terms in each]),
            "label": _label(each),
            "instant_exchange": all(terms.instant_exchange for terms in each),
            "reservation_hours": min(terms.reservation_hours for terms in each),
        }
    )


def _shipping_refund(each: Iterable[ReturnTerms]) -> str:
    rules = {terms.shipping_refund for terms in each}
    never = ShippingRefund.NEVER.value
    return never if never in rules else ShippingRefund.FULL_RETURN.value


def _least(days: Iterable[int | None]) -> int | None:
    """Return the shortest; None means without end."""
    return min((number for number in days if number is not None), default=None)


def _least_or_none(limits: Sequence[Any]) -> Any:
    """Return the lowest; None means never, which is stricter than any."""
    return None if None in limits else min(limits)


def _label(each: Iterable[ReturnTerms]) -> str:
    """One parcel takes all: the label that a line is promised, by staff if one needs them."""
    labels = {terms.label for terms in each}
    for label in (ReturnLabel.BY_STAFF, ReturnLabel.OWN_LABEL):
        if label in labels:
            return label.value
    return ReturnLabel.NONE.value
