"""Staff write to buyers, and see who waits for an answer."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertNumQueries, assertRedirects

from returns.evidence import messages
from returns.models import EvidencePhoto, Message, Return
from tests.returns.evidence.test_photos import picture
from tests.returns.stories import BUYER, requested

pytestmark = pytest.mark.django_db


def page_url(return_: Return) -> str:
    return reverse("backoffice:return", args=[return_.pk])


def write_url(return_: Return) -> str:
    return reverse("backoffice:return_message", args=[return_.pk])


def file(content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile("a.jpg", content or picture(), "image/jpeg")


def test_staff_answer_what_a_buyer_wrote(support: Client) -> None:
    return_ = requested()
    messages.write(return_, actor=BUYER, body="Is <b>this</b> all right?")
    page = support.get(page_url(return_)).content.decode()
    assert "Is &lt;b&gt;this&lt;/b&gt; all right?" in page
    assert "The buyer waits for an answer" in page
    listed = support.get(reverse("backoffice:returns"), {"queue": "answer"}).content.decode()
    assert return_.reference in listed
    assert "Buyer wrote" in listed
    said = {"message": "It is.", "action": "send", "photo": file()}
    assertRedirects(support.post(write_url(return_), said), page_url(return_))
    answer = Message.objects.get(author_kind="STAFF")
    assert (answer.body, answer.asks, answer.photos.count()) == ("It is.", False, 1)
    assert "The buyer waits" not in support.get(page_url(return_)).content.decode()


def test_staff_ask_for_details(support: Client) -> None:
    return_ = requested()
    support.post(write_url(return_), {"message": "A photo, please.", "action": "ask"})
    assert Message.objects.get().asks
    page = support.get(page_url(return_)).content.decode()
    assert "Waiting for the buyer: details asked for" in page
    listed = support.get(reverse("backoffice:returns"), {"queue": "asked"}).content.decode()
    assert return_.reference in listed
    assert "Details asked for" in listed


def test_message_that_is_refused_keeps_what_was_typed(support: Client) -> None:
    return_ = requested()
    response = support.post(
        write_url(return_), {"message": "Mine.", "action": "send", "photo": file(b"<script>")}
    )
    assert response.status_code == 422
    page = response.content.decode()
    assert "This file is no picture." in page
    assert "Mine.</textarea>" in page
    assert (Message.objects.count(), EvidencePhoto.objects.count()) == (0, 0)
    empty = support.post(write_url(return_), {"message": "", "action": "ask"})
    assert "Write what you need from the buyer." in empty.content.decode()


def test_message_that_needs_no_answer_is_settled(support: Client) -> None:
    return_ = requested()
    messages.write(return_, actor=BUYER, body="Thanks!")
    url = reverse("backoffice:return_settle", args=[return_.pk])
    assertRedirects(support.post(url), page_url(return_))
    return_.refresh_from_db()
    assert return_.to_answer_since is None


def test_warehouse_reads_but_does_not_write(warehouse: Client) -> None:
    return_ = requested()
    messages.write(return_, actor=BUYER, body="Hello?")
    page = warehouse.get(page_url(return_)).content.decode()
    assert "Hello?" in page
    assert write_url(return_) not in page
    assert warehouse.post(write_url(return_), {"message": "No."}).status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_messages_take_no_further_statement(manager: Client, count: int) -> None:
    return_ = requested()
    for _number in range(count):
        messages.write(return_, actor=BUYER, body="Hello?")
        manager.post(write_url(return_), {"message": "Yes?", "photo": file()})
    with assertNumQueries(12):
        manager.get(page_url(return_))
