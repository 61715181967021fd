"""Files that programs send first, to name them in a mutation afterwards: labels of parcels."""

import secrets
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import RawPostDataException
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

# What a label may have at most is for returns/parcels/labels.py to say; this is only never to be
# filled up.
LARGEST: Final = 20 * 1024 * 1024
VALID_FOR: Final = 24 * 60 * 60
FOLDER: Final = "uploads"
_SALT: Final = "api.uploads"


def new_target() -> str:
    """Return an address that takes one file; it is also where the file is afterwards."""
    token = signing.dumps(secrets.token_urlsafe(16), salt=_SALT)
    return f"{settings.SITE_URL}{reverse('api:upload', args=[token])}"


def uploaded(url: str) -> File | None:
    """Return the file that was sent to an address of ours; None for any other address."""
    name = _name(urlsplit(url).path.rpartition("/")[2]) if url.startswith(settings.SITE_URL) else ""
    if not name or not default_storage.exists(name):
        return None
    with default_storage.open(name) as stored:
        return ContentFile(stored.read(), name=name)


def _name(token: str) -> str:
    """Return where the file of a token is stored; "" for a token that is not ours, or too old."""
    try:
        return f"{FOLDER}/{signing.loads(token, salt=_SALT, max_age=VALID_FOR)}"
    except signing.BadSignature:
        return ""


def receive(request: HttpRequest, token: str) -> HttpResponse:
    """Keep the file of a PUT, or of a POST as a form's `file`; the address alone is the right."""
    name = _name(token)
    if not name:
        return JsonResponse({"errors": "Not Found"}, status=404)
    if request.method not in ("PUT", "POST"):
        return JsonResponse({"errors": "Method Not Allowed"}, status=405)
    told = request.META.get("CONTENT_LENGTH") or "0"
    if not told.isdecimal() or int(told) > LARGEST:
        return JsonResponse({"errors": "Request Entity Too Large"}, status=413)
    content = _content(request)
    if not content:
        return JsonResponse({"errors": "No file"}, status=400)
    if default_storage.exists(name):
        return JsonResponse({"errors": "There is a file already"}, status=409)
    default_storage.save(name, ContentFile(content))
    return HttpResponse(status=201)


def _content(request: HttpRequest) -> bytes:
    if request.FILES:
        sent = next(iter(request.FILES.values()))
        return bytes(sent.read()) if isinstance(sent, UploadedFile) else b""
    try:
        return request.body
    except (RawPostDataException, OSError):
        return b""


receive = csrf_exempt(receive)
receive.access_policy = "signed"  # type: ignore[attr-defined]
