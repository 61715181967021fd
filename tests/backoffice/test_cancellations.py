"""Staff decide on what buyers want to cancel before it is sent."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNumQueries, assertRedirects

from orders.models import Order
from returns.models import Cancellation
from tests.returns.cancels import ask, canceled, waiting

pytestmark = pytest.mark.django_db


def asked(*quantities: int) -> Order:
    order = waiting(*(quantities or (2,)), mode="BY_STAFF")
    ask(order, *(quantities or (2,)))
    return order


def url(order: Order, act: str) -> str:
    return reverse(f"backoffice:{act}_cancellation", args=[order.pk, Cancellation.objects.get().pk])


def page_of(order: Order) -> str:
    return reverse("backoffice:order", args=[order.pk])


def test_home_shows_who_waits(support: Client, finance: Client) -> None:
    order = asked()
    home = reverse("backoffice:home")
    rows = support.get(home).context["cancellations"]
    assert [(row["reference"], row["buyer"]) for row in rows] == [(order.reference, "Ada Winter")]
    assert "All done" not in support.get(home).content.decode()
    assert finance.get(home).context["cancellations"] == []


def test_support_cancels(support: Client) -> None:
    order = asked()
    assertContains(support.get(page_of(order)), url(order, "approve"))
    assertContains(support.get(url(order, "approve")), "What was paid for it is paid back at once.")

    assertRedirects(support.post(url(order, "approve")), page_of(order))
    assert (Cancellation.objects.get().status, canceled(order)) == ("DONE", [2])
    again = support.post(url(order, "approve"), follow=True)
    assertContains(again, "Somebody has decided on this already.")
    assert "approve" not in again.context["cancellations"][0]["approve_url"]


def test_support_declines_with_a_message(support: Client) -> None:
    order = asked()
    empty = support.post(url(order, "decline"), {"note": " "})
    assertContains(empty, "Tell the buyer why.", status_code=422)
    long = support.post(url(order, "decline"), {"note": "x" * 501})
    assert long.status_code == 422

    assertRedirects(support.post(url(order, "decline"), {"note": "Packed."}), page_of(order))
    assertContains(support.get(page_of(order)), "Packed.")
    assert (Cancellation.objects.get().status, canceled(order)) == ("DECLINED", [0])


def test_cancellation_of_another_order_is_not_there(support: Client) -> None:
    order, other = asked(), waiting(1)
    pk = Cancellation.objects.get().pk
    for act in ("approve", "decline"):
        found = reverse(f"backoffice:{act}_cancellation", args=[other.pk, pk])
        assert support.get(found).status_code == 404
    assert canceled(order) == [0]


@pytest.mark.parametrize("count", [1, 3])
def test_order_takes_few_statements(manager: Client, count: int) -> None:
    order = asked(*[1] * count)
    with assertNumQueries(14):
        manager.get(page_of(order))
