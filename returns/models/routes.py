"""Which location takes which goods back."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.models import Location, Product, Store


class ReturnRoute(models.Model):
    """A rule: goods of this store that fit go back to this location.

    An empty condition fits everything. The first rule by `position` that fits decides; without
    one the goods go to the store's location for returns.
    """

    store = models.ForeignKey(
        Store, on_delete=models.CASCADE, related_name="return_routes", verbose_name=_("store")
    )
    position = models.PositiveIntegerField(
        _("position"), default=0, help_text=_("The first rule that fits decides.")
    )
    product = models.ForeignKey(
        Product,
        on_delete=models.CASCADE,
        related_name="return_routes",
        verbose_name=_("product"),
        null=True,
        blank=True,
    )
    product_type = models.CharField(_("type of product"), max_length=200, blank=True)
    country = models.CharField(
        _("country of the buyer"),
        max_length=2,
        blank=True,
        validators=[RegexValidator(r"^[A-Z]{2}$", _("Two letters, such as DE."))],
        help_text=_("Two letters, such as DE. Empty for all."),
    )
    location = models.ForeignKey(
        Location,
        on_delete=models.PROTECT,
        related_name="return_routes",
        verbose_name=_("goes back to"),
    )

    class Meta:
        verbose_name = _("return route")
        verbose_name_plural = _("return routes")
        ordering = ("store__name", "position", "pk")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(product__isnull=True) | models.Q(product_type=""),
                name="returns_returnroute_product_or_type",
            ),
            models.CheckConstraint(
                condition=models.Q(country="") | models.Q(country__regex=r"^[A-Z]{2}$"),
                name="returns_returnroute_country_code",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.store}: {self.location}"

    def clean(self) -> None:
        """Refuse a product together with a type of product."""
        if self.product_id and self.product_type:
            raise ValidationError({"product_type": _("Choose a product or a type, not both.")})
