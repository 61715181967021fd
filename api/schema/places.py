"""Addresses, locations, pictures and weights."""

from dataclasses import dataclass
from typing import Any

import strawberry

from api.engine.gids import gid
from api.schema.codes import CountryCode
from api.schema.enums import WeightUnit
from api.schema.fields import global_id, of, output, read
from api.schema.nodes import LegacyInteroperability, Node, register
from api.schema.scalars import URL, UnsignedInt64
from orders.models import Location as LocationRow


@output("Location")
@of(LocationRow)
class Location(LegacyInteroperability, Node):
    """A warehouse or shop that holds stock and may take returns."""

    id: strawberry.ID = global_id("Location")
    legacy_resource_id: UnsignedInt64 = read("pk", "The number within the id.")
    name: str = read("name", "What people call it.")
    is_active: bool = read(lambda _row: True, "Whether it is in use; every one that is known is.")


register("Location", LocationRow.objects.all, scope="read_locations")


@dataclass(frozen=True)
class Picture:
    """Where a picture is, and what it shows."""

    url: str
    text: str


@output("Image")
class Image:
    """A picture."""

    id: strawberry.ID | None = read(lambda _row: None, "No id of its own.")
    url: URL = read("url", "Where the picture is.")
    alt_text: str | None = read("text", "What it shows, in words.")


@output("Weight")
class Weight:
    """How heavy something is."""

    unit: WeightUnit = strawberry.field(description="The unit.")
    value: float = strawberry.field(description="How many of the unit.")


@dataclass(frozen=True)
class Address:
    """A postal address of an order; `key` makes its id."""

    key: int
    parts: dict[str, Any]

    def part(self, name: str) -> str | None:
        """Return a part of it; None when it is empty."""
        return str(self.parts.get(name) or "") or None

    @property
    def names(self) -> tuple[str, str]:
        """First and last name, as far as one name tells."""
        return split_name(self.part("name") or "")

    def formatted(self) -> list[str]:
        """Return the lines of an envelope below the name."""
        place = " ".join(filter(None, [self.part("postal_code"), self.part("city")]))
        lines = [self.part("line1"), self.part("line2"), place, self.part("country")]
        return [line for line in lines if line]


def split_name(name: str) -> tuple[str, str]:
    """Return first and last name: what stands before and behind the last space."""
    first, _space, last = name.strip().rpartition(" ")
    return first, last


@output("MailingAddress")
@of(Address)
class MailingAddress(Node):
    """A postal address."""

    id: strawberry.ID = read(lambda row: gid("MailingAddress", row.key), "The global id.")
    name: str | None = read(lambda row: row.part("name"), "The whole name.")
    first_name: str | None = read(lambda row: row.names[0] or None, "The first name.")
    last_name: str | None = read(lambda row: row.names[1] or None, "The last name.")
    company: str | None = read(lambda row: row.part("company"), "The company.")
    address1: str | None = read(lambda row: row.part("line1"), "Street and number.")
    address2: str | None = read(lambda row: row.part("line2"), "The second line.")
    city: str | None = read(lambda row: row.part("city"), "The city.")
    zip: str | None = read(lambda row: row.part("postal_code"), "The postal code.")
    province: str | None = read(lambda row: row.part("region"), "The region.")
    country: str | None = read(lambda row: row.part("country"), "The country.")
    country_code_v2: CountryCode | None = read(
        lambda row: row.part("country"), "The country's code.", name="countryCodeV2"
    )
    phone: str | None = read(lambda row: row.part("phone"), "The phone number.")
    formatted: list[str] = read(Address.formatted, "The lines of an envelope.")
