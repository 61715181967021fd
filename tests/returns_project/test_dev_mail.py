"""The development mail viewer, on mails that Django's file backend wrote."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection
from django.test import Client
from django.urls import clear_url_caches, include, path
from pytest_django import Settings

from returns_project import dev_mail, urls


@pytest.fixture
def mail_dir(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder of mails, with the viewer's addresses as development mode has them."""
    settings.MAIL_DIR = tmp_path
    addresses = [path("dev/mail/", include(dev_mail.urlpatterns)), *urls.urlpatterns]
    monkeypatch.setattr(urls, "urlpatterns", addresses)
    clear_url_caches()
    yield tmp_path
    clear_url_caches()


def write(folder: Path, *subjects: str) -> None:
    connection = get_connection(
        "django.core.mail.backends.filebased.EmailBackend", file_path=str(folder)
    )
    mails = [
        EmailMultiAlternatives(subject, "Schöne Grüße", "shop@example.com", ["eva@example.com"])
        for subject in subjects
    ]
    for mail in mails:
        mail.attach_alternative("<p style='color:red'>Hello <b>Eva</b></p>", "text/html")
        mail.attach("slip.pdf", b"%PDF-1.7 ...", "application/pdf")
    connection.send_messages(mails)


def test_list_without_mails_says_what_to_do(client: Client, mail_dir: Path) -> None:
    assert "No mail yet" in client.get("/dev/mail/").content.decode()


def test_list_shows_every_mail_newest_first(client: Client, mail_dir: Path) -> None:
    write(mail_dir, "First", "Second")
    shown = client.get("/dev/mail/").context["mails"]
    assert [mail.message["subject"] for mail in shown] == ["Second", "First"]


def test_mail_shows_text_frame_and_attachment(client: Client, mail_dir: Path) -> None:
    write(mail_dir, "Your return", "Other")
    name = next(mail_dir.iterdir()).stem
    page = client.get(f"/dev/mail/{name}/0/").content.decode()
    assert "Your return" in page
    assert "Schöne Grüße" in page
    assert f'src="/dev/mail/{name}/0/html"' in page
    frame = client.get(f"/dev/mail/{name}/0/html")
    assert frame.content.strip() == b"<p style='color:red'>Hello <b>Eva</b></p>"
    assert frame["X-Frame-Options"] == "SAMEORIGIN"
    assert "default-src 'none'" in frame["Content-Security-Policy"]
    assert "sandbox" in frame["Content-Security-Policy"]
    file = client.get(f"/dev/mail/{name}/0/attachments/0")
    assert (file["Content-Type"], file.content) == ("application/pdf", b"%PDF-1.7 ...")
    assert file["Content-Disposition"] == 'attachment; filename="slip.pdf"'


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["nothing/0/", "../0/", "{name}/1/", "{name}/0/attachments/1"])
def test_unknown_mail_is_not_found(client: Client, mail_dir: Path, address: str) -> None:
    write(mail_dir, "Your return")
    name = next(mail_dir.iterdir()).stem
    assert client.get("/dev/mail/" + address.format(name=name)).status_code == 404


def test_viewer_is_absent_outside_development(client: Client, db: None) -> None:
    assert client.get("/dev/mail/").status_code == 404
