"""Uploading a file of orders and following its import."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts import actors
from orders.imports import runs
from orders.imports.formats import Format
from orders.models import ImportRun, ImportStatus, Order, Store
from tests.conftest import RunJobs
from tests.factories import LocationFactory, StoreFactory

EXAMPLE = (Path(__file__).parent.parent / "orders/imports/files/retour.csv").read_bytes()
HEADER = b"order,placed_at,title,quantity,unit_price\n"
MIXED = HEADER + b"1,2026-10-01,Cup,1,5.00\n2,2026-10-01,Cup,0,5.00\n"


@pytest.fixture
def store(db: None) -> Store:
    LocationFactory(code="north")
    return StoreFactory.create(code="linden", name="Linden")


def upload(client: Client, content: bytes, **values: str) -> ImportRun:
    """Upload a file as the page does and return the run it made."""
    file = SimpleUploadedFile("orders.csv", content, "text/csv")
    data = {"store": "linden", "format": "retour-csv", **values, "file": file}
    response = client.post(reverse("backoffice:imports"), data)
    run = ImportRun.objects.latest("pk")
    assert (response.status_code, response.headers.get("Location")) == (
        302,
        reverse("backoffice:import", args=[run.pk]),
    )
    return run


def shown(client: Client, run: ImportRun, **headers: str) -> str:
    url = reverse("backoffice:import", args=[run.pk])
    return client.get(url, headers=headers).content.decode()


def test_uploaded_file_waits_and_is_imported_by_the_queue(
    manager: Client, store: Store, run_jobs: RunJobs
) -> None:
    run = upload(manager, EXAMPLE)
    assert (run.status, Order.objects.count()) == (ImportStatus.WAITING, 0)
    assert 'hx-trigger="every 2s"' in shown(manager, run)

    assert run_jobs() == ["import_uploaded_orders"]

    run.refresh_from_db()
    assert (run.status, run.done, run.total) == (ImportStatus.DONE, 2, 2)
    assert (run.created, run.lines, run.rejected_orders) == (2, 4, 0)
    assert Order.objects.count() == 2
    page = shown(manager, run)
    assert "hx-trigger" not in page
    assert "Rejected rows with reasons" not in page


def test_uploaded_file_is_removed_when_its_import_ends(
    manager: Client, store: Store, run_jobs: RunJobs
) -> None:
    run = upload(manager, EXAMPLE)
    kept = str(run.file.name)
    assert default_storage.exists(kept)

    run_jobs()

    run.refresh_from_db()
    assert not run.file
    assert not default_storage.exists(kept)


def test_rejected_rows_can_be_fetched(manager: Client, store: Store, run_jobs: RunJobs) -> None:
    run = upload(manager, MIXED)
    run_jobs()

    response = manager.get(reverse("backoffice:import_rejects", args=[run.pk]))

    assert response.headers["Content-Disposition"] == 'attachment; filename="orders.rejects.csv"'
    assert b"".join(response).decode().splitlines() == [
        "line,reason,order,placed_at,title,quantity,unit_price",
        "3,quantity: Must be at least 1; this is 0.,2,2026-10-01,Cup,0,5.00",
    ]
    run.refresh_from_db()
    assert (run.status, run.created, run.rejected_rows) == (ImportStatus.DONE, 1, 1)
    assert "1 row was rejected." in shown(manager, run)


def test_file_that_is_none_is_refused_with_its_reason(
    manager: Client, store: Store, run_jobs: RunJobs
) -> None:
    run = upload(manager, b"\x89PNG\r\n")

    run_jobs()

    run.refresh_from_db()
    assert (run.status, run.message) == (ImportStatus.REFUSED, "Line 1 is not UTF-8 text.")
    assert "Line 1 is not UTF-8 text." in shown(manager, run)


def test_import_that_breaks_off_says_so_and_goes_on_when_uploaded_again(
    manager: Client, store: Store, run_jobs: RunJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = upload(manager, EXAMPLE)

    def break_off(*_args: object, **_options: object) -> None:
        raise OSError

    with monkeypatch.context() as patch, pytest.raises(OSError):
        patch.setattr(runs, "import_file", break_off)
        run_jobs()
    run.refresh_from_db()
    assert run.status == ImportStatus.FAILED
    assert "The import broke off. Upload the file again" in shown(manager, run)

    upload(manager, EXAMPLE)
    run_jobs()
    assert Order.objects.count() == 2


def test_import_whose_worker_died_begins_again(
    manager: Client, store: Store, run_jobs: RunJobs
) -> None:
    run = upload(manager, EXAMPLE)
    ImportRun.objects.update(status=ImportStatus.RUNNING)

    run_jobs()
    runs.execute(run.pk)  # a job may run twice

    run.refresh_from_db()
    assert (run.status, run.created, run.unchanged) == (ImportStatus.DONE, 2, 0)


def test_htmx_gets_only_what_changes(manager: Client, store: Store) -> None:
    run = upload(manager, EXAMPLE)
    ImportRun.objects.update(status=ImportStatus.RUNNING, done=3, total=9)

    part = shown(manager, run, HX_Request="true")

    assert part.lstrip().startswith('<section class="card" id="progress"')
    assert '<progress max="9" value="3"' in part
    assert "3 of 9 orders" in part


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"store": ""}, "This field is required."),
        ({"store": "moon"}, "Select a valid choice. moon is not one of the available choices."),
        ({"format": "xlsx"}, "Select a valid choice. xlsx is not one of the available choices."),
    ],
)
def test_wrong_choice_is_told_at_its_field(
    manager: Client, store: Store, values: dict[str, str], message: str
) -> None:
    file = SimpleUploadedFile("orders.csv", EXAMPLE)
    data = {"store": "linden", "format": "retour-csv", **values, "file": file}

    response = manager.post(reverse("backoffice:imports"), data)

    assert response.status_code == 422
    assert message in response.content.decode()
    assert not ImportRun.objects.exists()


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("", "This field is required."),
        (SimpleUploadedFile("orders.csv", b""), "The submitted file is empty."),
        (SimpleUploadedFile("orders.csv", b"x" * 1001), "At most 1000"),
    ],
)
def test_wrong_file_keeps_what_was_chosen(
    manager: Client, store: Store, settings: Settings, file: object, message: str
) -> None:
    settings.IMPORT_LARGEST_FILE = 1000

    response = manager.post(
        reverse("backoffice:imports"), {"store": "linden", "format": "shopify", "file": file}
    )

    page = response.content.decode()
    assert message in page
    assert '<option value="shopify" selected>' in page
    assert not ImportRun.objects.exists()


def test_unknown_import_and_missing_rejects_are_not_found(manager: Client, store: Store) -> None:
    run = upload(manager, EXAMPLE)

    for name, pk in (("import", 999_999), ("import_rejects", 999_999), ("import_rejects", run.pk)):
        assert manager.get(reverse(f"backoffice:{name}", args=[pk])).status_code == 404


def test_name_of_a_file_is_shown_as_text(manager: Client, store: Store) -> None:
    run = upload(manager, EXAMPLE)
    ImportRun.objects.update(file_name="<script>alert(1)</script>.csv")

    for page in (shown(manager, run), manager.get(reverse("backoffice:imports")).content.decode()):
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page


def test_rejects_are_removed_after_a_month(
    manager: Client, store: Store, run_jobs: RunJobs
) -> None:
    run = upload(manager, MIXED)
    run_jobs()
    run.refresh_from_db()
    kept = str(run.rejects.name)

    assert runs.remove_rejects(before=timezone.now() - timedelta(days=30)) == 0
    assert runs.remove_rejects(before=timezone.now() + timedelta(days=1)) == 1

    run.refresh_from_db()
    assert not run.rejects
    assert not default_storage.exists(kept)


@pytest.mark.parametrize("count", [1, 3])
def test_pages_take_the_same_queries_for_any_number_of_imports(
    manager: Client, store: Store, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    run = [upload(manager, EXAMPLE) for _number in range(count)][-1]

    with django_assert_num_queries(4):
        manager.get(reverse("backoffice:imports"))
    with django_assert_num_queries(3):
        manager.get(reverse("backoffice:import", args=[run.pk]))


def test_nobody_imports_without_the_permission(store: Store) -> None:
    file = SimpleUploadedFile("orders.csv", EXAMPLE)

    with pytest.raises(PermissionDenied):
        runs.start(file, Format.RETOUR_CSV, store, actor=actors.buyer("Ada"))

    assert not ImportRun.objects.exists()
