"""A code asked for twice at the same moment makes one login."""

from functools import partial

import pytest

from accounts.models import User
from orders import customers
from tests.concurrency.threads import kinds, run_after, together
from tests.factories import CustomerFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_login_made_by_another_meanwhile_is_taken() -> None:
    customer = CustomerFactory(email="ada@example.com")
    ensure = partial(customers.ensure_login, "Ada@Example.com")

    with run_after("django.db.models.query.QuerySet.first", ensure) as other:
        user = ensure()

    customer.refresh_from_db()
    assert [user] == other == list(User.objects.all())
    assert customer.user == user


def test_login_asked_for_by_eight_at_once_is_one() -> None:
    CustomerFactory(email="ada@example.com")

    outcomes = together(*[partial(customers.ensure_login, "ada@example.com")] * 8)

    assert kinds(outcomes) == ["User"] * 8
    assert User.objects.count() == 1
