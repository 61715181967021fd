"""A manager imports a file of orders and sees it come in without doing anything more."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Role
from orders.imports import runs
from orders.models import ImportRun, ImportStatus
from tests.factories import StoreFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

MIXED = (
    "order,placed_at,title,quantity,unit_price\n1,2026-10-01,Cup,1,5.00\n2,2026-10-01,Cup,0,5.00\n"
)


def sign_in(page: Page, server: LiveServer) -> None:
    client = Client()
    client.force_login(UserFactory(roles=[Role.MANAGER]))
    cookie = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": server.url}])


def upload(page: Page, folder: Path) -> ImportRun:
    """Choose a file in the form and send it."""
    file = folder / "orders of October.csv"
    file.write_text(MIXED)
    page.goto("/backoffice/imports")
    page.get_by_label("Store").select_option(label="Linden & Lark")
    page.get_by_label("Format").select_option("retour-csv")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("orders of October.csv")
    return ImportRun.objects.latest("pk")


def test_manager_follows_an_import_to_its_rejects(
    desktop: Page,
    live_server: LiveServer,
    tmp_path: Path,
    assert_accessible: Callable[[Page], None],
) -> None:
    StoreFactory()
    sign_in(desktop, live_server)
    run = upload(desktop, tmp_path)
    expect(desktop.get_by_role("status")).to_contain_text("The import begins as soon as")
    assert_accessible(desktop)

    ImportRun.objects.update(status=ImportStatus.RUNNING, done=3, total=9)
    expect(desktop.get_by_role("status")).to_contain_text("3 of 9 orders")
    assert_accessible(desktop)

    runs.execute(run.pk)
    expect(desktop.get_by_text("1 row was rejected.")).to_be_visible()
    assert_accessible(desktop)
    with desktop.expect_download() as download:
        desktop.get_by_role("link", name="Rejected rows with reasons").click()
    assert download.value.suggested_filename == "orders of October.rejects.csv"


def test_imports_fit_a_phone(
    phone: Page,
    live_server: LiveServer,
    tmp_path: Path,
    assert_accessible: Callable[[Page], None],
) -> None:
    StoreFactory()
    sign_in(phone, live_server)
    runs.execute(upload(phone, tmp_path).pk)

    for page in ("/backoffice/imports", f"/backoffice/imports/{ImportRun.objects.get().pk}"):
        phone.goto(page)
        assert_accessible(phone)
