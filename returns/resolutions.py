"""What may be had for what goes back, by the terms and the reason, and whether a wish is among it.

These are steps of `requests.check`; each says what is wrong with one wish, at its place.
"""

from collections.abc import Collection, Sequence

from django.utils.translation import gettext as _

from returns.errors import NotForReason, NotOffered
from returns.models import RefundTo, Resolution, ReturnReason
from returns.models.policies import ReturnTerms

# What somebody wants who wants nothing else: by their choice of how to be paid back.
_PAID_BACK = {
    RefundTo.ORIGINAL.value: Resolution.MONEY,
    RefundTo.STORE_CREDIT.value: Resolution.CREDIT,
}

# What is checked elsewhere: credit for the return as a whole, replacements with what they are.
_OF_LINES = (Resolution.MONEY, Resolution.REPAIR)


def offered(terms: ReturnTerms, reason: ReturnReason | None) -> list[Resolution]:
    """Return what may be had for a line, in the order of the choices; no queries.

    terms: the line's, for the reason. reason: None before one is given.
    """
    return [each for each in terms.resolutions if reason is None or reason.offers(each)]


def of_variant(variant_id: int, product_id: int, bought: tuple[int, int] | None) -> Resolution:
    """Return what a replacement by a variant is.

    bought: variant and product of what it replaces, None when that is unknown.
    """
    if bought is None or bought[1] != product_id:
        return Resolution.ANY_PRODUCT
    return Resolution.REPLACEMENT if bought[0] == variant_id else Resolution.EXCHANGE


def wanted(
    *, repair: bool, replaced_by: Resolution | None, refund_to: str, field: Sequence[str] = ()
) -> Resolution | None:
    """Return what is wanted for a line; None when nobody said.

    replaced_by: what its replacement is, None without one. refund_to: a RefundTo, "" when nobody
    said. Raises NotOffered for a repair and a replacement at once.
    """
    if repair and replaced_by is not None:
        message = _("Choose one thing: a repair, or something else in its place.")
        raise NotOffered(message, field=(*field, "resolution"))
    if repair:
        return Resolution.REPAIR
    return replaced_by or _PAID_BACK.get(refund_to)


def check(
    wish: Resolution | None, terms: ReturnTerms, reason: ReturnReason, *, field: Sequence[str]
) -> None:
    """Refuse what cannot be had for a line, and say what can. None: nobody said what is wanted.

    terms: the line's. field: of the line. Raises NotForReason, NotOffered.
    """
    if wish is None:
        return
    may = offered(terms, reason)
    if not reason.offers(wish):
        words = _("For the reason “%(reason)s” you can have: %(offered)s. Choose one of it.")
        told = {"reason": reason.full_name, "offered": listed(may)}
        message = words % told if may else _nothing()
        raise NotForReason(message, field=(*field, "reason"))
    if wish in _OF_LINES and wish not in may:
        words = _("Not offered for this item: %(wish)s. You can have: %(offered)s.")
        told = {"wish": str(wish.label), "offered": listed(may)}
        raise NotOffered(words % told if may else _nothing(), field=(*field, "resolution"))


def listed(choices: Collection[Resolution]) -> str:
    """Return choices in words, one after the other."""
    return ", ".join(str(each.label) for each in choices)


def _nothing() -> str:
    return _("Nothing can be chosen here for this item and reason. Please contact us.")
