"""Photos that show what is wrong: kept while a request is written, then part of it.

Whoever uploads one owns it by the order: nobody who may not see the order sees it. What is never
sent is thrown away by a job.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import IO, Final
from uuid import UUID

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Case, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.models import Order
from returns.errors import InvalidPhoto, MissingPhoto
from returns.evidence import photos
from returns.models import EvidencePhoto, Message, ReturnLine

logger = logging.getLogger(__name__)

MOST_PER_LINE: Final = 8
# Of one order at a time, in all windows of all who see it.
MOST_UNSENT: Final = 60


def upload(order: Order, file: IO[bytes], size: int) -> EvidencePhoto:
    """Keep a picture for a request or message that is being written about an order.

    size: of the file, in bytes. Raises InvalidPhoto for what is no picture, is too large, or is
    one too many.
    """
    if EvidencePhoto.objects.unsent().filter(order=order).count() >= MOST_UNSENT:
        raise InvalidPhoto(
            _("There are enough photos that were not sent yet. Send these first."),
            field=("photo",),
        )
    jpeg = photos.rewritten(file, size)
    photo = EvidencePhoto(order=order, created_at=timezone.now())
    photo.image.save("photo.jpg", ContentFile(jpeg), save=False)
    photo.save()
    return photo


def unsent(order: Order, ids: Iterable[str]) -> dict[str, EvidencePhoto]:
    """Return an order's photos of these public ids that were not sent yet, by id.

    Whatever is no such id is left out; no query without any.
    """
    wanted = {found for found in map(_read, ids) if found}
    if not wanted:
        return {}
    found = EvidencePhoto.objects.unsent().filter(order=order, public_id__in=wanted)
    return {str(photo.public_id): photo for photo in found}


def _read(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def checked(
    ids: Sequence[str],
    known: Mapping[str, EvidencePhoto],
    *,
    is_needed: bool,
    field: Sequence[str],
) -> list[EvidencePhoto]:
    """Return the photos of a wish. known: as of `unsent`. field: of the line.

    Raises MissingPhoto, or InvalidPhoto for what is gone, another order's or too much.
    """
    where = (*field, "photos")
    if is_needed and not ids:
        raise MissingPhoto(_("Add a photo that shows what is wrong."), field=where)
    if len(ids) > MOST_PER_LINE:
        message = _("Add at most %(count)s photos.") % {"count": MOST_PER_LINE}
        raise InvalidPhoto(message, field=where)
    if any(one not in known for one in ids):
        raise InvalidPhoto(_("This photo is gone. Add it once more."), field=where)
    return [known[one] for one in dict.fromkeys(ids)]


def attach(found: Mapping[EvidencePhoto, ReturnLine]) -> None:
    """Make unsent photos part of return lines, in one statement.

    Raises InvalidPhoto when one is gone meanwhile.
    """
    if not found:
        return
    free = EvidencePhoto.objects.unsent().filter(pk__in=[photo.pk for photo in found])
    shown = [When(pk=photo.pk, then=Value(line.pk)) for photo, line in found.items()]
    if free.update(return_line=Case(*shown)) != len(found):
        raise InvalidPhoto(_("This photo is gone. Add it once more."), field=("photos",))


def attach_to_message(found: Sequence[EvidencePhoto], message: Message) -> None:
    """Make unsent photos part of a message. Raises InvalidPhoto when one is gone meanwhile."""
    if not found:
        return
    free = EvidencePhoto.objects.unsent().filter(pk__in=[photo.pk for photo in found])
    if free.update(message=message) != len(found):
        raise InvalidPhoto(_("This photo is gone. Add it once more."), field=("photos",))


def drop(order: Order, public_id: str) -> None:
    """Throw away an unsent photo of an order; nothing happens when there is none."""
    for photo in unsent(order, [public_id]).values():
        _forget(photo.pk)


def forget_unsent(*, before: datetime) -> int:
    """Throw away what was uploaded before a moment and never sent; return how many photos."""
    old = EvidencePhoto.objects.unsent().filter(created_at__lt=before).order_by("pk")
    count = 0
    for pk in list(old.values_list("pk", flat=True)):
        try:
            count += _forget(pk)
        except OSError:
            # The storage is away; the next run tries again.
            logger.exception("Photo %s could not be thrown away", pk)
    return count


def _forget(pk: int) -> bool:
    """Delete a photo's file, then its row, unless it was sent meanwhile."""
    with transaction.atomic():
        locked = EvidencePhoto.objects.unsent().select_for_update(skip_locked=True)
        photo = locked.filter(pk=pk).first()
        if photo is None:
            return False
        # The file first: a row without a file is found and deleted by the next run.
        photo.image.delete(save=False)
        photo.delete()
        return True
