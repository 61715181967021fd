"""What a reason brings along: what may be had for it.

These are steps of `requests.check`; each says what is wrong with one wish, at its place.
"""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from returns.errors import NotForReason
from returns.models import RefundTo, Resolution, ReturnReason

# What somebody wants who wants nothing else: by their choice of how to be paid back.
_WANTED = {
    RefundTo.ORIGINAL.value: Resolution.MONEY,
    RefundTo.STORE_CREDIT.value: Resolution.CREDIT,
}


def check_resolution(
    reason: ReturnReason, *, is_exchanged: bool, refund_to: str, field: Sequence[str]
) -> None:
    """Refuse what cannot be had for a reason.

    is_exchanged: something else is wanted for the pieces. refund_to: a RefundTo; "" when nobody
    said. field: of the line. Raises NotForReason, which says what can be had.
    """
    wanted = Resolution.EXCHANGE if is_exchanged else _WANTED.get(refund_to)
    if wanted is None or reason.offers(wanted):
        return
    offered = ", ".join(str(Resolution(one).label) for one in reason.resolutions)
    words = _("For the reason “%(reason)s” you can have: %(offered)s. Choose one of it.")
    raise NotForReason(
        words % {"reason": reason.full_name, "offered": offered}, field=(*field, "reason")
    )
