"""What buyer and staff write and show each other about a return, for pages to show.

It is read within the statement that reads the return, so that pages stay as quick as they were.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject

from accounts.actors import ActorKind
from returns.models import EvidencePhoto, Message, Return

_PLAIN: Final = ("author_kind", "author_name", "body", "asks", "created_at")


@dataclass(frozen=True, kw_only=True)
class Written:
    """A message as it is shown; `photos` by their public ids."""

    is_buyers: bool
    author: str
    body: str
    asks: bool
    at: datetime
    photos: list[UUID]


def with_evidence(returns: QuerySet[Return]) -> QuerySet[Return]:
    """Load with returns what `photos_of` and `messages_of` show; no further statement."""
    photos = EvidencePhoto.objects.order_by("pk")
    of_lines = photos.filter(return_line__for_return=OuterRef("pk"))
    of_message = photos.filter(message=OuterRef("pk")).values("public_id")
    messages = Message.objects.filter(for_return=OuterRef("pk")).order_by("pk")
    message = JSONObject(**{name: name for name in _PLAIN}, photos=ArraySubquery(of_message))
    return returns.annotate(
        line_photos=ArraySubquery(
            of_lines.values(data=JSONObject(line="return_line", public_id="public_id"))
        ),
        thread=ArraySubquery(messages.values(data=message)),
    )


def photos_of(return_: Return) -> Mapping[int, list[UUID]]:
    """Return the photos of a return loaded `with_evidence`, by return line; no queries."""
    found: dict[int, list[UUID]] = {}
    told: list[dict[str, Any]] = getattr(return_, "line_photos", [])
    for photo in told:
        found.setdefault(photo["line"], []).append(UUID(photo["public_id"]))
    return found


def messages_of(return_: Return) -> list[Written]:
    """Return the messages of a return loaded `with_evidence`, the oldest first; no queries."""
    told: list[dict[str, Any]] = getattr(return_, "thread", [])
    return [
        Written(
            is_buyers=one["author_kind"] == ActorKind.BUYER,
            author=one["author_name"],
            body=one["body"],
            asks=one["asks"],
            at=datetime.fromisoformat(one["created_at"]),
            photos=[UUID(photo) for photo in one["photos"]],
        )
        for one in told
    ]
