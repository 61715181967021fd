"""What each role may do, written down a second time: a slip in the table shows here."""

import pytest

from accounts import permissions
from accounts.models import Role
from accounts.permissions import Permission
from tests.factories import UserFactory

EVERYONE = {"view_returns", "view_orders", "write_note"}
DECIDING = {"create_return", "decide_return", "cancel_return", "edit_return", "waive_fee"}
DECIDING |= {"write_message"}
PAYING = {"refund", "manage_credit", "waive_fee", "write_message", "export_records"}
MANAGING = {
    "import_orders",
    "manage_settings",
    "manage_staff",
    "manage_sources",
    "manage_webhooks",
    "over_refund",
}


@pytest.mark.parametrize(
    ("roles", "granted"),
    [
        ([], set()),
        ([Role.SUPPORT], EVERYONE | DECIDING | {"ship"}),
        ([Role.WAREHOUSE], EVERYONE | {"receive", "ship"}),
        ([Role.FINANCE], EVERYONE | PAYING),
        ([Role.MANAGER], EVERYONE | DECIDING | MANAGING | PAYING | {"receive", "ship"}),
        ([Role.WAREHOUSE, Role.FINANCE], EVERYONE | PAYING | {"receive", "ship"}),
    ],
)
def test_roles_grant_exactly_this(roles: list[Role], granted: set[str]) -> None:
    assert {str(permission) for permission in permissions.of_roles(roles)} == granted


def test_every_role_is_known_and_every_permission_is_granted_to_somebody() -> None:
    assert set(permissions.ROLE_PERMISSIONS) == set(Role)
    assert permissions.of_roles(Role) == frozenset(Permission)


def test_unknown_role_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="JANITOR"):
        permissions.of_roles(["JANITOR"])


@pytest.mark.django_db
def test_user_has_what_the_roles_grant() -> None:
    user = UserFactory(roles=[Role.FINANCE])

    assert permissions.of_user(user) == permissions.of_roles([Role.FINANCE])


@pytest.mark.django_db
def test_buyer_has_no_permission() -> None:
    assert permissions.of_user(UserFactory()) == frozenset()


@pytest.mark.django_db
@pytest.mark.parametrize("superuser", [True, False])
def test_switched_off_login_has_no_permission(superuser: bool) -> None:
    user = UserFactory(roles=[Role.MANAGER], is_active=False, is_superuser=superuser)

    assert permissions.of_user(user) == frozenset()


@pytest.mark.django_db
def test_superuser_has_every_permission() -> None:
    assert permissions.of_user(UserFactory(is_superuser=True)) == frozenset(Permission)
