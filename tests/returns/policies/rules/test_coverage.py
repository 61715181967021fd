"""Rules that hold only between them wherever another one does."""

import itertools
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from returns.policies.rules.coverage import Budget, together
from returns.policies.rules.evaluation import Piece, Purchase, explain, folded
from returns.policies.rules.findings import find
from returns.policies.rules.schema import Rule
from tests.returns.policies.rules.examples import rule

TODAY = date(2026, 11, 25)
NEVER = "Never decides anything"


def named(*rules: Rule) -> dict[str, str]:
    """Return what is said of rules that never decide anything, by name."""
    found = find(rules, {}, today=TODAY)
    return {each.name: each.message for each in found if each.message.startswith(NEVER)}


def several(*where: dict[str, Any], last: dict[str, Any]) -> dict[str, str]:
    before = [rule(f"R{i}", where=each, window_days=i) for i, each in enumerate(where)]
    return named(*before, rule("Last", where=last, window_days=99))


BETWEEN = "Never decides anything: between them, “R0”, “R1” before it always do."


@pytest.mark.parametrize(
    ("one", "other", "last"),
    [
        ({"countries": ["DE"]}, {"countries": ["at", "CH"]}, {"countries": ["DE", "AT"]}),
        ({"price_until": "50"}, {"price_from": "50"}, {}),
        ({"price_until": "50"}, {"price_from": "30"}, {"tags": ["x"]}),
        ({"price_from": "0", "price_until": "50"}, {"price_from": "50"}, {}),
        ({"discount_until": "20"}, {"discount_from": "20"}, {"vendors": ["a"]}),
        ({"bought_until": "2027-01-31"}, {"bought_from": "2027-02-01"}, {}),
        (
            {"customer_groups": ["vip"]},
            {"customer_groups": ["b2b"]},
            {"customer_groups": ["VIP", "b2b"]},
        ),
        ({"tags": ["a"]}, {"tags": ["b"]}, {"tags": ["a", "b"]}),
        ({"reasons": ["style"]}, {"reasons": ["color"]}, {"reasons": ["style", "color"]}),
        (
            {"countries": ["DE"], "price_until": "50"},
            {"price_from": "50"},
            {"countries": ["DE"], "channels": ["web"]},
        ),
    ],
)
def test_rule_that_two_cover_between_them_is_named_with_both(
    one: dict[str, Any], other: dict[str, Any], last: dict[str, Any]
) -> None:
    assert several(one, other, last=last) == {"Last": BETWEEN}


@pytest.mark.parametrize(
    ("one", "other", "last"),
    [
        ({"countries": ["DE"]}, {"countries": ["AT"]}, {"countries": ["DE", "AT", "CH"]}),
        ({"countries": ["DE"]}, {"countries": ["AT"]}, {}),
        ({"price_until": "50"}, {"price_from": "50.01"}, {}),  # a price may have more digits
        ({"bought_until": "2027-01-31"}, {"bought_from": "2027-02-02"}, {}),
        ({"tags": ["a"]}, {"tags": ["b"]}, {"tags": ["a", "c"]}),
        ({"countries": ["DE"]}, {"price_from": "0"}, {"countries": ["DE"], "reasons": ["style"]}),
        ({"reasons": ["style"]}, {"reasons": ["color"]}, {}),
        (
            {"countries": ["DE"], "price_until": "50"},
            {"countries": ["AT"], "price_from": "50"},
            {"countries": ["DE", "AT"]},
        ),
    ],
)
def test_rule_with_something_left_is_not_named(
    one: dict[str, Any], other: dict[str, Any], last: dict[str, Any]
) -> None:
    found = several(one, other, last=last)
    assert BETWEEN not in found.values()


@pytest.mark.parametrize(
    ("last", "is_covered"),
    [
        ({"resolutions": ["CREDIT", "MONEY"]}, True),
        ({"resolutions": ["CREDIT", "REPAIR"]}, False),
        ({}, False),
    ],
)
def test_wishes_are_covered_like_words(last: dict[str, Any], is_covered: bool) -> None:
    wishes = ("MONEY", "CREDIT")
    before = [rule(each, where={"resolutions": [each]}, return_shipping_fee=1) for each in wishes]
    found = together(rule("Last", where=last, return_shipping_fee=2), before, Budget(1000))
    assert found == (before if is_covered else [])


def test_validity_and_days_of_purchase_are_one_line() -> None:
    first = rule("First", valid_until="2027-03-31", window_days=1)
    then = rule("Then", where={"bought_from": "2027-04-01"}, window_days=2)
    last = rule("Last", valid_from="2027-01-01", window_days=3)
    assert named(first, then, last) == {
        "Last": "Never decides anything: between them, “First”, “Then” before it always do."
    }


def test_each_setting_is_covered_by_its_own_rules() -> None:
    rules = [
        rule("Cheap", where={"price_until": "50"}, window_days=7),
        rule("Dear", where={"price_from": "50"}, window_days=30),
        rule("All", comment_needed=True),
        rule("Last", window_days=14, comment_needed=False),
        rule("Other", window_days=14, label="NONE"),
    ]
    assert named(*rules) == {
        "Last": "Never decides anything: between them, “All”, “Cheap”, “Dear” before it always do."
    }


