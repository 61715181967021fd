"""Parcels on their way back: what is in each, its label, how it is tracked and how far it is."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from returns.models.receiving import ReverseFulfillment, ReverseFulfillmentLine
from returns.models.returns import Return


class ParcelState(models.TextChoices):
    """How far a parcel back is, in the order in which it gets there."""

    LABEL_MADE = "LABEL_MADE", _("Not handed in yet")
    HANDED_IN = "HANDED_IN", _("Handed in")
    IN_TRANSIT = "IN_TRANSIT", _("In transit")
    ARRIVED = "ARRIVED", _("Arrived")


# Parcels that somebody else carries right now.
ON_THE_WAY = (ParcelState.HANDED_IN, ParcelState.IN_TRANSIT)


class LabelType(models.TextChoices):
    """What a label's file is, as its media type."""

    PDF = "application/pdf", _("PDF")
    PNG = "image/png", _("PNG")


def label_path(_parcel: "ReverseDelivery", name: str) -> str:
    """Return where a label is stored: a name that cannot be guessed, with the ending of `name`."""
    return f"labels/{uuid.uuid4().hex}{name[name.rfind('.') :] if '.' in name else ''}"


class ReverseDelivery(models.Model):
    """One parcel to the location of a reverse fulfilment. Named as in Shopify's API.

    A label is a file of ours, or a link to somebody else's, or (with `adapter`) still to be made.
    """

    for_return = models.ForeignKey(
        Return, on_delete=models.CASCADE, related_name="parcels", verbose_name=_("return")
    )
    reverse_fulfillment = models.ForeignKey(
        ReverseFulfillment,
        on_delete=models.CASCADE,
        related_name="parcels",
        verbose_name=_("reverse fulfilment"),
    )
    number = models.PositiveIntegerField(_("number"), help_text=_("Counted per return from 1."))
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    state = models.CharField(
        _("state"), max_length=20, choices=ParcelState, default=ParcelState.LABEL_MADE
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    handed_in_at = models.DateTimeField(_("handed in at"), null=True, blank=True)
    in_transit_at = models.DateTimeField(_("in transit since"), null=True, blank=True)
    arrived_at = models.DateTimeField(_("arrived at"), null=True, blank=True)
    weight_grams = models.PositiveIntegerField(_("weight in grams"), null=True, blank=True)

    carrier = models.CharField(
        _("carrier's code"), max_length=30, blank=True, help_text=_("Empty for an unknown one.")
    )
    carrier_name = models.CharField(_("carrier"), max_length=100, blank=True)
    tracking_number = models.CharField(_("tracking number"), max_length=100, blank=True)
    tracking_url = models.URLField(_("tracking link"), max_length=500, blank=True)

    label = models.FileField(_("label"), upload_to=label_path, max_length=200, blank=True)
    label_type = models.CharField(
        _("kind of file"), max_length=20, choices=LabelType, blank=True, default=""
    )
    label_url = models.URLField(_("link to the label"), max_length=500, blank=True)
    labeled_at = models.DateTimeField(_("label since"), null=True, blank=True)
    relabeled_at = models.DateTimeField(_("label changed at"), null=True, blank=True)
    # The adapter of `returns.parcels.carriers` that makes the label, and why it could not so far.
    adapter = models.CharField(_("label made by"), max_length=30, blank=True)
    label_failure = models.CharField(_("why there is no label"), max_length=500, blank=True)
    # Who makes a label says so first, so that two jobs do not both buy one.
    label_claimed_at = models.DateTimeField(null=True, blank=True, editable=False)
    # When the carrier was last asked how far the parcel is.
    asked_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("parcel back")
        verbose_name_plural = _("parcels back")
        ordering = ("number",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["for_return", "number"], name="returns_reversedelivery_number_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=ParcelState.values),
                name="returns_reversedelivery_state_known",
            ),
            models.CheckConstraint(
                condition=models.Q(state="ARRIVED", arrived_at__isnull=False)
                | models.Q(state="IN_TRANSIT", arrived_at__isnull=True, in_transit_at__isnull=False)
                | models.Q(
                    state="HANDED_IN",
                    arrived_at__isnull=True,
                    in_transit_at__isnull=True,
                    handed_in_at__isnull=False,
                )
                | models.Q(
                    state="LABEL_MADE",
                    arrived_at__isnull=True,
                    in_transit_at__isnull=True,
                    handed_in_at__isnull=True,
                ),
                name="returns_reversedelivery_times_match_state",
            ),
            models.CheckConstraint(
                condition=models.Q(label="", label_type="")
                | (~models.Q(label="") & models.Q(label_type__in=LabelType.values, label_url="")),
                name="returns_reversedelivery_one_label",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["for_return"],
                name="returns_parcel_on_the_way",
                condition=models.Q(state__in=["HANDED_IN", "IN_TRANSIT"]),
            ),
            models.Index(
                fields=["tracking_number"],
                name="returns_parcel_tracking",
                condition=~models.Q(tracking_number=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.for_return_id}-P{self.number}"

    @property
    def has_label(self) -> bool:
        """Whether there is a label to print."""
        return bool(self.label or self.label_url)

    @property
    def awaits_label(self) -> bool:
        """Whether a label is still to be made."""
        return bool(self.adapter) and not self.has_label


class ReverseDeliveryLine(models.Model):
    """So many pieces of the work at a location that travel in one parcel."""

    delivery = models.ForeignKey(
        ReverseDelivery, on_delete=models.CASCADE, related_name="lines", verbose_name=_("parcel")
    )
    line = models.ForeignKey(
        ReverseFulfillmentLine,
        on_delete=models.CASCADE,
        related_name="delivery_lines",
        verbose_name=_("reverse fulfilment line"),
    )
    quantity = models.PositiveIntegerField(_("quantity"))

    class Meta:
        verbose_name = _("line of a parcel back")
        verbose_name_plural = _("lines of parcels back")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["delivery", "line"], name="returns_reversedeliveryline_once"
            ),
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0),
                name="returns_reversedeliveryline_quantity_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of work line {self.line_id}"
