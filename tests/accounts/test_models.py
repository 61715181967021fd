"""People who sign in are known by their e-mail address."""

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Role, User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_user_without_a_password_cannot_sign_in_with_one() -> None:
    user = User.objects.create_user("Ada@EXAMPLE.com")

    assert (user.email, user.has_usable_password(), user.works_here) == (
        "ada@example.com",
        False,
        False,
    )


def test_superuser_is_a_manager() -> None:
    user = User.objects.create_superuser("root@example.com", "secret")

    assert (user.is_superuser, user.is_staff, user.roles) == (True, True, [Role.MANAGER])
    assert user.check_password("secret")


def test_address_in_another_case_is_the_same_person() -> None:
    user = UserFactory(email="ada@example.com")

    with pytest.raises(IntegrityError), transaction.atomic():
        UserFactory(email="ADA@example.com")

    assert User.objects.get_by_natural_key("Ada@Example.COM") == user


def test_role_that_does_not_exist_is_refused() -> None:
    user = UserFactory()
    user.roles = ["JANITOR"]

    with pytest.raises(IntegrityError), transaction.atomic():
        user.save()


@pytest.mark.parametrize(
    ("fields", "works_here"),
    [
        ({}, False),
        ({"is_staff": True}, False),
        ({"roles": [Role.SUPPORT]}, True),
        ({"is_superuser": True}, True),
        ({"roles": [Role.SUPPORT], "is_active": False}, False),
    ],
)
def test_works_here_with_a_role_and_a_working_login(
    fields: dict[str, object], works_here: bool
) -> None:
    assert UserFactory(**fields).works_here is works_here


def test_person_is_called_by_name_or_else_by_address() -> None:
    assert str(UserFactory(name="Ada")) == "Ada"
    assert str(UserFactory(name="", email="ada@example.com")) == "ada@example.com"
