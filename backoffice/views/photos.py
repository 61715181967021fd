"""Photos of what came back, and of buyers, for members of staff only."""

from uuid import UUID

from django.http import FileResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from accounts.permissions import Permission
from backoffice.access import StaffRequest, staff
from returns.evidence import photo_files
from returns.models import EvidencePhoto, ReceivingPhoto


@staff(Permission.VIEW_RETURNS)
@require_safe
def receiving_photo(request: StaffRequest, public_id: UUID) -> FileResponse:
    """Show a photo of what came back."""
    photo = get_object_or_404(ReceivingPhoto, public_id=public_id)
    return photo_files.response(photo.image, photo.public_id)


@staff(Permission.VIEW_RETURNS)
@require_safe
def evidence_photo(request: StaffRequest, public_id: UUID) -> FileResponse:
    """Show a photo that a buyer or staff added."""
    photo = get_object_or_404(EvidencePhoto, public_id=public_id)
    return photo_files.response(photo.image, photo.public_id)
