"""Fields that several models share, so that all money and quantities are stored alike."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

# 4 decimals hold every ISO 4217 currency (at most 4 digits: CLF, UYW); rounding to a currency's own
# digits happens in orders/money.py, never here.
AMOUNT_DIGITS = {"max_digits": 19, "decimal_places": 4}

currency_code = RegexValidator(r"^[A-Z]{3}$", _("Three capital letters, as in EUR."))
country_code = RegexValidator(r"^[A-Z]{2}$", _("Two capital letters, as in DE."))


def amount_field(verbose_name: Any, **options: Any) -> "models.DecimalField[Decimal, Decimal]":
    """Return a field for an amount of money in the currency of its order (major units)."""
    if "default" in options:
        # A number that was never stored is to reckon like one that comes from the database.
        options["default"] = Decimal(options["default"])
    return models.DecimalField(verbose_name, **{**AMOUNT_DIGITS, **options})


def currency_field() -> "models.CharField[Any, Any]":
    """Return a field for an ISO 4217 code."""
    return models.CharField(_("currency"), max_length=3, validators=[currency_code])


def language_field(**options: Any) -> "models.CharField[Any, Any]":
    """Return a field for a language that texts are written in (IETF tag, such as `de`).

    Not limited to the languages of the sites: an order may come in any; readers fall back.
    """
    options = {"max_length": 35, "default": settings.LANGUAGE_CODE, **options}
    return models.CharField(_("language"), **options)


class AddressFields(models.Model):
    """A postal address as columns; as many lines as an envelope needs."""

    company = models.CharField(_("company or name"), max_length=200, blank=True)
    line1 = models.CharField(_("street and number"), max_length=200, blank=True)
    line2 = models.CharField(_("address line 2"), max_length=200, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    region = models.CharField(_("region"), max_length=100, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True, validators=[country_code])

    class Meta:
        abstract = True


TAG_LENGTH = 100


class ReturnListing(models.TextChoices):
    """What a person decided about the returns of one customer or order, past the policy."""

    NONE = "", _("as the policy says")
    ALLOW = "ALLOW", _("allowed whatever the policy says")
    BLOCK = "BLOCK", _("blocked: staff alone create returns")


def tags_field() -> "ArrayField[list[str], list[str]]":
    """Return a column for the words that the shop sorts things by."""
    return ArrayField(
        models.CharField(max_length=TAG_LENGTH), verbose_name=_("tags"), default=list, blank=True
    )


def listing_field() -> "models.CharField[str, str]":
    """Return a column for a `ReturnListing`."""
    return models.CharField(
        _("returns are"), max_length=10, choices=ReturnListing, default="", blank=True
    )


def listing_is_known(name: str) -> models.CheckConstraint:
    """Return the constraint that a `listing_field` needs."""
    return models.CheckConstraint(
        condition=models.Q(return_listing__in=ReturnListing.values), name=name
    )
