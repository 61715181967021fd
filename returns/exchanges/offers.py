"""What a buyer may have instead of what was bought, as far as it is in stock now."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from orders import stock
from orders.models import BundleKind, Order, OrderLine, Product, StockLevel, Variant
from orders.money import rounded
from returns import resolutions
from returns.exchanges.prices import is_even
from returns.models import Resolution
from returns.policies import terms as terms_of


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A variant (with `product`) that can be had: `free` pieces of it from one location.

    difference: what a piece is listed above what the bought one is listed (below 0: less); None
    when it is of another product. An even one always costs what comes back. changes: the values of
    the options in which it differs from the bought one. resolution: what having it is.
    """

    variant: Variant
    free: int
    is_even: bool
    difference: Decimal | None
    resolution: Resolution
    changes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What tells it from other variants of its product."""
        return ", ".join(str(value) for value in self.variant.options.values()) or self.variant.sku


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A line, known by `key`, and what of all that can be had instead may be had for it."""

    key: int
    line: OrderLine
    may: Collection[Resolution]


_SWAPS = frozenset({Resolution.EXCHANGE, Resolution.ANY_PRODUCT, Resolution.REPLACEMENT})


def for_lines(
    order: Order, lines: Sequence[OrderLine], *, others: Collection[int] = ()
) -> dict[int, list[Offer]]:
    """Return what the terms let a buyer have instead of each line (by primary key); one query.

    others: variants (by primary key) of other products to be among the offers, where the terms let.
    """
    terms = terms_of.of_order(order)
    asked = [
        Asked(key=line.pk, line=line, may=terms_of.of_line(terms, line).resolutions)
        for line in lines
    ]
    return for_asked(order, asked, others=others)


def for_asked(
    order: Order, asked: Sequence[Asked], *, others: Collection[int] = ()
) -> dict[int, list[Offer]]:
    """Return what can be had instead of lines, by key; two queries. others: as in `for_lines`."""
    # A bundle is made up of parts, which a replacement would not have.
    asked = [
        each
        for each in asked
        if each.line.bundle_kind == BundleKind.NONE and not _SWAPS.isdisjoint(each.may)
    ]
    bought = {each.line.variant_id for each in asked if each.line.variant_id}
    if not asked or not (bought or others):
        return {}
    wanted = Q(product__variants__in=bought)
    if any(Resolution.ANY_PRODUCT in each.may for each in asked):
        wanted |= Q(pk__in=others)
    variants = {
        variant.pk: variant
        for variant in Variant.objects.filter(wanted)
        .annotate(free=stock.free_of_each())
        .select_related("product")
        .order_by("pk")
        .distinct()
    }
    found: dict[int, list[Offer]] = defaultdict(list)
    for each in asked:
        if each.line.variant_id:
            each.line.variant = variants.get(each.line.variant_id)
        for variant in variants.values():
            offer = _offer(order, each.line, variant, variant.free)
            is_asked = variant.pk in others or _same(each.line, variant)
            if offer is not None and is_asked and offer.resolution in each.may:
                found[each.key].append(offer)
    return dict(found)


def _same(line: OrderLine, variant: Variant) -> bool:
    return line.variant is not None and line.variant.product_id == variant.product_id


def _offer(order: Order, line: OrderLine, variant: Variant, free: int) -> Offer | None:
    even = is_even(variant, line)
    # Prices are in the store's currency.
    if not free or (not even and order.currency != order.store.currency):
        return None
    before = line.variant
    if before is None or not _same(line, variant):
        return Offer(
            variant=variant,
            free=free,
            is_even=even,
            difference=None,
            resolution=Resolution.ANY_PRODUCT,
        )
    return Offer(
        variant=variant,
        free=free,
        is_even=even,
        difference=rounded(variant.price - before.price, order.currency),
        resolution=resolutions.of_variant(
            variant.pk, variant.product_id, (before.pk, before.product_id)
        ),
        changes=tuple(
            str(value)
            for name, value in variant.options.items()
            if before.options.get(name) != value
        ),
    )


def products(words: str = "") -> QuerySet[Product]:
    """Return the products of which something can be had, not yet sorted.

    words: all of them must be in the title, or one be the SKU of a variant.
    """
    left = StockLevel.objects.filter(variant__product=OuterRef("pk"), available__gt=F("reserved"))
    found = Product.objects.filter(Exists(left))
    for word in words.split():
        named = Variant.objects.filter(product=OuterRef("pk"), sku__iexact=word)
        found = found.filter(Q(title__icontains=word) | Exists(named))
    return found
