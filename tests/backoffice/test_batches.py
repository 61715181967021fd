"""What is done with many returns at once."""

import io

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader
from pytest_django.asserts import assertRedirects

from backoffice.views import batches
from returns.models import Return, ReturnStatus
from tests.factories import ReturnFactory, ReturnLineFactory

pytestmark = pytest.mark.django_db

APPROVE = reverse("backoffice:approve_returns")
SLIPS = reverse("backoffice:print_slips")


def requested() -> Return:
    return ReturnLineFactory(for_return__status="REQUESTED").for_return


def test_each_request_is_approved_and_the_others_say_why_not(support: Client) -> None:
    waiting, closed = requested(), ReturnFactory(status="CLOSED")
    selected = [waiting.pk, closed.pk, 999_999, "x", "9" * 5000]
    rows = support.post(APPROVE, {"selected": selected}).context["rows"]
    assert [(row["return_"].pk, row["words"]) for row in rows] == [
        (waiting.pk, "Approved."),
        (closed.pk, "This is not possible: the return is Closed."),
    ]
    waiting = Return.objects.get(pk=waiting.pk)
    assert waiting.status == ReturnStatus.OPEN


@pytest.mark.parametrize("url", [APPROVE, SLIPS])
def test_nothing_chosen_leads_back(support: Client, url: str) -> None:
    response = support.post(url, follow=True)
    assertRedirects(response, reverse("backoffice:returns"))
    assert "Choose at least one return." in response.content.decode()


def test_too_many_are_refused(support: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MOST", 1)
    chosen = [requested(), requested()]
    response = support.post(APPROVE, {"selected": [each.pk for each in chosen]}, follow=True)
    assert "Choose at most 1 returns." in response.content.decode()
    assert set(Return.objects.values_list("status", flat=True)) == {ReturnStatus.REQUESTED}


def test_slips_of_many_are_one_pdf_in_the_order_of_the_list(warehouse: Client) -> None:
    chosen = [requested(), requested()]
    response = warehouse.post(SLIPS, {"selected": [each.pk for each in reversed(chosen)]})
    pages = PdfReader(io.BytesIO(response.content)).pages
    found = [
        next(each.reference for each in chosen if each.reference in page.extract_text())
        for page in pages
    ]
    assert found == [chosen[1].reference, chosen[0].reference]


@pytest.mark.parametrize("url", [APPROVE, SLIPS])
def test_only_posting_does_something(support: Client, url: str) -> None:
    assert support.get(url).status_code == 405
