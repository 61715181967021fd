"""Settings: programs that call the APIs."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertNumQueries, assertRedirects

from accounts import actors, clients
from accounts.models import ApiClient
from returns.webhooks import subscriptions

pytestmark = pytest.mark.django_db


def test_token_is_shown_once(manager: Client) -> None:
    said = {"name": "ERP", "scopes": ["read_returns", "write_returns"], "days": "30"}
    page = manager.post(reverse("backoffice:new_client"), said)
    row = ApiClient.objects.get()
    token = page.context["token"]
    assert clients.authenticate(token) == row
    assert page.status_code == 200
    assert "no-store" in page.headers["Cache-Control"]
    assert token in page.content.decode()
    listed = manager.get(reverse("backoffice:clients")).content.decode()
    assert row.name in listed
    assert token not in listed


@pytest.mark.parametrize(
    "said",
    [
        {"name": "", "scopes": ["read_returns"]},
        {"name": "ERP", "scopes": []},
        {"name": "ERP", "scopes": ["read_minds"]},
        {"name": "ERP", "scopes": ["read_returns"], "days": "0"},
        {"name": "ERP", "scopes": ["read_returns"], "days": "99999999"},
    ],
)
def test_wrong_client_is_shown_again(manager: Client, said: dict[str, object]) -> None:
    page = manager.post(reverse("backoffice:new_client"), said)
    assert page.status_code == 422
    assert not ApiClient.objects.exists()


def test_token_is_revoked_and_its_webhooks_are_off(manager: Client) -> None:
    made = clients.create(name="ERP", scopes=["write_returns"])
    subscription = subscriptions.create(
        "returns/approve", "https://example.com/", actor=actors.api(made.client)
    )
    url = reverse("backoffice:client", args=[made.client.pk])
    assert manager.get(url).status_code == 200
    assertRedirects(manager.post(url), reverse("backoffice:clients"))
    assert clients.authenticate(made.token) is None
    assert "revoked" in manager.get(reverse("backoffice:clients")).content.decode()
    subscription.refresh_from_db()
    assert subscription.is_listening is False
    listed = manager.get(reverse("backoffice:webhooks")).content.decode()
    assert "ERP" in listed


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_the_same_statements_however_many(manager: Client, count: int) -> None:
    for number in range(count):
        clients.create(name=f"ERP {number}", scopes=["read_returns"])
    with assertNumQueries(3):
        manager.get(reverse("backoffice:clients"))
