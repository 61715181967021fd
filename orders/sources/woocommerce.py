"""WooCommerce's order (REST API v3, `order.*` webhooks) as an order of ours.

Fields as documented at woocommerce.github.io/woocommerce-rest-api-docs (order properties). Its
amounts are without tax, with the tax beside them; `prices_include_tax` says how the shop shows
prices, so how they are kept here.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_UP, Decimal
from typing import Final

from django.utils.translation import gettext as _

from orders import money
from orders.intake import (
    AddressData,
    CustomerData,
    FulfillmentData,
    FulfillmentLineData,
    LineData,
    OrderData,
    OrderRejected,
    PaymentData,
    Problem,
    ProductData,
)
from orders.models import CompletedMeans, OrderSource, PaymentMethod
from orders.sources.reading import Reader
from orders.sources.told import ToldOrder, ToldRefund, Unwanted
from orders.taxes import Tax

COMPLETED: Final = "completed"
# Orders in these states are none yet, or none any more.
DRAFTS: Final = frozenset({"auto-draft", "checkout-draft", "draft", "trash"})
PARCEL: Final = "completed"
# The first word found in the name of the payment method decides.
METHODS: Final = (
    ("paypal", PaymentMethod.PAYPAL),
    ("ppcp", PaymentMethod.PAYPAL),
    ("stripe", PaymentMethod.CARD),
    ("card", PaymentMethod.CARD),
    ("woocommerce_payments", PaymentMethod.CARD),
    ("bacs", PaymentMethod.BANK_TRANSFER),
    ("cod", PaymentMethod.CASH),
    ("klarna", PaymentMethod.INVOICE),
    ("invoice", PaymentMethod.INVOICE),
    ("gift", PaymentMethod.GIFT_CARD),
)


def product_ids(body: Mapping[str, object]) -> set[str]:
    """Return the shop's ids of the products in an order."""
    read = Reader(body)
    return {line.id("product_id", needed=False) for line in read.many("line_items")} - {""}


def order_of(plain: object, source: OrderSource, handles: Mapping[str, str]) -> ToldOrder:
    """Return the order that a body tells. handles: of known products, by the shop's id.

    Raises Unwanted for a draft, and OrderRejected with everything that is wrong.
    """
    read = Reader(plain)
    if read.text("status", 50) in DRAFTS:
        raise Unwanted(_("The order is a draft or in the bin."))
    currency = read.text("currency", 10)
    if not money.is_currency(currency):
        unknown = _("“%(code)s” is not a currency.") % {"code": currency}
        raise OrderRejected([Problem(("currency",), unknown)])
    changed = _changed_at(read)
    told = ToldOrder(
        external_id=read.id("id"),
        changed_at=changed,
        data=_Order(read, source, currency, handles, changed).data(),
        tells_payments=True,
        refunds=tuple(_refund(each, changed) for each in read.many("refunds")),
    )
    read.check()
    return told


def _changed_at(read: Reader) -> datetime:
    return read.needed_moment("date_modified_gmt", "date_created_gmt")


def _refund(read: Reader, at: datetime) -> ToldRefund:
    """Return a refund; WooCommerce tells its sum only, as a negative amount."""
    return ToldRefund(
        external_id=read.id("id"), amount=abs(read.amount("total")), at=at, note=_reason(read)
    )


def _reason(read: Reader) -> str:
    return read.text("reason", 500)


