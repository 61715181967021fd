"""Factories of believable rows. Each keeps the counters that the domain's verbs would keep.

`sent_order()` is the shortest way to an order whose goods can go back.
"""

import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

import factory
from django.db.models import Model
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts.models import User
from orders.models import (
    BundleKind,
    Customer,
    Fulfillment,
    FulfillmentLine,
    Location,
    Order,
    OrderLine,
    Payment,
    PaymentMethod,
    Product,
    StockLevel,
    Store,
    Variant,
)
from returns.models import Return, ReturnLine, ReturnPolicy, ReturnReason, ReturnStatus
from returns.models.states import LIVE

Row = TypeVar("Row", bound=Model)


class ModelFactory(DjangoModelFactory[Row]):
    """What all factories here are; calling one gives a row, which factory-boy does not declare."""

    class Meta:
        abstract = True

    if TYPE_CHECKING:

        def __new__(cls, *args: Any, **kwargs: Any) -> Row: ...  # type: ignore[misc]


class UserFactory(ModelFactory[User]):
    """A login; staff when given `roles=[Role.SUPPORT]` and the like. Its password is `password`."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda number: f"person{number}@example.com")
    name = factory.Sequence(lambda number: f"Person {number}")
    password = factory.django.Password("password")


class LocationFactory(ModelFactory[Location]):
    class Meta:
        model = Location

    code = factory.Sequence(lambda number: f"warehouse-{number}")
    name = factory.Sequence(lambda number: f"Warehouse {number}")
    company = "Linden & Lark Returns"
    line1 = "Speicherstraße 12"
    postal_code = "20457"
    city = "Hamburg"
    country = "DE"


class StoreFactory(ModelFactory[Store]):
    class Meta:
        model = Store

    code = factory.Sequence(lambda number: f"store-{number}")
    name = "Linden & Lark"
    language = "en"
    currency = "EUR"
    time_zone = "Europe/Berlin"
    email = "service@linden-lark.example"
    return_location = factory.SubFactory(LocationFactory)
    company = "Linden & Lark GmbH"
    line1 = "Lindenallee 4"
    postal_code = "10115"
    city = "Berlin"
    country = "DE"


class ReturnPolicyFactory(ModelFactory[ReturnPolicy]):
    class Meta:
        model = ReturnPolicy

    store = factory.SubFactory(StoreFactory)


class CustomerFactory(ModelFactory[Customer]):
    class Meta:
        model = Customer

    reference = factory.Sequence(lambda number: f"C-{number:05}")
    email = factory.Sequence(lambda number: f"buyer{number}@example.com")
    name = "Ada Winter"
    language = "en"


class ProductFactory(ModelFactory[Product]):
    class Meta:
        model = Product

    handle = factory.Sequence(lambda number: f"linen-shirt-{number}")
    title = "Linen shirt"
    vendor = "Linden & Lark"
    product_type = "Shirts"


class VariantFactory(ModelFactory[Variant]):
    class Meta:
        model = Variant

    product = factory.SubFactory(ProductFactory)
    sku = factory.Sequence(lambda number: f"LS-{number:04}-M")
    options = factory.LazyFunction(lambda: {"Size": "M", "Colour": "Sage"})
    price = Decimal("49.90")


class StockLevelFactory(ModelFactory[StockLevel]):
    class Meta:
        model = StockLevel

    variant = factory.SubFactory(VariantFactory)
    location = factory.SubFactory(LocationFactory)
    available = 10


class OrderFactory(ModelFactory[Order]):
    """An order of a customer with an address; a guest's with `customer=None, guest_email=…`."""

    class Meta:
        model = Order

    store = factory.SubFactory(StoreFactory)
    reference = factory.Sequence(lambda number: f"#{1001 + number}")
    customer = factory.SubFactory(CustomerFactory)
    language = factory.SelfAttribute("store.language")
    currency = factory.SelfAttribute("store.currency")
    placed_at = factory.LazyFunction(lambda: timezone.now() - datetime.timedelta(days=10))
    shipping_address = factory.LazyFunction(
        lambda: {
            "name": "Ada Winter",
            "line1": "Rosenweg 7",
            "postal_code": "50667",
            "city": "Köln",
            "country": "DE",
        }
    )


class OrderLineFactory(ModelFactory[OrderLine]):
    """A line for a variant of its own, whose title, SKU, options and price it repeats."""

    class Meta:
        model = OrderLine

    order = factory.SubFactory(OrderFactory)
    position = factory.LazyAttribute(lambda line: line.order.lines.count() + 1)
    variant = factory.SubFactory(VariantFactory)
    sku = factory.LazyAttribute(lambda line: line.variant.sku if line.variant else "")
    title = factory.LazyAttribute(
        lambda line: line.variant.product.title if line.variant else "Linen shirt"
    )
    options = factory.LazyAttribute(lambda line: dict(line.variant.options) if line.variant else {})
    quantity = 1
    unit_price = factory.LazyAttribute(
        lambda line: line.variant.price if line.variant else Decimal("49.90")
    )


class FulfillmentFactory(ModelFactory[Fulfillment]):
    """A parcel that arrived 5 days ago."""

    class Meta:
        model = Fulfillment

    order = factory.SubFactory(OrderFactory)
    number = factory.LazyAttribute(lambda parcel: parcel.order.fulfillments.count() + 1)
    shipped_at = factory.LazyFunction(lambda: timezone.now() - datetime.timedelta(days=8))
    delivered_at = factory.LazyAttribute(
        lambda parcel: parcel.shipped_at + datetime.timedelta(days=3)
    )


