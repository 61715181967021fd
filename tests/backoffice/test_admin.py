"""Django's admin shows everything and changes no money, no event and no return."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from accounts import actors
from accounts.models import Role
from returns.evidence import messages
from returns.models import ReasonQuestion, ReturnReason, ReturnRoute, RuleRun
from returns.parcels import deliveries
from returns.store_credit import ledger
from tests.backoffice.conftest import SignIn
from tests.backoffice.test_returns import settled
from tests.factories import LocationFactory, ReturnPolicyFactory, UserFactory
from tests.returns.automation.rule_making import rule
from tests.returns.stories import BUYER, SYSTEM, opened

pytestmark = pytest.mark.django_db

OURS = ("accounts", "orders", "returns")
MODELS = [model for model in admin.site._registry if model._meta.app_label in OURS]


@pytest.fixture
def superuser(client: Client) -> Client:
    """A signed-in superuser."""
    client.force_login(UserFactory(is_superuser=True, is_staff=True))
    return client


def url(model: type[Model], page: str, *arguments: object) -> str:
    return reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_{page}", args=arguments)


@pytest.fixture
def rows() -> list[Model]:
    """One row of each model in the admin."""
    return_ = settled(1)
    ReturnPolicyFactory(store=return_.store)
    ReturnRoute.objects.create(store=return_.store, location=LocationFactory())
    account = ledger.open_account(return_.order)
    ledger.credit(account, Decimal(1), actor=actors.system(), key=uuid4())
    deliveries.add_parcel(opened(), actor=SYSTEM)
    reason = ReturnReason.objects.get(handle="too-small")
    ReasonQuestion.objects.create(reason=reason, handle="where", names={"en": "Where?"})
    messages.write(return_, actor=BUYER, body="Hello?")
    made = rule(approve={})
    RuleRun.objects.create(rule=made, for_return=return_, occasion="event:1", chain=[made.pk])
    found = [model._default_manager.first() for model in MODELS]
    return [row for row in found if row is not None]


def test_rows_are_shown_and_found(superuser: Client, rows: list[Model]) -> None:
    shown = {
        type(row): (
            superuser.get(url(type(row), "changelist"), {"q": "1"}).status_code,
            superuser.get(url(type(row), "change", row.pk)).status_code,
        )
        for row in rows
    }
    assert shown == dict.fromkeys(MODELS, (200, 200))


def test_rows_are_not_changed(superuser: Client, rows: list[Model]) -> None:
    answers = {
        type(row): tuple(
            superuser.post(url(type(row), page, *arguments), {"post": "yes"}).status_code
            for page, arguments in (("add", ()), ("change", (row.pk,)), ("delete", (row.pk,)))
        )
        for row in rows
    }
    assert answers == dict.fromkeys(MODELS, (403, 403, 403))


@pytest.mark.parametrize("role", Role)
def test_no_role_opens_the_admin(sign_in: SignIn, role: Role) -> None:
    assert sign_in(role).get(reverse("admin:index")).status_code == 302
