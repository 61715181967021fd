"""An article as every page names it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from backoffice.words import counted
from orders import pictures
from orders.models import BundleKind, OrderLine


@dataclass(frozen=True, kw_only=True)
class Article:
    """What was bought, as every page names it."""

    title: str
    sku: str
    options: str
    picture_url: str
    parts: list[str]


def describe(line: OrderLine, parts: Iterable[OrderLine] | None = None) -> Article:
    """Describe an order line. parts: of a product bundle; None to read its `bundle_parts`."""
    if parts is None:
        parts = line.bundle_parts.all() if line.bundle_kind == BundleKind.FIXED else ()
    return Article(
        title=line.title,
        sku=line.sku,
        options=line.options_text,
        picture_url=pictures.url(line.image),
        parts=[counted(part.quantity // line.quantity, part.title) for part in parts],
    )


def paid_without_return(line: OrderLine) -> str:
    """Return how many pieces of a line were paid back without a return; "" for none."""
    if not line.refunded_quantity:
        return ""
    return _("%(count)s paid back without a return") % {"count": line.refunded_quantity}
