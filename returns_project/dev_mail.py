"""The mails that this installation wrote instead of sending them; in development only.

Without EMAIL_URL Django's file backend writes one file per connection to MAIL_DIR, each mail
followed by a line of 79 hyphens.
"""

import email
import email.policy
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage, Message
from pathlib import Path

from csp.constants import NONE, SELF
from csp.decorators import csp_replace
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.clickjacking import xframe_options_sameorigin

from returns_project.access import everybody

SEPARATOR = b"-" * 79 + b"\n"
MOST_SHOWN = 100

# What a mail program shows: its own styles and pictures, and nothing that runs.
MAIL_CONTENT_POLICY = {
    "default-src": [NONE],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["data:", "https:", SELF],
    "frame-ancestors": [SELF],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}


@dataclass(frozen=True)
class Attachment:
    """A file that came with a mail."""

    index: int
    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class Mail:
    """One mail, addressed by its file and its place therein."""

    name: str
    index: int
    written_at: datetime
    message: EmailMessage

    @property
    def has_html(self) -> bool:
        """Whether there is an HTML part."""
        return self.message.get_body(("html",)) is not None

    def part(self, kind: str) -> str:
        """Return the body as "plain" or "html"; empty if the mail has none."""
        body = self.message.get_body((kind,))
        return "" if body is None else str(body.get_content())

    @property
    def text(self) -> str:
        """The text part."""
        return self.part("plain")

    @property
    def attachments(self) -> list[Attachment]:
        """What came with it, in order."""
        return [
            Attachment(
                index=index,
                name=part.get_filename() or f"attachment-{index}",
                content_type=part.get_content_type(),
                content=_bytes(part),
            )
            for index, part in enumerate(self.message.iter_attachments())
        ]


def _bytes(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def mails() -> Iterator[Mail]:
    """Yield the mails, the newest first."""
    folder = Path(settings.MAIL_DIR)
    files = folder.glob("*.log") if folder.is_dir() else ()
    for file in sorted(files, key=lambda file: file.stat().st_mtime, reverse=True):
        yield from reversed(_read(file))


def _read(file: Path) -> list[Mail]:
    written_at = datetime.fromtimestamp(file.stat().st_mtime, tz=timezone.get_current_timezone())
    return [
        Mail(
            name=file.stem,
            index=index,
            written_at=written_at,
            message=email.message_from_bytes(content, policy=email.policy.default),
        )
        for index, content in enumerate(file.read_bytes().split(SEPARATOR)[:-1])
    ]


def _get(name: str, index: int) -> Mail:
    for mail in mails():
        if (mail.name, mail.index) == (name, index):
            return mail
    raise Http404("No such mail")


@everybody("in development, on loopback, only")
def mail_list(request: HttpRequest) -> HttpResponse:
    """List the newest mails."""
    shown = [mail for mail, _ in zip(mails(), range(MOST_SHOWN), strict=False)]
    return render(request, "dev/mail_list.html", {"mails": shown, "most_shown": MOST_SHOWN})


@everybody("in development, on loopback, only")
def mail_detail(request: HttpRequest, name: str, index: int) -> HttpResponse:
    """Show one mail with all its parts."""
    return render(request, "dev/mail_detail.html", {"mail": _get(name, index)})


@everybody("in development, on loopback, only")
@xframe_options_sameorigin
@csp_replace(MAIL_CONTENT_POLICY)  # type: ignore[arg-type]  # typed for views without arguments
def mail_html(request: HttpRequest, name: str, index: int) -> HttpResponse:
    """Return the HTML part as the mail program would show it, for a frame."""
    return HttpResponse(_get(name, index).part("html"))


@everybody("in development, on loopback, only")
def mail_attachment(request: HttpRequest, name: str, index: int, number: int) -> HttpResponse:
    """Download a file that came with a mail."""
    attachments = _get(name, index).attachments
    if number >= len(attachments):
        raise Http404("No such attachment")
    attachment = attachments[number]
    response = HttpResponse(attachment.content, content_type=attachment.content_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, attachment.name)  # noqa: FBT003
    return response


urlpatterns = [
    path("", mail_list, name="dev_mail_list"),
    path("<str:name>/<int:index>/", mail_detail, name="dev_mail_detail"),
    path("<str:name>/<int:index>/html", mail_html, name="dev_mail_html"),
    path(
        "<str:name>/<int:index>/attachments/<int:number>",
        mail_attachment,
        name="dev_mail_attachment",
    ),
]
