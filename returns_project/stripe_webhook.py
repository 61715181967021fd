"""Where Stripe sends its events."""

import logging

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from returns.refunds import notices
from returns.refunds.gateways import stripe_events
from returns_project.access import everybody

logger = logging.getLogger(__name__)

# Stripe's events have a few thousand bytes.
LARGEST_EVENT = 262_144


@everybody("does nothing without Stripe's signature, and says nothing")
@csrf_exempt
@require_POST
@never_cache
def receive(request: HttpRequest) -> HttpResponse:
    """Take in an event: 200 once what follows from it is in the queue, so that Stripe is done.

    400 for what Stripe did not sign, 413 for what is too large, 503 without a secret to check with.
    """
    if not settings.STRIPE_WEBHOOK_SECRET:
        logger.error("Stripe sent an event, but STRIPE_WEBHOOK_SECRET is not set")
        return _answer(503)
    payload = request.read(LARGEST_EVENT + 1)
    if len(payload) > LARGEST_EVENT:
        return _answer(413)
    try:
        notice = stripe_events.read(
            payload,
            request.headers.get("Stripe-Signature", ""),
            secret=settings.STRIPE_WEBHOOK_SECRET,
        )
    except stripe_events.NotFromStripe:
        logger.warning("Refused an event without Stripe's signature")
        return _answer(400)
    if notice is not None:
        notices.take(notice)
    return _answer(200)


def _answer(status: int) -> HttpResponse:
    return HttpResponse(status=status, content_type="text/plain")
