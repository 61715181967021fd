"""Which rule decides what."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from returns.policies.rules.evaluation import (
    ByReason,
    Decision,
    Piece,
    Purchase,
    Ruleset,
    explain,
    unmet,
)
from tests.returns.policies.rules.examples import rule

ORDER = Purchase(
    day=date(2026, 11, 20),
    country="de",
    region="bayern",
    customer_group="retail",
    customer_tags=frozenset({"vip", "press"}),
    channel="web",
)
SHIRT = Piece(
    product="linen-shirt",
    product_type="shirts",
    vendor="linden & lark",
    tags=frozenset({"summer", "sale"}),
    price=Decimal("49.90"),
    discount=Decimal(20),
)


def decide(*rules: Any, piece: Piece = SHIRT) -> Decision:
    return Ruleset(rules).decide(ORDER, [piece])[0]


@pytest.mark.parametrize(
    ("where", "holds"),
    [
        ({}, True),
        ({"products": ["Linen-Shirt"]}, True),
        ({"products": ["cup"]}, False),
        ({"product_types": ["Shirts", "Hats"]}, True),
        ({"product_types": ["Hats"]}, False),
        ({"vendors": ["Linden & Lark"]}, True),
        ({"vendors": ["Other"]}, False),
        ({"tags": ["SALE"]}, True),
        ({"tags": ["new"]}, False),
        ({"price_from": "49.90", "price_until": "49.90"}, True),
        ({"price_from": "49.91"}, False),
        ({"price_until": "49.89"}, False),
        ({"discount_from": "20", "discount_until": "20"}, True),
        ({"discount_from": "20.01"}, False),
        ({"discount_until": "19.99"}, False),
        ({"countries": ["DE", "AT"]}, True),
        ({"countries": ["NO"]}, False),
        ({"regions": ["Bayern"]}, True),
        ({"regions": ["Berlin"]}, False),
        ({"customer_groups": ["retail"]}, True),
        ({"customer_groups": ["wholesale"]}, False),
        ({"customer_tags": ["vip"]}, True),
        ({"customer_tags": ["new"]}, False),
        ({"channels": ["web"]}, True),
        ({"channels": ["pos"]}, False),
        ({"bought_from": "2026-11-20", "bought_until": "2026-11-20"}, True),
        ({"bought_from": "2026-11-21"}, False),
        ({"bought_until": "2026-11-19"}, False),
        ({"tags": ["sale"], "countries": ["NO"]}, False),
    ],
)
def test_condition_holds(where: dict[str, Any], holds: bool) -> None:
    one = rule("One", where=where, window_days=7)

    assert decide(one) == (
        Decision(settings={"window_days": 7}, rules={"window_days": "One"}) if holds else Decision()
    )
    assert bool(unmet(one, ORDER, SHIRT)) is not holds


@pytest.mark.parametrize(
    ("own", "holds"),
    [
        ({"valid_from": "2026-11-20", "valid_until": "2026-11-20"}, True),
        ({"valid_from": "2026-11-21"}, False),
        ({"valid_until": "2026-11-19"}, False),
        ({"active": False}, False),
    ],
)
def test_rule_holds_while_it_is_valid_and_active(own: dict[str, Any], holds: bool) -> None:
    one = rule("One", window_days=7, **own)

    assert bool(decide(one).settings) is holds
    assert bool(unmet(one, ORDER, SHIRT)) is not holds


def test_first_rule_that_sets_something_decides_it() -> None:
    sale = rule("Sale", where={"tags": ["sale"]}, restocking_fee_percent=10)
    season = rule("Season", until="2027-01-31", restocking_fee_percent=5)
    rest = rule("Rest", window_days=14, until="2026-12-01")

    found = decide(sale, season, rest)

    assert found.settings == {
        "restocking_fee_percent": Decimal(10),
        "until": date(2027, 1, 31),
        "window_days": 14,
    }
    assert found.rules == {
        "restocking_fee_percent": "Sale",
        "until": "Season",
        "window_days": "Rest",
    }


def test_rules_for_reasons_are_kept_beside_with_what_was_not_decided_before() -> None:
    first = rule("First", where={"reasons": ["damaged"]}, window_days=90)
    second = rule("Second", window_days=14)
    late = rule("Late", where={"reasons": ["style"]}, window_days=1, comment_needed=True)

    found = decide(first, second, late)

    assert found.settings == {"window_days": 14}
    assert found.by_reason == (
        ByReason(reasons=("damaged",), rule="First", settings={"window_days": 90}),
        ByReason(reasons=("style",), rule="Late", settings={"comment_needed": True}),
    )
    assert found.to_json(3) == {
        "version": 3,
        "settings": {"window_days": 14},
        "rules": {"window_days": "Second"},
        "by_reason": [
            {"reasons": ["damaged"], "rule": "First", "settings": {"window_days": 90}},
            {"reasons": ["style"], "rule": "Late", "settings": {"comment_needed": True}},
        ],
    }


def test_lines_without_any_rule_keep_nothing() -> None:
    assert decide(rule(where={"tags": ["x"]}, window_days=1)).to_json(3) == {}


def test_unmet_conditions_are_named() -> None:
    one = rule(
        where={"tags": ["sale"], "vendors": ["x"], "countries": ["NO"]},
        valid_from="2027-01-01",
        window_days=1,
    )

    assert unmet(one, ORDER, SHIRT) == ["valid", "countries", "vendors"]


def test_rules_for_what_the_buyer_wants_are_kept_beside_too() -> None:
    free = rule("Credit is free", where={"resolutions": ["CREDIT"]}, return_shipping_fee="0")
    both = rule(
        "Workshop", where={"resolutions": ["REPAIR"], "reasons": ["damaged"]}, location="FIX"
    )

    found = decide(free, both)

    assert found.to_json(3) == {
        "version": 3,
        "settings": {},
        "rules": {},
        "by_reason": [
            {
                "resolutions": ["CREDIT"],
                "rule": "Credit is free",
                "settings": {"return_shipping_fee": "0"},
            },
            {
                "reasons": ["damaged"],
                "resolutions": ["REPAIR"],
                "rule": "Workshop",
                "settings": {"location": "FIX"},
            },
        ],
    }


def test_what_is_not_said_yet_is_why_a_rule_does_not_hold() -> None:
    free = rule("Free", where={"resolutions": ["CREDIT"]}, return_shipping_fee="0")
    assert [
        (tried.unmet, tried.decided)
        for resolution in ("", "MONEY", "CREDIT")
        for tried in explain([free], ORDER, SHIRT, "", resolution)
    ] == [
        (("resolutions",), ()),
        (("resolutions",), ()),
        ((), ("return_shipping_fee",)),
    ]
