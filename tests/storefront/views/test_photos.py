"""Photos on the page on which a return is asked for, and who may see them."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import Role
from orders.models import Customer, Order
from returns.models import EvidencePhoto, Return, ReturnReason
from tests.factories import UserFactory, sent_order
from tests.returns.evidence.test_photos import bomb, picture
from tests.storefront.conftest import Guest, answers, parcels_of

pytestmark = pytest.mark.django_db


def file(content: bytes | None = None, name: str = "my photo.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, picture() if content is None else content, "image/jpeg")


def start_url(order: Order) -> str:
    return reverse("storefront:start_return", args=[order.public_id])


def said(order: Order, *files: SimpleUploadedFile, **more: str) -> dict[str, object]:
    (parcel,) = parcels_of(order)
    return answers(parcel, **more) | {f"item-{parcel.pk}-new_photos": list(files)}


def test_photos_come_with_the_request(ada: Client, customer: Customer) -> None:
    ReturnReason.objects.filter(handle="too-small").update(needs_photo=True)
    order = sent_order(customer=customer)
    review_url = ada.post(start_url(order), said(order, file(), file())).headers["Location"]
    page = ada.get(review_url).content.decode()
    photos = [reverse("storefront:photo", args=[p.public_id]) for p in EvidencePhoto.objects.all()]
    assert len(photos) == 2
    assert all(url in page for url in photos)
    back = ada.get(ada.get(review_url).context["back_url"]).content.decode()
    assert all(url in back for url in photos)
    ada.post(review_url)
    return_ = Return.objects.get()
    assert return_.lines.get().photos.count() == 2
    shown = ada.get(reverse("storefront:return", args=[return_.public_id])).content.decode()
    assert all(url in shown for url in photos)


def test_missing_photo_is_told_at_its_field(ada: Client, customer: Customer) -> None:
    ReturnReason.objects.filter(handle="too-small").update(needs_photo=True)
    order = sent_order(customer=customer)
    response = ada.post(start_url(order), said(order))
    assert response.status_code == 422
    (form,) = [item["form"] for item in response.context["offered"]]
    assert form.errors == {"new_photos": ["Add a photo that shows what is wrong."]}
    assert "Please add a photo below." in response.content.decode()


def test_photo_is_kept_when_something_else_is_wrong(ada: Client, customer: Customer) -> None:
    order = sent_order(customer=customer)
    (parcel,) = parcels_of(order)
    response = ada.post(start_url(order), said(order, file(), reason="", note="Mine."))
    assert response.status_code == 422
    photo = EvidencePhoto.objects.get()
    page = response.content.decode()
    assert f'name="item-{parcel.pk}-photos" value="{photo.public_id}"' in page
    assert "Mine.</textarea>" in page
    again = said(order) | {f"item-{parcel.pk}-photos": [str(photo.public_id)]}
    ada.post(ada.post(start_url(order), again).headers["Location"])
    assert list(Return.objects.get().lines.get().photos.all()) == [photo]


def test_bad_file_is_told_by_its_name_and_the_good_one_kept(
    ada: Client, customer: Customer
) -> None:
    order = sent_order(customer=customer)
    files = [file(bomb(), "bomb.png"), file(), file(b"<script>", "<b>.jpg")]
    response = ada.post(start_url(order), said(order, *files, note="Mine."))
    assert response.status_code == 422
    page = response.content.decode()
    assert "bomb.png: The photo has too many pixels" in page
    assert "&lt;b&gt;.jpg: This file is no picture." in page
    assert "Mine.</textarea>" in page
    assert EvidencePhoto.objects.count() == 1


def test_file_of_100_megabytes_is_refused_and_what_was_typed_stays(
    ada: Client, customer: Customer
) -> None:
    order = sent_order(customer=customer)
    huge = file(picture() + bytes(100_000_000), "huge.jpg")
    response = ada.post(start_url(order), said(order, huge, note="Mine."))
    assert response.status_code == 422
    page = response.content.decode()
    assert "huge.jpg: The photo is too large: at most 15.0\xa0MB." in page
    assert "Mine.</textarea>" in page
    assert EvidencePhoto.objects.count() == 0


def test_photo_can_be_taken_out_again(ada: Client, customer: Customer) -> None:
    order = sent_order(customer=customer)
    (parcel,) = parcels_of(order)
    ada.post(start_url(order), said(order, file(), reason=""))
    photo = EvidencePhoto.objects.get()
    again = said(order) | {
        f"item-{parcel.pk}-photos": [str(photo.public_id)],
        "action": f"drop-photo:{photo.public_id}",
    }
    response = ada.post(start_url(order), again)
    assert response.status_code == 200
    assert str(photo.public_id) not in response.content.decode()
    assert EvidencePhoto.objects.count() == 0


def test_photo_of_an_item_that_is_not_chosen_is_not_lost(ada: Client, customer: Customer) -> None:
    order = sent_order(customer=customer)
    response = ada.post(start_url(order), said(order, file()) | {"selected": []})
    assert response.status_code == 422
    assert str(EvidencePhoto.objects.get().public_id) in response.content.decode()


def photo_of(browser: Client, order: Order) -> EvidencePhoto:
    browser.post(start_url(order), said(order, file(), reason=""))
    return EvidencePhoto.objects.latest("pk")


def test_photo_is_shown_as_what_we_wrote_to_whoever_may_see_the_order(
    ada: Client, guest: Guest, customer: Customer
) -> None:
    order = sent_order(customer=customer)
    photo = photo_of(ada, order)
    url = reverse("storefront:photo", args=[photo.public_id])
    for browser in (ada, guest(order)):
        response = browser.get(url)
        assert b"".join(response)[:3] == b"\xff\xd8\xff"
        headers = response.headers
        assert headers["Content-Type"] == "image/jpeg"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert headers["Content-Disposition"] == f'inline; filename="{photo.public_id}.jpg"'
        assert headers["Cache-Control"] == "private, no-store"


def test_photo_is_not_there_for_others(ada: Client, guest: Guest, customer: Customer) -> None:
    photo = photo_of(ada, sent_order(customer=customer))
    url = reverse("storefront:photo", args=[photo.public_id])
    assert guest(sent_order()).get(url).status_code == 404
    assert Client().get(url).status_code == 302
    manager = Client()
    manager.force_login(UserFactory(roles=[Role.MANAGER]))
    assert manager.get(url).status_code == 404
    inside = reverse("backoffice:evidence_photo", args=[photo.public_id])
    assert manager.get(inside).status_code == 200
    assert ada.get(inside).status_code == 403
    assert Client().get(inside).status_code == 302


def test_photo_that_the_storage_lost_is_not_there(ada: Client, customer: Customer) -> None:
    photo = photo_of(ada, sent_order(customer=customer))
    photo.image.storage.delete(photo.image.name or "")
    assert ada.get(reverse("storefront:photo", args=[photo.public_id])).status_code == 404


def test_staff_see_the_photos_of_a_line(ada: Client, customer: Customer) -> None:
    order = sent_order(customer=customer)
    ada.post(ada.post(start_url(order), said(order, file())).headers["Location"])
    manager = Client()
    manager.force_login(UserFactory(roles=[Role.MANAGER]))
    page = manager.get(reverse("backoffice:return", args=[Return.objects.get().pk]))
    url = reverse("backoffice:evidence_photo", args=[EvidencePhoto.objects.get().public_id])
    assert url in page.content.decode()
