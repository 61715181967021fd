"""Parcels back: what staff see and do, and what bad input is told."""

from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django.asserts import assertRedirects

from accounts.models import Role
from returns import lifecycle
from returns.models import Return, ReverseDelivery
from returns.parcels import deliveries, labels
from returns.parcels.deliveries import Label, Tracking
from returns.uploads import SmallFiles
from tests.backoffice.conftest import SignIn
from tests.factories import LocationFactory, UserFactory
from tests.returns import label_files as files
from tests.returns.stories import SYSTEM, closed, opened, requested

pytestmark = pytest.mark.django_db
UPS = "1Z5R89390357567127"


def url(name: str, return_: Return, parcel: ReverseDelivery | None = None) -> str:
    return reverse(f"backoffice:{name}", args=[return_.pk, *([parcel.pk] if parcel else [])])


def page(client: Client, return_: Return) -> str:
    return client.get(url("return", return_)).content.decode()


def typed(return_: Return, **changes: Any) -> dict[str, Any]:
    """What a browser sends of the form for a new parcel, nothing changed."""
    work = return_.reverse_fulfillments.get()
    pieces = {f"line-{line.pk}": str(line.quantity) for line in work.lines.all()}
    return {"work": str(work.pk), **pieces, "notify": "on", **changes}


def upload(content: bytes, name: str = "label.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="application/pdf")


def errors(response: Any) -> dict[str, list[str]]:
    assert response.status_code == 422
    return dict(response.context["form"].errors)


# --- adding -------------------------------------------------------------------------------------


def test_parcel_is_added_with_label_and_tracking(support: Client) -> None:
    return_ = opened()
    said = typed(return_, label=upload(files.pdf()), number=UPS.lower(), weight_grams="900")
    assertRedirects(support.post(url("add_parcel", return_), said), url("return", return_))
    parcel = return_.parcels.get()
    assert (parcel.label_type, parcel.tracking_number, parcel.weight_grams) == (
        "application/pdf",
        UPS,
        900,
    )
    shown = page(support, return_)
    for part in (UPS, "UPS", parcel.tracking_url, url("parcel_label_file", return_, parcel)):
        assert part in shown


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"label": upload(b"<html>", "label.pdf")}, "label", "neither a PDF nor a PNG"),
        ({"label": upload(b"%PDF-1.7 no")}, "label", "cannot be read as one"),
        ({"label": upload(b"")}, "label", "empty"),
        ({"label": upload(files.pdf_with_javascript())}, "label", "programs or other files"),
        ({"label": upload(files.png_that_says(90_000, 90_000), "x.png")}, "label", "pixels"),
        ({"label_url": "javascript:alert(1)"}, "label_url", "https://"),
        ({"label": upload(files.pdf()), "label_url": "https://x.example"}, "label", "Choose one"),
        ({"adapter": "magic"}, "adapter", "valid choice"),
        ({"number": "📦"}, "number", "only letters and digits"),
        ({"number": "1" * 500}, "number", "at most 100"),
        ({"carrier": "nobody"}, "carrier", "valid choice"),
        ({"other_carrier": "x" * 500}, "other_carrier", "at most 100"),
        ({"url": "ftp://x"}, "url", "https://"),
        ({"weight_grams": "-1"}, "weight_grams", "greater than"),
        ({"weight_grams": "999999999"}, "weight_grams", "less than"),
        ({"work": "0"}, "work", "valid choice"),
    ],
)
def test_bad_input_is_told_at_its_field_and_kept(
    support: Client, changes: dict[str, Any], field: str, words: str
) -> None:
    return_ = opened()
    response = support.post(
        url("add_parcel", return_), typed(return_, **{"other_carrier": "Rad & Bote", **changes})
    )
    assert words in " ".join(errors(response)[field])
    assert "Rad &amp; Bote" in response.content.decode() or "other_carrier" in changes
    assert not return_.parcels.exists()


@pytest.mark.parametrize("pieces", ["-1", "3", "many", "9" * 30])
def test_wrong_pieces_are_told(support: Client, pieces: str) -> None:
    return_ = opened(quantity=2)
    line = return_.reverse_fulfillments.get().lines.get()
    response = support.post(
        url("add_parcel", return_), typed(return_, **{f"line-{line.pk}": pieces})
    )
    assert f"line-{line.pk}" in errors(response)
    assert not return_.parcels.exists()


def test_html_in_a_carriers_name_is_only_words(support: Client) -> None:
    return_ = opened()
    support.post(url("add_parcel", return_), typed(return_, other_carrier="<b onclick=x>Bo</b>"))
    assert return_.parcels.get().carrier_name == "<b onclick=x>Bo</b>"
    shown = page(support, return_)
    assert "<b onclick" not in shown
    assert "&lt;b onclick=x&gt;Bo" in shown