class FulfillmentLineFactory(ModelFactory[FulfillmentLine]):
    """All pieces of an order line, in a parcel of their own unless given one."""

    class Meta:
        model = FulfillmentLine

    order_line = factory.SubFactory(OrderLineFactory)
    fulfillment = factory.SubFactory(
        FulfillmentFactory, order=factory.SelfAttribute("..order_line.order")
    )
    quantity = factory.SelfAttribute("order_line.quantity")


class PaymentFactory(ModelFactory[Payment]):
    class Meta:
        model = Payment

    order = factory.SubFactory(OrderFactory)
    method = PaymentMethod.CARD
    amount = Decimal("49.90")


class ReturnReasonFactory(ModelFactory[ReturnReason]):
    """One of the reasons that every installation starts with, or a new one."""

    class Meta:
        model = ReturnReason
        django_get_or_create = ("handle",)

    handle = "too-small"
    names = factory.LazyAttribute(lambda reason: {"en": reason.handle.replace("-", " ")})


class ReturnFactory(ModelFactory[Return]):
    """An approved return without lines yet; another state with `status=`."""

    class Meta:
        model = Return

    order = factory.SubFactory(OrderFactory)
    store = factory.SelfAttribute("order.store")
    number = factory.LazyAttribute(lambda return_: return_.order.last_return_number + 1)
    reference = factory.LazyAttribute(
        lambda return_: f"{return_.order.reference}-R{return_.number}"
    )
    status = ReturnStatus.OPEN
    language = factory.SelfAttribute("order.language")
    created_at = factory.LazyFunction(timezone.now)
    approved_at = factory.LazyAttribute(
        lambda return_: (
            return_.created_at
            if return_.status in (ReturnStatus.OPEN, ReturnStatus.CLOSED)
            else None
        )
    )
    send_by = factory.LazyAttribute(
        lambda return_: (
            return_.approved_at.astimezone(return_.store.zone).date() + datetime.timedelta(days=14)
            if return_.approved_at
            else None
        )
    )
    closed_at = factory.LazyAttribute(
        lambda return_: return_.created_at if return_.status == ReturnStatus.CLOSED else None
    )

    @classmethod
    def _create(cls, model_class: type[Return], *args: Any, **kwargs: Any) -> Return:
        return_ = super()._create(model_class, *args, **kwargs)
        return_.order.last_return_number = return_.number
        return_.order.save(update_fields=["last_return_number"])
        return return_


class ReturnLineFactory(ModelFactory[ReturnLine]):
    """One piece of a line of the return's order, counted in its return and fulfilment line."""

    class Meta:
        model = ReturnLine

    for_return = factory.SubFactory(ReturnFactory)
    fulfillment_line = factory.SubFactory(
        FulfillmentLineFactory,
        order_line__order=factory.SelfAttribute("...for_return.order"),
        order_line__quantity=factory.SelfAttribute("...quantity"),
    )
    reason = factory.SubFactory(ReturnReasonFactory)
    quantity = 1
    pieces = factory.LazyAttribute(
        lambda line: list(range(line.quantity + getattr(line, "removed_quantity", 0)))
    )

    @classmethod
    def _create(cls, model_class: type[ReturnLine], *args: Any, **kwargs: Any) -> ReturnLine:
        line = super()._create(model_class, *args, **kwargs)
        line.for_return.total_quantity += line.quantity
        line.for_return.processed_quantity += line.processed_quantity
        line.for_return.refunded_quantity += line.refunded_quantity
        line.for_return.save(
            update_fields=["total_quantity", "processed_quantity", "refunded_quantity"]
        )
        if line.for_return.status in LIVE:
            line.fulfillment_line.returning_quantity += line.quantity
            line.fulfillment_line.save(update_fields=["returning_quantity"])
        return line


def sent_order(*quantities: int, delivered: bool = True, **order: Any) -> Order:
    """Return a paid order with a line per quantity (default: one piece), all sent in one parcel.

    `order` are fields of the order. The parcel arrived 5 days ago, or is still on its way.
    """
    made = OrderFactory(**order)
    parcel = FulfillmentFactory(order=made, **({} if delivered else {"delivered_at": None}))
    for quantity in quantities or (1,):
        line = OrderLineFactory(order=made, quantity=quantity)
        FulfillmentLineFactory(order_line=line, fulfillment=parcel)
    paid = sum((line.subtotal for line in made.lines.all()), made.shipping_amount)
    PaymentFactory(order=made, amount=paid, captured_at=made.placed_at)
    return made


def sent_bundle(
    order: Order, *, quantity: int = 1, per_bundle: Sequence[int] = (1, 1)
) -> tuple[OrderLine, list[OrderLine]]:
    """Add a product bundle to an order, sent and delivered; return its line and its parts' lines.

    per_bundle: pieces of each part in one bundle. The price is the bundle's, the parts are free.
    """
    bundle = OrderLineFactory(
        order=order, quantity=quantity, variant=None, title="Gift set", bundle_kind=BundleKind.FIXED
    )
    FulfillmentLineFactory(order_line=bundle)
    parts = [
        OrderLineFactory(
            order=order, quantity=quantity * each, unit_price=Decimal(0), bundle_parent=bundle
        )
        for each in per_bundle
    ]
    return bundle, parts
