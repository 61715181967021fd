"""What rules decide is frozen on the lines of orders that come in."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.asserts import assertNumQueries

from accounts import actors
from accounts.models import Role
from orders import intake
from orders.intake import CustomerData, OrderData, ProductData
from orders.models import Order, OrderLine, Store
from returns import eligibility
from returns.errors import NotPermitted, PolicyChanged, UnknownRule
from returns.models import PolicyVersion, ReturnPolicy
from returns.policies import saving
from returns.policies.rules.schema import Rule
from tests.factories import ReturnPolicyFactory, StoreFactory
from tests.orders.intake.examples import line, order, parcel
from tests.returns.policies.rules.examples import rule
from tests.returns.stories import SYSTEM, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Store:
    return StoreFactory.create(code="linden")


def put(store: Store, *rules: Rule) -> None:
    for each in rules:
        saving.put_rule(store, each, actor=SYSTEM)


def kept() -> list[dict[str, object]]:
    return [row.return_terms for row in OrderLine.objects.order_by("order", "position")]


def sold(**values: object) -> OrderData:
    """Return an order of a tagged, discounted cup and a plate, sold in a shop to the press."""
    product = ProductData(
        handle="cup", vendor="Linden & Lark", product_type="Cups", tags=("sale", "kitchen")
    )
    return order(
        lines=(
            line(product=product, discount_total=Decimal("7.50")),
            line(title="Plate", sku="PLATE-1", unit_price=Decimal("7.50")),
        ),
        customer=CustomerData(reference="C-1", group="Press", tags=("vip",)),
        channel="pos",
        fulfillments=(),
        payments=(),
        **values,
    )


def test_rules_decide_for_the_lines_they_are_about(store: Store) -> None:
    where = {
        "products": ["cup"],
        "product_types": ["cups"],
        "vendors": ["linden & lark"],
        "tags": ["sale"],
        "discount_from": "25",
        "countries": ["DE"],
        "customer_groups": ["press"],
        "customer_tags": ["vip"],
        "channels": ["pos"],
        "bought_from": "2026-11-10",
        "bought_until": "2026-11-10",
    }
    put(store, rule("Sale", where=where, returnable="FINAL_SALE"))

    intake.take_in(sold())

    settings = {"returnable": "FINAL_SALE", "returnable_text": {}}
    rules = {"returnable": "Sale", "returnable_text": "Sale"}
    assert kept() == [{"version": 1, "settings": settings, "rules": rules}, {}]


def test_later_changes_do_not_reach_orders_that_are_in(store: Store) -> None:
    put(store, rule("First", window_days=7))
    intake.take_in(sold())
    before = kept()

    put(store, rule("First", window_days=99))
    intake.take_in(replace(sold(), guest_email="", language="fr"))

    assert kept() == before
    assert before[0]["settings"] == {"window_days": 7}


def test_line_that_is_new_in_a_known_order_gets_the_rules_in_force(store: Store) -> None:
    first = sold()
    intake.take_in(replace(first, lines=first.lines[:1]))
    put(store, rule("Press", where={"customer_groups": ["press"]}, window_days=7))

    intake.take_in(first)

    assert [row.get("settings") for row in kept()] == [None, {"window_days": 7}]


def test_rule_that_is_not_valid_when_the_order_is_placed_decides_nothing(store: Store) -> None:
    put(store, rule("December", valid_from="2026-12-01", window_days=7))

    intake.take_in(sold())

    assert kept() == [{}, {}]


def test_day_is_that_of_the_stores_zone(store: Store) -> None:
    put(store, rule("Day", where={"bought_from": "2026-11-11"}, window_days=7))

    intake.take_in(sold(placed_at=datetime(2026, 11, 10, 23, 30, tzinfo=UTC)))

    assert kept()[0]["settings"] == {"window_days": 7}


def test_intake_takes_one_query_more_with_rules_and_none_without(store: Store) -> None:
    def statements(*orders: OrderData) -> int:
        with CaptureQueriesContext(connection) as counted:
            intake.take_in_many(orders)
        return len(counted)

    intake.take_in(sold(reference="#0"))
    without = statements(sold(reference="#1"), sold(reference="#2"))
    put(store, rule("Rule", window_days=7))

    assert statements(sold(reference="#3"), sold(reference="#4")) == without + 1


def test_every_save_is_a_version_that_names_who(store: Store) -> None:
    manager = staff(Role.MANAGER)
    saving.put_rule(store, rule("One", window_days=7), actor=manager)
    saving.put_rule(store, rule("Two", window_days=8), actor=manager)
    saving.move_rule(store, "two", up=True, actor=manager)
    saving.remove_rule(store, "one", actor=manager)

    found = PolicyVersion.objects.order_by("number")
    assert [(each.number, each.summary, each.actor_name) for each in found] == [
        (1, "Rule “One” added", "Sam"),
        (2, "Rule “Two” added", "Sam"),
        (3, "Rule “Two” moved", "Sam"),
        (4, "Rule “One” removed", "Sam"),
    ]
    assert [each.name for each in saving.rules_in_force(store.pk)] == ["Two"]
    store.refresh_from_db()
    assert (store.return_version, store.return_terms["version"]) == (4, 4)


def test_store_without_rules_names_no_version(store: Store) -> None:
    put(store, rule("One", window_days=7))
    saving.remove_rule(store, "one", actor=SYSTEM)

    store.refresh_from_db()
    assert store.return_version is None


def test_same_again_is_no_new_version(store: Store) -> None:
    put(store, rule("One", window_days=7))
    put(store, rule("One", window_days=7))
    saving.move_rule(store, "one", up=True, actor=SYSTEM)

    assert PolicyVersion.objects.count() == 1


def test_undo_brings_back_terms_and_rules_as_a_new_version(store: Store) -> None:
    policy = ReturnPolicyFactory.build(store=store, window_days=14, instructions="By post.")
    saving.publish(policy, actor=SYSTEM)
    put(store, rule("One", window_days=7))
    policy.window_days, policy.instructions = 99, ""
    saving.publish(policy, actor=SYSTEM)
    saving.remove_rule(store, "one", actor=SYSTEM)

    saving.restore(store, 2, actor=SYSTEM)

    again = ReturnPolicy.objects.get()
    assert (again.window_days, again.instructions) == (14, "By post.")
    assert saving.rules_in_force(store.pk) == [rule("One", window_days=7)]
    latest = saving.latest(store.pk)
    assert latest is not None
    assert (latest.number, latest.summary) == (5, "As in version 2 again")
    store.refresh_from_db()
    assert (store.return_terms["window_days"], store.return_version) == (14, 5)


def test_save_over_somebody_elses_is_refused(store: Store) -> None:
    put(store, rule("One", window_days=7))

    with pytest.raises(PolicyChanged):
        saving.put_rule(store, rule("One", window_days=8), actor=SYSTEM, base=0)

    assert saving.rules_in_force(store.pk) == [rule("One", window_days=7)]


def test_unknown_rule_and_version(store: Store) -> None:
    with pytest.raises(UnknownRule):
        saving.remove_rule(store, "none", actor=SYSTEM)
    with pytest.raises(UnknownRule):
        saving.restore(store, 4, actor=SYSTEM)


def test_only_who_may_change_settings_changes_rules(store: Store) -> None:
    for actor in (staff(Role.SUPPORT), actors.buyer("Ada")):
        with pytest.raises(NotPermitted):
            saving.put_rule(store, rule("One", window_days=7), actor=actor)
    assert PolicyVersion.objects.count() == 0


def test_eligibility_of_many_lines_under_many_rules_takes_few_queries(store: Store) -> None:
    rules = [
        rule(f"R{number}", where={"tags": [f"t{number % 50}"]}, window_days=number, label="NONE")
        for number in range(200)
    ]
    saving.replace_all(store, None, rules, actor=SYSTEM, summary="Many")
    lines = tuple(
        line(sku=f"S{number}", product=ProductData(handle=f"p{number}", tags=(f"t{number}",)))
        for number in range(50)
    )
    taken = intake.take_in(
        order(lines=lines, fulfillments=(parcel(*[3] * 50),), payments=()),
    )

    with assertNumQueries(3):
        found = Order.objects.select_related("store", "customer").get(pk=taken.order.pk)
        items = eligibility.for_order(found)

    assert len(items) == 50
    assert [item.verdict.terms.window_days for item in items] == list(range(50))
