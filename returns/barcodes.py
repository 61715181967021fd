"""What a scanned code can mean: an article's SKU or barcode, a slip, a parcel.

The codes that we draw ourselves are in `returns.codes`.
"""

import re
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from django.db.models import Q
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from orders import search
from orders.models import Variant
from returns.errors import TooLong, UnknownCode
from returns.models import Return, ReturnStatus

LONGEST: Final = 200
MOST_RETURNS: Final = 20
# Scanners may say first which kind of code they read, as in "]E0" (ISO/IEC 15424).
_SYMBOLOGY: Final = re.compile(r"^\][A-Za-z][0-9]")
_GTIN_LENGTHS: Final = (8, 12, 13, 14)


def checked(code: str) -> str:
    """Return a code as scanned, without what surrounds it. Raises UnknownCode, TooLong."""
    code = _SYMBOLOGY.sub("", code.strip())
    if len(code) > LONGEST:
        raise TooLong(
            _("No code has more than %(count)s letters.") % {"count": LONGEST}, field=("code",)
        )
    if not code or not code.isprintable():
        raise UnknownCode(_("Scan a code, or type one."), field=("code",))
    return code


def spellings(code: str) -> frozenset[str]:
    """Return every way in which shops and scanners write the same code.

    UPC-A (12 digits), EAN-13 and GTIN-14 are one number with more or fewer zeros in front.
    """
    code = code.strip()
    if not (code.isascii() and code.isdigit()) or len(code) not in _GTIN_LENGTHS:
        return frozenset({code.lower()})
    number = code.lstrip("0")
    return frozenset({code, *(number.zfill(n) for n in _GTIN_LENGTHS if len(number) <= n)})


def variant(code: str) -> Variant | None:
    """Return the article with this SKU (in any case) or barcode, with its product."""
    spelled = spellings(code)
    found = (
        Variant.objects.filter(Q(sku__iexact=code) | Q(barcode__in=spelled))
        .select_related("product")
        .order_by("pk")
    )
    exact = [one for one in found[:10] if one.sku.lower() == code.lower()]
    return exact[0] if exact else found.first()


def returns_of(code: str) -> list[Return]:
    """Return the returns that a slip's bars or QR code, or a parcel's tracking number, mean.

    Those that are open come first. Empty for what means none. Raises UnknownCode, TooLong.
    """
    code = checked(code)
    condition = _named_in(code) or _named_by(code)
    if condition is None:
        return []
    found = Return.objects.filter(condition).select_related("store", "order__customer").distinct()
    known = list(found.order_by("-created_at", "-pk")[:MOST_RETURNS])
    return sorted(known, key=lambda return_: return_.status != ReturnStatus.OPEN)


def _named_in(code: str) -> Q | None:
    """Return which return an address of ours opens: the slip's QR code, or the buyer's page."""
    try:
        found = resolve(urlsplit(code).path)
    except (Resolver404, ValueError):
        return None
    if found.view_name == "backoffice:return":
        return Q(pk=found.kwargs["pk"])
    public_id = found.kwargs.get("public_id")
    if found.view_name == "storefront:return" and isinstance(public_id, UUID):
        return Q(public_id=public_id)
    return None


def _named_by(code: str) -> Q | None:
    """Return which returns have this reference, or this tracking number: of goods out or back."""
    word = search.has_word(code.lower())
    if word is None or " " in code:
        return None
    bare = code.lstrip("#")
    named = Q(reference__iexact=bare) | Q(reference__iexact=f"#{bare}")
    parcel = Q(lines__fulfillment_line__fulfillment__tracking_number__iexact=code)
    parcel |= Q(parcels__tracking_number__iexact=code)
    # The words are indexed; what else they may mean (an SKU, a name) is sorted out after.
    return Q(pk__in=Return.objects.filter(word).values("pk")) & (named | parcel)
