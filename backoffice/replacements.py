"""The replacements of a return, as its page shows them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Prefetch, prefetch_related_objects
from django.utils.translation import gettext as _

from backoffice.articles import Article
from backoffice.words import amount_words, moment_words
from orders import pictures
from returns.exchanges import prices
from returns.models import ExchangeLine, ExchangeStatus, Return


def article_of(line: ExchangeLine) -> Article:
    """Describe what a replacement is."""
    return Article(
        title=line.title,
        sku=line.sku,
        options=line.options_text,
        picture_url=pictures.url(line.image),
        parts=[],
    )


@dataclass(frozen=True, kw_only=True)
class Row:
    """One replacement; `place` says from where, and how long it is held there."""

    article: Article
    replaces: str
    status: str
    status_words: str
    quantity: int
    sent: int
    price: str
    place: str


def load(return_: Return) -> list[ExchangeLine]:
    """Return a return's replacements with what they replace and where they lie.

    One query; none when nothing is, or was, to be sent. Whatever asks for its `exchange_lines`
    afterwards takes them from here.
    """
    if not return_.exchange_quantity:
        return []
    found = ExchangeLine.objects.select_related(
        "location", "return_line__fulfillment_line__order_line"
    )
    loading = Prefetch("exchange_lines", queryset=found.order_by("pk"))
    prefetch_related_objects([return_], loading)
    return list(return_.exchange_lines.all())


def rows(return_: Return, lines: Sequence[ExchangeLine]) -> list[Row]:
    """Describe replacements; no queries."""
    return [
        Row(
            article=article_of(line),
            replaces=_replaces(line),
            status=line.status,
            status_words=str(ExchangeStatus(line.status).label),
            quantity=line.quantity,
            sent=line.processed_quantity,
            price=amount_words(prices.charged(line, return_.order), return_.order.currency),
            place=_place(line),
        )
        for line in lines
    ]


def _replaces(line: ExchangeLine) -> str:
    return str(line.return_line.fulfillment_line.order_line) if line.return_line else ""


def _place(line: ExchangeLine) -> str:
    if line.reserved_quantity:
        words = {"place": line.location, "until": moment_words(line.reserved_until)}
        return _("%(place)s, held until %(until)s") % words
    if line.status in (ExchangeStatus.PROCESSED, ExchangeStatus.REMOVED):
        return str(line.location)
    return _("%(place)s, not held any more") % {"place": line.location}
