"""The people who buy."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.models.fields import (
    language_field,
    listing_field,
    listing_is_known,
    tags_field,
)


class Customer(models.Model):
    """A buyer as the shop knows them; a login is optional and may cover several customers."""

    reference = models.CharField(_("reference"), max_length=100, unique=True)
    email = models.EmailField(_("e-mail address"), blank=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
    language = language_field()
    group = models.CharField(_("group"), max_length=100, blank=True)
    tags = tags_field()
    return_listing = listing_field()
    return_listing_note = models.CharField(_("why"), max_length=500, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        related_name="customers",
        verbose_name=_("login"),
        null=True,
        blank=True,
    )

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            listing_is_known("orders_customer_return_listing_known"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(models.functions.Lower("email"), name="orders_customer_email"),
        ]

    def __str__(self) -> str:
        return self.name or self.email or self.reference
