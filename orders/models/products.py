"""What the shop sells, and how much of it lies where."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.models.fields import amount_field, tags_field
from orders.models.stores import Location


class Product(models.Model):
    """Something for sale, in one or more variants."""

    handle = models.SlugField(_("handle"), max_length=255, unique=True)
    title = models.CharField(_("title"), max_length=255)
    vendor = models.CharField(_("vendor"), max_length=200, blank=True)
    product_type = models.CharField(_("type"), max_length=200, blank=True)
    tags = tags_field()
    image = models.CharField(
        _("picture"),
        max_length=500,
        blank=True,
        help_text=_("An address that starts with https:, or a path below the static files."),
    )
    final_sale = models.BooleanField(_("final sale"), default=False)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["title", "id"], name="orders_product_title"),
        ]

    def __str__(self) -> str:
        return self.title


class Variant(models.Model):
    """One article that can be put on a shelf: a product in one size, colour and so on."""

    product = models.ForeignKey(
        Product, on_delete=models.CASCADE, related_name="variants", verbose_name=_("product")
    )
    sku = models.CharField(_("SKU"), max_length=100, unique=True)
    barcode = models.CharField(_("barcode"), max_length=100, blank=True, db_index=True)
    options = models.JSONField(
        _("options"), default=dict, blank=True, help_text=_('As in {"Size": "M"}.')
    )
    price = amount_field(_("price"), default=0)

    class Meta:
        verbose_name = _("variant")
        verbose_name_plural = _("variants")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(price__gte=0), name="orders_variant_price_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return self.sku


class StockLevel(models.Model):
    """How many pieces of a variant can be sold from a location."""

    variant = models.ForeignKey(
        Variant, on_delete=models.CASCADE, related_name="stock_levels", verbose_name=_("variant")
    )
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="stock_levels", verbose_name=_("location")
    )
    # May fall below zero: shops oversell, and an import tells what is.
    available = models.IntegerField(_("available pieces"), default=0)
    # Of these, held for somebody. More than are available only after an import took some away.
    reserved = models.PositiveIntegerField(_("reserved pieces"), default=0)

    class Meta:
        verbose_name = _("stock level")
        verbose_name_plural = _("stock levels")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["variant", "location"], name="orders_stocklevel_one_per_location"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.variant_id}@{self.location_id}: {self.available}"

    @property
    def free(self) -> int:
        """Pieces that can still be promised to somebody; below 0 when the shop oversold."""
        return self.available - self.reserved