def test_rules_that_are_not_needed_are_not_named() -> None:
    found = together(
        rule("Last", window_days=9),
        [
            rule("Middle", where={"price_from": "40", "price_until": "60"}, window_days=1),
            rule("Cheap", where={"price_until": "50"}, window_days=1),
            rule("Dear", where={"price_from": "50"}, window_days=1),
            rule("Some", where={"tags": ["x"]}, window_days=1),
        ],
        Budget(1000),
    )
    assert [each.name for each in found] == ["Cheap", "Dear"]


def test_nobody_is_accused_beyond_the_budget() -> None:
    bands = [rule("Cheap", where={"price_until": "50"}, window_days=1)]
    bands += [rule("Dear", where={"price_from": "50"}, window_days=1)]
    assert together(rule("Last", window_days=9), bands, Budget(1)) == []


@pytest.mark.parametrize("many_words", [False, True])
def test_200_rules_take_no_more_steps_than_allowed(many_words: bool) -> None:
    """Rules that overlap everywhere and cover nothing: the most that there is to try."""

    def where(number: int) -> dict[str, Any]:
        words = [f"w{(number * step) % 197}" for step in range(1, 60 if many_words else 4)]
        return {
            "countries": words,
            "tags": words[::-1],
            "price_from": str(number % 50),
            "price_until": str(number % 50 + 60),
        }

    rules = [rule(f"R{i}", where=where(i), window_days=i, label="NONE") for i in range(200)]
    budget = Budget(10_000)
    assert together(rule("Last", window_days=9), rules, budget) == []
    assert budget.left >= -1


# --- no false accusation, and none left out ------------------------------------------------------

COUNTRIES, TAGS, REASONS = ("DE", "AT", "CH"), ("a", "b"), ("style", "color")
SPANS = st.tuples(st.integers(0, 4), st.integers(0, 4)).map(sorted)
FIRST_DAY = date(2027, 1, 1)


def _words(words: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(words), min_size=1, unique=True)


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, known in (("countries", COUNTRIES), ("tags", TAGS), ("reasons", REASONS)):
        if draw(st.integers(0, 2)) == 0:
            found[name] = draw(_words(known))
    for name in ("price", "discount", "bought"):
        if draw(st.booleans()):
            low, high = draw(SPANS)
            ends = [str(low * 25), str(high * 25)]
            if name == "bought":
                ends = [(FIRST_DAY + timedelta(days=n)).isoformat() for n in (low, high)]
            keep = draw(st.sampled_from(["from", "until", "both"]))
            if keep != "until":
                found[f"{name}_from"] = ends[0]
            if keep != "from":
                found[f"{name}_until"] = ends[1]
    return found


SETS = st.sampled_from([{"window_days": 3}, {"label": "NONE"}, {"window_days": 5, "label": "NONE"}])
RULES = st.lists(st.tuples(conditions(), SETS), min_size=2, max_size=7)


def _made(drawn: list[tuple[dict[str, Any], dict[str, Any]]]) -> list[Rule]:
    return [rule(f"R{i}", where=where, **sets) for i, (where, sets) in enumerate(drawn)]


def _facts() -> Any:
    """Yield all that differs for such rules: each word, none, another; each bound and beside it."""
    numbers = [Decimal(n) for n in ("0", "12", "25", "37", "50", "62", "75", "87", "100", "110")]
    days = [FIRST_DAY + timedelta(days=n) for n in range(-1, 6)]
    tags = [frozenset[str](), frozenset({"a"}), frozenset({"b"}), frozenset({"a", "b"})]
    return itertools.product(
        ("", "de", "at", "ch", "fr"), tags, ("", "style", "color", "other"), numbers, numbers, days
    )


@settings(max_examples=150, deadline=None)
@given(drawn=RULES, data=st.data())
def test_no_facts_reach_a_rule_that_is_named(
    drawn: list[tuple[dict[str, Any], dict[str, Any]]], data: st.DataObject
) -> None:
    rules = _made(drawn)
    accused = named(*rules)
    facts = st.tuples(
        st.sampled_from(["", "DE", "AT", "CH", "FR"]),
        st.sets(st.sampled_from(["a", "b", "c"])),
        st.sampled_from(["", "style", "color", "other"]),
        st.decimals(0, 110, places=2),
        st.decimals(0, 100, places=2),
        st.integers(-2, 7),
    )
    for _try in range(20):
        country, tags, reason, price, discount, day = data.draw(facts)
        purchase = Purchase(day=FIRST_DAY + timedelta(days=day), country=country.casefold())
        piece = Piece(tags=folded(tags), price=price, discount=discount)
        for tried in explain(rules, purchase, piece, reason):
            assert not (tried.decided and tried.rule.name in accused)


@settings(max_examples=25, deadline=None)
@given(drawn=st.lists(st.tuples(conditions(), SETS), min_size=2, max_size=5))
def test_a_rule_that_holds_and_never_decides_is_named(
    drawn: list[tuple[dict[str, Any], dict[str, Any]]],
) -> None:
    rules = _made([(_few(where), sets) for where, sets in drawn])
    held, decided = set(), set()
    for country, tags, reason, price, _discount, day in _facts():
        if _discount:
            continue
        purchase, piece = Purchase(day=day, country=country), Piece(tags=tags, price=price)
        for tried in explain(rules, purchase, piece, reason):
            held |= {tried.rule.name} if not tried.unmet else set()
            decided |= {tried.rule.name} if tried.decided else set()
    assert set(named(*rules)) == held - decided


def _few(where: dict[str, Any]) -> dict[str, Any]:
    """Leave away what would make too many facts to walk through."""
    return {name: value for name, value in where.items() if not name.startswith("discount")}
