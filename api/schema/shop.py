"""The shop as one thing: the oldest of its stores."""

import strawberry
from django.conf import settings
from django.utils import timezone

from api.engine.problems import plain_error
from api.schema.codes import CurrencyCode
from api.schema.fields import global_id, of, output, read
from api.schema.nodes import Node, register
from api.schema.scalars import URL
from orders.models import Store


def shop() -> Store:
    """Return the store that stands for the shop."""
    found = Store.objects.order_by("pk").first()
    if found is None:
        raise plain_error("There is no store yet.", "RESOURCE_NOT_FOUND")
    return found


def _offset(row: Store) -> int:
    offset = timezone.now().astimezone(row.zone).utcoffset()
    return int(offset.total_seconds() // 60) if offset else 0


register("Shop", Store.objects.all, scope="")


@output("Shop")
@of(Store)
class Shop(Node):
    """The shop."""

    id: strawberry.ID = global_id("Shop")
    name: str = read("name", "Its name.")
    email: str = read("email", "Where customers write to.")
    contact_email: str = read("email", "Where customers write to.")
    currency_code: CurrencyCode = read("currency", "Its currency.")
    iana_timezone: str = read("time_zone", "Its time zone.")
    timezone_offset_minutes: int = read(_offset, "How far that is ahead of UTC now.")
    myshopify_domain: str = read(lambda _row: settings.SITE_HOST, "The host of this installation.")
    url: URL = read(lambda _row: settings.SITE_URL, "The address of this installation.")
