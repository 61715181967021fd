"""Handing a label's file to a browser, so that it can do nothing but be looked at or saved."""

from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header

from returns import slips
from returns.models import LabelType, Return, ReverseDelivery


def file_name(return_: Return, parcel: ReverseDelivery) -> str:
    """Return a name for a label's file, as in `return-1001-R1-label-1.pdf`."""
    stem = slips.filename([return_]).removesuffix(".pdf")
    ending = LabelType(parcel.label_type).name.lower()
    return f"{stem}-label-{parcel.number}.{ending}"


def response(return_: Return, parcel: ReverseDelivery) -> HttpResponse:
    """Return the label's file with a type that is ours to say. Raises Http404 when there is none.

    A sandbox of the browser's takes it to no origin; a PDF is saved, because viewers of PDF
    refuse to work in a sandbox. Who may see it is the caller's question.
    """
    if not parcel.label:
        raise Http404
    try:
        with parcel.label.open("rb") as file:
            content = file.read()
    except OSError as error:
        raise Http404 from error
    is_saved = parcel.label_type == LabelType.PDF
    name = content_disposition_header(is_saved, file_name(return_, parcel))
    headers = {
        "Content-Disposition": name or "attachment",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    return HttpResponse(content, content_type=LabelType(parcel.label_type).value, headers=headers)
