"""Products that shops tell by themselves: titles, tags, pictures, and the prices of their articles.

What was sold stays as it was sold: order lines keep their own titles and prices.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count

from django.utils.translation import gettext as _

from orders import money
from orders.intake.errors import OrderRejected, Problem
from orders.models import Product, Variant


@dataclass(frozen=True, kw_only=True, slots=True)
class VariantNews:
    """An article as the shop has it now. price: in the shop's currency, at least 0."""

    sku: str
    price: Decimal
    barcode: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class ProductNews:
    """A product as the shop has it now; it replaces what is known."""

    handle: str
    title: str
    vendor: str = ""
    product_type: str = ""
    tags: Sequence[str] = ()
    image: str = ""
    variants: Sequence[VariantNews] = ()


def take_in_product(news: ProductNews, known: Product | None, *, placeholder: str = "") -> Product:
    """Store a product with its articles, or bring them up to date; in the open transaction.

    known: which product it is here, when that is known. placeholder: a handle that stood for it.
    Articles that the shop lists no more stay: orders may hold them.
    Raises OrderRejected for a price below 0 or too large.
    """
    _check(news)
    variants = _variants(news)
    product = known or _find(news, placeholder, list(variants.values()))
    product = product or Product(handle=_free_handle(news.handle))
    if product.handle == placeholder:
        product.handle = _free_handle(news.handle, instead=placeholder)
    product.title, product.vendor = news.title, news.vendor
    product.product_type, product.tags = news.product_type, list(news.tags)
    product.image = news.image or product.image
    product.save()
    _write_variants(product, news, variants)
    return product


def _check(news: ProductNews) -> None:
    wrong = [
        Problem(("variants", str(number), "price"), _("Must be an amount, as in 12.50."))
        for number, each in enumerate(news.variants, start=1)
        if not 0 <= each.price < Decimal(10) ** money.WHOLE_DIGITS
    ]
    if wrong:
        raise OrderRejected(wrong)


def _variants(news: ProductNews) -> dict[str, Variant]:
    skus = sorted({each.sku for each in news.variants if each.sku})
    rows = Variant.objects.select_for_update(of=("self",)).select_related("product")
    return {row.sku: row for row in rows.filter(sku__in=skus).order_by("sku")}


def _find(news: ProductNews, placeholder: str, variants: Sequence[Variant]) -> Product | None:
    """Return the product with this handle, else the one that all its known articles are of."""
    handles = [news.handle, *([placeholder] if placeholder else [])]
    named = {row.handle: row for row in Product.objects.filter(handle__in=handles)}
    for handle in handles:
        if handle in named:
            return named[handle]
    owners = {variant.product_id for variant in variants}
    return variants[0].product if len(owners) == 1 else None


def _free_handle(handle: str, *, instead: str = "") -> str:
    """Return a handle; where another product has it, what stood for it, or one with a number."""
    if not Product.objects.filter(handle=handle).exists():
        return handle
    numbered = (f"{handle[:240]}-{number}" for number in count(2))
    taken = Product.objects.filter(handle__startswith=handle[:240])
    known = set(taken.values_list("handle", flat=True))
    return instead or next(each for each in numbered if each not in known)


def _write_variants(product: Product, news: ProductNews, known: Mapping[str, Variant]) -> None:
    new = {}
    for each in news.variants:
        values = {"price": each.price, "barcode": each.barcode, "options": dict(each.options)}
        row = known.get(each.sku)
        if row is not None:
            wanted = {**values, "barcode": each.barcode or row.barcode, "product_id": product.pk}
            changed = [name for name, value in wanted.items() if getattr(row, name) != value]
            for name in changed:
                setattr(row, name, wanted[name])
            if changed:
                row.save(update_fields=changed)
        elif each.sku:
            new[each.sku] = Variant(product=product, sku=each.sku, **values)
    Variant.objects.bulk_create(new.values(), ignore_conflicts=True)
