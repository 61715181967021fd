"""Policies as YAML."""

from decimal import Decimal
from pathlib import Path

import pytest

from accounts import actors
from orders.models import Store
from returns.errors import NotPermitted
from returns.models import PolicyVersion, ReturnPolicy
from returns.models.policies import ReturnTerms
from returns.policies import saving
from returns.policies.rules import files
from returns.policies.rules.files import UnreadablePolicy
from tests.factories import ReturnPolicyFactory, StoreFactory
from tests.returns.policies.rules.examples import rule
from tests.returns.stories import SYSTEM

TERMS = ReturnTerms(
    window_days=None, restocking_fee_percent=Decimal("12.5"), returnable_states=("DELIVERED",)
)
TEXTS = {"en": "Stays: opened", "de": "Bleibt: geöffnet"}
RULES = [
    rule(
        "Norway & co",
        where={"countries": ["NO", "DE"], "tags": ["on", "2026-01-01", "null", "1.0"]},
        returnable="HYGIENE",
        returnable_text=TEXTS,
        valid_from="2026-01-01",
    ),
    rule(
        "Repairs",
        where={"resolutions": ["REPAIR", "REPLACEMENT"], "reasons": ["damaged-or-defective"]},
        location="workshop",
        photos_needed=True,
    ),
    rule("Offers", offers_money=False, offers_replacement=True, offers_repair=True),
    rule("Rest", active=False, keep_item_below=None, auto_approve=False, until="2027-01-31"),
]


def faults(text: str) -> list[tuple[int, str]]:
    with pytest.raises(UnreadablePolicy) as caught:
        files.read(text)
    return [(each.line, each.message) for each in caught.value.faults]


def test_what_is_written_is_read_again() -> None:
    text = files.write(TERMS, "Use the box.\nThank you.", RULES)

    read = files.read(text)

    assert (read.terms, read.instructions) == (TERMS, "Use the box.\nThank you.")
    assert [(each.name, each.active, each.conditions, each.settings) for each in read.rules] == [
        (each.name, each.active, each.conditions, each.settings) for each in RULES
    ]


def test_countries_need_no_quotes() -> None:
    read = files.read(
        "rules:\n- {name: North, conditions: {countries: [NO, SE]}, settings: {label: NONE}}"
    )

    assert read.rules[0].conditions == {"countries": ("NO", "SE")}
    assert (read.terms, read.instructions) == (None, None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [(1, "The file is empty.")]),
        ("- a", [(1, "A policy file has the parts default, instructions, rules.")]),
        (
            "rules: [",
            [(1, "This is no YAML: expected the node content, but found '<stream end>'.")],
        ),
        (
            "rules:\n\t- a",
            [(2, "This is no YAML: found character '\\t' that cannot start any token.")],
        ),
        ("rules: []\nrulez: []", [(2, "There is no such field.")]),
        ("rules: []\nrules: []", [(2, "“rules” occurs twice.")]),
        ("rules: 5", [(1, "Must be a list.")]),
        ("a: &x 1\nb: *x", [(1, "Aliases, anchors and tags are not used here.")]),
        ("a: !!python/name:os.system", [(1, "Aliases, anchors and tags are not used here.")]),
        ("instructions: [a]", [(1, "Must be a text.")]),
        ("default: 5", [(1, "Must be names with values.")]),
        (
            "default:\n  window_days: 14\n  window_day: 15\n  label: MAGIC",
            [(3, "There is no such field."), (4, "Must be one of NONE, OWN_LABEL, BY_STAFF.")],
        ),
        (
            "default:\n  returnable_states: [LOST]",
            [(2, "Must be some of SHIPPED, DELIVERED.")],
        ),
        ("default:\n  until: 2026-01-01", [(2, "There is no such field.")]),
        (
            "default:\n  credit_bonus_percent: 5\n  credit_bonus_amount: 5",
            [(3, "Choose one bonus: in percent or as an amount.")],
        ),
        (
            "rules:\n- name: A\n  settings:\n    window_days: many\n- settings: {label: NONE}",
            [
                (4, "Must be a whole number from 0 to 36500."),
                (5, "Give the rule a name."),
            ],
        ),
        (
            "rules:\n- name: A\n  settings: {label: NONE}\n- name: A\n  settings: {label: NONE}",
            [(4, "Another rule is named “A”.")],
        ),
        (
            "rules:\n- name: A\n  settings: {label: NONE}\n  conditions:\n    tags:\n    - {a: 1}",
            [(5, "Must be a text of 1 to 255 characters.")],
        ),
    ],
)
def test_faults_have_line_and_reason(text: str, expected: list[tuple[int, str]]) -> None:
    assert faults(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "[" * 5000,
        "rules: " + "[" * 50 + "]" * 50,
        "x" * (files.LARGEST_FILE + 1),
        "rules: \0",
        "a: " + "{a: " * 20 + "1" + "}" * 20,
    ],
)
def test_hostile_file_is_refused(text: str) -> None:
    assert faults(text)


