"""The start page shows what waits for the person who looks."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertNumQueries

from accounts.models import Role
from tests.backoffice.conftest import SignIn
from tests.factories import OrderFactory, ReturnFactory, ReturnLineFactory

pytestmark = pytest.mark.django_db

HOME = reverse("backoffice:home")


def test_tiles_are_those_of_the_role(sign_in: SignIn) -> None:
    shown = {
        role: [str(tile["label"]) for tile in sign_in(role).get(HOME).context["tiles"]]
        for role in Role
    }
    assert shown == {
        Role.SUPPORT: ["To decide", "To answer", "Overdue", "We are late"],
        Role.WAREHOUSE: ["On the way", "To receive", "To finish", "To send", "We are late"],
        Role.FINANCE: ["To answer", "To refund", "We are late"],
        Role.MANAGER: [
            "To decide",
            "To answer",
            "On the way",
            "To receive",
            "To finish",
            "To send",
            "To refund",
            "Overdue",
            "We are late",
        ],
    }


def test_oldest_request_stands_first_and_leads_to_its_page(support: Client) -> None:
    young = ReturnFactory(status="REQUESTED")
    old = ReturnFactory(status="REQUESTED", created_at=young.created_at.replace(year=2025))
    response = support.get(HOME)
    (queue,) = response.context["queues"]
    assert [row["url"] for row in queue["rows"]] == [
        reverse("backoffice:return", args=[return_.pk]) for return_ in (old, young)
    ]
    assert queue["url"] == f"{reverse('backoffice:returns')}?queue=decide"


@pytest.mark.parametrize(("language", "text"), [("en", "2 days ago"), ("de", "vor 2 Tagen")])
def test_age_is_told_in_the_language_of_the_reader(
    support: Client, language: str, text: str
) -> None:
    ReturnFactory(status="REQUESTED", created_at=timezone.now() - timedelta(days=2))
    response = support.get(HOME, headers={"Accept-Language": language})
    (queue,) = response.context["queues"]
    assert [row["when"] for row in queue["rows"]] == [text]


def test_nothing_waits(support: Client) -> None:
    assert "Nothing waits for you" in support.get(HOME).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_queries_do_not_grow_with_what_waits(manager: Client, count: int) -> None:
    for _ in range(count):
        ReturnFactory(status="REQUESTED")
        ReturnLineFactory(for_return__status="OPEN", for_return__send_by="2026-01-01")
        ReturnLineFactory(for_return__status="CLOSED", processed_quantity=1)
    # Session, user, counts, four queues, cancellations, rules that stopped.
    with assertNumQueries(9):
        manager.get(HOME)


def test_navigation_leads_where_the_role_may_go(sign_in: SignIn) -> None:
    labels = {
        role: [
            str(item["label"])
            for section in sign_in(role).get(HOME).context["navigation"].sections
            for item in section["items"]
        ]
        for role in (Role.SUPPORT, Role.MANAGER)
    }
    assert labels[Role.SUPPORT] == ["Home", "Returns", "Withdrawals", "Orders", "Store credit"]
    assert {"Return policies", "Return reasons", "Stores", "Locations", "Staff"} < set(
        labels[Role.MANAGER]
    )


def test_kept_navigation_is_not_that_of_somebody_else_or_of_another_page(sign_in: SignIn) -> None:
    support, manager = sign_in(Role.SUPPORT), sign_in(Role.MANAGER)
    pages = [client.get(HOME).content.decode() for client in (manager, support, manager)]
    assert ["Return policies" in page for page in pages] == [True, False, True]
    orders = support.get(reverse("backoffice:orders")).content.decode()
    current = f'href="{reverse("backoffice:orders")}" aria-current="page"'
    assert [current in page for page in (pages[1], orders)] == [False, True]
    german = support.get(HOME, headers={"accept-language": "de"}).content.decode()
    assert ["Bestellungen" in page for page in (pages[1], german)] == [False, True]


def test_order_of_a_guest_shows_the_address(support: Client) -> None:
    order = OrderFactory(customer=None, guest_email="guest@example.com", shipping_address={})
    ReturnFactory(order=order, status="REQUESTED")
    assert "guest@example.com" in support.get(HOME).content.decode()
