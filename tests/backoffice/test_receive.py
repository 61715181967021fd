"""The bench: its pages with and without script, and what is thrown at them."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image
from pytest_django import Settings
from pytest_django.asserts import assertNumQueries, assertRedirects

from accounts import actors
from accounts.models import Role
from orders.models import FulfillmentLine, OrderLine
from returns import lifecycle
from returns.lifecycle import LineRequest
from returns.models import ReceivingPhoto, Return, ReturnStatus, Scan
from returns.receiving import scanning
from tests.factories import LocationFactory, StoreFactory, sent_order

pytestmark = pytest.mark.django_db

START = reverse("backoffice:receive")
SignIn = Callable[..., Client]


def page(name: str, return_: Return, *more: int) -> str:
    return reverse(f"backoffice:{name}", args=[return_.pk, *more])


def opened(*quantities: int, reference: str = "#1042") -> Return:
    """Return an open return of lines with the SKUs A1, A2, …"""
    store = StoreFactory(return_location=LocationFactory(name="Hamburg"))
    order = sent_order(*quantities, store=store, reference=reference)
    parcels = FulfillmentLine.objects.filter(fulfillment__order=order).order_by("pk")
    for number, parcel in enumerate(parcels, start=1):
        OrderLine.objects.filter(pk=parcel.order_line_id).update(sku=f"A{number}")
    wishes = [
        LineRequest(fulfillment_line_id=parcel.pk, quantity=parcel.quantity, reason="too-small")
        for parcel in parcels
    ]
    return lifecycle.create(order, wishes, actor=actors.system())


def scan(client: Client, return_: Return, code: str, **more: str) -> tuple[int, dict[str, str]]:
    """Send a scan as the script does; return the status and what is said."""
    data = {"key": str(uuid4()), "code": code, **more}
    answer = client.post(page("bench", return_), data, headers={"HX-Request": "true"})
    if answer.status_code not in (200, 422) or "HX-Redirect" in answer:
        return answer.status_code, {"to": answer.get("HX-Redirect", "")}
    said = answer.context["outcome"] or {"error": answer.context["error"]}
    return answer.status_code, said


def test_a_slip_leads_to_its_bench(warehouse: Client) -> None:
    return_ = opened(1)

    answer = warehouse.get(START, {"code": "1042-r1"})

    assertRedirects(answer, page("bench", return_))


@pytest.mark.parametrize("code", ["nothing", "", "x" * 5000, "a\0b", "#1042"])
def test_a_code_that_is_no_slip_is_asked_for_again(warehouse: Client, code: str) -> None:
    opened(1)

    answer = warehouse.get(START, {"code": code})

    assert answer.status_code == 422
    assert "code" in answer.context["form"].errors


def test_a_reference_of_two_stores_gives_a_choice(warehouse: Client) -> None:
    first, second = opened(1), opened(1)

    answer = warehouse.get(START, {"code": "#1042-R1"})

    assert set(answer.context["found"]) == {first, second}


def test_a_return_that_is_not_open_leads_to_its_page(warehouse: Client) -> None:
    return_ = opened(1)
    lifecycle.cancel(return_, actor=actors.system())

    for name in ("bench", "bench_finish"):
        assertRedirects(
            warehouse.get(page(name, return_)), reverse("backoffice:return", args=[return_.pk])
        )
    assert scan(warehouse, return_, "A1") == (
        200,
        {"to": reverse("backoffice:return", args=[return_.pk])},
    )


def test_a_scan_says_how_many_are_here(warehouse: Client) -> None:
    return_ = opened(2)

    first, second = (scan(warehouse, return_, "a1", grade="opened")[1] for _ in range(2))

    assert first == {
        "signal": "ok",
        "title": "1 of 2",
        "text": "Linen shirt · Opened · Needs work",
    }
    assert (second["signal"], second["title"]) == ("done", "2 of 2. Everything is here.")
    third = scan(warehouse, return_, "A1")[1]
    assert (third["signal"], third["title"]) == ("warn", "Not expected: 1 × Linen shirt")  # noqa: RUF001


def test_a_double_enter_counts_once(warehouse: Client) -> None:
    return_, key = opened(2), str(uuid4())

    scan(warehouse, return_, "A1", key=key)
    status, said = scan(warehouse, return_, "A1", key=key)

    assert (status, said["title"], Scan.objects.count()) == (200, "Counted already", 1)


def test_without_script_a_scan_leads_back_with_what_was_chosen(warehouse: Client) -> None:
    return_ = opened(2)

    answer = warehouse.post(
        page("bench", return_), {"key": str(uuid4()), "code": "A1", "grade": "damaged"}
    )

    assert answer["Location"] == f"{page('bench', return_)}?grade=damaged"
    shown = warehouse.get(answer["Location"])
    assert [str(message) for message in shown.context["messages"]] == [
        "1 of 2 · Linen shirt · Damaged · Not put back in stock"
    ]
    assert shown.context["form"]["grade"].value() == "damaged"


def test_an_empty_scan_only_keeps_what_was_chosen(warehouse: Client) -> None:
    return_ = opened(1)

    answer = warehouse.post(
        page("bench", return_), {"key": str(uuid4()), "code": "", "grade": "opened"}
    )

    assertRedirects(answer, f"{page('bench', return_)}?grade=opened")
    assert Scan.objects.count() == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"code": "nothing"},
        {"code": "x" * 5000},
        {"code": "A\0"},
        {"code": "<script>alert(1)</script>"},
        {"key": "no-key"},
        {"grade": "splendid"},
        {"type": "MISSING"},
        {"location": "999999"},
        {"note": "x" * 501},
        {"line": "1; DROP TABLE"},
        {"line": "999999", "code": ""},
        {"line": "9" * 40, "code": ""},
    ],
)
def test_nonsense_counts_nothing_and_says_why(warehouse: Client, changes: dict[str, str]) -> None:
    return_ = opened(1)
    LocationFactory(name="Leeds")

    status, said = scan(warehouse, return_, **{"code": "A1", **changes})

    assert status == 422
    assert said["error"]
    assert "<script>" not in said.get("title", "")
    assert Scan.objects.count() == 0


def test_another_slip_leads_to_its_return_and_this_one_to_the_booking(warehouse: Client) -> None:
    return_, other = opened(1), opened(1, reference="#1043")

    assert scan(warehouse, return_, "#1043-R1") == (200, {"to": page("bench", other)})
    assert scan(warehouse, return_, "#1042-R1") == (200, {"to": page("bench_finish", return_)})


def test_a_line_of_another_return_is_not_counted_by_hand(warehouse: Client) -> None:
    return_, other = opened(1), opened(1, reference="#1043")

    status, _said = scan(warehouse, return_, "", line=str(other.lines.get().pk))

    assert (status, Scan.objects.count()) == (422, 0)


def test_one_less(warehouse: Client) -> None:
    return_ = opened(2)
    scan(warehouse, return_, "A1")
    scan(warehouse, return_, "A1")

    warehouse.post(page("bench_undo", return_), {"scan": str(Scan.objects.first().pk)})  # type: ignore[union-attr]
    for nonsense in ("0", "9" * 30, "x", "²"):
        warehouse.post(page("bench_undo", opened(1, reference=f"#{nonsense}")), {"scan": nonsense})

    assert list(Scan.objects.values_list("state", flat=True)) == ["UNDONE", "COUNTED"]


def test_something_without_a_code_is_written_down(warehouse: Client) -> None:
    return_ = opened(1)
    data = {"other-key": str(uuid4()), "other-title": "", "other-quantity": "1"}

    refused = warehouse.post(page("bench_unexpected", return_), data)
    done = warehouse.post(page("bench_unexpected", return_), {**data, "other-title": "A red sock"})

    assert refused.status_code == 422
    assert "title" in refused.context["unexpected"].errors
    assertRedirects(done, page("bench", return_))
    assert Scan.objects.get().title == "A red sock"


def test_the_count_is_reviewed_and_booked(warehouse: Client) -> None:
    return_ = opened(1, 1)
    scan(warehouse, return_, "A1")

    review = warehouse.get(page("bench_finish", return_))
    until = str(review.context["form"]["until"].value())
    answer = warehouse.post(page("bench_finish", return_), {"until": until, "rest": "missing"})
    again = warehouse.post(page("bench_finish", return_), {"until": until})

    assert review.context["left_words"] == "1 piece was not scanned."
    assertRedirects(answer, START)
    assertRedirects(again, reverse("backoffice:return", args=[return_.pk]))
    now = Return.objects.get(pk=return_.pk)
    assert (now.status, now.events.count()) == (ReturnStatus.CLOSED, 2)


@pytest.mark.parametrize("until", ["", "x", "9" * 40])
def test_a_booking_of_nonsense_books_nothing(warehouse: Client, until: str) -> None:
    return_ = opened(1)
    scan(warehouse, return_, "A1")

    warehouse.post(page("bench_finish", return_), {"until": until})

    assert Return.objects.get(pk=return_.pk).processed_quantity in (0, 1)
    assert Scan.objects.filter(state="BOOKED").count() == Return.objects.get().processed_quantity


def test_only_the_warehouse_gets_in(sign_in: SignIn) -> None:
    return_ = opened(1)
    support, buyer = sign_in(Role.SUPPORT), sign_in()

    for client in (support, buyer):
        for name in ("bench", "bench_finish"):
            assert client.get(page(name, return_)).status_code == 403
        for name in ("bench", "bench_undo", "bench_unexpected", "bench_finish"):
            assert client.post(page(name, return_)).status_code == 403
    assert Client().get(START).status_code == 302


def test_unknown_returns_are_not_found(warehouse: Client) -> None:
    for name in ("bench", "bench_finish"):
        assert warehouse.get(reverse(f"backoffice:{name}", args=[0])).status_code == 404


# --- photos -------------------------------------------------------------------------------------


def jpeg() -> bytes:
    written = BytesIO()
    Image.new("RGB", (40, 30), "green").save(written, "JPEG")
    return written.getvalue()


@pytest.fixture
def counted(settings: Settings, tmp_path: Path) -> Scan:
    settings.MEDIA_ROOT = tmp_path
    return_ = opened(2)
    return scanning.scan(return_, actor=actors.system(), key=uuid4(), code="A1").scan


def upload(client: Client, scan_: Scan, content: bytes, name: str = "p.jpg") -> int:
    url = page("bench_photo", scan_.for_return, scan_.pk)
    return client.post(url, {"photo": SimpleUploadedFile(name, content)}).status_code


def test_a_photo_is_kept_and_shown_to_staff_only(
    warehouse: Client, support: Client, sign_in: SignIn, counted: Scan
) -> None:
    assert upload(warehouse, counted, jpeg(), "../../x.html") == 302
    photo = ReceivingPhoto.objects.get()
    url = reverse("backoffice:receiving_photo", args=[photo.public_id])

    shown = support.get(url)

    assert (shown.status_code, shown["Content-Type"]) == (200, "image/jpeg")
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in shown["Content-Security-Policy"]
    assert b"".join(shown.streaming_content).startswith(b"\xff\xd8")  # type: ignore[attr-defined]
    assert (Client().get(url).status_code, sign_in().get(url).status_code) == (302, 403)
    photo.image.delete(save=False)
    assert support.get(url).status_code == 404


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"<script>alert(1)</script>", "p.jpg"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "p.svg"),
        (b"GIF89a", "p.gif"),
        (b"", "p.jpg"),
    ],
)
def test_what_is_no_photo_is_refused(
    warehouse: Client, counted: Scan, content: bytes, name: str
) -> None:
    assert upload(warehouse, counted, content, name) == 422
    assert ReceivingPhoto.objects.count() == 0


def test_a_photo_that_is_too_large_is_refused(
    warehouse: Client, counted: Scan, settings: Settings
) -> None:
    settings.PHOTO_LARGEST_FILE = 100

    assert upload(warehouse, counted, jpeg()) == 422


def test_a_photo_needs_a_scan_of_this_return(warehouse: Client, counted: Scan) -> None:
    other = opened(1, reference="#1043")

    url = page("bench_photo", other, counted.pk)
    answer = warehouse.post(url, {"photo": SimpleUploadedFile("p.jpg", jpeg())})

    assert (answer.status_code, ReceivingPhoto.objects.count()) == (422, 0)


# --- statements ---------------------------------------------------------------------------------


@pytest.mark.parametrize("lines", [1, 3])
def test_pages_of_the_bench_take_the_same_statements_for_any_lines(
    warehouse: Client, lines: int
) -> None:
    return_ = opened(*[1] * lines)
    for number in range(1, lines + 1):
        scan(warehouse, return_, f"A{number}")

    with assertNumQueries(4):
        warehouse.get(START)
    with assertNumQueries(9):
        warehouse.get(page("bench", return_))
    with assertNumQueries(7):
        warehouse.get(page("bench_finish", return_))
    with assertNumQueries(18):
        scan(warehouse, return_, "A1")
