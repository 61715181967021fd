"""Photos of a buyer's own orders."""

from uuid import UUID

from django.http import FileResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from returns.evidence import photo_files
from storefront.access import BuyerRequest, buyer_required


@buyer_required
@require_safe
def photo(request: BuyerRequest, public_id: UUID) -> FileResponse:
    """Show a photo that this buyer or staff added to one of the buyer's orders."""
    found = get_object_or_404(request.buyer.photos(), public_id=public_id)
    return photo_files.response(found.image, found.public_id)
