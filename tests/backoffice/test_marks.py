"""The pages of tags, assignment and history; what is late in the lists."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNumQueries, assertRedirects

from accounts.models import Role
from returns import marks
from returns.automation import troubles
from returns.models import Return
from tests.factories import UserFactory
from tests.returns.automation.rule_making import rule
from tests.returns.stories import SYSTEM, opened, received, requested

pytestmark = pytest.mark.django_db

LIST = reverse("backoffice:returns")


def page(return_: Return, name: str = "return") -> str:
    return reverse(f"backoffice:{name}", args=[return_.pk])


def test_tags_and_person_are_saved_and_shown(support: Client) -> None:
    kim = UserFactory(roles=[Role.SUPPORT], name="Kim")
    return_ = marks.tag(requested(), actor=SYSTEM, add=["old"])
    shown = support.get(page(return_, "return_marks")).context["form"]
    assert shown["tags"].value() == "old"

    answer = support.post(page(return_, "return_marks"), {"tags": "VIP, b", "assignee": kim.pk})
    assertRedirects(answer, page(return_))
    return_.refresh_from_db()
    assert (return_.tags, return_.assignee) == (["vip", "b"], kim)
    facts = {row["label"]: row["value"] for row in support.get(page(return_)).context["marks"]}
    assert (facts["Assigned to"], facts["Tags"]) == ("Kim", "vip, b")
    for filters in ({"tag": "VIP"}, {"assignee": kim.pk}):
        rows = support.get(LIST, filters).context["rows"]
        assert [(row["tags"], row["assignee"]) for row in rows] == [(["vip", "b"], "Kim")]
    assert support.get(LIST, {"tag": "nope"}).context["rows"] == []


@pytest.mark.parametrize(
    ("data", "field"), [({"tags": "x" * 51}, "tags"), ({"assignee": "0"}, "assignee")]
)
def test_mistake_is_told_at_its_field(support: Client, data: dict[str, str], field: str) -> None:
    return_ = requested()
    answer = support.post(page(return_, "return_marks"), data)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]


def test_late_returns_are_marked_and_queued(support: Client) -> None:
    late, due, paid = requested(), requested(), received(opened())
    yesterday = timezone.now() - timedelta(days=1)
    Return.objects.filter(pk__in=[late.pk, paid.pk]).update(due_at=yesterday)
    rows = {int(row["key"]): row for row in support.get(LIST).context["rows"]}

    assert {key: (row["is_due"], row["due"][:8]) for key, row in rows.items()} == {
        late.pk: (True, "Decide b"),
        due.pk: (False, "Decide b"),
        paid.pk: (True, "Pay back"),
    }
    queued = support.get(LIST, {"queue": "late"}).context["rows"]
    assert {int(row["key"]) for row in queued} == {late.pk, paid.pk}
    tiles = {tile["label"]: tile["value"] for tile in support.get("/backoffice/").context["tiles"]}
    assert tiles["We are late"] == "2"
    assertContains(support.get(page(late)), "Late: due 1 day ago")


def test_history_says_its_reasons_in_words(support: Client) -> None:
    return_ = requested()
    shown = support.get(page(return_, "return_history"))
    assertContains(shown, "Return rate 0 %: 0 of 3 pieces bought")
    assertContains(shown, "Nothing unusual")


def test_stopped_rule_shows_on_the_home_page_of_managers(manager: Client, support: Client) -> None:
    made = rule(name="Broken", approve={})
    for _ in range(troubles.MOST_FAILURES):
        troubles.failed(made, "It is broken.")
    home = manager.get("/backoffice/")
    assertContains(home, "The rule “Broken” has stopped itself")
    assertContains(home, "It is broken.")
    assert support.get("/backoffice/").context["stopped"] == []


# --- statements ---------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 3])
def test_list_of_what_waits_for_money_takes_one_statement_more(support: Client, count: int) -> None:
    for _ in range(count):
        received(opened())
    # Session, user, stores, reasons, members of staff, list, what is owed, counts of the tabs.
    with assertNumQueries(8):
        support.get(LIST)


def test_pages_take_few_statements(support: Client) -> None:
    return_ = requested()
    # Session, user, return; then members of staff, or history.
    for name in ("return_marks", "return_history"):
        with assertNumQueries(4):
            support.get(page(return_, name))
