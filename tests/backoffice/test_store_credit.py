"""Staff see all store credit; who may, adds and takes in two steps, with a reason."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNumQueries, assertRedirects

from accounts import actors
from returns.models import StoreCreditAccount
from returns.store_credit import ledger
from tests.conftest import RunJobs
from tests.factories import CustomerFactory, OrderFactory, StoreFactory, sent_order

pytestmark = pytest.mark.django_db

SYSTEM = actors.system()


def credited(*amounts: str, **order: Any) -> StoreCreditAccount:
    made = ledger.open_account(OrderFactory(**order))
    for amount in amounts:
        ledger.credit(made, Decimal(amount), actor=SYSTEM, key=uuid4())
    made.refresh_from_db()
    return made


def url(name: str, account: Any) -> str:
    return reverse(f"backoffice:{name}", args=[account.pk])


def carried(page: Any) -> dict[str, str]:
    """What the review sends on."""
    form = page.context["form"]
    return {**{field.html_name: str(field.value() or "") for field in form}, "step": "act"}


def said(amount: str, **more: str) -> dict[str, str]:
    return {"key": str(uuid4()), "amount": amount, "note": "Sorry.", "step": "review", **more}


def test_list_finds_owners(support: Client) -> None:
    credited("5", customer=CustomerFactory(name="Ada Winter", email="ada@example.com"))
    store = StoreFactory(code="second")
    credited("7.50", customer=None, guest_email="noah@example.org", store=store)
    address = reverse("backoffice:credit")

    assert [row["balance"] for row in support.get(address).context["rows"]] == ["€7.50", "€5.00"]
    for query in ({"q": "noah"}, {"q": "example.org"}, {"store": "second"}):
        rows = support.get(address, query).context["rows"]
        assert [row["balance"] for row in rows] == ["€7.50"]
    assertContains(support.get(address, {"q": "nobody"}), "Nothing found")


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("name", "number"), [("credit", 4), ("credit_account", 4)])
def test_pages_take_few_queries(finance: Client, name: str, number: int, count: int) -> None:
    for _account in range(count):
        mine = credited(*["5"] * count)
    address = reverse("backoffice:credit") if name == "credit" else url(name, mine)
    with assertNumQueries(number):
        finance.get(address)


def test_credit_is_reviewed_then_added_once(finance: Client, run_jobs: RunJobs) -> None:
    mine = credited("5")
    run_jobs()
    mail.outbox.clear()
    day = (timezone.now() + timedelta(days=30)).date()

    review = finance.post(url("credit_add", mine), said("12.50", last_day=str(day)))
    assertContains(review, "€12.50 are added to the credit of Ada Winter.")
    assert mine.entries.count() == 1
    for _time in range(2):
        answer = finance.post(url("credit_add", mine), carried(review))
        assertRedirects(answer, url("credit_account", mine))
    run_jobs()

    entry = mine.entries.get(amount=Decimal("12.5"))
    zone = mine.store.zone
    assert entry.expires_at is not None
    assert entry.expires_at.astimezone(zone).date() == day + timedelta(days=1)
    assert (entry.note, len(mail.outbox)) == ("Sorry.", 1)
    assertContains(finance.get(url("credit_account", mine)), "Sorry.")


def test_debit_is_reviewed_then_taken(finance: Client) -> None:
    mine = credited("5")

    review = finance.post(url("credit_take", mine), said("2"))
    finance.post(url("credit_take", mine), carried(review))
    refused = finance.post(url("credit_take", mine), said("3.01", step="act"))

    assertContains(refused, "Only €3.00 are left on the account.", status_code=422)
    mine.refresh_from_db()
    assert mine.balance == 3


@pytest.mark.parametrize("amount", ["-1", "0", "1.001", "NaN", "much", "1" * 30, ""])
@pytest.mark.parametrize("name", ["credit_add", "credit_take"])
def test_wrong_amounts_are_refused_and_the_reason_kept(
    finance: Client, name: str, amount: str
) -> None:
    mine = credited("5")

    answer = finance.post(url(name, mine), said(amount))

    assertContains(answer, "Sorry.", status_code=422)
    assert "amount" in answer.context["form"].errors
    assert mine.entries.count() == 1


def test_entry_is_taken_back(finance: Client) -> None:
    mine = credited("5")
    debit = ledger.debit(mine, Decimal(2), actor=SYSTEM, key=uuid4())
    page = finance.get(url("credit_account", mine)).context["entries"]
    assert [bool(entry.take_back_url) for entry in page] == [True, False]

    address = reverse("backoffice:credit_take_back", args=[debit.pk])
    assertContains(finance.get(address), "is undone by an entry of its own")
    sent = {"key": str(uuid4()), "note": "Wrong account."}
    for _time in range(2):
        assertRedirects(finance.post(address, sent), url("credit_account", mine))
    again = finance.post(address, {**sent, "key": str(uuid4())}, follow=True)

    assertContains(again, "This entry is taken back already.")
    mine.refresh_from_db()
    assert mine.balance == 5


def test_others_see_but_do_not_touch(support: Client) -> None:
    mine = credited("5", customer=None, guest_email="noah@example.com")

    assert support.get(url("credit_account", mine)).context["may_act"] is False
    for name in ("credit_add", "credit_take", "credit_code"):
        assert support.post(url(name, mine), said("1", step="act")).status_code == 403
    assert mine.entries.count() == 1


def test_first_credit_of_a_buyer_opens_the_account(finance: Client, support: Client) -> None:
    order = sent_order(customer=None, guest_email="Noah@example.com")
    address = reverse("backoffice:order_credit", args=[order.pk])
    page = reverse("backoffice:order", args=[order.pk])
    assertContains(finance.get(page), address)
    assert address not in support.get(page).content.decode()

    review = finance.post(address, said("10"))
    assert StoreCreditAccount.objects.count() == 0
    finance.post(address, carried(review))

    mine = StoreCreditAccount.objects.get()
    assert (mine.balance, mine.guest_email) == (Decimal(10), "noah@example.com")
    assertRedirects(finance.get(address), url("credit_account", mine))
    assertContains(support.get(page), url("credit_account", mine))


def test_guest_gets_a_new_code(finance: Client, run_jobs: RunJobs) -> None:
    mine = credited("5", customer=None, guest_email="noah@example.com")
    run_jobs()
    mail.outbox.clear()
    mine.refresh_from_db()
    old = mine.code_hash

    finance.post(url("credit_code", mine))
    run_jobs()

    mine.refresh_from_db()
    assert (len(mail.outbox), old != mine.code_hash) == (1, True)
    assert mine.code_hint in mail.outbox[0].body
