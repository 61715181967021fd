"""What happened lately, for pages that update by themselves.

Server-sent events in short answers: each request gets what is new at once and ends; the browser
comes back by itself after the `retry` it is told. A stream that stays open would keep one of the
web server's few threads for every page that somebody looks at.
"""

import json
from datetime import timedelta
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.permissions import Permission
from backoffice.access import StaffRequest, staff
from returns.models import Event

RETRY: Final = 3000  # milliseconds
MOST: Final = 200  # events in one answer
# Ids are given out before their transactions end, so a smaller one may become visible later. What
# is younger is told again until it is this old; pages know what they have seen.
OVERLAP: Final = timedelta(seconds=10)
_DIGITS: Final = 18


@staff(Permission.VIEW_RETURNS)
@require_safe
def events(request: StaffRequest) -> HttpResponse:
    """Tell which returns something happened to since the event named by `Last-Event-ID`."""
    after = _after(request)
    settled = timezone.now() - OVERLAP
    if after is None:
        before = Event.objects.filter(at__lt=settled).order_by("-pk").values_list("pk", flat=True)
        after = before.first() or 0
    found = list(
        Event.objects.filter(pk__gt=after)
        .order_by("pk")
        .values_list("pk", "at", "for_return", "order", "type")[:MOST]
    )
    old = [pk for pk, at, *_more in found if at < settled or len(found) == MOST]
    lines = [f"retry: {RETRY}", f"id: {max(old, default=after)}", "", ""]
    for pk, _at, return_id, order_id, type_ in found:
        told = {"event": pk, "return": return_id, "order": order_id, "type": type_}
        lines += ["event: change", f"data: {json.dumps(told)}", "", ""]
    return HttpResponse("\n".join(lines), content_type="text/event-stream")


def _after(request: HttpRequest) -> int | None:
    """Return the event that a page saw last; None when it just begins, or says nonsense."""
    told = request.headers.get("Last-Event-ID", "")
    if told.isascii() and told.isdecimal() and len(told) <= _DIGITS:
        return int(told)
    return None
