"""Credit notes as PDFs."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from accounts.permissions import Permission
from backoffice.access import StaffRequest, staff
from returns.credit_notes import pdf
from returns.models import CreditNote


@staff(Permission.VIEW_RETURNS)
@require_safe
def credit_note(request: StaffRequest, pk: int) -> HttpResponse:
    """Show a credit note as a PDF."""
    note = get_object_or_404(CreditNote, pk=pk)
    response = HttpResponse(pdf.render(note), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{pdf.filename(note)}"'
    return response
