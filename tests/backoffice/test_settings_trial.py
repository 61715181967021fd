"""Settings: trying a policy out."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNumQueries

from orders.models import Order, OrderLine, Store
from returns.policies import saving
from returns.policies.rules.schema import Rule
from tests.factories import StoreFactory, sent_order
from tests.returns.policies.rules.examples import rule
from tests.returns.stories import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Store:
    return StoreFactory.create()


def put(store: Store, *rules: Rule) -> None:
    for each in rules:
        saving.put_rule(store, each, actor=SYSTEM)


def url(store: Store) -> str:
    return reverse("backoffice:try_policy", args=[store.pk])


def lines(client: Client, store: Store, **asked: str) -> list[dict[str, Any]]:
    response = client.get(url(store), asked)
    assert response.status_code == 200
    found: list[dict[str, Any]] = response.context["lines"]
    return found


def by(line: dict[str, Any], label: str) -> tuple[str, str]:
    rows = [*line["decided"], *line["defaults"]]
    (row,) = [row for row in rows if row["label"] == label]
    return row["value"], row["by"]


def test_order_shows_per_line_which_rule_decides_what_and_why(
    manager: Client, store: Store
) -> None:
    order = sent_order(1, 2, store=store, reference="#77")
    first = order.lines.order_by("position").first()
    assert first is not None
    assert first.variant is not None
    first.variant.product.tags = ["sale"]
    first.variant.product.save()
    put(
        store,
        rule("Sale", where={"tags": ["sale"]}, returnable="FINAL_SALE"),
        rule("Off", active=False, window_days=3),
        rule("Faults", where={"reasons": ["style"]}, window_days=90),
        rule("All", window_days=14),
        rule("Too late", where={"channels": ["web"]}, window_days=15),
        rule("Never", window_days=16),
    )

    one, two = lines(manager, store, order="77")

    assert by(one, "May go back") == ("no: final sale", "Sale")
    assert by(one, "Days to return") == ("14 days", "All")
    assert by(two, "May go back") == ("as the shop marked the item", "")
    assert [each["words"] for each in one["outcomes"]] == ["Final sale: cannot be returned"]
    assert [(each["name"], each["words"]) for each in two["tried"]] == [
        ("Sale", "Does not hold: product tag"),
        ("Off", "Does not hold: it is switched off"),
        ("Faults", "Does not hold: return reason"),
        ("All", "Decides: days to return"),
        ("Too late", "Does not hold: sales channel"),
        ("Never", "Holds, but rules before it decided all it sets."),
    ]
    assert by(lines(manager, store, order="#77", reason="style")[1], "Days to return") == (
        "90 days",
        "Faults",
    )
    assert OrderLine.objects.exclude(return_terms={}).count() == 0
    assert Order.objects.get().return_terms == {}


def test_invented_order_is_judged(manager: Client, store: Store) -> None:
    where = {
        "tags": ["sale"],
        "countries": ["CH"],
        "price_from": "10",
        "discount_from": "20",
        "customer_tags": ["vip"],
    }
    put(store, rule("Swiss sale", where=where, window_days=5))
    today = timezone.now().astimezone(store.zone).date()
    asked = {
        "day": (today - timedelta(days=9)).isoformat(),
        "delivered": (today - timedelta(days=6)).isoformat(),
        "country": "ch",
        "tags": "new; Sale",
        "customer_tags": "VIP",
        "price": "10",
        "discount": "20",
    }

    (line,) = lines(manager, store, **asked)
    assert by(line, "Days to return") == ("5 days", "Swiss sale")
    assert [each["words"] for each in line["outcomes"]] == ["The time for returns is over"]
    (other,) = lines(manager, store, **{**asked, "country": "de"})
    assert by(other, "Days to return") == ("30 days", "")
    assert other["tried"][0]["words"] == "Does not hold: country of the buyer"


def test_store_without_rules_shows_the_default_policy(manager: Client, store: Store) -> None:
    sent_order(1, store=store, reference="#77")

    (line,) = lines(manager, store, order="#77")

    assert (line["decided"], line["tried"]) == ([], [])
    assert by(line, "Days to return") == ("30 days", "")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"order": "#404"}, "There is no order with this number in this store."),
        ({"order": ""}, "or the day on which it was bought"),
        ({"day": "2026-13-01"}, "Enter a valid date."),
        ({"day": "2026-11-01", "price": "-1"}, "greater than or equal to 0"),
        ({"day": "2026-11-01", "reason": "magic"}, "Select a valid choice."),
    ],
)
def test_what_cannot_be_tried_is_said(
    manager: Client, store: Store, asked: dict[str, str], words: str
) -> None:
    sent_order(1, reference="#404")  # of another store

    assertContains(manager.get(url(store), asked), words, status_code=422)


@pytest.mark.parametrize("count", [1, 3])
def test_queries(manager: Client, store: Store, count: int) -> None:
    sent_order(*[1] * count, store=store, reference="#77")
    put(store, rule("All", window_days=14))

    with assertNumQueries(10):
        found = lines(manager, store, order="#77")

    assert len(found) == count