def test_place_is_asked_when_there_are_several(support: Client) -> None:
    return_ = opened()
    far = return_.reverse_fulfillments.create(location=LocationFactory(name="Far"))
    form = support.get(url("add_parcel", return_)).content.decode()
    assert "Far" in form
    line = return_.reverse_fulfillments.order_by("pk")[0].lines.get()
    said = {"work": str(far.pk), f"line-{line.pk}": "1"}
    response = support.post(url("add_parcel", return_), said)
    assert "does not go to this location" in str(errors(response)[f"line-{line.pk}"])
    assertRedirects(
        support.post(url("add_parcel", return_), {"work": str(far.pk)}), url("return", return_)
    )
    assert return_.parcels.get().reverse_fulfillment == far


@pytest.mark.parametrize("make", [requested, closed])
def test_only_open_returns_get_parcels(support: Client, make: Any) -> None:
    return_ = make()
    response = support.get(url("add_parcel", return_), follow=True)
    assert "only be added to an open return" in response.content.decode()
    assert url("add_parcel", return_) not in page(support, return_)


# --- large files --------------------------------------------------------------------------------


def test_large_file_is_told_at_its_field_and_kept_nowhere(
    support: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = []
    original = SmallFiles.receive_data_chunk

    def watched(self: SmallFiles, raw_data: bytes, start: int) -> None:
        original(self, raw_data, start)
        most.append(self.kept.getbuffer().nbytes)

    monkeypatch.setattr(SmallFiles, "receive_data_chunk", watched)
    return_ = opened()
    said = typed(return_, label=upload(b"%PDF-" + bytes(50 * 1024 * 1024)), number="KEPT-1")
    response = support.post(url("add_parcel", return_), said)
    assert "too large" in str(errors(response)["label"])
    assert "KEPT-1" in response.content.decode()
    assert max(most) <= labels.LARGEST
    assert len(most) > 500


def test_body_that_is_far_too_large_is_not_even_read(support: Client) -> None:
    return_ = opened()
    response = support.post(
        url("add_parcel", return_),
        b"",
        content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(101 * 1024 * 1024),
    )
    assert response.status_code == 400
    assert not return_.parcels.exists()


@pytest.mark.parametrize("name", ["add_parcel", "parcel_label"])
def test_forms_with_files_need_the_token_of_the_page(name: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(UserFactory(roles=[Role.SUPPORT]))
    return_ = opened()
    parcel = deliveries.add_parcel(return_, actor=SYSTEM) if name == "parcel_label" else None
    said = {"label_url": "https://x.example/1"}
    assert browser.post(url(name, return_, parcel), said).status_code == 403
    assert not return_.parcels.exclude(label_url="").exists()


# --- one parcel ---------------------------------------------------------------------------------


def test_tracking_state_and_label_are_changed(warehouse: Client) -> None:
    return_ = opened()
    parcel = deliveries.add_parcel(return_, actor=SYSTEM)
    for name, said in (
        ("parcel_tracking", {"number": UPS}),
        ("parcel_label", {"label_url": "https://x.example/1.pdf"}),
        ("parcel_state", {"state": "IN_TRANSIT"}),
    ):
        assert warehouse.get(url(name, return_, parcel)).status_code == 200
        assertRedirects(warehouse.post(url(name, return_, parcel), said), url("return", return_))
    parcel.refresh_from_db()
    assert (parcel.tracking_number, parcel.label_url, parcel.state) == (
        UPS,
        "https://x.example/1.pdf",
        "IN_TRANSIT",
    )
    shown = page(warehouse, return_)
    assert "In transit" in shown
    assert url("parcel_remove", return_, parcel) not in shown


def test_tracking_form_keeps_what_is_known(support: Client) -> None:
    return_ = opened()
    parcel = deliveries.add_parcel(
        return_, actor=SYSTEM, tracking=Tracking(number="B-1", carrier="Rad & Bote")
    )
    form = support.get(url("parcel_tracking", return_, parcel)).context["form"]
    said = {name: form[name].value() for name in form.fields}
    assert said == {"number": "B-1", "carrier": "", "other_carrier": "Rad & Bote", "url": ""}
    support.post(url("parcel_tracking", return_, parcel), said)
    assert "parcel.tracked" not in return_.events.values_list("type", flat=True)


@pytest.mark.parametrize("state", ["", "LOST", "arrived"])
def test_unknown_state_is_told(support: Client, state: str) -> None:
    return_ = opened()
    parcel = deliveries.add_parcel(return_, actor=SYSTEM)
    response = support.post(url("parcel_state", return_, parcel), {"state": state})
    assert "state" in errors(response)


def test_parcel_is_removed_after_asking(support: Client) -> None:
    return_ = opened()
    parcel = deliveries.add_parcel(return_, actor=SYSTEM)
    assert "Remove parcel 1?" in support.get(url("parcel_remove", return_, parcel)).content.decode()
    assertRedirects(
        support.post(url("parcel_remove", return_, parcel), {"note": ""}), url("return", return_)
    )
    assert not return_.parcels.exists()
    assert "Parcel removed: Parcel 1" in page(support, return_)


def test_parcel_of_another_return_is_not_found(support: Client) -> None:
    mine, other = opened(), opened()
    foreign = deliveries.add_parcel(other, actor=SYSTEM, label=Label(url="https://x.example"))
    for name in ("parcel_tracking", "parcel_state", "parcel_label", "parcel_remove"):
        for answer in (support.get, support.post):
            assert answer(url(name, mine, foreign)).status_code == 404
    assert support.get(url("parcel_label_file", mine, foreign)).status_code == 404


def test_act_that_came_too_late_says_so(support: Client) -> None:
    return_ = opened()
    parcel = deliveries.add_parcel(return_, actor=SYSTEM)
    deliveries.set_state(parcel, actor=SYSTEM, state="HANDED_IN")
    response = support.post(url("parcel_remove", return_, parcel), {"note": ""}, follow=True)
    assert "Handed in" in response.content.decode()
    assert return_.parcels.exists()


# --- files --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "type_", "way"),
    [(files.pdf(), "application/pdf", "attachment"), (files.png(), "image/png", "inline")],
)
def test_label_is_served_so_that_it_can_do_nothing(
    sign_in: SignIn, content: bytes, type_: str, way: str
) -> None:
    return_ = opened()
    parcel = deliveries.add_parcel(return_, actor=SYSTEM, label=Label(file=upload(content)))
    response = sign_in(Role.FINANCE).get(url("parcel_label_file", return_, parcel))
    ending = type_.split("/")[1]
    name = f"return-{return_.reference.strip('#')}-label-1.{ending}"
    assert {name: response.headers[name] for name in (
        "Content-Type", "Content-Disposition", "Content-Security-Policy", "X-Content-Type-Options",
    )} == {
        "Content-Type": type_,
        "Content-Disposition": f'{way}; filename="{name}"',
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }  # fmt: skip
    assert "no-store" in response.headers["Cache-Control"]


def test_label_that_is_gone_is_not_found(support: Client) -> None:
    return_ = opened()
    linked = deliveries.add_parcel(return_, actor=SYSTEM, label=Label(url="https://x.example/1"))
    lost = deliveries.add_parcel(return_, actor=SYSTEM, label=Label(file=upload(files.pdf())))
    default_storage.delete(str(lost.label.name))
    for parcel in (linked, lost):
        assert support.get(url("parcel_label_file", return_, parcel)).status_code == 404


def test_failure_is_shown(support: Client) -> None:
    return_ = opened()
    parcel = deliveries.add_parcel(return_, actor=SYSTEM, label=Label(adapter="own"))
    assert "The label is being made." in page(support, return_)
    ReverseDelivery.objects.filter(pk=parcel.pk).update(label_failure="The carrier is <away>")
    assert "The carrier is &lt;away&gt;" in page(support, return_)


def test_finance_sees_parcels_and_changes_none(finance: Client) -> None:
    return_ = opened()
    parcel = deliveries.add_parcel(return_, actor=SYSTEM, tracking=Tracking(number=UPS))
    shown = page(finance, return_)
    assert UPS in shown
    assert url("parcel_state", return_, parcel) not in shown
    assert url("add_parcel", return_) not in shown


# --- statements ---------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 3])
def test_return_with_parcels_takes_no_more_statements(support: Client, count: int) -> None:
    return_ = opened()
    for _number in range(count):
        parcel = deliveries.add_parcel(return_, actor=SYSTEM, tracking=Tracking(number=UPS))
    with CaptureQueriesContext(connection) as queries:
        assert support.get(url("return", return_)).status_code == 200
    assert len(queries) == 12
    numbers = {}
    for name in ("parcel_tracking", "parcel_state", "parcel_label", "parcel_remove"):
        with CaptureQueriesContext(connection) as queries:
            assert support.get(url(name, return_, parcel)).status_code == 200
        numbers[name] = len(queries)
    assert numbers == dict.fromkeys(numbers, 4)


@pytest.mark.parametrize("count", [1, 3])
def test_adding_takes_few_statements(support: Client, count: int) -> None:
    return_ = opened()
    for _number in range(count - 1):
        deliveries.add_parcel(return_, actor=SYSTEM)
    with CaptureQueriesContext(connection) as queries:
        assert support.get(url("add_parcel", return_)).status_code == 200
    assert len(queries) == 7


def test_list_of_those_on_the_way(support: Client) -> None:
    return_ = opened()
    parcel = deliveries.add_parcel(return_, actor=SYSTEM, tracking=Tracking(number=UPS))
    list_url = f"{reverse('backoffice:returns')}?queue=on_the_way"
    assert return_.reference not in support.get(list_url).content.decode()
    deliveries.set_state(parcel, actor=SYSTEM, state="HANDED_IN")
    assert return_.reference in support.get(list_url).content.decode()
    by_number = support.get(f"{reverse('backoffice:returns')}?q={UPS}").content.decode()
    assert return_.reference in by_number
    lifecycle.close(return_, actor=SYSTEM)
    assert return_.reference not in support.get(list_url).content.decode()
