"""Photos of buyers: kept while a request is written, needed for some reasons, then part of it."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders.models import FulfillmentLine, Order
from returns import lifecycle
from returns.errors import InvalidPhoto, MissingPhoto, ReturnError
from returns.evidence import collecting as evidence
from returns.lifecycle import LineRequest
from returns.models import EvidencePhoto, Return, ReturnReason
from returns.tasks import forget_unsent_photos
from tests.factories import sent_order
from tests.returns.evidence.test_photos import bomb, picture
from tests.returns.stories import BUYER, SYSTEM, wish

pytestmark = pytest.mark.django_db


def upload(order: Order) -> EvidencePhoto:
    content = picture()
    return evidence.upload(order, BytesIO(content), len(content))


def request(order: Order, *photos: str) -> Return:
    return lifecycle.request(order, [wish(order, photos=photos)], actor=BUYER)


def refused(order: Order, *photos: str) -> ReturnError:
    with pytest.raises(ReturnError) as error:
        request(order, *photos)
    assert Return.objects.count() == 0
    assert error.value.field == ("lines", "0", "photos")
    return error.value


def test_photos_become_part_of_the_line_they_came_with() -> None:
    order = sent_order()
    first, second = upload(order), upload(order)
    return_ = request(order, str(second.public_id))
    assert list(return_.lines.get().photos.all()) == [second]
    assert list(EvidencePhoto.objects.unsent()) == [first]
    assert return_.events.get().data["photos"] == 1


@pytest.mark.parametrize("count", [1, 3])
def test_photos_of_many_lines_take_as_many_statements_as_one(count: int) -> None:
    order = sent_order(*[1] * count)
    wishes = [
        LineRequest(
            fulfillment_line_id=parcel.pk,
            quantity=1,
            reason="too-small",
            photos=[str(upload(order).public_id)],
        )
        for parcel in FulfillmentLine.objects.filter(fulfillment__order=order)
    ]
    with CaptureQueriesContext(connection) as queries:
        return_ = lifecycle.request(order, wishes, actor=BUYER)
    about = [query for query in queries if "returns_evidencephoto" in query["sql"]]
    assert len(about) == 2
    assert [line.photos.count() for line in return_.lines.all()] == [1] * count


def test_same_photo_for_two_lines_is_kept_once() -> None:
    order = sent_order(1, 1)
    photo = str(upload(order).public_id)
    wishes = [
        LineRequest(fulfillment_line_id=parcel.pk, quantity=1, reason="too-small", photos=[photo])
        for parcel in FulfillmentLine.objects.filter(fulfillment__order=order)
    ]
    return_ = lifecycle.request(order, wishes, actor=BUYER)
    assert sum(line.photos.count() for line in return_.lines.all()) == 1


def test_reason_that_needs_a_photo_is_refused_without() -> None:
    ReturnReason.objects.filter(handle="too-small").update(needs_photo=True)
    order = sent_order()
    assert isinstance(refused(order), MissingPhoto)
    return_ = request(order, str(upload(order).public_id))
    assert return_.lines.get().photos.count() == 1


def test_staff_may_leave_the_photo_out() -> None:
    ReturnReason.objects.filter(handle="too-small").update(needs_photo=True)
    order = sent_order()
    assert lifecycle.create(order, [wish(order)], actor=SYSTEM).total_quantity == 1


def test_photos_of_another_order_sent_before_or_unknown_are_refused() -> None:
    order, other = sent_order(3), sent_order()
    strange = str(upload(other).public_id)
    for one in (strange, "nonsense", "00000000-0000-4000-8000-000000000000"):
        assert isinstance(refused(order, one), InvalidPhoto)
    sent = str(upload(order).public_id)
    request(order, sent)
    with pytest.raises(InvalidPhoto):
        request(order, sent)
    assert Return.objects.count() == 1


def test_a_line_has_an_end_of_photos() -> None:
    order = sent_order()
    ids = [str(upload(order).public_id) for _number in range(9)]
    assert "at most 8" in refused(order, *ids).message


def test_an_order_has_an_end_of_photos_that_are_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "MOST_UNSENT", 1)
    order = sent_order()
    upload(order)
    with pytest.raises(InvalidPhoto, match="Send these first"):
        upload(order)


@pytest.mark.parametrize("content", [b"<script>alert(1)</script>", bomb(), b""])
def test_what_is_no_picture_is_not_kept(content: bytes) -> None:
    with pytest.raises(InvalidPhoto):
        evidence.upload(sent_order(), BytesIO(content), len(content))
    assert EvidencePhoto.objects.count() == 0


def test_heic_is_written_anew_as_jpeg() -> None:
    content = picture("HEIF", (64, 48))
    photo = evidence.upload(sent_order(), BytesIO(content), len(content))
    with photo.image.open() as file:
        assert file.read(3) == b"\xff\xd8\xff"


def test_what_is_never_sent_is_thrown_away_with_its_file() -> None:
    order = sent_order()
    old, new, sent = upload(order), upload(order), upload(order)
    request(order, str(sent.public_id))
    long_ago = timezone.now() - timedelta(days=4)
    EvidencePhoto.objects.filter(pk__in=[old.pk, sent.pk]).update(created_at=long_ago)
    forget_unsent_photos(timestamp=0)
    assert set(EvidencePhoto.objects.all()) == {new, sent}
    exists = old.image.storage.exists
    assert [exists(photo.image.name or "") for photo in (old, new, sent)] == [False, True, True]


def test_storage_that_is_away_leaves_the_photo_for_the_next_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    photo = upload(sent_order())

    def fail(*_args: object) -> None:
        raise OSError("away")

    monkeypatch.setattr(photo.image.storage, "delete", fail)
    assert evidence.forget_unsent(before=timezone.now() + timedelta(days=1)) == 0
    assert EvidencePhoto.objects.count() == 1


def test_only_unsent_photos_of_the_order_are_dropped() -> None:
    order, other = sent_order(), sent_order()
    mine, theirs, sent = upload(order), upload(other), upload(order)
    request(order, str(sent.public_id))
    for photo in (mine, theirs, sent):
        evidence.drop(order, str(photo.public_id))
    assert set(EvidencePhoto.objects.all()) == {theirs, sent}
