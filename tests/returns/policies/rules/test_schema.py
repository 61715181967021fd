"""Reading rules from plain data."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from returns.models.policies import ReturnTerms
from returns.policies.rules import schema
from returns.policies.rules.schema import BEFORE_THE_CHOICE, SETTINGS, Problem, Rule, rule_from
from tests.returns.policies.rules.examples import rule


def told(problems: Rule | list[Problem]) -> list[tuple[tuple[str | int, ...], str]]:
    assert isinstance(problems, list)
    return [(each.path, each.message) for each in problems]


def test_rule_is_read_into_typed_values_and_back_into_the_same_plain_data() -> None:
    plain = {
        "key": "k1",
        "name": "Sale",
        "active": True,
        "valid_from": "2026-11-01",
        "valid_until": None,
        "conditions": {"tags": ["sale", "last-chance"], "price_until": "19.9"},
        "settings": {
            "returnable": "FINAL_SALE",
            "returnable_text": {"en": "Sold as it is.", "de": "Wie besehen verkauft."},
            "restocking_fee_percent": "12.5",
            "credit_valid_days": None,
            "comment_needed": True,
        },
    }

    read = rule_from(plain, key="unused")

    assert read == Rule(
        key="k1",
        name="Sale",
        valid_from=date(2026, 11, 1),
        conditions={"tags": ("sale", "last-chance"), "price_until": Decimal("19.90")},
        settings={
            "returnable": "FINAL_SALE",
            "returnable_text": {"en": "Sold as it is.", "de": "Wie besehen verkauft."},
            "restocking_fee_percent": Decimal("12.5"),
            "credit_valid_days": None,
            "comment_needed": True,
        },
    )
    assert isinstance(read, Rule)
    assert read.to_json() == plain


def test_every_setting_is_one_of_the_terms() -> None:
    assert schema.SETTINGS.keys() <= ReturnTerms.__dataclass_fields__.keys()


@pytest.mark.parametrize(
    ("part", "path", "message"),
    [
        ({"colour": 1}, ("colour",), "There is no such field."),
        ({"name": " "}, ("name",), "Give the rule a name."),
        ({"name": "a\nb"}, ("name",), "A name is one line of at most 100 characters."),
        ({"active": "perhaps"}, ("active",), "Must be yes or no."),
        ({"valid_from": "soon"}, ("valid_from",), "Must be a day, as in 2026-12-24."),
        ({"conditions": []}, ("conditions",), "Must be names with values."),
        ({"conditions": {"shoe": 1}}, ("conditions", "shoe"), "There is no such field."),
        ({"conditions": {"tags": []}}, ("conditions", "tags"), "Give 1 to 500."),
        ({"conditions": {"tags": None}}, ("conditions", "tags"), "This is missing."),
        (
            {"conditions": {"tags": [{}]}},
            ("conditions", "tags"),
            "Must be a text of 1 to 255 characters.",
        ),
        (
            {"conditions": {"price_from": "-1"}},
            ("conditions", "price_from"),
            "Must be an amount, as in 12.50.",
        ),
        (
            {"conditions": {"price_from": "NaN"}},
            ("conditions", "price_from"),
            "Must be an amount, as in 12.50.",
        ),
        (
            {"conditions": {"discount_from": "100.5"}},
            ("conditions", "discount_from"),
            "Must be a percentage from 0 to 100.",
        ),
        (
            {"settings": {"window_days": "-3"}},
            ("settings", "window_days"),
            "Must be a whole number from 0 to 36500.",
        ),
        (
            {"settings": {"window_days": True}},
            ("settings", "window_days"),
            "Must be a whole number from 0 to 36500.",
        ),
        (
            {"settings": {"exchanges": "ALL"}},
            ("settings", "exchanges"),
            "Must be one of NONE, SAME_PRODUCT, ANY_PRODUCT.",
        ),
        (
            {"settings": {"returnable": "OTHER", "returnable_text": {"xx": "a"}}},
            ("settings", "returnable_text"),
            "Must be a text for each of the languages en, de.",
        ),
        ({"settings": {}}, ("settings",), "A rule sets at least one thing."),
        (
            {"valid_from": "2026-02-01", "valid_until": "2026-01-01"},
            ("valid_until",),
            "Ends before it begins.",
        ),
        (
            {"conditions": {"price_from": "20", "price_until": "10"}},
            ("conditions", "price_until"),
            "No value is from one to the other.",
        ),
        (
            {"settings": {"returnable": "HYGIENE", "window_days": 3}},
            ("settings", "window_days"),
            "Contradicts that it cannot go back.",
        ),
        (
            {"settings": {"returnable_text": {"en": "Why"}}},
            ("settings", "returnable_text"),
            "Only what cannot go back has a text that says why.",
        ),
        (
            {"settings": {"credit_bonus_percent": 5, "credit_bonus_amount": "5"}},
            ("settings", "credit_bonus_amount"),
            "Choose one bonus: in percent or as an amount.",
        ),
        (
            {"conditions": {"resolutions": ["CREDIT"]}, "settings": {"exchanges": "NONE"}},
            ("settings", "exchanges"),
            "Cannot depend on what the buyer wants: it says what may be chosen.",
        ),
        (
            {"conditions": {"resolutions": ["CREDIT"]}},
            ("settings", "window_days"),
            "Cannot depend on what the buyer wants: it says what may be chosen.",
        ),
        (
            {
                "conditions": {"resolutions": ["REPAIR"]},
                "settings": {"restocking_fee_percent": "10", "return_shipping_fee": "0"},
            },
            ("settings", "restocking_fee_percent"),
            "Of a repair nothing is paid back, so no fee can be taken.",
        ),
        (
            {"conditions": {"resolutions": ["GIFT"]}, "settings": {"label": "NONE"}},
            ("conditions", "resolutions"),
            "Must be one of MONEY, CREDIT, EXCHANGE, ANY_PRODUCT, REPLACEMENT, REPAIR.",
        ),
        (
            {"conditions": {"resolutions": []}, "settings": {"label": "NONE"}},
            ("conditions", "resolutions"),
            "Choose at least one.",
        ),
        (
            {
                "settings": {
                    "offers_money": "no",
                    "offers_credit": "no",
                    "exchanges": "NONE",
                    "offers_replacement": "no",
                    "offers_repair": "no",
                }
            },
            ("settings", "offers_money"),
            "Offer the buyer at least one thing.",
        ),
        (
            {"conditions": {"reasons": ["style"]}, "settings": {"cancel_unsent": "AT_ONCE"}},
            ("settings", "cancel_unsent"),
            "Cannot depend on the reason.",
        ),
        (
            {"settings": {"cancel_minutes": 0}},
            ("settings", "cancel_minutes"),
            "Must be a whole number from 1 to 52560000.",
        ),
    ],
)
def test_what_is_wrong_is_named_where_it_is(
    part: dict[str, Any], path: tuple[str | int, ...], message: str
) -> None:
    plain = {"name": "Rule", "settings": {"window_days": 7}, **part}

    found = rule_from(plain, key="k", path=("rules", 4))

    assert told(found) == [(("rules", 4, *path), message)]


def test_all_mistakes_are_named_at_once() -> None:
    plain = {"name": "", "conditions": {"price_from": "x"}, "settings": {"auto_approve": "x"}}

    assert [path for path, _message in told(rule_from(plain, key="k"))] == [
        ("name",),
        ("conditions", "price_from"),
        ("settings", "auto_approve"),
    ]


def test_what_is_decided_together_is_decided_whole() -> None:
    assert rule(credit_bonus_percent=10).decides == {
        "credit_bonus_percent": Decimal(10),
        "credit_bonus_amount": Decimal(0),
    }
    assert rule(returnable="YES").decides == {"returnable": "YES", "returnable_text": {}}


def test_every_setting_but_those_before_the_choice_may_depend_on_what_the_buyer_wants() -> None:
    values: dict[str, Any] = {
        "instant_exchange": "yes",
        "reservation_hours": 1,
        "credit_bonus_percent": "5",
        "credit_valid_days": None,
        "restocking_fee_percent": "5",
        "return_shipping_fee": "5",
        "shipping_refund": "NEVER",
        "days_to_send": 3,
        "label": "NONE",
        "comment_needed": "yes",
        "photos_needed": "yes",
        "location": "north",
        "keep_item_below": "5",
        "auto_approve": "no",
    }
    grouped = {"credit_bonus_amount"}  # only one bonus is set

    made = rule(where={"resolutions": ["REPAIR", "MONEY"]}, **values)

    assert made.conditions == {"resolutions": ("MONEY", "REPAIR")}
    assert {*made.settings} | grouped | {*BEFORE_THE_CHOICE} == {*SETTINGS}


def test_every_setting_may_depend_on_the_reason() -> None:
    made = rule(where={"reasons": ["style"]}, exchanges="ANY_PRODUCT", location="north")

    assert made.settings == {"exchanges": "ANY_PRODUCT", "location": "north"}
