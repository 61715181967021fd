"""Letting a guest open an order: order number and e-mail address, then a code that was mailed.

Nothing here tells whether an order exists: every step does the same work and gives the same answer
with and without a match.
"""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from orders.models import GuestAccess, Order

CODE_DIGITS = 6
TIME_TO_ENTER = timedelta(minutes=15)
MOST_WRONG_CODES = 5
# Rows are kept a while to see attacks in, then removed by a job.
TIME_TO_KEEP = timedelta(days=30)


class CodeRefused(Exception):
    """The code does not open anything; `message` is for people."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def ask(number: str, email: str) -> GuestAccess:
    """Note down that somebody wants to see an order; the code is made later, by `new_code`.

    A row is made whether or not an order matches. With the same number and address in several
    stores the newest order is noted; `enter` opens them all.
    """
    matching = Order.objects.of_guest(number, email)
    return GuestAccess.objects.create(order=matching.order_by("-placed_at", "-pk").first())


def new_code(access: GuestAccess) -> str:
    """Give an access a fresh code and return it; an earlier one no longer counts."""
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    access.code_hash = _hash(access.pk, code)
    access.save(update_fields=["code_hash"])
    return code


def enter(access_id: UUID, code: str, *, now: datetime | None = None) -> list[Order]:
    """Open what was asked for with the code from the mail; the code counts once.

    Returns the orders with that number and address, one per store at most.
    Raises CodeRefused when the code is wrong or too old, or was tried too often.
    """
    now = now or timezone.now()
    with transaction.atomic():
        access = GuestAccess.objects.select_for_update().filter(pk=access_id).first()
        refusal = _refusal(access, now)
        opened = access is not None and not refusal and _opens(access, code)
        if access is not None and not refusal:
            access.attempts += not opened
            access.used_at = now if opened else None
            access.save(update_fields=["attempts", "used_at"])
    if access is None or not opened or access.order is None:
        raise CodeRefused(refusal or _("This code is not right. Check the newest mail from us."))
    return list(Order.objects.of_guest(access.order.reference, access.order.email))


def remove_old(*, now: datetime | None = None) -> int:
    """Remove the rows of 30 days ago and before; return how many."""
    oldest = (now or timezone.now()) - TIME_TO_KEEP
    removed, _by_model = GuestAccess.objects.filter(created_at__lt=oldest).delete()
    return removed


def _refusal(access: GuestAccess | None, now: datetime) -> str:
    """Say why no code can open this any more; the same with and without an order behind it."""
    if access is None or access.used_at or now - access.created_at > TIME_TO_ENTER:
        return _("This code is too old. Ask for a new one.")
    if access.attempts >= MOST_WRONG_CODES:
        return _("Too many wrong codes. Ask for a new one.")
    return ""


def _opens(access: GuestAccess, code: str) -> bool:
    matches = constant_time_compare(access.code_hash, _hash(access.pk, code))
    return matches and access.order_id is not None


def _hash(access_id: UUID, code: str) -> str:
    """Hash a code with the installation's secret key.

    A slow password hash would not help: a million codes are soon tried. Without the key, which the
    database does not hold, there is nothing to try them against.
    """
    return salted_hmac(f"orders.guest_access.{access_id}", code, algorithm="sha256").hexdigest()
