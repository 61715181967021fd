"""Gifts as staff see them: codes of an order, the two parties, and refunds to the recipient."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import (
    assertContains,
    assertNotContains,
    assertNumQueries,
    assertRedirects,
)

from returns import lifecycle
from returns.gifts import codes
from returns.models import GiftCode, Refund, Return, StoreCreditAccount
from returns.refunds import payouts
from tests.factories import sent_order
from tests.returns.giving import SYSTEM, give_back, given
from tests.returns.stories import received

pytestmark = pytest.mark.django_db


def test_support_makes_prints_and_revokes_a_code(support: Client) -> None:
    order = sent_order(2)
    page = reverse("backoffice:order", args=[order.pk])
    url = reverse("backoffice:make_gift", args=[order.pk])
    assertContains(support.get(page), url)

    made = support.post(url, {f"line-{order.lines.get().pk}": 1})
    assertRedirects(made, f"{page}#gifts", fetch_redirect_response=False)
    code = GiftCode.objects.get()
    (shown,) = support.get(page).context["gifts"]
    assert (shown["code"], shown["items"]) == (codes.written(code), "1 × Linen shirt")  # noqa: RUF001
    assert support.get(shown["receipt_url"]).headers["Content-Type"] == "application/pdf"

    assertContains(
        support.get(shown["revoke_url"]), "Nobody can ask for a return with it any more."
    )
    support.post(shown["revoke_url"])
    (shown,) = support.get(page).context["gifts"]
    assert (shown["receipt_url"], bool(shown["revoked"])) == ("", True)


@pytest.mark.parametrize("count", ["0", "3", "x", ""])
def test_wrong_pieces_are_refused_and_kept(support: Client, count: str) -> None:
    order = sent_order(2)
    url = reverse("backoffice:make_gift", args=[order.pk])
    assert support.post(url, {f"line-{order.lines.get().pk}": count}).status_code == 422
    assert GiftCode.objects.count() == 0


def test_warehouse_makes_no_codes(warehouse: Client) -> None:
    order = sent_order(2)
    page = warehouse.get(reverse("backoffice:order", args=[order.pk]))
    assert page.context["gift_url"] == ""
    assert warehouse.get(reverse("backoffice:make_gift", args=[order.pk])).status_code == 403


def test_code_of_another_order_is_not_there(support: Client) -> None:
    code, other = given(), sent_order(1)
    for name in ("gift_receipt", "revoke_gift"):
        url = reverse(f"backoffice:{name}", args=[other.pk, code.pk])
        assert support.get(url).status_code == 404


def test_return_names_both_sides_apart(manager: Client) -> None:
    made = give_back(given(2))
    page = manager.get(reverse("backoffice:return", args=[made.pk]))
    assert {"label": "E-mail", "value": "ben@example.com"} in page.context["recipient"]
    assert {"label": "Name", "value": "Ada Winter"} in page.context["buyer"]
    assertContains(page, "Recipient of the gift")
    assertContains(page, "Must not learn of this return")
    assertContains(page, "a gift, by its recipient")
    assertContains(manager.get(reverse("backoffice:returns")), "Ben Sommer")
    assertContains(manager.get(reverse("backoffice:home")), "Ben Sommer")
    approve = manager.get(reverse("backoffice:return_approve", args=[made.pk]))
    assertContains(approve, "ben@example.com")
    assertNotContains(approve, made.order.email)


def back(code: GiftCode) -> Return:
    return received(lifecycle.approve(give_back(code), actor=SYSTEM))


def test_refund_goes_to_the_recipient(finance: Client) -> None:
    made = back(given(1))
    url = reverse("backoffice:return_refund", args=[made.pk])
    page = finance.get(url)
    assertContains(page, "A gift: all of it becomes store credit of the recipient.")
    assertNotContains(page, 'name="to_credit"')
    line = made.lines.get().pk
    review = finance.post(
        url, {"step": "review", "key": str(page.context["form"]["key"].value()), f"line-{line}": 1}
    )
    assertContains(review, "ben@example.com gets a mail about it.")
    assertContains(review, "store credit")
    sent = {
        "step": "pay",
        "key": str(page.context["form"]["key"].value()),
        f"line-{line}": 1,
        "reviewed_amount": review.context["reviewed_amount"],
        "reviewed_shipping": review.context["reviewed_shipping"],
        "reviewed_credit": review.context["reviewed_credit"],
    }
    refused = finance.post(url, {**sent, "key": str(uuid4()), "reviewed_credit": "0"})
    assert refused.status_code == 422
    assertContains(refused, "all of it becomes store credit", status_code=422)
    assert Refund.objects.count() == 0

    assert finance.post(url, sent).status_code == 302
    assert StoreCreditAccount.objects.get().guest_email == "ben@example.com"
    assertContains(finance.get(reverse("backoffice:return", args=[made.pk])), "as store credit")


@pytest.mark.parametrize("count", [1, 3])
def test_pages_take_few_statements(manager: Client, count: int) -> None:
    order = sent_order(*[2] * count)
    code = given(*[2] * count, order=order)
    for _more in range(count - 1):
        given(1, order=order)
    made = received(lifecycle.approve(give_back(code, *[1] * count), actor=SYSTEM))
    with assertNumQueries(14):
        manager.get(reverse("backoffice:order", args=[order.pk]))
    with assertNumQueries(12):
        manager.get(reverse("backoffice:return", args=[made.pk]))
    payouts.refund(made, actor=SYSTEM, key=uuid4())
