"""Buyers: those whom the shop tells by address, and their logins."""

import uuid

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models.functions import Lower

from accounts.models import User
from orders.models import Customer, Order


def ensure_login(email: str) -> User | None:
    """Return the login for an e-mail address that bought here, making it when there is none.

    Only the owner of the address can use it: the login has no password, a mailed code opens it.
    Customers with the address that have no login yet are linked to it. None when nobody with this
    address bought anything.
    """
    # As the indexes have it: `iexact` would ask for capital letters and read every row.
    address = email.lower()
    customers = Customer.objects.alias(address=Lower("email")).filter(address=address)
    guests = Order.objects.alias(address=Lower("guest_email")).filter(address=address)
    if not (customers.exists() or guests.exists()):
        return None
    with transaction.atomic():
        user = User.objects.filter(email=address).first()
        if user is None:
            name = customers.exclude(name="").values_list("name", flat=True).first() or ""
            user = _created(address, name)
        customers.filter(user__isnull=True).update(user=user)
    return user


def _created(email: str, name: str) -> User:
    """Make a login, or return the one that somebody else made at this moment."""
    try:
        with transaction.atomic():
            return User.objects.create_user(email, name=name)
    except IntegrityError:
        return User.objects.get_by_natural_key(email)


def take_in(*, email: str, name: str = "", language: str = "") -> Customer | None:
    """Take in a customer whom the shop tells by address alone; None when the address is taken."""
    address = email.strip().lower()
    with transaction.atomic():
        if address and Customer.objects.filter(email__iexact=address).exists():
            return None
        return Customer.objects.create(
            reference=address or f"customer-{uuid.uuid4()}",
            email=address,
            name=name.strip(),
            language=language or settings.LANGUAGE_CODE,
        )