class _Order:
    """One order while it is read."""

    def __init__(
        self,
        read: Reader,
        source: OrderSource,
        currency: str,
        handles: Mapping[str, str],
        changed: datetime,
    ) -> None:
        self.read, self.source, self.currency = read, source, currency
        self.handles, self.changed = handles, changed
        self.status = read.text("status", 50)
        self.tax_included = read.flag("prices_include_tax")
        self.rates = {each.id("rate_id", needed=False): each for each in read.many("tax_lines")}
        self.items = [each for each in read.many("line_items") if each.count("quantity")]

    def data(self) -> OrderData:
        read = self.read
        placed = read.needed_moment("date_created_gmt", "date_created")
        customer = self._customer()
        shipping = read.many("shipping_lines")
        fees, discount = self._fees()
        return OrderData(
            store=self.source.store.code,
            reference=f"#{read.text('number', 90) or read.id('id')}",
            currency=self.currency,
            placed_at=placed,
            lines=(*(self._line(each) for each in self.items), *fees),
            fulfillments=self._parcels(placed),
            payments=self._payments(placed),
            customer=customer,
            guest_email="" if customer else read.one("billing").text("email", 254),
            channel=read.text("created_via", 100),
            canceled_at=self.changed if self.status == "cancelled" else None,
            billing_address=_address(read.one("billing")),
            shipping_address=_address(read.one("shipping")),
            tax_included=self.tax_included,
            discount=discount,
            shipping_amount=sum((self._charged(each) for each in shipping), money.ZERO),
            shipping_tax=sum((self._rounded(each, "total_tax") for each in shipping), money.ZERO),
        )

    def _rounded(self, read: Reader, *keys: str) -> Decimal:
        return money.rounded(sum((read.amount(key) for key in keys), money.ZERO), self.currency)

    def _charged(self, read: Reader) -> Decimal:
        """Return what was charged for something, after discounts: with tax where prices have it."""
        keys = ("total", "total_tax") if self.tax_included else ("total",)
        return self._rounded(read, *keys)

    def _line(self, item: Reader) -> LineData:
        quantity, paid = item.count("quantity"), self._charged(item)
        keys = ("subtotal", "subtotal_tax") if self.tax_included else ("subtotal",)
        whole = max(sum((item.amount(key) for key in keys), money.ZERO), paid)
        unit = (whole / quantity).quantize(money.smallest_unit(self.currency), rounding=ROUND_UP)
        options = item.pairs("meta_data", "display_key", "display_value")
        names = {name.casefold() for name in options}
        return LineData(
            external_id=item.id("id"),
            title=item.text("name") or item.id("id"),
            quantity=quantity,
            unit_price=unit,
            # What rounding the price of a piece added is taken off again with the discount.
            discount_total=unit * quantity - paid,
            tax_total=self._rounded(item, "total_tax"),
            taxes=self._taxes(item),
            sku=item.text("sku", 100),
            options=options,
            image=_image(item),
            personalised=bool(names & self.source.personalising),
            product=self._product(item),
        )

    def _taxes(self, item: Reader) -> tuple[Tax, ...]:
        """Return the taxes of a line one by one, in whole cents that sum to its tax."""
        parts = [each for each in item.many("taxes") if each.amount("total") > 0]
        total = self._rounded(item, "total_tax")
        if not parts or not total:
            return ()
        shares = money.split(total, [each.amount("total") for each in parts], self.currency)
        return tuple(
            self._tax(each, share) for each, share in zip(parts, shares, strict=True) if share
        )

    def _tax(self, part: Reader, amount: Decimal) -> Tax:
        rate = self.rates.get(part.id("id", needed=False))
        if rate is None:
            return Tax(title="Tax", amount=amount)
        percent = rate.amount("rate_percent") if rate.has("rate_percent") else None
        return Tax(title=rate.text("label", 100) or "Tax", amount=amount, rate=percent)

    def _product(self, item: Reader) -> ProductData | None:
        key = item.id("product_id", needed=False)
        if not key:
            return None
        handle = self.handles.get(key, f"woocommerce-{self.source.pk}-{key}")
        return ProductData(handle=handle, title=item.text("parent_name") or item.text("name"))

    def _fees(self) -> tuple[list[LineData], Decimal]:
        """Return fees as lines that are no goods, and what negative fees take off the order."""
        lines, discount = [], money.ZERO
        for each in self.read.many("fee_lines"):
            charged = self._charged(each)
            if charged < 0:
                discount -= charged
            elif charged:
                line = LineData(
                    external_id=each.id("id"),
                    title=each.text("name") or each.id("id"),
                    quantity=1,
                    unit_price=charged,
                    tax_total=max(self._rounded(each, "total_tax"), money.ZERO),
                    is_goods=False,
                )
                lines.append(line)
        return lines, discount

    def _parcels(self, placed: datetime) -> tuple[FulfillmentData, ...]:
        """Return everything as one parcel once the order is complete: no more is told."""
        if self.status != COMPLETED or not self.items:
            return ()
        at = max(self.read.moment("date_completed_gmt") or self.changed, placed)
        is_delivered = self.source.completed_means == CompletedMeans.DELIVERED
        lines = tuple(
            FulfillmentLineData(line=number, quantity=each.count("quantity"))
            for number, each in enumerate(self.items, start=1)
        )
        return (
            FulfillmentData(
                external_id=PARCEL,
                shipped_at=at,
                delivered_at=at if is_delivered else None,
                lines=lines,
            ),
        )

    def _payments(self, placed: datetime) -> tuple[PaymentData, ...]:
        amount = self._rounded(self.read, "total")
        paid_at = self.read.moment("date_paid_gmt")
        if amount <= 0 or (paid_at is None and self.status not in (COMPLETED, "refunded")):
            return ()
        name = self.read.text("payment_method", 100).casefold()
        number = self.read.text("transaction_id", 200)
        # Only Stripe's own numbers can be paid back through Stripe.
        is_stripe = "stripe" in name and number.startswith(("ch_", "pi_"))
        method = next((each.value for word, each in METHODS if word in name), "OTHER")
        payment = PaymentData(
            amount=amount,
            captured_at=paid_at or placed,
            method=method,
            gateway="stripe" if is_stripe else "manual",
            external_id=number,
        )
        return (payment,)

    def _customer(self) -> CustomerData | None:
        key = self.read.id("customer_id", needed=False)
        if not key:
            return None
        buyer = self.read.one("billing")
        return CustomerData(
            reference=customer_reference(self.source, key),
            email=buyer.text("email", 254),
            name=_name(buyer),
        )


def customer_reference(source: OrderSource, key: str) -> str:
    """Return how a customer of a shop is called here; other shops count from 1 too."""
    return f"woocommerce-{source.pk}-{key}"


def _name(read: Reader) -> str:
    return " ".join(filter(None, (read.text("first_name", 99), read.text("last_name", 99))))


def _image(item: Reader) -> str:
    found = item.one("image").text("src", 500) if item.has("image") else ""
    return found if found.startswith("https:") else ""


def _address(read: Reader) -> AddressData:
    return AddressData(
        name=_name(read),
        company=read.text("company", 200),
        line1=read.text("address_1", 200),
        line2=read.text("address_2", 200),
        postal_code=read.text("postcode", 200),
        city=read.text("city", 200),
        region=read.text("state", 200),
        country=read.text("country", 10),
        phone=read.text("phone", 200),
    )
