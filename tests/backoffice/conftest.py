"""People of each role, signed in."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import Role
from tests.factories import UserFactory

SignIn = Callable[..., Client]


@pytest.fixture
def sign_in(db: None) -> SignIn:
    """Return a function that gives a client signed in as somebody new with these roles."""

    def sign_in(*roles: Role) -> Client:
        client = Client()
        client.force_login(UserFactory(roles=list(roles)))
        return client

    return sign_in


@pytest.fixture
def manager(sign_in: SignIn) -> Client:
    """A signed-in manager, who may do everything."""
    return sign_in(Role.MANAGER)


@pytest.fixture
def support(sign_in: SignIn) -> Client:
    """A signed-in support agent."""
    return sign_in(Role.SUPPORT)


@pytest.fixture
def warehouse(sign_in: SignIn) -> Client:
    """A signed-in warehouse worker."""
    return sign_in(Role.WAREHOUSE)


@pytest.fixture
def finance(sign_in: SignIn) -> Client:
    """A signed-in member of finance."""
    return sign_in(Role.FINANCE)
