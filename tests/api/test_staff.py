"""Members of staff try the API out as themselves."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts import actors
from accounts.models import Role, Scope
from accounts.permissions import ROLE_PERMISSIONS, scopes_of
from returns.models import Event
from returns.webhooks import subscriptions
from tests.api import mutations
from tests.api.shop import gid, returned
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

ADDRESS = "/backoffice/api-clients/graphql.json"


def signed_in(*roles: Role, **fields: Any) -> Client:
    client = Client()
    client.force_login(UserFactory(name="Mia Manager", roles=list(roles), **fields))
    return client


def ask(client: Client, query: str, **variables: Any) -> Any:
    body = {"query": query, "variables": variables}
    return client.post(ADDRESS, body, content_type="application/json")


def test_what_a_manager_does_is_the_managers(db: None) -> None:
    return_ = returned(1)
    answer = ask(signed_in(Role.MANAGER), mutations.CLOSE, id=gid("Return", return_.pk)).json()
    assert answer["data"]["returnClose"]["return"]["status"] == "CLOSED"
    event = Event.objects.latest("pk")
    assert (event.actor_kind, event.actor_name) == ("STAFF", "Mia Manager")


@pytest.mark.parametrize(
    ("client", "status"),
    [
        ((), 401),
        ((Role.SUPPORT,), 403),
        ((Role.WAREHOUSE, Role.FINANCE), 403),
        ((Role.MANAGER,), 200),
    ],
)
def test_only_managers_get_in(client: tuple[Role, ...], status: int) -> None:
    who = signed_in(*client) if client else Client()
    assert ask(who, "{ shop { name } }").status_code == status
    page = who.get(reverse("backoffice:graphiql")).status_code
    assert page == {401: 302}.get(status, status)


def test_buyer_does_not_get_in() -> None:
    assert ask(signed_in(), "{ shop { name } }").status_code == 403


def test_request_from_another_site_is_refused() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(UserFactory(roles=[Role.MANAGER]))
    assert ask(client, "{ shop { name } }").status_code == 403


def test_role_decides_on_scopes() -> None:
    assert scopes_of(ROLE_PERMISSIONS[Role.MANAGER]) == set(Scope.values)
    warehouse = scopes_of(ROLE_PERMISSIONS[Role.WAREHOUSE])
    assert "read_returns" in warehouse
    assert not {scope for scope in warehouse if scope.startswith("write_")}


def test_manager_sees_the_subscriptions_of_the_back_office_alone() -> None:
    made = subscriptions.create("returns/close", "https://example.com/", actor=actors.system())
    client = signed_in(Role.MANAGER)
    query = "{ webhookSubscriptions(first: 5) { nodes { id } } }"
    told = ask(client, query).json()["data"]["webhookSubscriptions"]["nodes"]
    assert told == [{"id": gid("WebhookSubscription", made.pk)}]


def test_page_lets_its_own_style_in_and_no_other() -> None:
    client = signed_in(Role.MANAGER)
    policy = client.get(reverse("backoffice:graphiql")).headers["Content-Security-Policy"]
    assert "style-src 'self' 'nonce-" in policy
    assert "unsafe" not in policy
    assert "font-src 'self' data:" in policy
