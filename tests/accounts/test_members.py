"""Who joins, changes and leaves; there is always a manager left."""

import pytest

from accounts import members
from accounts.members import MemberError
from accounts.models import Role, User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_new_member_has_roles_and_no_password() -> None:
    user = members.add(email="sam@example.com", name="Sam", roles=[Role.SUPPORT, Role.FINANCE])
    assert (user.email, user.name, user.roles) == ("sam@example.com", "Sam", ["SUPPORT", "FINANCE"])
    assert user.works_here
    assert not user.has_usable_password()


def test_buyer_who_joins_keeps_the_login() -> None:
    buyer = UserFactory(email="ada@example.com", name="Ada")
    user = members.add(email="Ada@Example.com", name="Ada Winter", roles=[Role.WAREHOUSE])
    assert (user.pk, user.name, user.roles) == (buyer.pk, "Ada Winter", ["WAREHOUSE"])


def test_member_cannot_be_added_twice() -> None:
    UserFactory(email="sam@example.com", roles=[Role.SUPPORT])
    with pytest.raises(MemberError) as refused:
        members.add(email="SAM@example.com", name="Sam", roles=[Role.FINANCE])
    assert refused.value.field == "email"
    assert User.objects.get().roles == ["SUPPORT"]


@pytest.mark.parametrize("roles", [[], ["OWNER"]])
def test_member_without_a_known_role_is_refused(roles: list[str]) -> None:
    with pytest.raises(MemberError) as refused:
        members.add(email="sam@example.com", name="Sam", roles=roles)
    assert refused.value.field == "roles"
    assert User.objects.count() == 0


def test_manager_changes_a_member() -> None:
    manager = UserFactory(roles=[Role.MANAGER])
    user = UserFactory(roles=[Role.SUPPORT])
    members.change(user, name="Eva", roles=[Role.FINANCE], is_active=False, by=manager)
    user.refresh_from_db()
    assert (user.name, user.roles, user.is_active) == ("Eva", ["FINANCE"], False)


@pytest.mark.parametrize(
    ("roles", "is_active", "field"),
    [([Role.SUPPORT], True, "roles"), ([Role.MANAGER], False, "is_active")],
)
def test_manager_cannot_take_away_own_role_or_login(
    roles: list[Role], is_active: bool, field: str
) -> None:
    manager = UserFactory(roles=[Role.MANAGER])
    with pytest.raises(MemberError) as refused:
        members.change(manager, name="X", roles=roles, is_active=is_active, by=manager)
    assert refused.value.field == field
    manager.refresh_from_db()
    assert (manager.roles, manager.is_active) == (["MANAGER"], True)


def test_everybody_leaves_buyers_out() -> None:
    UserFactory(name="Buyer")
    left = UserFactory(name="Bo", roles=[Role.SUPPORT], is_active=False)
    boss = UserFactory(name="Ada", is_superuser=True)
    assert list(members.everybody()) == [boss, left]
