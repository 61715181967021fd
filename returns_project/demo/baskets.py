"""What is in the demo's orders: lines with options, bundles, discounts and tax."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from orders.intake import LineData
from orders.models import BundleKind
from orders.money import ZERO, rounded, split
from returns_project.demo.articles import BY_CODE, ORDINARY, Article, Options, german
from returns_project.demo.stores import Shop

# Bought by the piece more often than others.
_SEVERAL: Final = {"SOX", "MUG", "WAF", "CND", "NTB"}
_NAMES_ON_MUGS: Final = {"de": ("Oma Ilse", "Papa", "Jule"), "en": ("Grandad", "Poppy", "Mr Lee")}
_SETS: Final = {"de": "Ihr Schreibtisch", "en": "Your desk, your way"}
_WRAPPING: Final = {"de": "Geschenkverpackung", "en": "Gift wrapping"}


@dataclass(frozen=True)
class Basket:
    """Puts lines together for one order of a store. net: prices are without tax."""

    shop: Shop
    random: random.Random
    net: bool = False

    def lines(self) -> tuple[LineData, ...]:
        """Return the lines of a new order: mostly ordinary ones, at times something special."""
        special = self.random.choices(
            (self._nothing, self._gift_set, self._desk, self._named_mug, self._outlet, self._wrap),
            (64, 9, 8, 7, 7, 5),
        )[0]()
        count = self.random.choices((1, 2, 3, 4), (38, 32, 20, 10))[0]
        return self.finished([*special, *self._ordinary(count)])

    def several(self) -> tuple[LineData, ...]:
        """Return the lines of an order on which there is something to see."""
        return self.finished([*self._gift_set(), *self._ordinary(3)])

    def finished(self, lines: Sequence[LineData]) -> tuple[LineData, ...]:
        """Return the lines with their discounts and tax."""
        return tuple(self._taxed(line) for line in self._discounted(lines))

    def _ordinary(self, count: int) -> list[LineData]:
        return [self._line(article) for article in self.random.sample(ORDINARY, count)]

    def _line(self, article: Article, **more: object) -> LineData:
        options = self.random.choice(list(article.choices()))
        line = LineData(
            title=article.german if self.shop.language == "de" else article.title,
            sku=article.sku(options),
            options=self._translated(options),
            quantity=self.random.choice((1, 2, 2, 3)) if article.code in _SEVERAL else 1,
            unit_price=self._price(article.price),
        )
        return replace(line, **more)  # type: ignore[arg-type]

    def _translated(self, options: Options) -> Options:
        if self.shop.language != "de":
            return options
        return {german(name): german(value) for name, value in options.items()}

    def _price(self, euros: str) -> Decimal:
        """Return a price of this store, in its currency; .50 and .00 look best in pounds."""
        price = Decimal(euros) * self.shop.price_factor
        if self.shop.currency != "EUR":
            price = (price * 2).to_integral_value() / 2
        if self.net:
            price = price * 100 / (100 + self.shop.tax_percent)
        return rounded(price, self.shop.currency)

    # --- the special ones, always in front --------------------------------------------------

    def _nothing(self) -> list[LineData]:
        return []

    def _gift_set(self) -> list[LineData]:
        parts = [self._line(BY_CODE[code], quantity=1) for code in ("MUG", "CND", "WAF")]
        free = [replace(part, unit_price=ZERO, bundle_parent=1) for part in parts]
        return [self._line(BY_CODE["GFT"], bundle_kind=BundleKind.FIXED.value), *free]

    def _desk(self) -> list[LineData]:
        title = _SETS[self.shop.language]
        kind = BundleKind.CONFIGURABLE.value
        heading = LineData(title=title, quantity=1, unit_price=ZERO, bundle_kind=kind)
        codes = ("DSK", "NTB", self.random.choice(("OLI", "MUG", "CHR")))
        return [heading, *(self._line(BY_CODE[code], bundle_parent=1) for code in codes)]

    def _named_mug(self) -> list[LineData]:
        name = self.random.choice(_NAMES_ON_MUGS[self.shop.language])
        return [self._line(BY_CODE["NAM"], options={"Name": name}, personalised=True)]

    def _outlet(self) -> list[LineData]:
        return [self._line(BY_CODE["OUT"])]

    def _wrap(self) -> list[LineData]:
        title, price = _WRAPPING[self.shop.language], self._price("3.50")
        return [LineData(title=title, quantity=1, unit_price=price, is_goods=False)]

    # --- money ------------------------------------------------------------------------------

    def _discounted(self, lines: Sequence[LineData]) -> list[LineData]:
        """Take a fifth off a line now and then, and a tenth off a whole order."""
        currency = self.shop.currency
        cut = [self._reduced(line) for line in lines]
        if self.random.random() > 0.15:
            return cut
        left = [worth(line) for line in cut]
        shares = split(rounded(sum(left, ZERO) / 10, currency), left, currency)
        return [
            replace(line, discount_total=line.discount_total + share)
            for line, share in zip(cut, shares, strict=True)
        ]

    def _reduced(self, line: LineData) -> LineData:
        if self.random.random() > 0.12:
            return line
        return replace(line, discount_total=rounded(worth(line) / 5, self.shop.currency))

    def _taxed(self, line: LineData) -> LineData:
        return replace(line, tax_total=self.tax(worth(line)))

    def tax(self, amount: Decimal) -> Decimal:
        """Return the tax in (or, on net prices, on) an amount of this store's currency."""
        percent = self.shop.tax_percent
        base = 100 if self.net else 100 + percent
        return rounded(amount * percent / base, self.shop.currency)


def worth(line: LineData) -> Decimal:
    """Return what a line costs after its discounts, as charged."""
    return line.unit_price * line.quantity - line.discount_total
