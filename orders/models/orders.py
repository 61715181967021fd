"""Orders and their lines, as they came in from the shop."""

import uuid
from decimal import Decimal
from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders import taxes
from orders.models.customers import Customer
from orders.models.fields import (
    amount_field,
    currency_field,
    language_field,
    listing_field,
    listing_is_known,
)
from orders.models.products import Variant
from orders.models.stores import Store
from orders.taxes import Tax


class OrderQuerySet(models.QuerySet["Order"]):
    """The vocabulary of looking for orders."""

    def of_user(self, user_id: int, email: str) -> "OrderQuerySet":
        """Orders of a signed-in buyer: their customers' and guest orders with their address.

        `email` must be verified: who signs in has shown that mail to it arrives. Two selects
        joined by UNION, because PostgreSQL answers each from an index, but not both under one OR.
        """
        own = Order.objects.filter(customer__user_id=user_id)
        guest = Order.objects.alias(address=Lower("guest_email")).filter(
            customer__isnull=True, address=email.lower()
        )
        return self.filter(pk__in=own.values("pk").union(guest.values("pk")))

    def of_guest(self, number: str, email: str) -> "OrderQuerySet":
        """Orders with this number, of whichever store, whose mail goes to this address.

        The number counts with or without a leading `#`, both in any case. Guessing the number is
        easy, so a match says nothing until a code that was mailed to the address comes back.
        """
        reference = number.strip().lstrip("#").strip().lower()
        address = email.strip().lower()
        return self.alias(
            number=Lower("reference"),
            guest=Lower("guest_email"),
            registered=Lower("customer__email"),
        ).filter(
            models.Q(guest=address) | models.Q(guest_email="", registered=address),
            number__in=[reference, f"#{reference}"],
        )


