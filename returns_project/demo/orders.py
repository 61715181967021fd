"""The demo's orders of the last 90 days, as data that comes in through `orders.intake`."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from orders import intake
from orders.intake import FulfillmentData, FulfillmentLineData, LineData, OrderData, PaymentData
from orders.models import BundleKind, PaymentMethod
from orders.money import ZERO, rounded
from returns_project.demo import people
from returns_project.demo.baskets import Basket, worth
from returns_project.demo.people import Buyer
from returns_project.demo.stores import SHOPS, Shop

DAYS: Final = 90
_TRADE: Final = ("Copper Kettle Café", "The Reading Room", "Saltmarsh Guest House")
_METHODS: Final = {
    PaymentMethod.CARD: 52,
    PaymentMethod.PAYPAL: 30,
    PaymentMethod.BANK_TRANSFER: 10,
    PaymentMethod.INVOICE: 8,
}


def take_in(random_: random.Random, now: datetime) -> None:
    """Take the orders of all stores in. Raises OrderRejected when the demo itself is wrong."""
    wanted = [order for shop in SHOPS for order in _orders_of(shop, random_, now)]
    for result in intake.take_in_many(wanted):
        if isinstance(result, intake.OrderRejected):
            raise result


def _orders_of(shop: Shop, random_: random.Random, now: datetime) -> Iterator[OrderData]:
    buyers = people.buyers_of(shop.code, random_)
    buyer, guest = people.named_buyer(shop.code, random_), people.named_guest(shop.code, random_)
    guest_came = shop is not SHOPS[0]
    for index in range(shop.orders):
        # Business grows: orders lie closer together the younger they are.
        age = DAYS * (1 - (index + 0.5) / shop.orders) ** 1.25
        making = _Making(shop, random_, now, now - timedelta(days=age), index)
        if age < 8 and not guest_came:
            guest_came = True
            yield making.order(guest, several=True)
        elif index % 24 == 10:
            yield making.order(buyer, several=index % 48 == 34)
        else:
            yield making.order(random_.choice(buyers))


@dataclass(frozen=True)
class _Making:
    """One order being made up: the `index`th of its store, placed at `placed_at`."""

    shop: Shop
    random: random.Random
    now: datetime
    placed_at: datetime
    index: int

    def order(self, buyer: Buyer, *, several: bool = False) -> OrderData:
        """Return the order of a buyer. several: with more lines than usual, and without trouble."""
        trade = self.shop.currency == "GBP" and self.index % 13 == 5 and not several
        basket = Basket(self.shop, self.random, net=trade)
        lines = basket.several() if several else basket.lines()
        shipping = self._shipping(lines, basket)
        goods = sum((worth(line) + (line.tax_total if trade else ZERO) for line in lines), ZERO)
        tax = basket.tax(shipping)
        canceled = self.index % 37 == 20
        parcels = () if canceled else self._parcels(lines, whole=several)
        paid = goods + shipping + (tax if trade else ZERO)
        return OrderData(
            store=self.shop.code,
            reference=self.shop.number_format.format(self.shop.first_number + self.index),
            currency=self.shop.currency,
            placed_at=self.placed_at,
            lines=lines,
            fulfillments=parcels,
            payments=self._payments(paid, trade=trade, refunded=canceled),
            customer=buyer.customer,
            guest_email=buyer.guest_email,
            tax_included=not trade,
            shipping_amount=shipping,
            shipping_tax=tax,
            canceled_at=self.placed_at + timedelta(hours=1) if canceled else None,
            archived_at=self._archived_at(parcels),
            **self._addresses(buyer, trade=trade),
        )

    def _addresses(self, buyer: Buyer, *, trade: bool) -> dict[str, Any]:
        if not trade:
            return {"shipping_address": buyer.address, "billing_address": buyer.address}
        company = self.random.choice(_TRADE)
        address = intake.AddressData(
            **{part: getattr(buyer.address, part) for part in buyer.address.__slots__}
            | {"company": company}
        )
        return {"shipping_address": address, "billing_address": address}

    def _shipping(self, lines: tuple[LineData, ...], basket: Basket) -> Decimal:
        if sum((worth(line) for line in lines), ZERO) >= self.shop.free_from:
            return ZERO
        whole = 100 + self.shop.tax_percent if basket.net else 100
        return rounded(self.shop.shipping * 100 / whole, self.shop.currency)

    # --- parcels --------------------------------------------------------------------------------

    def _parcels(self, lines: tuple[LineData, ...], *, whole: bool) -> tuple[FulfillmentData, ...]:
        """Return what was sent by now: nothing, a part, or all in one or two parcels."""
        sent = [
            FulfillmentLineData(line=number, quantity=line.quantity)
            for number, line in enumerate(lines, start=1)
            if line.is_goods and line.bundle_kind != BundleKind.CONFIGURABLE
        ]
        first, second = sent, []
        if not whole and len(sent) > 1 and self.random.random() < 0.14:
            first, second = sent[:-1], sent[-1:]
        parcels = [self._parcel(first, 1.0)]
        if second and self.index % 2:  # the other half still waits for its goods
            parcels.append(self._parcel(second, 4.0))
        return tuple(parcel for parcel in parcels if parcel is not None)

    def _parcel(self, lines: list[FulfillmentLineData], days: float) -> FulfillmentData | None:
        """Return a parcel sent some days after the order, unless that lies ahead."""
        shipped_at = self.placed_at + timedelta(days=days * self.random.uniform(0.7, 1.5))
        delivered_at = shipped_at + timedelta(days=self.random.uniform(1.2, 3.4))
        carrier, link = self.random.choice(self.shop.carriers)
        number = f"{self.shop.code[0].upper()}{self.random.randrange(10**11, 10**12)}"
        if shipped_at > self.now or not lines:
            return None
        return FulfillmentData(
            shipped_at=shipped_at,
            delivered_at=delivered_at if delivered_at <= self.now else None,
            lines=tuple(lines),
            location=self.shop.location,
            tracking_company=carrier,
            tracking_number=number,
            tracking_url=link.format(number),
        )

    def _archived_at(self, parcels: tuple[FulfillmentData, ...]) -> datetime | None:
        """Return when an old order was put away; every other one is."""
        if not parcels or self.now - self.placed_at < timedelta(days=70) or self.index % 2:
            return None
        return parcels[-1].shipped_at + timedelta(days=45)

    # --- money ----------------------------------------------------------------------------------

    def _payments(self, total: Decimal, *, trade: bool, refunded: bool) -> tuple[PaymentData, ...]:
        """Return how it was paid: mostly in one go, at times partly with a gift card."""
        method = self.random.choices(list(_METHODS), list(_METHODS.values()))[0]
        if trade:
            method = PaymentMethod.INVOICE
        gift = Decimal(20) if self.index % 11 == 3 and total > 30 else ZERO
        parts = [(PaymentMethod.GIFT_CARD, gift), (method, total - gift)]
        return tuple(
            PaymentData(
                amount=amount,
                method=part.value,
                captured_at=self.placed_at,
                external_id=f"pay_{self.random.getrandbits(64):016x}",
                refunded=amount if refunded else ZERO,
            )
            for part, amount in parts
            if amount
        )
