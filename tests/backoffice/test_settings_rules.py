"""Settings: rules on top of a store's policy."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNumQueries, assertRedirects

from orders.models import Product, Store
from returns.models import PolicyVersion
from returns.policies import saving
from returns.policies.rules.schema import Rule
from tests.factories import CustomerFactory, LocationFactory, ProductFactory, StoreFactory
from tests.returns.policies.rules.examples import rule
from tests.returns.stories import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Store:
    return StoreFactory.create(currency="EUR")


def put(store: Store, *rules: Rule) -> None:
    for each in rules:
        saving.put_rule(store, each, actor=SYSTEM)


def url(name: str, store: Store, *more: object) -> str:
    return reverse(f"backoffice:{name}", args=[store.pk, *more])


def said(base: int = 0, **fields: Any) -> dict[str, Any]:
    return {"base": str(base), "name": "Sale", "active": "on", **fields}


EVERYTHING: dict[str, Any] = {
    "valid_from": "2026-11-01",
    "valid_until": "2027-10-31",
    "products": "linen-shirt\ncup; plate",
    "product_types": "Shirts",
    "vendors": "Linden, Lark & Co",
    "tags": "sale",
    "price_from": "10",
    "price_until": "99.90",
    "discount_from": "20",
    "discount_until": "80",
    "countries": "de, at\nch",
    "regions": "Bayern",
    "customer_groups": "retail",
    "customer_tags": "vip",
    "channels": "web",
    "bought_from": "2026-11-15",
    "bought_until": "2026-12-24",
    "reasons": ["style", "color"],
    "returnable": "YES",
    "window_days_none": "on",
    "window_start": "LAST_DELIVERY",
    "transit_days": "3",
    "until": "2027-01-31",
    "next_business_day": "yes",
    "offers_money": "no",
    "exchanges": "ANY_PRODUCT",
    "offers_replacement": "yes",
    "offers_repair": "no",
    "instant_exchange": "no",
    "reservation_hours": "48",
    "offers_credit": "yes",
    "credit_bonus_amount": "5",
    "credit_valid_days": "365",
    "restocking_fee_percent": "12.5",
    "return_shipping_fee": "4.90",
    "shipping_refund": "NEVER",
    "auto_approve": "no",
    "comment_needed": "yes",
    "photos_needed": "yes",
    "keep_item_below_none": "on",
    "days_to_send": "7",
    "label": "BY_STAFF",
}
# What cannot depend on the reason.
BEFORE_SENT: dict[str, Any] = {"cancel_unsent": "BY_STAFF", "cancel_minutes_none": "on"}


def test_rule_with_everything_is_saved_and_shown_again(manager: Client, store: Store) -> None:
    response = manager.post(url("new_rule", store), said(**EVERYTHING))

    assertRedirects(response, url("rules", store))
    (made,) = saving.rules_in_force(store.pk)
    assert (made.name, made.valid_from, made.valid_until) == (
        "Sale",
        date(2026, 11, 1),
        date(2027, 10, 31),
    )
    assert made.conditions == {
        "products": ("linen-shirt", "cup", "plate"),
        "product_types": ("Shirts",),
        "vendors": ("Linden, Lark & Co",),
        "tags": ("sale",),
        "price_from": Decimal(10),
        "price_until": Decimal("99.90"),
        "discount_from": Decimal(20),
        "discount_until": Decimal(80),
        "countries": ("DE", "AT", "CH"),
        "regions": ("Bayern",),
        "customer_groups": ("retail",),
        "customer_tags": ("vip",),
        "channels": ("web",),
        "bought_from": date(2026, 11, 15),
        "bought_until": date(2026, 12, 24),
        "reasons": ("style", "color"),
    }
    assert made.settings == {
        "returnable": "YES",
        "window_days": None,
        "window_start": "LAST_DELIVERY",
        "transit_days": 3,
        "next_business_day": True,
        "until": date(2027, 1, 31),
        "offers_money": False,
        "offers_credit": True,
        "exchanges": "ANY_PRODUCT",
        "offers_replacement": True,
        "offers_repair": False,
        "instant_exchange": False,
        "reservation_hours": 48,
        "credit_bonus_amount": Decimal(5),
        "credit_valid_days": 365,
        "restocking_fee_percent": Decimal("12.5"),
        "return_shipping_fee": Decimal("4.90"),
        "shipping_refund": "NEVER",
        "days_to_send": 7,
        "label": "BY_STAFF",
        "comment_needed": True,
        "photos_needed": True,
        "keep_item_below": None,
        "auto_approve": False,
    }
    page = manager.get(url("rule", store, made.key))
    form = page.context["form"]
    again = {
        name: form[name].value() for name in form.fields if form[name].value() not in (None, "", [])
    }
    assertRedirects(manager.post(url("rule", store, made.key), said(**again)), url("rules", store))
    assert saving.rules_in_force(store.pk) == [made]
    assert PolicyVersion.objects.count() == 1


def test_rule_about_what_the_buyer_wants_is_saved_and_shown_again(
    manager: Client, store: Store
) -> None:
    typed = said(resolutions=["REPAIR", "CREDIT"], reasons=["style"], label="BY_STAFF")
    assertRedirects(manager.post(url("new_rule", store), typed), url("rules", store))

    (made,) = saving.rules_in_force(store.pk)
    assert made.conditions == {"reasons": ("style",), "resolutions": ("CREDIT", "REPAIR")}
    form = manager.get(url("rule", store, made.key)).context["form"]
    assert form["resolutions"].value() == ["CREDIT", "REPAIR"]
    page = manager.get(url("rules", store))
    assertContains(page, "store credit, repair")
    assertContains(page, "Nothing offers this to buyers: store credit, repair.")


def test_what_says_what_may_be_chosen_cannot_depend_on_the_choice(
    manager: Client, store: Store
) -> None:
    typed = said(resolutions=["REPAIR"], offers_credit="yes", return_shipping_fee="3")
    response = manager.post(url("new_rule", store), typed)

    assert response.status_code == 422
    assert response.context["form"].errors == {
        "offers_credit": ["Cannot depend on what the buyer wants: it says what may be chosen."],
        "return_shipping_fee": ["Of a repair nothing is paid back, so no fee can be taken."],
    }
    assert saving.rules_in_force(store.pk) == []


def test_canceling_is_set_and_stands_in_the_file(manager: Client, store: Store) -> None:
    manager.post(url("new_rule", store), said(**BEFORE_SENT))

    (made,) = saving.rules_in_force(store.pk)
    assert made.settings == {"cancel_unsent": "BY_STAFF", "cancel_minutes": None}
    text = saving.as_file(store)
    assert "cancel_unsent: BY_STAFF" in text
    saving.import_file(store, text, actor=SYSTEM)
    assert saving.rules_in_force(store.pk) == [made]


def test_location_is_chosen_and_stays_chosen_when_it_takes_no_returns_any_more(
    manager: Client, store: Store
) -> None:
    place = LocationFactory(code="north")
    manager.post(url("new_rule", store), said(location="north"))
    (made,) = saving.rules_in_force(store.pk)
    place.accepts_returns = False
    place.save()

    typed = said(base=1, location="north", comment_needed="yes")
    assertRedirects(manager.post(url("rule", store, made.key), typed), url("rules", store))

    (changed,) = saving.rules_in_force(store.pk)
    assert (made.settings, changed.settings) == (
        {"location": "north"},
        {"location": "north", "comment_needed": True},
    )


def test_goods_that_stay_have_a_text_in_both_languages(manager: Client, store: Store) -> None:
    typed: dict[str, Any] = {
        "returnable": "HYGIENE",
        "returnable_text_en": "Opened cosmetics stay.",
        "returnable_text_de": "Geöffnete Kosmetik bleibt.",
    }
    manager.post(url("new_rule", store), said(**typed))

    (made,) = saving.rules_in_force(store.pk)
    texts = {"en": "Opened cosmetics stay.", "de": "Geöffnete Kosmetik bleibt."}
    assert made.settings == {"returnable": "HYGIENE", "returnable_text": texts}


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({}, None, "A rule sets at least one thing."),
        ({"name": ""}, "name", "This field is required."),
        ({"window_days": "-1"}, "window_days", "Must be a whole number from 0 to 36500."),
        ({"window_days": "many"}, "window_days", "Enter a whole number."),
        ({"price_from": "2", "price_until": "1"}, "price_until", "No value is from one"),
        ({"returnable": "DIGITAL", "window_days": "3"}, "window_days", "Contradicts that it"),
        ({"returnable_text_de": "Nein"}, "returnable_text_en", "Only what cannot go back"),
        ({"location": "moon"}, "location", "Select a valid choice."),
        ({"label": "MAGIC"}, "label", "Select a valid choice."),
        ({"credit_bonus_percent": "101"}, "credit_bonus_percent", "a percentage from 0 to 100"),
        ({"valid_from": "2026-02-01", "valid_until": "2026-01-01"}, "valid_until", "Ends before"),
        ({"tags": "x" * 256}, "tags", "Must be a text of 1 to 255 characters."),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_place_and_kept(
    manager: Client, store: Store, typed: dict[str, Any], field: str | None, words: str
) -> None:
    always = {} if field is None else {"comment_needed": "yes"}
    response = manager.post(url("new_rule", store), said(vendors="Kept", **{**always, **typed}))

    assert response.status_code == 422
    form = response.context["form"]
    found = form.errors[field] if field else form.non_field_errors()
    assert words in str(found)
    assert "Kept" in response.content.decode()
    assert PolicyVersion.objects.count() == 0


def test_save_over_somebody_elses_is_refused_with_what_was_typed(
    manager: Client, store: Store
) -> None:
    put(store, rule("One", window_days=7))
    put(store, rule("Two", window_days=8))

    response = manager.post(url("rule", store, "one"), said(base=1, window_days="99"))

    assertContains(response, "Somebody changed the policy meanwhile", status_code=422)
    assert 'value="99"' in response.content.decode()
    assert saving.rules_in_force(store.pk)[0].settings == {"window_days": 7}


def test_rules_are_moved_without_script_and_removed(manager: Client, store: Store) -> None:
    put(
        store,
        rule("One", window_days=7),
        rule("Two", label="NONE"),
        rule("Three", until="2030-01-01"),
    )

    moved = manager.post(url("move_rule", store, "three"), {"to": "up"})
    manager.post(url("move_rule", store, "one"), {"to": "down"})

    assert moved["Location"] == url("rules", store) + "#rule-three"
    assert [each.name for each in saving.rules_in_force(store.pk)] == ["Three", "One", "Two"]
    assert manager.get(url("remove_rule", store, "one")).status_code == 200
    assertRedirects(manager.post(url("remove_rule", store, "one")), url("rules", store))
    assert [each.name for each in saving.rules_in_force(store.pk)] == ["Three", "Two"]
    for name in ("rule", "remove_rule"):
        assert manager.get(url(name, store, "one")).status_code == 404
    gone = manager.post(url("move_rule", store, "one"), {"to": "up"}, follow=True)
    assertContains(gone, "This rule was removed meanwhile.")


def test_list_names_what_is_odd(manager: Client, store: Store) -> None:
    ProductFactory(tags=["sale"], product_type="Shirts")
    CustomerFactory(group="Press", tags=["vip"])
    known = {
        "tags": ["Sale"],
        "product_types": ["shirts"],
        "customer_groups": ["press"],
        "customer_tags": ["VIP"],
        "countries": ["DE"],
        "reasons": ["style"],
        "products": [Product.objects.get().handle],
        "vendors": ["linden & lark"],
    }
    put(
        store,
        rule("Known", where=known, window_days=1),
        rule("All", window_days=14),
        rule("Late", where={"tags": ["sail"], "countries": ["XQ"]}, window_days=7),
    )

    found = manager.get(url("rules", store)).context["findings"]

    assert [(each["name"], each["message"]) for each in found] == [
        ("Late", "Never decides anything: “All” before it always does."),
        ("Late", "Nothing has this yet (product tag): sail."),
        ("Late", "Nothing has this yet (country of the buyer): XQ."),
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_list_queries(manager: Client, store: Store, count: int) -> None:
    put(store, *(rule(f"R{n}", where={"tags": ["x"]}, window_days=n) for n in range(count)))

    with assertNumQueries(5):
        page = manager.get(url("rules", store))

    assert len(page.context["rows"]) == count


@pytest.mark.parametrize("count", [1, 3])
def test_rule_queries(manager: Client, store: Store, count: int) -> None:
    put(store, *(rule(f"R{n}", where={"tags": ["x"]}, window_days=n) for n in range(count)))

    with assertNumQueries(6):
        manager.get(url("rule", store, "r0"))


def test_only_managers_see_rules(support: Client, store: Store) -> None:
    assert support.get(url("rules", store)).status_code == 403
    assert support.post(url("new_rule", store), said(window_days="1")).status_code == 403
    assert PolicyVersion.objects.count() == 0
