"""Photos of what came back, for members of staff only."""

from uuid import UUID

from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from accounts.permissions import Permission
from backoffice.access import StaffRequest, staff
from returns.models import ReceivingPhoto


@staff(Permission.VIEW_RETURNS)
@require_safe
def receiving_photo(request: StaffRequest, public_id: UUID) -> FileResponse:
    """Show a photo: always as the JPEG that we wrote ourselves, and never as a page."""
    photo = get_object_or_404(ReceivingPhoto, public_id=public_id)
    try:
        file = photo.image.open()
    except OSError as error:
        raise Http404 from error
    return FileResponse(
        file,
        content_type="image/jpeg",
        filename=f"{photo.public_id}.jpg",
        headers={"Content-Security-Policy": "default-src 'none'; sandbox"},
    )
