"""The pages of automation: list, form, preview, switch."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNumQueries, assertRedirects

from backoffice.views import automation
from orders.models import FulfillmentLine
from returns import lifecycle
from returns.models import AutomationRule, Return, RuleRun
from tests.factories import StoreFactory, sent_order
from tests.jobs import run_all
from tests.returns.automation.rule_making import rule
from tests.returns.stories import BUYER, requested

pytestmark = pytest.mark.django_db

LIST = reverse("backoffice:automation")
NEW = reverse("backoffice:new_automation_rule")


def page(made: AutomationRule, name: str = "automation_rule") -> str:
    return reverse(f"backoffice:{name}", args=[made.pk])


def entered(**changes: Any) -> dict[str, Any]:
    return {"name": "Small", "trigger": "return.requested", "position": "1", **changes}


def errors(client: Client, **changes: Any) -> dict[str, list[str]]:
    response = client.post(NEW, entered(**changes))
    assert response.status_code == 422
    found: dict[str, list[str]] = response.context["form"].errors
    return found


def test_rule_is_written_previewed_and_switched_on(manager: Client) -> None:
    return_ = requested()
    answer = manager.post(
        NEW,
        entered(
            value_below="200",
            in_window="yes",
            reasons_only=["too-small"],
            countries_any="de, at",
            approve="on",
            tag="Small one, auto",
        ),
    )
    made = AutomationRule.objects.get()
    assertRedirects(answer, page(made))
    assert (made.enabled, made.conditions, made.actions) == (
        False,
        {
            "value_below": "200",
            "reasons_only": ["too-small"],
            "in_window": True,
            "countries_any": ["DE", "AT"],
            "currency": "EUR",
        },
        {"approve": {}, "tag": {"tags": ["small-one", "auto"]}},
    )
    shown = manager.get(page(made)).context
    assert [row["reference"] for row in shown["preview"]["rows"]] == [return_.reference]
    assert shown["conditions"][0] == "The pieces are worth less than: €200.00"
    assert shown["actions"] == ["Approve", "Add tags: small-one, auto"]
    assert not RuleRun.objects.exists()
    return_.refresh_from_db()
    assert return_.status == "REQUESTED"

    manager.post(page(made, "switch_automation_rule"), {"action": "on"})
    made.refresh_from_db()
    assert made.enabled


def test_form_shows_what_the_rule_says_and_saves_it_unchanged(manager: Client) -> None:
    made = rule(
        "return.processed",
        name="All",
        conditions={"is_all_received": False, "grades_any": ["as-new"], "tags_none": ["a", "b"]},
        restock={"grades": ["as-new"]},
        refund={"pieces": "RECEIVED"},
        notify={"to": "STORE", "text": "Hello"},
        position=3,
    )
    before = (made.name, made.trigger, made.conditions, made.actions, made.position)
    form = manager.get(page(made, "edit_automation_rule")).context["form"]
    data = {
        name: form[name].value() for name in form.fields if form[name].value() not in (None, False)
    }
    answer = manager.post(page(made, "edit_automation_rule"), data)
    assertRedirects(answer, page(made))
    made.refresh_from_db()
    assert (made.name, made.trigger, made.conditions, made.actions, made.position) == before
    assert not made.enabled


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"approve": "on", "decline": "FINAL_SALE"}, "decline"),
        ({"approve": "on", "value_below": "10", "value_from": "20"}, "value_below"),
        ({"approve": "on", "value_below": "ten"}, "value_below"),
        ({"approve": "on", "trigger": "return.closed"}, "approve"),
        ({"approve": "on", "days": "3"}, "days"),
        ({"approve": "on", "countries_any": "Germany"}, "countries_any"),
        ({"refund": "ALL"}, "refund"),
        ({}, "__all__"),
        ({"approve": "on", "name": " "}, "name"),
    ],
)
def test_mistake_is_told_at_its_field(manager: Client, changes: dict[str, Any], field: str) -> None:
    StoreFactory()
    assert list(errors(manager, **changes)) == [field]
    assert not AutomationRule.objects.exists()


def test_details_to_ask_for_are_entered_and_shown(manager: Client) -> None:
    assert errors(manager, ask="on", ask_text=" ") == {
        "ask": ["Write what you need from the buyer."]
    }
    manager.post(NEW, entered(ask="on", ask_text="Which size? " * 20))
    made = AutomationRule.objects.get()
    assert made.actions == {"ask": {"text": ("Which size? " * 20).strip()}}
    shown = manager.get(page(made)).context["actions"]
    assert shown == ["Ask for details: " + ("Which size? " * 20)[:119] + "…"]


def test_ready_made_rule_fills_the_form(manager: Client) -> None:
    assertContains(manager.get(LIST), f"{NEW}?from=approve-small")
    form = manager.get(NEW, {"from": "approve-small"}).context["form"]
    assert (form["name"].value(), form["value_below"].value(), form["approve"].value()) == (
        "Approve small requests",
        "100",
        True,
    )
    form = manager.get(NEW, {"from": "ask-about-damage"}).context["form"]
    assert (form["reasons_any"].value(), form["ask"].value()) == (["damaged-or-defective"], True)
    assert form["ask_text"].value().startswith("Please tell us what is damaged")
    assert manager.get(NEW, {"from": "nonsense"}).context["form"]["name"].value() == ""


def test_rule_that_went_bad_says_why_and_cannot_be_switched_on(manager: Client) -> None:
    made = rule(on=False, conditions={"reasons_any": ["style"]}, approve={})
    AutomationRule.objects.update(conditions={"reasons_any": ["gone"]})
    assertContains(manager.get(page(made)), "Not known: gone.")
    manager.post(page(made, "switch_automation_rule"), {"action": "on"})
    made.refresh_from_db()
    assert not made.enabled


def test_runs_are_shown(manager: Client) -> None:
    made = rule(approve={})
    requested()
    run_all()
    runs = manager.get(page(made)).context["runs"]
    assert [(one["did"], one["status"]) for one in runs] == [("Approve", "DONE")]
    assert manager.get(LIST).context["rows"][0]["acted"] == 1


def test_timeline_says_which_rule_did_it(manager: Client) -> None:
    rule(name="Small ones", approve={})
    return_ = requested()
    run_all()
    shown = manager.get(reverse("backoffice:return", args=[return_.pk])).context["timeline"]
    assert [(entry.what, entry.who) for entry in shown] == [
        ("Return approved", "Rule “Small ones”"),
        ("Return requested: 2 pieces", "Ada Winter"),
    ]


def test_long_preview_shows_the_first_and_all_when_asked(
    manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(automation, "MATCHES_SHOWN", 1)
    for _ in range(2):
        requested()
    made = rule(on=False, approve={})
    shown = manager.get(page(made)).context["preview"]
    assert (len(shown["rows"]), shown["count"]) == (1, 2)
    everything = manager.get(shown["all_url"]).context["preview"]
    assert (len(everything["rows"]), everything["all_url"]) == (2, "")


def test_switching_off_and_removing(manager: Client) -> None:
    made = rule(approve={})
    manager.post(page(made, "switch_automation_rule"), {"action": "off"})
    made.refresh_from_db()
    assert not made.enabled
    assert manager.get(page(made, "remove_automation_rule")).status_code == 200
    assertRedirects(manager.post(page(made, "remove_automation_rule")), LIST)
    assert manager.get(page(made)).status_code == 404


def test_only_managers_get_in(support: Client) -> None:
    made = rule(approve={})
    assert support.get(LIST).status_code == 403
    assert support.post(page(made, "switch_automation_rule"), {"action": "off"}).status_code == 403


# --- statements ---------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_few_statements(manager: Client, count: int) -> None:
    for _ in range(count):
        rule(approve={}, store=StoreFactory())
    # Session, user, rules.
    with assertNumQueries(3):
        manager.get(LIST)


@pytest.mark.parametrize("count", [1, 3])
def test_rule_takes_few_statements(manager: Client, count: int) -> None:
    made = rule(
        conditions={"returns_at_most": 9, "value_below": "999", "reasons_any": ["too-small"]},
        approve={},
    )
    for _ in range(count):
        order = sent_order(2, 1)
        lines = [
            lifecycle.LineRequest(fulfillment_line_id=one.pk, quantity=1, reason="too-small")
            for one in FulfillmentLine.objects.filter(fulfillment__order=order)
        ]
        lifecycle.request(order, lines, actor=BUYER)
    run_all()
    # Session, user, rule, currencies, reasons twice, events, lines, history, runs.
    with assertNumQueries(10):
        shown = manager.get(page(made)).context
    assert len(shown["preview"]["rows"]) == count
    assert Return.objects.count() == count
