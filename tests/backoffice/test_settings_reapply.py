"""Settings: applying a policy to orders that are in."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNumQueries, assertRedirects

from orders.models import OrderLine, Store
from returns.models import PolicyRun
from returns.policies import reapplying, saving
from tests.factories import StoreFactory, sent_order
from tests.returns.policies.rules.examples import rule
from tests.returns.stories import SYSTEM

pytestmark = pytest.mark.django_db

DAYS = {"placed_from": "2020-01-01", "placed_until": "2100-01-01"}


@pytest.fixture
def store() -> Store:
    made = StoreFactory.create()
    sent_order(1, store=made, reference="#5")
    saving.put_rule(made, rule("All", window_days=7, auto_approve=True), actor=SYSTEM)
    return made


def url(name: str, store: Store, *more: object) -> str:
    return reverse(f"backoffice:{name}", args=[store.pk, *more])


def test_manager_sees_what_would_change_and_applies_it(manager: Client, store: Store) -> None:
    started = manager.post(url("reapply", store), DAYS)
    run = PolicyRun.objects.get()
    here = url("policy_run", store, run.pk)
    assertRedirects(started, here)
    assertContains(manager.get(here), "hx-trigger")
    reapplying.execute(run.pk)

    page = manager.get(here)
    (row,) = page.context["rows"]
    assert (row["reference"], row["changes"]) == (
        "#5",
        [
            {"label": "Days to return", "before": "30 days", "after": "7 days"},
            {"label": "Approve requests at once", "before": "no", "after": "yes"},
        ],
    )
    assertContains(page, "Apply these changes")
    assertRedirects(manager.post(here), here)
    reapplying.execute(run.pk)
    done = manager.get(here, headers={"HX-Request": "true"})
    assertContains(done, "Lines changed")
    assert OrderLine.objects.get().return_terms["settings"] == {
        "window_days": 7,
        "auto_approve": True,
    }
    assertContains(manager.post(here, follow=True), "decided already")


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2026-02-01", "2026-01-01", "The last day lies before the first."),
        ("0001-01-01", "2026-01-01", "No orders are placed in such a year."),
        ("2026-01-01", "9999-12-31", "No orders are placed in such a year."),
        ("soon", "2026-01-01", "Enter a valid date."),
    ],
)
def test_days_that_make_no_sense_are_refused(
    manager: Client, store: Store, first: str, last: str, words: str
) -> None:
    typed = {"placed_from": first, "placed_until": last}
    assertContains(manager.post(url("reapply", store), typed), words, status_code=422)
    assert PolicyRun.objects.count() == 0


@pytest.mark.parametrize("count", [1, 3])
def test_queries(manager: Client, store: Store, count: int) -> None:
    for _number in range(count):
        manager.post(url("reapply", store), DAYS)

    with assertNumQueries(4):
        page = manager.get(url("reapply", store))
    assert len(page.context["rows"]) == count
    here = url("policy_run", store, PolicyRun.objects.earliest("pk").pk)
    with assertNumQueries(3):
        manager.get(here)


def test_support_sees_none_of_it(support: Client, store: Store) -> None:
    assert support.post(url("reapply", store), DAYS).status_code == 403
