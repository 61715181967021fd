"""Postal addresses as they are written on an envelope.

An address is a mapping with the keys name, company, line1, line2, postal_code, city, region and
country (ISO 3166); any may be missing.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from orders.models.fields import AddressFields

# Where the postal code does not stand before the city (Universal Postal Union, "Addressing
# solutions", country sheets).
_CODE_AFTER_REGION: Final = frozenset({"AU", "CA", "IN", "NZ", "PR", "US", "ZA"})
_CODE_ON_ITS_OWN_LINE: Final = frozenset({"GB", "GG", "GI", "IE", "IM", "JE"})


def of_place(place: AddressFields) -> dict[str, str]:
    """Return the address of a store or location as a mapping."""
    keys = ("company", "line1", "line2", "postal_code", "city", "region", "country")
    return {key: getattr(place, key) for key in keys}


def lines(address: Mapping[str, Any], country_name: Callable[[str], str]) -> list[str]:
    """Return the lines to print, without empty ones; `country_name` names a country's code."""
    known = {key: str(value or "").strip() for key, value in address.items()}
    country = known.get("country", "")
    found = [
        *(known.get(key, "") for key in ("name", "company", "line1", "line2")),
        *_place(
            known.get("postal_code", ""), known.get("city", ""), known.get("region", ""), country
        ),
        country_name(country) if country else "",
    ]
    return [line for line in found if line]


def _place(code: str, city: str, region: str, country: str) -> list[str]:
    """Return the lines for city, region and postal code in the order of the country."""
    if country in _CODE_AFTER_REGION:
        return [", ".join(filter(None, (city, " ".join(filter(None, (region, code))))))]
    if country in _CODE_ON_ITS_OWN_LINE:
        return [city, region, code]
    return [" ".join(filter(None, (code, city))), region]
