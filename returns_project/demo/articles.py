"""What the demo's stores sell, in English and German, and how much of it lies where."""

import itertools
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from orders.models import Location, Product, StockLevel, Variant

Options = dict[str, str]

CLOTHES: Final = ("XS", "S", "M", "L", "XL")
FEET: Final = ("36–38", "39–41", "42–44")
LITRES: Final = ("0.5 l", "0.75 l")
TOWELS: Final = ("Hand towel", "Bath towel")
SHOES: Final = ("37", "38", "39", "40", "41", "42", "43", "44")
_GERMAN: Final = {
    "Size": "Größe",
    "Colour": "Farbe",
    "Scent": "Duft",
    "Name": "Name",
    "Sage": "Salbei",
    "Ink": "Tinte",
    "Oat": "Hafer",
    "Clay": "Ton",
    "Fern": "Farn",
    "Sand": "Sand",
    "Slate": "Schiefer",
    "Snow": "Schnee",
    "Oak": "Eiche",
    "Fig": "Feige",
    "Cedar": "Zeder",
    "Hand towel": "Handtuch",
    "Bath towel": "Badetuch",
}


@dataclass(frozen=True)
class Article:
    """A product: its price is in euros, tax included; `picture` names a file in img/demo."""

    code: str
    title: str
    german: str
    picture: str
    price: str
    sizes: tuple[str, ...] = ()
    colours: tuple[str, ...] = ()
    scents: tuple[str, ...] = ()
    final_sale: bool = False
    personalised: bool = False

    @property
    def handle(self) -> str:
        """Its name in addresses."""
        return re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")

    @property
    def image(self) -> str:
        """Its picture, as a path below the static files."""
        return f"img/demo/{self.picture}.svg"

    def choices(self) -> Iterator[Options]:
        """Yield the options of each variant."""
        named = (("Colour", self.colours), ("Size", self.sizes), ("Scent", self.scents))
        axes = [[(name, value) for value in values] for name, values in named if values]
        return (dict(chosen) for chosen in itertools.product(*axes))

    def sku(self, options: Options) -> str:
        """Return the article number of a variant."""
        parts = [re.sub(r"[^A-Z0-9]", "", value.upper())[:4] for value in options.values()]
        return "-".join([self.code, *parts])


ARTICLES: Final = (
    Article("TEE", "Linen tee", "Leinen-T-Shirt", "tee", "34.90", CLOTHES, ("Sage", "Ink", "Oat")),
    Article("BOX", "Cotton tee", "Baumwoll-T-Shirt", "tee", "24.90", CLOTHES, ("Snow", "Slate")),
    Article("WRD", "Wrap dress", "Wickelkleid", "dress", "89.00", CLOTHES, ("Fern", "Clay")),
    Article("OUT", "Outlet dress", "Outlet-Kleid", "dress", "39.00", CLOTHES, final_sale=True),
    Article("RAI", "Rain jacket", "Regenjacke", "jacket", "149.00", CLOTHES, ("Ink", "Fern")),
    Article("QUI", "Quilted jacket", "Steppjacke", "jacket", "129.00", CLOTHES, ("Sand", "Slate")),
    Article("CAN", "Canvas sneaker", "Stoffschuh", "sneaker", "79.00", SHOES, ("Snow", "Ink")),
    Article("TRA", "Trail runner", "Geländeschuh", "sneaker", "119.00", SHOES),
    Article("SOX", "Merino socks", "Merinosocken", "socks", "14.90", FEET, ("Oat", "Slate")),
    Article("ROL", "Roll-top pack", "Rollrucksack", "backpack", "99.00", (), ("Fern", "Clay")),
    Article("DAY", "Day pack", "Tagesrucksack", "backpack", "59.00", (), ("Ink", "Slate")),
    Article("BOT", "Steel bottle", "Stahlflasche", "bottle", "27.50", LITRES, ("Sage", "Snow")),
    Article("MUG", "Stoneware mug", "Steinzeugbecher", "mug", "16.90", (), ("Oat", "Clay", "Ink")),
    Article("NAM", "Mug with a name", "Becher mit Namen", "mug", "24.90", personalised=True),
    Article("CND", "Scented candle", "Duftkerze", "candle", "22.00", scents=("Fig", "Cedar")),
    Article("WAF", "Waffle towel", "Waffeltuch", "towel", "19.90", TOWELS, ("Snow", "Sage")),
    Article("DSK", "Desk lamp", "Schreibtischlampe", "lamp", "74.00", (), ("Ink", "Snow")),
    Article("BED", "Bedside lamp", "Nachttischlampe", "lamp", "49.00", (), ("Snow", "Clay")),
    Article("CHR", "Folding chair", "Klappstuhl", "chair", "139.00", (), ("Oak",)),
    Article("OLI", "Olive tree", "Olivenbaum", "plant", "44.00"),
    Article("NTB", "Dotted notebook", "Notizbuch, gepunktet", "notebook", "12.50"),
    Article("HEA", "Headphones", "Kopfhörer", "headphones", "179.00", (), ("Slate", "Sand")),
    Article("SPK", "Pocket speaker", "Taschenlautsprecher", "speaker", "69.00"),
    Article("WAT", "Field watch", "Felduhr", "watch", "189.00", (), ("Fern", "Sand")),
    Article("GFT", "Slow morning set", "Set Langsamer Morgen", "gift-set", "54.00"),
)
BY_CODE: Final = {article.code: article for article in ARTICLES}
# Those that every order may hold: no bundle, nothing made to order, nothing that cannot go back.
ORDINARY: Final = tuple(
    article
    for article in ARTICLES
    if article.code != "GFT" and not (article.final_sale or article.personalised)
)


def german(text: str) -> str:
    """Return an option's name or value in German; what is the same stays."""
    return _GERMAN.get(text, text)


def stock_up(random_: random.Random) -> None:
    """Create products and variants and put some of each into every location."""
    products = Product.objects.bulk_create(_product(article) for article in ARTICLES)
    by_handle = {product.handle: product for product in products}
    numbers = itertools.count(2_000_000_000_17)
    variants = Variant.objects.bulk_create(
        Variant(
            product=by_handle[article.handle],
            sku=article.sku(options),
            barcode=_ean(next(numbers)),
            options=options,
            price=Decimal(article.price),
        )
        for article in ARTICLES
        for options in article.choices()
    )
    StockLevel.objects.bulk_create(
        StockLevel(variant=variant, location=location, available=random_.randint(0, 60))
        for location in Location.objects.all()
        for variant in variants
    )


def _product(article: Article) -> Product:
    return Product(
        handle=article.handle,
        title=article.title,
        vendor="Linden & Lark",
        product_type=article.picture.replace("-", " ").capitalize(),
        tags=["outlet"] if article.final_sale else ["season"],
        image=article.image,
        final_sale=article.final_sale,
    )


def _ean(number: int) -> str:
    """Return twelve digits as an EAN-13; 20 to 29 in front is for use within a shop (GS1)."""
    digits = f"{number:012}"
    odd = sum(int(digit) for digit in digits[::2])
    even = sum(int(digit) for digit in digits[1::2])
    return digits + str(-(odd + 3 * even) % 10)
