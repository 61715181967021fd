"""Tracking numbers: how they are written, whose they are, and where they can be followed.

Whose a number is can only be told from its shape and check digit. It is guessed when exactly one
carrier fits, and a guess never takes the place of what somebody said.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _

from returns.errors import InvalidTracking, TooLong

LONGEST_NUMBER: Final = 100
LONGEST_NAME: Final = 100
LONGEST_URL: Final = 500


@dataclass(frozen=True, kw_only=True)
class Tracking:
    """How a parcel can be followed. carrier: a code of ours or a name; empty to have it guessed.

    url: empty for the carrier's own page.
    """

    number: str = ""
    carrier: str = ""
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Known:
    """Checked tracking as it is stored; `code` is empty for a carrier that is not ours to know."""

    number: str
    code: str
    name: str
    url: str


@dataclass(frozen=True)
class Carrier:
    """A carrier and the address of the page about one parcel, with `{}` for its number."""

    code: str
    name: str
    page: str


CARRIERS: Final = {
    carrier.code: carrier
    for carrier in (
        Carrier("dhl", "DHL", "https://www.dhl.de/de/privatkunden/dhl-sendungsverfolgung.html?piececode={}"),
        Carrier("dhl_express", "DHL Express", "https://www.dhl.com/en/express/tracking.html?AWB={}"),
        Carrier("dpd", "DPD", "https://tracking.dpd.de/status/en_US/parcel/{}"),
        Carrier("evri", "Evri", "https://www.evri.com/track/parcel/{}"),
        Carrier("fedex", "FedEx", "https://www.fedex.com/fedextrack/?trknbr={}"),
        Carrier("gls", "GLS", "https://gls-group.com/track/{}"),
        Carrier("hermes", "Hermes", "https://www.myhermes.de/empfangen/sendungsverfolgung/sendungsinformation#{}"),
        Carrier("la_poste", "La Poste", "https://www.laposte.fr/outils/suivre-vos-envois?code={}"),
        Carrier("post_at", "Österreichische Post", "https://www.post.at/sv/sendungsdetails?snr={}"),
        Carrier("post_nl", "PostNL", "https://jouw.postnl.nl/track-and-trace/{}"),
        Carrier("royal_mail", "Royal Mail", "https://www.royalmail.com/track-your-item#/tracking-results/{}"),
        Carrier("swiss_post", "Swiss Post", "https://service.post.ch/ekp-web/ui/entry/search/{}"),
        Carrier("ups", "UPS", "https://www.ups.com/track?tracknum={}"),
        Carrier("usps", "USPS", "https://tools.usps.com/go/TrackConfirmAction?tLabels={}"),
    )
}  # fmt: skip

_BY_NAME: Final = {carrier.name.casefold(): carrier for carrier in CARRIERS.values()}


def choices() -> list[tuple[str, str]]:
    """Return code and name of the carriers that we know, by name."""
    return sorted(((one.code, one.name) for one in CARRIERS.values()), key=lambda pair: pair[1])


def known(tracking: Tracking, *, field: tuple[str, ...] = ("tracking",)) -> Known:
    """Check how a parcel is to be followed, and complete it: guess the carrier, find its page.

    Raises InvalidTracking and TooLong, at the field "number", "carrier" or "url" below `field`.
    """
    number = _number(tracking.number, (*field, "number"))
    carrier = _carrier(tracking.carrier, (*field, "carrier"))
    if not carrier.name:
        carrier = CARRIERS.get(guess(number), carrier)
    url = checked_url(tracking.url, (*field, "url"))
    if not url and number and carrier.page:
        url = carrier.page.format(quote(number, safe=""))
    return Known(number=number, code=carrier.code, name=carrier.name, url=url)


def _number(typed: str, field: tuple[str, ...]) -> str:
    """Return a number as carriers print it: capitals, without the spaces that people add."""
    number = "".join(typed.split()).upper()
    if len(number) > LONGEST_NUMBER:
        raise TooLong(
            _("Write at most %(count)s characters.") % {"count": LONGEST_NUMBER}, field=field
        )
    if number and not re.fullmatch(r"[A-Z0-9](?:[A-Z0-9./_-]*[A-Z0-9])?", number, re.ASCII):
        raise InvalidTracking(
            _("A tracking number has only letters and digits, with - . / between them."),
            field=field,
        )
    return number


def _carrier(typed: str, field: tuple[str, ...]) -> Carrier:
    name = " ".join(typed.split())
    if len(name) > LONGEST_NAME:
        raise TooLong(
            _("Write at most %(count)s characters.") % {"count": LONGEST_NAME}, field=field
        )
    if not name.isprintable():
        raise InvalidTracking(_("Write the carrier's name in letters."), field=field)
    return CARRIERS.get(name) or _BY_NAME.get(name.casefold()) or Carrier("", name, "")


def checked_url(typed: str, field: tuple[str, ...]) -> str:
    """Return a link to a page on the web. Raises InvalidTracking or TooLong at `field`."""
    url = typed.strip()
    if len(url) > LONGEST_URL:
        raise TooLong(
            _("Write at most %(count)s characters.") % {"count": LONGEST_URL}, field=field
        )
    try:
        if url:
            URLValidator(schemes=["https", "http"])(url)
    except ValidationError as error:
        message = _("Write a whole address that begins with https://")
        raise InvalidTracking(message, field=field) from error
    return url


# --- whose number it is -------------------------------------------------------------------------


def guess(number: str) -> str:
    """Return the code of the only carrier whose numbers look like this; "" when not sure.

    number: as `known` returns it.
    """
    fitting = {code for code in _fitting(re.sub(r"[^A-Z0-9]", "", number)) if code}
    return fitting.pop() if len(fitting) == 1 else ""


def _fitting(number: str) -> Iterator[str]:
    if re.fullmatch(r"[A-Z]{2}\d{9}[A-Z]{2}", number):
        yield _postal(number)
        return
    for code, shape, is_right in _SHAPES:
        found = re.fullmatch(shape, number)
        if found and (is_right is None or is_right(found["digits"])):
            yield code


def _postal(number: str) -> str:
    """Return whose S10 number (Universal Postal Union) this is, by its country."""
    weights = (8, 6, 4, 2, 3, 5, 9, 7)
    total = sum(weight * int(digit) for weight, digit in zip(weights, number[2:10], strict=True))
    check = {10: 0, 11: 5}.get(11 - total % 11, 11 - total % 11)
    return _POSTS.get(number[11:], "") if check == int(number[10]) else ""


_POSTS: Final = {
    "AT": "post_at",
    "CH": "swiss_post",
    "DE": "dhl",
    "FR": "la_poste",
    "GB": "royal_mail",
    "NL": "post_nl",
    "US": "usps",
}


def _weighted(digits: str, *weights: int) -> int:
    """Return the sum of all digits but the last, weighted from the right."""
    return sum(
        int(digit) * weights[place % len(weights)]
        for place, digit in enumerate(reversed(digits[:-1]))
    )


def _mod10(digits: str) -> bool:
    """Check digit of GS1 (General Specifications, 7.9.1): weights 3 and 1 from the right."""
    return (10 - _weighted(digits, 3, 1) % 10) % 10 == int(digits[-1])


def _fedex(digits: str) -> bool:
    """Check digit of FedEx Express: weights 1, 3, 7 from the right, modulo 11."""
    return _weighted(digits, 1, 3, 7) % 11 % 10 == int(digits[-1])


def _ups(digits: str) -> bool:
    """Check digit of UPS: weights 1 and 2 from the right; letters count as A=2, B=3 and so on."""
    values = "".join(one if one.isdigit() else str((ord(one) - 63) % 10) for one in digits)
    return values[-1].isdigit() and (10 - _weighted(values, 1, 2) % 10) % 10 == int(digits[-1])


def _dhl_express(digits: str) -> bool:
    """Check digit of DHL Express: what the others leave when divided by 7."""
    return int(digits[:-1]) % 7 == int(digits[-1])


def _gls(digits: str) -> bool:
    """Check digit of GLS: weights 3 and 1 from the right, one more."""
    return (10 - (_weighted(digits, 3, 1) + 1) % 10) % 10 == int(digits[-1])


def _ident_code(digits: str) -> bool:
    """Check digit of Deutsche Post's Identcode: weights 4 and 9 from the right."""
    return (10 - _weighted(digits, 4, 9) % 10) % 10 == int(digits[-1])


# Carrier, shape with the part that has the check digit, and the check; None where there is none.
_SHAPES: Final[tuple[tuple[str, str, Callable[[str], bool] | None], ...]] = (
    ("ups", r"1Z(?P<digits>[A-Z0-9]{15}\d)", _ups),
    ("usps", r"(?:420\d{5}(?:\d{4})?)?(?P<digits>9[1-5]\d{20})", _mod10),
    ("fedex", r"(?P<digits>\d{12})", _fedex),
    ("fedex", r"(?P<digits>\d{15})", _mod10),
    ("fedex", r"96\d{5}(?P<digits>\d{15})", _mod10),
    ("dhl", r"(?P<digits>003404\d{14})", _mod10),
    ("dhl", r"(?P<digits>\d{12})", _ident_code),
    ("dhl", r"(?P<digits>JJD\d{16,18}|JVGL\d{10,20})", None),
    ("dhl_express", r"(?P<digits>\d{10})", _dhl_express),
    ("gls", r"(?P<digits>\d{12})", _gls),
    ("hermes", r"(?P<digits>H\d{19})", None),
    ("evri", r"(?P<digits>T00[A-Z0-9]{13}|[HC]00[A-Z0-9]{13})", None),
)
