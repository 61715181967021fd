"""A buyer writes to the shop on the page of a return."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertRedirects

from accounts import actors
from orders.models import Customer
from returns import lifecycle
from returns.evidence import messages
from returns.models import EvidencePhoto, Message, Return
from tests.factories import sent_order
from tests.returns.evidence.test_photos import picture
from tests.returns.stories import SYSTEM, wish
from tests.storefront.test_queries import statements

pytestmark = pytest.mark.django_db


@pytest.fixture
def return_(customer: Customer) -> Return:
    order = sent_order(customer=customer)
    return lifecycle.request(order, [wish(order)], actor=actors.buyer("Ada"))


def page_url(return_: Return) -> str:
    return reverse("storefront:return", args=[return_.public_id])


def write_url(return_: Return) -> str:
    return reverse("storefront:write", args=[return_.public_id])


def file(content: bytes | None = None, name: str = "a.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content or picture(), "image/jpeg")


def test_page_says_what_the_shop_needs_until_it_is_answered(ada: Client, return_: Return) -> None:
    messages.ask_for_details(return_, actor=SYSTEM, body="A <photo>, please.")
    page = ada.get(page_url(return_)).content.decode()
    assert "We need something from you" in page
    assert page.count("A &lt;photo&gt;, please.") == 2
    response = ada.post(write_url(return_), {"body": "Here.", "new_photos": [file()]})
    assertRedirects(response, page_url(return_), fetch_redirect_response=False)
    page = ada.get(page_url(return_)).content.decode()
    assert "We need something from you" not in page
    photo = EvidencePhoto.objects.get()
    assert photo.message == Message.objects.get(author_kind="BUYER")
    assert reverse("storefront:photo", args=[photo.public_id]) in page


def test_mistake_loses_neither_words_nor_photo(ada: Client, return_: Return) -> None:
    files = [file(), file(b"<script>", "bad.jpg")]
    response = ada.post(write_url(return_), {"body": "Mine.", "new_photos": files})
    assert response.status_code == 422
    page = response.content.decode()
    photo = EvidencePhoto.objects.get()
    assert "bad.jpg: This file is no picture." in page
    assert "Mine.</textarea>" in page
    assert f'name="photos" value="{photo.public_id}"' in page
    ada.post(write_url(return_), {"body": "Mine.", "photos": [str(photo.public_id)]})
    assert list(Message.objects.get().photos.all()) == [photo]


def test_photo_can_be_taken_out_before_it_is_sent(ada: Client, return_: Return) -> None:
    ada.post(write_url(return_), {"body": "x" * 2001, "new_photos": [file()]})
    key = str(EvidencePhoto.objects.get().public_id)
    said = {"body": "Mine.", "photos": [key], "action": f"drop-photo:{key}"}
    response = ada.post(write_url(return_), said)
    assert response.status_code == 200
    assert "Mine.</textarea>" in response.content.decode()
    assert (EvidencePhoto.objects.count(), Message.objects.count()) == (0, 0)


def test_empty_message_is_asked_for_again(ada: Client, return_: Return) -> None:
    response = ada.post(write_url(return_), {"body": " "})
    assert response.status_code == 422
    assert "Write something." in response.content.decode()


def test_ended_return_takes_words_but_no_photos(ada: Client, return_: Return) -> None:
    lifecycle.cancel(return_, actor=actors.buyer("Ada"))
    assert "new_photos" not in ada.get(page_url(return_)).content.decode()
    ada.post(write_url(return_), {"body": "Sorry.", "new_photos": [file()]})
    assert Message.objects.get().photos.count() == 0
    assert EvidencePhoto.objects.count() == 0


@pytest.mark.parametrize("count", [1, 3])
def test_messages_and_photos_take_no_further_statement(
    ada: Client, return_: Return, count: int
) -> None:
    for _number in range(count):
        ada.post(write_url(return_), {"body": "Look.", "new_photos": [file()] * count})
    assert statements(ada, page_url(return_)) == 8
