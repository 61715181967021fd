"""The shops that sell, and the places that goods lie at and come back to."""

import zoneinfo
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.models.fields import AddressFields, currency_field, language_field


class PageSize(models.TextChoices):
    """The paper that a store prints on."""

    A4 = "A4", _("A4")
    LETTER = "LETTER", _("US Letter")


class RefundSplit(models.TextChoices):
    """How a refund is shared out to the payments of an order that was paid with several."""

    IN_ORDER = "IN_ORDER", _("first payment first")
    PROPORTIONAL = "PROPORTIONAL", _("in proportion to what is left on each")


def validate_time_zone(name: str) -> None:
    """Raise ValidationError unless `name` is in the IANA time zone database."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("Unknown time zone: %(name)s."), params={"name": name})


class Location(AddressFields):
    """A warehouse or shop that holds stock and may take returns."""

    code = models.SlugField(_("code"), unique=True, max_length=50)
    name = models.CharField(_("name"), max_length=200)
    accepts_returns = models.BooleanField(_("takes returns"), default=True)

    class Meta:
        verbose_name = _("location")
        verbose_name_plural = _("locations")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Store(AddressFields):
    """One shop front: a brand with its own currency, language, time zone and return terms."""

    code = models.SlugField(_("code"), unique=True, max_length=50)
    name = models.CharField(_("name"), max_length=200)
    language = language_field()
    currency = currency_field()
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[validate_time_zone]
    )
    email = models.EmailField(_("e-mail address for customers"), blank=True)
    page_size = models.CharField(_("paper"), max_length=10, choices=PageSize, default=PageSize.A4)
    return_location = models.ForeignKey(
        Location,
        on_delete=models.PROTECT,
        related_name="stores",
        verbose_name=_("location that takes returns"),
        null=True,
        blank=True,
    )
    refund_split = models.CharField(
        _("refunds to several payments"),
        max_length=20,
        choices=RefundSplit,
        default=RefundSplit.IN_ORDER,
        help_text=_("What is proposed; whoever refunds may share it out otherwise."),
    )
    decide_days = models.PositiveSmallIntegerField(
        _("decide on requests within"),
        default=2,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text=_("Days. Requests that wait longer show as late."),
    )
    refund_days = models.PositiveSmallIntegerField(
        _("pay back within"),
        default=14,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text=_("Days after the goods came. What waits longer shows as late."),
    )
    # What `returns` says of going back, as data that this app only copies onto new orders.
    return_terms = models.JSONField(_("return terms"), default=dict, blank=True, editable=False)
    # The version of the policy whose rules decide on the lines of new orders; empty without rules.
    return_version = models.PositiveIntegerField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("store")
        verbose_name_plural = _("stores")
        ordering = ("name",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(page_size__in=PageSize.values),
                name="orders_store_page_size_known",
            ),
            models.CheckConstraint(
                condition=models.Q(refund_split__in=RefundSplit.values),
                name="orders_store_refund_split_known",
            ),
            models.CheckConstraint(
                condition=models.Q(currency__regex=r"^[A-Z]{3}$"),
                name="orders_store_currency_code",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The store's time zone, in which its days begin and end."""
        return zoneinfo.ZoneInfo(self.time_zone)
