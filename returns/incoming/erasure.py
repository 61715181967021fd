"""A person is forgotten: names, addresses and words go; what the law has kept stays.

Kept are the country of an address (tax), amounts, articles, credit notes, and statements of
withdrawal, which prove that a contract ended (Regulation (EU) 2016/679, Article 17(3)(b) and (e)).
"""

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import erasing
from accounts.actors import Actor, ActorKind
from orders import search
from orders.models import Customer, GuestAccess, Order
from orders.money import localized
from orders.sources import inbox
from returns import events, locks
from returns.errors import InvalidState
from returns.incoming.personal_data import Person, credit_of
from returns.models import (
    Event,
    EventType,
    EvidencePhoto,
    Message,
    Refund,
    RefundStatus,
    Return,
    ReturnLine,
    StoreCreditAccount,
)
from returns.models.states import LIVE


def erase(person: Person, *, actor: Actor) -> str:
    """Forget somebody; return what was done, in words. Again changes nothing.

    Raises InvalidState while a return is open, money is on its way or store credit is left.
    """
    photos: list[str] = []
    with transaction.atomic():
        orders = [locks.order(order.pk) for order in person.orders]
        _refuse_unfinished(person, orders)
        keys = [order.pk for order in orders]
        _erase_events(keys)
        _erase_returns(keys)
        photos = _take_photos(keys)
        for order in orders:
            _erase_order(order, actor)
        for account in credit_of(person):
            _erase_credit(account)
        for customer in person.customers:
            _erase_customer(customer)
        _erase_bodies(person, keys)
        transaction.on_commit(lambda: _remove_files(photos))
    words = _("Forgotten: %(customers)s customers, %(orders)s orders.")
    return words % {"customers": len(person.customers), "orders": len(person.orders)}


def _refuse_unfinished(person: Person, orders: list[Order]) -> None:
    live = Return.objects.filter(order__in=orders, status__in=LIVE).first()
    if live is not None:
        message = _("Return %(reference)s is still open. Close it, then take this in again.")
        raise InvalidState(message % {"reference": live.reference})
    if Refund.objects.filter(order__in=orders, status=RefundStatus.PENDING).exists():
        raise InvalidState(_("A refund is on its way. Take this in again once it has arrived."))
    for account in credit_of(person):
        if account.balance:
            message = _(
                "%(amount)s of store credit are left. Settle that, then take this in again."
            )
            raise InvalidState(message % {"amount": localized(account.balance, account.currency)})


def _erase_events(orders: list[int]) -> None:
    """Take the buyer's name, and everybody's notes, off the timeline; what happened stays."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('retour.erasing', 'on', true)")
    found = Event.objects.filter(order__in=orders)
    found.filter(actor_kind=ActorKind.BUYER).update(actor_name="", actor_user=None)
    found.exclude(note="").update(note="")
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('retour.erasing', 'off', true)")


def _erase_returns(orders: list[int]) -> None:
    of_orders = Q(for_return__order__in=orders)
    ReturnLine.objects.filter(of_orders).update(customer_note="", answers=[], reason_note="")
    messages = Message.objects.filter(of_orders)
    messages.update(body="")
    messages.filter(author_kind=ActorKind.BUYER).update(author_name="", author_user=None)
    for return_ in Return.objects.filter(order__in=orders).select_related("order"):
        skus = return_.lines.values_list("fulfillment_line__order_line__sku", flat=True)
        words = search.words(return_.order.reference, return_.reference, *skus)
        Return.objects.filter(pk=return_.pk).update(search=search.vector(words), decline_note="")


def _take_photos(orders: list[int]) -> list[str]:
    """Remove the rows of the buyers' photos and return the names of their files."""
    photos = EvidencePhoto.objects.filter(order__in=orders)
    names = list(photos.values_list("image", flat=True))
    photos.delete()
    return names


def _remove_files(names: list[str]) -> None:
    storage = EvidencePhoto._meta.get_field("image").storage
    for name in names:
        storage.delete(name)


def _erase_order(order: Order, actor: Actor) -> None:
    was_known = bool(order.guest_email or order.shipping_address or order.billing_address)
    skus = order.lines.values_list("sku", flat=True)
    Order.objects.filter(pk=order.pk).update(
        guest_email="",
        shipping_address=_country(order.shipping_address),
        billing_address=_country(order.billing_address),
        return_listing_note="",
        source_digest="",
        search=search.vector(search.words(order.reference, *skus)),
    )
    GuestAccess.objects.filter(order=order).delete()
    if was_known and not _is_erased(order):
        events.record_on_order(
            order,
            EventType.PERSON_ERASED,
            actor=actor,
            at=timezone.now(),
            deliver=False,
        )


def _is_erased(order: Order) -> bool:
    return Event.objects.filter(order=order, type=EventType.PERSON_ERASED).exists()


def _country(address: dict[str, str]) -> dict[str, str]:
    return {"country": address["country"]} if address.get("country") else {}


def _erase_credit(account: StoreCreditAccount) -> None:
    is_guest = account.customer_id is None
    StoreCreditAccount.objects.filter(pk=account.pk).update(
        guest_email=erasing.erased_address(account.pk) if is_guest else "",
        guest_name="",
        search=None,
    )


def _erase_customer(customer: Customer) -> None:
    by_address = "@" in customer.reference
    Customer.objects.filter(pk=customer.pk).update(
        reference=f"erased-{customer.pk}" if by_address else customer.reference,
        email="",
        name="",
        group="",
        tags=[],
        return_listing_note="",
        user=None,
    )
    user = customer.user
    if user is not None and not user.customers.exists():
        erasing.forget(user)


def _erase_bodies(person: Person, orders: list[int]) -> None:
    """Empty what the shop sent about the person, this very request too."""
    named = Q(topic__startswith="customers/", body__contains=person.key)
    if person.email:
        named |= Q(body__icontains=person.email)
    inbox.erase_bodies(Q(order__in=orders) | (Q(source=person.source_id) & named))
