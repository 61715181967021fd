"""Carriers tell how far parcels are."""

from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import RawPostDataException
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from returns.parcels import carriers, labelling
from returns.parcels.carriers.interface import CarrierError, WebhookRefused

LARGEST: Final = 1024 * 1024


def carrier(request: HttpRequest, code: str) -> HttpResponse:
    """Book what a carrier tells, in the form of its adapter.

    Answers 404 for an adapter that is not switched on, 400 for what it refuses (a wrong signature
    too), 413 for a body above 1 MiB. The same news twice, or late, is 200 and changes nothing.
    """
    try:
        adapter = carriers.adapter(code)
    except CarrierError:
        return JsonResponse({"error": "not found"}, status=404)
    if _length(request) > LARGEST:
        return JsonResponse({"error": "too large"}, status=413)
    try:
        headers = {name.lower(): value for name, value in request.headers.items()}
        updates = adapter.parse_webhook(headers, request.body)
    except (WebhookRefused, RawPostDataException, OSError) as error:
        return JsonResponse({"error": str(error)}, status=400)
    return JsonResponse({"moved": sum(labelling.carrier_says(update) for update in updates)})


def _length(request: HttpRequest) -> int:
    """Return how long the body says it is; a body without length counts as empty in WSGI."""
    told = request.META.get("CONTENT_LENGTH") or "0"
    return int(told) if told.isdecimal() else 0


carrier = csrf_exempt(require_POST(carrier))
carrier.access_policy = "signed"  # type: ignore[attr-defined]
