"""What was sold over two years."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from bench.seed.people import Buyer, Buyers
from bench.seed.sink import Sink
from orders import search
from orders.models import (
    Fulfillment,
    FulfillmentLine,
    Location,
    Order,
    OrderLine,
    Payment,
    Product,
    Store,
    Variant,
)
from orders.money import ZERO, rounded
from returns.models.policies import ReturnTerms
from returns_project.demo.articles import ORDINARY
from returns_project.demo.stores import SHOPS, Shop

DAYS = 730
GROWTH = 1.15  # above 1: the younger the time, the more orders a day
SERIES = 40  # of each article of the demo: some 5,000 variants


@dataclass(slots=True)
class SoldLine:
    """One line of an order, all of it sent in one parcel; `returning` pieces are in live returns.

    worth: with tax and after discounts, in the order's currency.
    """

    pk: int
    parcel_line: int
    variant: Variant
    title: str
    quantity: int
    worth: Decimal
    tax: Decimal
    discount: Decimal
    returning: int = 0
    taken: bool = False


@dataclass(slots=True)
class Sold:
    """An order, before it is stored."""

    pk: int
    shop: Shop
    store: Store
    terms: ReturnTerms
    reference: str
    placed_at: datetime
    shipped_at: datetime
    delivered_at: datetime
    tracking: str
    buyer: Buyer
    payment: int
    lines: list[SoldLine] = field(default_factory=list)
    refunded: Decimal = ZERO
    returns: int = 0

    @property
    def words(self) -> list[str]:
        """What the order is found by, as `orders.intake` has it."""
        skus = [line.variant.sku for line in self.lines]
        texts = [self.reference, self.buyer.name, self.buyer.email, *skus, self.tracking]
        return search.words(*texts)


def share_older_than(age: timedelta) -> float:
    """Return which part of all orders is older than this."""
    return 1 - (age / timedelta(days=DAYS)) ** (1 / GROWTH)


class Shelf:
    """What the stores sell: the demo's articles in many series."""

    def __init__(self, random_: random.Random) -> None:
        self.random = random_
        made = [(article, number) for article in ORDINARY for number in range(1, SERIES + 1)]
        products = Product.objects.bulk_create(
            Product(
                handle=f"{article.handle}-{number}",
                title=f"{article.title} No. {number}",
                vendor="Linden & Lark",
                image=article.image,
            )
            for article, number in made
        )
        self.variants = Variant.objects.bulk_create(
            Variant(
                product=product,
                sku=f"{article.sku(options)}-{number:03}",
                barcode=f"20{product.pk:05}{place:06}",
                options=options,
                price=Decimal(article.price),
            )
            for product, (article, number) in zip(products, made, strict=True)
            for place, options in enumerate(article.choices())
        )

    def take(self, count: int) -> list[Variant]:
        """Return some variants."""
        return self.random.sample(self.variants, count)


class Making:
    """Makes orders up, and stores them with all that belongs to them."""

    def __init__(self, sink: Sink, shelf: Shelf, buyers: Buyers, random_: random.Random) -> None:
        self._sink = sink
        self._shelf = shelf
        self._buyers = buyers
        self._random = random_
        self._stores = {store.code: store for store in Store.objects.all()}
        self._terms = {
            code: ReturnTerms.from_json(store.return_terms) for code, store in self._stores.items()
        }
        self._places = {place.code: place.pk for place in Location.objects.all()}

    def order(self, index: int, total: int, now: datetime) -> Sold:
        """Return the `index`th of all orders: the higher, the younger."""
        shop = SHOPS[0] if self._random.random() < 0.6 else SHOPS[1]
        age = DAYS * (1 - (index + 0.5) / total) ** GROWTH
        placed_at = now - timedelta(days=age)
        shipped_at = placed_at + timedelta(days=self._random.uniform(0.4, 1.6))
        sold = Sold(
            pk=self._sink.next_id(Order),
            shop=shop,
            store=self._stores[shop.code],
            terms=self._terms[shop.code],
            reference=shop.number_format.format(100_001 + index),
            placed_at=placed_at,
            shipped_at=shipped_at,
            delivered_at=shipped_at + timedelta(days=self._random.uniform(1, 4)),
            tracking=f"{shop.code[0].upper()}{self._random.randrange(10**11, 10**12)}",
            buyer=self._buyers.any_of(shop.code),
            payment=self._sink.next_id(Payment),
        )
        count = self._random.choices((1, 2, 3, 4, 6), (38, 30, 18, 10, 4))[0]
        sold.lines = [self._line(variant, shop) for variant in self._shelf.take(count)]
        return sold

    def _line(self, variant: Variant, shop: Shop) -> SoldLine:
        quantity = self._random.choice((1, 1, 1, 1, 2, 3))
        full = variant.price * quantity
        discount = rounded(full / 10, shop.currency) if self._random.random() < 0.2 else ZERO
        worth = full - discount
        return SoldLine(
            pk=self._sink.next_id(OrderLine),
            parcel_line=self._sink.next_id(FulfillmentLine),
            variant=variant,
            title=variant.product.title,
            quantity=quantity,
            worth=worth,
            discount=discount,
            tax=rounded(worth * shop.tax_percent / (100 + shop.tax_percent), shop.currency),
        )

    def store(self, sold: Sold, now: datetime) -> None:
        """Hand the rows of an order over, with what its returns left behind on it."""
        buyer = sold.buyer
        self._sink.add(
            Order,
            id=sold.pk,
            store_id=sold.store.pk,
            reference=sold.reference,
            customer_id=buyer.customer_id,
            guest_email="" if buyer.customer_id else buyer.email,
            language=sold.shop.language,
            currency=sold.shop.currency,
            placed_at=sold.placed_at,
            billing_address=buyer.address,
            shipping_address=buyer.address,
            return_terms=sold.store.return_terms,
            last_return_number=sold.returns,
            search=sold.words,
        )
        self._sink.add(
            Payment,
            id=sold.payment,
            order_id=sold.pk,
            method="CARD",
            external_id=f"pay_{sold.pk:010}",
            amount=sum((line.worth for line in sold.lines), ZERO),
            refunded_amount=sold.refunded,
            captured_at=sold.placed_at,
        )
        parcel = self._parcel(sold, now) if sold.shipped_at <= now else None
        for position, line in enumerate(sold.lines, start=1):
            self._store_line(sold, line, position, parcel)

    def _parcel(self, sold: Sold, now: datetime) -> int:
        return self._sink.add(
            Fulfillment,
            order_id=sold.pk,
            number=1,
            location_id=self._places[sold.shop.location],
            shipped_at=sold.shipped_at,
            delivered_at=sold.delivered_at if sold.delivered_at <= now else None,
            tracking_company=sold.shop.carriers[0][0],
            tracking_number=sold.tracking,
        )

    def _store_line(self, sold: Sold, line: SoldLine, position: int, parcel: int | None) -> None:
        self._sink.add(
            OrderLine,
            id=line.pk,
            order_id=sold.pk,
            position=position,
            variant_id=line.variant.pk,
            sku=line.variant.sku,
            title=line.title,
            options=line.variant.options,
            image=line.variant.product.image,
            quantity=line.quantity,
            unit_price=line.variant.price,
            discount_total=line.discount,
            tax_total=line.tax,
        )
        if parcel is None:
            return
        self._sink.add(
            FulfillmentLine,
            id=line.parcel_line,
            fulfillment_id=parcel,
            order_line_id=line.pk,
            quantity=line.quantity,
            returning_quantity=line.returning,
        )
