"""Allowing and blocking the returns of an order or a customer, past what the policy says."""

from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.permissions import Permission
from orders.models import Customer, Order, ReturnListing
from returns import locks
from returns.errors import MissingNote, NotPermitted, ReturnError, TooLong
from returns.models import Event, EventType

NOTE_LENGTH: Final = 500


def set_for_order(order: Order, listing: str, *, actor: Actor, note: str = "") -> Order:
    """Allow or block the returns of one order; ReturnListing.NONE leaves them to the policy.

    note: why, needed unless nothing is decided. The same again changes nothing. Raises
    NotPermitted, MissingNote, TooLong, ReturnError for a listing that there is not.
    """
    note = _checked(listing, note, actor)
    with transaction.atomic():
        locked = locks.order(order.pk)
        if (locked.return_listing, locked.return_listing_note) != (listing, note):
            locked.return_listing, locked.return_listing_note = listing, note
            locked.save(update_fields=["return_listing", "return_listing_note"])
            _record(locked, listing, actor, note, whom="order")
    return locked


def set_for_customer(order: Order, listing: str, *, actor: Actor, note: str = "") -> Order:
    """Do as `set_for_order` for all orders of an order's customer; the order's event says so.

    Raises as it does, and ReturnError for a guest's order.
    """
    note = _checked(listing, note, actor)
    with transaction.atomic():
        locked = locks.order(order.pk)
        if locked.customer_id is None:
            raise ReturnError(_("A guest bought this: list the order itself."), field=("whom",))
        customer = Customer.objects.select_for_update().get(pk=locked.customer_id)
        if (customer.return_listing, customer.return_listing_note) != (listing, note):
            customer.return_listing, customer.return_listing_note = listing, note
            customer.save(update_fields=["return_listing", "return_listing_note"])
            _record(locked, listing, actor, note, whom="customer")
        locked.customer = customer
    return locked


def _checked(listing: str, note: str, actor: Actor) -> str:
    if not actor.may(Permission.MANAGE_SETTINGS):
        raise NotPermitted
    if listing not in ReturnListing.values:
        raise ReturnError(_("Choose what holds."), field=("listing",))
    note = note.strip() if listing else ""
    if listing and not note:
        raise MissingNote(_("Say why: colleagues will ask."), field=("note",))
    if len(note) > NOTE_LENGTH:
        words = _("Write at most %(count)s characters.") % {"count": NOTE_LENGTH}
        raise TooLong(words, field=("note",))
    return note


def _record(order: Order, listing: str, actor: Actor, note: str, *, whom: str) -> None:
    """Write down who decided; for staff only, and nobody is mailed."""
    Event.objects.create(
        order=order,
        type=EventType.RETURNS_LISTED,
        at=timezone.now(),
        actor_kind=actor.kind,
        actor_name=actor.name[:200],
        actor_user_id=actor.user_id,
        note=note,
        data={"listing": listing, "whom": whom},
        internal=True,
    )
