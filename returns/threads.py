"""What buyer and staff show each other about a return, for pages to show.

It is read within the statement that reads the return, so that pages stay as quick as they were.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject

from returns.models import EvidencePhoto, Return


def with_evidence(returns: QuerySet[Return]) -> QuerySet[Return]:
    """Load with returns what `photos_of` shows; no further statement."""
    photos = EvidencePhoto.objects.filter(return_line__for_return=OuterRef("pk")).order_by("pk")
    photo = JSONObject(line="return_line", public_id="public_id")
    return returns.annotate(line_photos=ArraySubquery(photos.values(data=photo)))


def photos_of(return_: Return) -> Mapping[int, list[UUID]]:
    """Return the photos of a return loaded `with_evidence`, by return line; no queries."""
    found: dict[int, list[UUID]] = {}
    told: list[dict[str, Any]] = getattr(return_, "line_photos", [])
    for photo in told:
        found.setdefault(photo["line"], []).append(UUID(photo["public_id"]))
    return found
