"""Photos as answers to a browser."""

from uuid import UUID

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404


def response(image: FieldFile, public_id: UUID) -> FileResponse:
    """Return a photo: always as the JPEG that we wrote ourselves, and never as a page.

    Raises Http404 when the storage does not have it.
    """
    try:
        file = image.open()
    except OSError as error:
        raise Http404 from error
    return FileResponse(
        file,
        content_type="image/jpeg",
        filename=f"{public_id}.jpg",
        headers={
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
        },
    )
