"""The people who work here: who joins, what they may do, who leaves."""

from collections.abc import Sequence

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import Role, User


class MemberError(Exception):
    """Something about a member of staff is not possible; nothing was changed.

    message: for people. field: which of the arguments it is about.
    """

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


def everybody() -> QuerySet[User]:
    """Return all who work or worked here, by name."""
    return User.objects.filter(Q(is_superuser=True) | ~Q(roles=[])).order_by("name", "email")


def add(*, email: str, name: str, roles: Sequence[str]) -> User:
    """Let somebody work here; a buyer with the address keeps the login and gets the roles too.

    Raises MemberError without a role, or for an address of somebody who already works here.
    """
    _check_roles(roles)
    with transaction.atomic():
        user, is_new = User.objects.select_for_update().get_or_create(
            email=email.lower(),
            defaults={"name": name, "roles": list(roles), "password": make_password(None)},
        )
        if is_new:
            return user
        if user.roles or user.is_superuser:
            raise MemberError(_("Somebody with this address already works here."), field="email")
        user.roles = list(roles)
        user.name = name or user.name
        user.is_active = True
        user.save(update_fields=["roles", "name", "is_active"])
        return user


def change(user: User, *, name: str, roles: Sequence[str], is_active: bool, by: User) -> User:
    """Change what somebody may do, or whether the login works.

    Raises MemberError without a role, and when people take away their own role as a manager or
    their own login: so there is always a manager left.
    """
    _check_roles(roles)
    with transaction.atomic():
        locked = User.objects.select_for_update().get(pk=user.pk)
        if locked.pk == by.pk:
            _check_own(locked, roles, is_active=is_active)
        locked.name = name
        locked.roles = list(roles)
        locked.is_active = is_active
        locked.save(update_fields=["name", "roles", "is_active"])
        return locked


def _check_roles(roles: Sequence[str]) -> None:
    if not roles or not set(roles) <= set(Role.values):
        raise MemberError(_("Choose at least one role."), field="roles")


def _check_own(user: User, roles: Sequence[str], *, is_active: bool) -> None:
    if Role.MANAGER in user.roles and Role.MANAGER not in roles:
        raise MemberError(
            _("You cannot take away your own role as a manager. Ask another manager."),
            field="roles",
        )
    if not is_active:
        raise MemberError(
            _("You cannot switch off your own login. Ask another manager."), field="is_active"
        )