class Order(models.Model):
    """One purchase in one currency.

    `reference` is the number that people read (`#1001` or the shop's own), unique in its store;
    `public_id` is what the storefront's addresses hold, because references can be guessed.
    """

    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, related_name="orders", verbose_name=_("store")
    )
    reference = models.CharField(_("reference"), max_length=100)
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        related_name="orders",
        verbose_name=_("customer"),
        null=True,
        blank=True,
    )
    guest_email = models.EmailField(_("e-mail address of a guest"), blank=True)
    language = language_field()
    currency = currency_field()
    channel = models.CharField(
        _("sales channel"), max_length=100, blank=True, help_text=_("As in web, pos or app.")
    )
    placed_at = models.DateTimeField(_("placed at"), default=timezone.now)
    canceled_at = models.DateTimeField(_("canceled at"), null=True, blank=True)
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True)
    # Keys: name, company, line1, line2, postal_code, city, region, country, phone.
    billing_address = models.JSONField(_("billing address"), default=dict, blank=True)
    shipping_address = models.JSONField(_("shipping address"), default=dict, blank=True)
    tax_included = models.BooleanField(_("prices include tax"), default=True)
    shipping_amount = amount_field(
        _("shipping"), default=0, help_text=_("As charged; includes tax where prices do.")
    )
    shipping_tax = amount_field(_("tax on shipping"), default=0)
    outstanding = amount_field(
        _("still to pay"), default=0, help_text=_("What the buyer had not paid when it came in.")
    )
    # A copy of the store's return terms at the time the order came in; changed afterwards only by a
    # person who applies a later policy (`returns.policies.reapplying`).
    return_terms = models.JSONField(_("return terms"), default=dict, blank=True, editable=False)
    return_listing = listing_field()
    return_listing_note = models.CharField(_("why"), max_length=500, blank=True)
    # The last number given to a return of this order; counted under the order's row lock.
    last_return_number = models.PositiveIntegerField(default=0, editable=False)
    # What an import wrote, as a digest: the same data again changes nothing.
    source_digest = models.CharField(max_length=64, blank=True, editable=False)
    imported_at = models.DateTimeField(default=timezone.now, editable=False)
    # Words to find it by: reference, names, addresses, SKUs, tracking numbers (orders/search.py).
    search = SearchVectorField(null=True, editable=False)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["store", "reference"], name="orders_order_reference_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(currency__regex=r"^[A-Z]{3}$"),
                name="orders_order_currency_code",
            ),
            models.CheckConstraint(
                condition=models.Q(shipping_amount__gte=0, shipping_tax__gte=0, outstanding__gte=0),
                name="orders_order_amounts_not_negative",
            ),
            listing_is_known("orders_order_return_listing_known"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["-placed_at", "-id"], name="orders_order_newest"),
            models.Index(fields=["store", "-placed_at", "-id"], name="orders_order_store_newest"),
            models.Index(Lower("reference"), name="orders_order_reference_lower"),
            models.Index(Lower("guest_email"), name="orders_order_guest_email"),
            GinIndex(fields=["search"], name="orders_order_search"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def email(self) -> str:
        """Where mail about this order goes; empty when the shop sent no address."""
        if self.guest_email or self.customer is None:
            return self.guest_email
        return self.customer.email

    @property
    def buyer_name(self) -> str:
        """The buyer's name as far as known: the customer's, else of an address."""
        if self.customer is not None and self.customer.name:
            return self.customer.name
        return str(self.shipping_address.get("name") or self.billing_address.get("name") or "")


class BundleKind(models.TextChoices):
    """How the parts of a bundle go back."""

    NONE = "NONE", _("No bundle")
    FIXED = "FIXED", _("Product bundle: goes back whole")
    CONFIGURABLE = "CONFIGURABLE", _("Configurable bundle: each item by itself")


class OrderLine(models.Model):
    """So many pieces of one article, at one price.

    A bundle is a parent line with `bundle_kind` and part lines that name it in `bundle_parent`.
    A FIXED bundle has its price on the parent and parts at 0; a CONFIGURABLE one the other way.
    Paid for the line: unit_price x quantity - discount_total, + tax_total unless included.
    """

    order = models.ForeignKey(
        Order, on_delete=models.CASCADE, related_name="lines", verbose_name=_("order")
    )
    position = models.PositiveIntegerField(_("position"))
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    external_id = models.CharField(_("the shop's own id"), max_length=100, blank=True)
    variant = models.ForeignKey(
        Variant,
        on_delete=models.SET_NULL,
        related_name="order_lines",
        verbose_name=_("variant"),
        null=True,
        blank=True,
    )
    sku = models.CharField(_("SKU"), max_length=100, blank=True)
    title = models.CharField(_("title"), max_length=255)
    options = models.JSONField(_("options"), default=dict, blank=True)
    image = models.CharField(_("picture"), max_length=500, blank=True)
    quantity = models.PositiveIntegerField(_("quantity"))
    unit_price = amount_field(_("unit price"))
    discount_total = amount_field(
        _("discounts"), default=0, help_text=_("Of the line and its share of the order's.")
    )
    tax_total = amount_field(_("tax"), default=0)
    # The same tax one by one, where the shop tells (orders/taxes.py): title, rate and amount.
    taxes = models.JSONField(_("taxes"), default=list, blank=True)
    bundle_kind = models.CharField(
        _("bundle"), max_length=20, choices=BundleKind, default=BundleKind.NONE
    )
    bundle_parent = models.ForeignKey(
        "self",
        on_delete=models.CASCADE,
        related_name="bundle_parts",
        verbose_name=_("part of the bundle"),
        null=True,
        blank=True,
    )
    final_sale = models.BooleanField(_("final sale"), default=False)
    personalised = models.BooleanField(_("made to the buyer's order"), default=False)
    is_goods = models.BooleanField(
        _("goods"), default=True, help_text=_("Off for services, fees and gift cards.")
    )
    from_exchange = models.BooleanField(
        _("from an exchange"),
        default=False,
        editable=False,
        help_text=_("Added here; imports of the order leave it alone."),
    )
    # Changed only under the order's row lock. What returns paid back is counted on their lines.
    refunded_quantity = models.PositiveIntegerField(
        _("refunded without a return"), default=0, editable=False
    )
    # Pieces that will never be sent, because they were canceled here; under the same lock.
    canceled_quantity = models.PositiveIntegerField(
        _("canceled before it was sent"), default=0, editable=False
    )
    # What the rules of the store's policy decided when the line came in, where that differs from
    # the order's terms; written by `returns`, which alone knows what it means.
    return_terms = models.JSONField(_("return terms"), default=dict, blank=True, editable=False)

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        ordering = ("position",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["order", "position"], name="orders_orderline_position_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0), name="orders_orderline_quantity_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(refunded_quantity__lte=models.F("quantity")),
                name="orders_orderline_refunded_at_most_bought",
            ),
            models.CheckConstraint(
                condition=models.Q(canceled_quantity__lte=models.F("quantity")),
                name="orders_orderline_canceled_at_most_bought",
            ),
            models.CheckConstraint(
                condition=models.Q(unit_price__gte=0, discount_total__gte=0, tax_total__gte=0),
                name="orders_orderline_amounts_not_negative",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    discount_total__lte=models.F("unit_price") * models.F("quantity")
                ),
                name="orders_orderline_discount_at_most_price",
            ),
            models.CheckConstraint(
                condition=models.Q(bundle_kind__in=BundleKind.values),
                name="orders_orderline_bundle_kind_known",
            ),
            models.CheckConstraint(
                condition=models.Q(bundle_parent__isnull=True)
                | models.Q(bundle_kind=BundleKind.NONE),
                name="orders_orderline_bundles_do_not_nest",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.title}"

    @property
    def options_text(self) -> str:
        """The chosen options in one line, as in `Size: M, Colour: red`."""
        return ", ".join(f"{name}: {value}" for name, value in self.options.items())

    @property
    def tax_parts(self) -> tuple[Tax, ...]:
        """The line's taxes one by one; empty where the shop does not tell them apart."""
        return taxes.from_json(self.taxes)

    @property
    def subtotal(self) -> Decimal:
        """Price of all pieces after discounts, in the order's currency, as charged."""
        return self.unit_price * self.quantity - self.discount_total
