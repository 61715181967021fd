"""A failed refund says why, and can be tried again after a look at what will happen."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertNumQueries, assertRedirects

from backoffice import timeline
from returns.models import Event, Refund
from returns.refunds.gateways import GATEWAYS
from tests.returns.cashbox import FakeGateway, opened, pay

pytestmark = pytest.mark.django_db


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> FakeGateway:
    fake = FakeGateway()
    monkeypatch.setitem(GATEWAYS, "fake", fake)
    return fake


@pytest.fixture
def refund(gateway: FakeGateway) -> Refund:
    """A refund of 20.00 of which 5.00 failed."""
    gateway.next = [gateway.pay, gateway.refuse]
    return pay(opened("15.00", "5.00"))


def url(refund: Refund) -> str:
    return reverse("backoffice:refund_retry", args=[refund.for_return_id, refund.pk])


def page(refund: Refund) -> str:
    return reverse("backoffice:return", args=[refund.for_return_id])


def test_failed_refund_shows_why_and_the_way_to_try_again(finance: Client, refund: Refund) -> None:
    response = finance.get(page(refund))
    (shown,) = response.context["refunds"]
    assert shown.parts == ["€15.00 · Card · re_1", "€5.00 · Card · The card was closed."]
    assert shown.retry_url == url(refund)
    assert f'href="{url(refund)}"' in response.content.decode()


def test_who_may_not_pay_back_sees_no_way_to(support: Client, refund: Refund) -> None:
    (shown,) = support.get(page(refund)).context["refunds"]
    assert shown.retry_url == ""
    assert support.get(url(refund)).status_code == 403


def test_page_says_what_will_be_paid_and_why_it_failed(finance: Client, refund: Refund) -> None:
    response = finance.get(url(refund))
    assert response.context["title"] == "Pay back €5.00 again?"
    assert [line["text"] for line in response.context["consequences"]] == [
        "€5.00 go to Card pay_1. It failed before: The card was closed.",
        "What was paid back already is not paid again.",
    ]


@pytest.mark.parametrize("parts", [1, 3])
def test_page_takes_few_queries(finance: Client, gateway: FakeGateway, parts: int) -> None:
    gateway.next = [gateway.refuse] * parts
    refund = pay(opened(*{1: ["20.00"], 3: ["10.00", "5.00", "5.00"]}[parts]))
    # Session, user, return, refund, its parts.
    with assertNumQueries(5):
        assert finance.get(url(refund)).status_code == 200


def test_refund_is_tried_again_once(finance: Client, refund: Refund, gateway: FakeGateway) -> None:
    for words in ("€20.00 are paid back.", "This refund is paid back by now."):
        response = finance.post(url(refund), {"note": "Bank says yes"}, follow=True)
        assertRedirects(response, page(refund))
        assert words in response.content.decode()
    assert [str(amount) for amount in gateway.paid.values()] == ["15.0000", "5.0000"]
    (shown,) = response.context["refunds"]
    assert (shown.status, shown.retry_url) == ("SUCCEEDED", "")
    told = timeline.entries(Event.objects.filter(type__startswith="refund."))
    assert [entry.what for entry in told] == [
        "Refund paid: €20.00",
        "Refund tried again: €5.00",
        "Refund failed: €20.00 (The card was closed.)",
    ]
    assert told[1].note == "Bank says yes"


def test_refusal_leads_back_and_says_why(finance: Client, refund: Refund) -> None:
    refund.order.payments.update(refunded_amount=5, amount=5)
    response = finance.post(url(refund), {"note": ""}, follow=True)
    assert "Only €0.00 are left on Card pay_1" in response.content.decode()


def test_long_note_keeps_the_page(finance: Client, refund: Refund) -> None:
    response = finance.post(url(refund), {"note": "n" * 501})
    assert (response.status_code, Refund.objects.get().status) == (422, "FAILED")


def test_refund_that_did_not_fail_has_no_page(finance: Client, gateway: FakeGateway) -> None:
    refund = pay(opened())
    response = finance.get(url(refund), follow=True)
    assertRedirects(response, page(refund))
    assert "This refund has not failed" in response.content.decode()


def test_refund_of_another_return_is_not_found(finance: Client, refund: Refund) -> None:
    other = opened()
    path = reverse("backoffice:refund_retry", args=[other.pk, refund.pk])
    assert finance.get(path).status_code == 404
