"""Forgetting a buyer's login."""

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password

from accounts.models import User

ERASED_DOMAIN = "erased.invalid"  # RFC 2606: no mail ever goes there


def erased_address(key: int) -> str:
    """Return an address that stands for somebody who was forgotten."""
    return f"erased-{key}@{ERASED_DOMAIN}"


def forget(user: User) -> None:
    """Take name and address off a login and close it; one of somebody who works here stays."""
    if user.works_here:
        return
    get_user_model().objects.filter(pk=user.pk).update(
        email=erased_address(user.pk), name="", is_active=False, password=make_password(None)
    )
    for related in ("emailaddress_set", "authenticator_set"):  # those of django-allauth
        getattr(user, related).all().delete()