def test_examples_of_the_documentation_are_right() -> None:
    text = (Path(__file__).parents[4] / "docs/policies.md").read_text(encoding="utf-8")
    wishes, whole = (part.split("```")[0] for part in text.split("```yaml\n")[1:])

    assert [each.name for each in files.read(wishes).rules] == [
        "Credit costs nothing",
        "Bikes are repaired",
        "Repairs go to the workshop",
    ]
    rules = files.read(whole).rules
    assert [each.name for each in rules] == ["Cosmetics", "Holiday season", "Faulty goods"]
    assert rules[2].settings == {"window_days": None, "return_shipping_fee": Decimal(0)}


@pytest.fixture
def store() -> Store:
    return StoreFactory.create()


@pytest.mark.django_db
def test_import_replaces_rules_and_policy_and_keeps_keys(store: Store) -> None:
    saving.put_rule(store, rule("Rest", window_days=1), actor=SYSTEM)
    saving.put_rule(store, rule("Gone", window_days=2), actor=SYSTEM)

    version = saving.import_file(store, files.write(TERMS, "Hi.", RULES), actor=SYSTEM)

    assert (version.number, version.summary) == (3, "From a file")
    first, *_others, last = saving.rules_in_force(store.pk)
    assert (first.name, last.key, last.settings) == ("Norway & co", "rest", RULES[-1].settings)
    policy = ReturnPolicy.objects.get()
    assert (policy.terms, policy.instructions) == (TERMS, "Hi.")
    again = Store.objects.select_related("return_policy").get(pk=store.pk)
    saving.import_file(again, saving.as_file(again), actor=SYSTEM)
    assert PolicyVersion.objects.count() == 3


@pytest.mark.django_db
def test_policy_that_was_never_saved_is_written(store: Store) -> None:
    assert files.read(saving.as_file(store)).terms == ReturnTerms()


@pytest.mark.django_db
def test_file_without_default_leaves_the_policy(store: Store) -> None:
    saving.publish(ReturnPolicyFactory.build(store=store, window_days=9), actor=SYSTEM)

    saving.import_file(store, "rules:\n- {name: A, settings: {label: NONE}}", actor=SYSTEM)

    assert ReturnPolicy.objects.get().window_days == 9


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["rules: 5", "default: {window_days: 7}\nrules: [{name: A}]"])
def test_file_with_a_fault_changes_nothing(store: Store, text: str) -> None:
    saving.put_rule(store, rule("One", window_days=7), actor=SYSTEM)

    with pytest.raises(UnreadablePolicy):
        saving.import_file(store, text, actor=SYSTEM)

    assert PolicyVersion.objects.count() == 1
    assert ReturnPolicy.objects.get().window_days == 30


@pytest.mark.django_db
def test_who_may_not_change_settings_imports_nothing(store: Store) -> None:
    with pytest.raises(NotPermitted):
        saving.import_file(store, "rules: []", actor=actors.buyer("Ada"))


def test_wishes_that_there_are_not_are_told_with_their_line() -> None:
    text = """\
default:
  offers_money: no
  exchanges: NONE
rules:
- name: Repairs
  conditions:
    resolutions: [repair]
  settings:
    return_shipping_fee: 0
- name: Gifts
  conditions:
    resolutions: [REPAIR]
  settings:
    restocking_fee_percent: 5
"""
    assert faults(text) == [
        (7, "Must be one of MONEY, CREDIT, EXCHANGE, ANY_PRODUCT, REPLACEMENT, REPAIR."),
        (14, "Of a repair nothing is paid back, so no fee can be taken."),
    ]


def test_default_policy_offers_something() -> None:
    text = """\
default:
  exchanges: NONE
  offers_money: no
  offers_credit: no
  offers_repair: no
  offers_replacement: no
"""
    assert faults(text) == [(3, "Offer the buyer at least one thing.")]
