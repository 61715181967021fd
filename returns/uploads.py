"""Receiving files of which only small ones are wanted, without keeping the large ones anywhere."""

from collections.abc import Callable
from functools import wraps
from io import BytesIO
from typing import Any, Concatenate, ParamSpec

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt, csrf_protect

Arguments = ParamSpec("Arguments")
View = Callable[Concatenate[HttpRequest, Arguments], HttpResponseBase]

# Times the limit: a body as long as this is not even read to its end.
_FAR_TOO_LARGE = 20


class SmallFiles(FileUploadHandler):
    """Keeps files up to `limit` bytes in memory, `total` in all; of others only their size.

    What comes after them is still read, so that the form keeps what was typed beside the file.
    """

    def __init__(self, request: HttpRequest, limit: int, total: int | None = None) -> None:
        super().__init__(request)
        self.limit = limit
        self.left = limit * _FAR_TOO_LARGE if total is None else total
        self.kept = BytesIO()
        self.size = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file."""
        super().new_file(*args, **kwargs)
        self.kept, self.size = BytesIO(), 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Keep a chunk, or drop everything once it is too much."""
        self.size += len(raw_data)
        if self.size <= min(self.limit, self.left):
            self.kept.write(raw_data)
        else:
            self.kept = BytesIO()

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        """Return the file; a too large one is empty, and says how large it was.

        One that is only too much beside the others says that it is larger than allowed.
        """
        if self.size > self.left:
            self.size = max(self.size, self.limit + 1)
        else:
            self.left -= self.size if self.size <= self.limit else 0
        self.kept.seek(0)
        return InMemoryUploadedFile(
            self.kept,
            self.field_name,
            self.file_name or "",
            self.content_type,
            self.size,
            self.charset,
            self.content_type_extra,
        )


def small_files(
    limit: int, *, total: int | None = None
) -> Callable[[View[Arguments]], View[Arguments]]:
    """Let a view receive files of `limit` bytes at most; the form is told the size of larger ones.

    total: bytes of all files of one request that are kept in memory.
    A body that is far too large is answered with 400 before any of it is read. The check against
    forged requests reads the body, so it comes after this, not before.
    """

    def decorate(view: View[Arguments]) -> View[Arguments]:
        protected = csrf_protect(view)

        @csrf_exempt
        @wraps(view)
        def receiving(
            request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs
        ) -> HttpResponseBase:
            length = request.META.get("CONTENT_LENGTH") or "0"
            if length.isdecimal() and int(length) > limit * _FAR_TOO_LARGE:
                raise RequestDataTooBig(f"{length} bytes where {limit} are wanted")
            request.upload_handlers = [SmallFiles(request, limit, total)]
            return protected(request, *args, **kwargs)

        return receiving

    return decorate
