"""What goes back with a return, line by line."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.models import FulfillmentLine
from returns.models.reasons import ReturnReason
from returns.models.resolutions import Resolution
from returns.models.returns import Return


class ReturnLine(models.Model):
    """So many pieces of one fulfilment line, going back for one reason.

    quantity = processed + unprocessed; removed pieces have left `quantity`. The first `quantity` of
    `pieces` are those that it holds. resolution: what was asked for in place of the pieces; staff
    may still agree on something else.
    """

    for_return = models.ForeignKey(
        Return, on_delete=models.CASCADE, related_name="lines", verbose_name=_("return")
    )
    fulfillment_line = models.ForeignKey(
        FulfillmentLine,
        on_delete=models.PROTECT,
        related_name="return_lines",
        verbose_name=_("fulfilment line"),
    )
    reason = models.ForeignKey(
        ReturnReason,
        on_delete=models.PROTECT,
        related_name="return_lines",
        verbose_name=_("reason"),
    )
    resolution = models.CharField(
        _("what was asked for"), max_length=20, choices=Resolution, default=Resolution.MONEY
    )
    quantity = models.PositiveIntegerField(_("quantity"))
    removed_quantity = models.PositiveIntegerField(_("removed"), default=0)
    # Which pieces of the order line, counted from 0 (returns/pieces.py); removed ones come last.
    pieces = ArrayField(models.PositiveIntegerField(), default=list, blank=True, editable=False)
    processed_quantity = models.PositiveIntegerField(_("processed"), default=0)
    # Of the processed ones: another system only said what became of them, and processes them later.
    disposed_ahead_quantity = models.PositiveIntegerField(_("disposed ahead"), default=0)
    missing_quantity = models.PositiveIntegerField(_("missing"), default=0)
    restocked_quantity = models.PositiveIntegerField(_("restocked"), default=0)
    kept_quantity = models.PositiveIntegerField(_("kept by the buyer"), default=0)
    shipped_back_quantity = models.PositiveIntegerField(_("sent back to the buyer"), default=0)
    refunded_quantity = models.PositiveIntegerField(_("refunded"), default=0)
    customer_note = models.CharField(_("the buyer's words"), max_length=300, blank=True)
    # What `returns.reasons.questions` made of them: wording and answer as the buyer read and gave
    # them.
    answers = models.JSONField(_("answers"), default=list, blank=True)
    reason_note = models.CharField(_("words for the reason"), max_length=255, blank=True)

    class Meta:
        verbose_name = _("return line")
        verbose_name_plural = _("return lines")
        ordering = ("id",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(
                    processed_quantity__lte=models.F("quantity"),
                    disposed_ahead_quantity__lte=models.F("processed_quantity"),
                    processed_quantity__gte=models.F("missing_quantity")
                    + models.F("restocked_quantity")
                    + models.F("kept_quantity")
                    + models.F("shipped_back_quantity"),
                    quantity__gte=models.F("refunded_quantity") + models.F("shipped_back_quantity"),
                ),
                name="returns_returnline_counters_in_range",
            ),
            models.CheckConstraint(
                condition=models.Q(resolution__in=Resolution.values),
                name="returns_returnline_resolution_known",
            ),
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0) | models.Q(removed_quantity__gt=0),
                name="returns_returnline_not_empty",
            ),
            models.CheckConstraint(
                condition=models.Q(pieces__len=models.F("quantity") + models.F("removed_quantity")),
                name="returns_returnline_pieces_complete",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of fulfilment line {self.fulfillment_line_id}"

    @property
    def words(self) -> str:
        """What was said about it: by the buyer, else by who asked in their place."""
        return self.customer_note or self.reason_note

    @property
    def held_pieces(self) -> list[int]:
        """The numbers of its pieces within the order line."""
        return list(self.pieces[: self.quantity])

    @property
    def unprocessed_quantity(self) -> int:
        """Pieces that have not been received yet."""
        return self.quantity - self.processed_quantity

    @property
    def removable_quantity(self) -> int:
        """Pieces that were neither received nor paid back, and so can be taken out."""
        return self.quantity - max(self.processed_quantity, self.refunded_quantity)

    @property
    def refundable_quantity(self) -> int:
        """Pieces that can still be paid back: what went back to the buyer never is."""
        return self.quantity - self.refunded_quantity - self.shipped_back_quantity

    @property
    def is_repair(self) -> bool:
        """Whether its pieces are to be repaired and sent back."""
        return self.resolution == Resolution.REPAIR

    @property
    def owed_quantity(self) -> int:
        """Pieces that are to be paid back if they come: none that are repaired and sent back."""
        return 0 if self.is_repair else self.refundable_quantity

    @property
    def repairable_quantity(self) -> int:
        """Received pieces that are to be repaired and sent back, and have not been."""
        return self.refusable_quantity if self.is_repair else 0

    @property
    def on_hand_quantity(self) -> int:
        """Received pieces that lie in the warehouse apart from its stock."""
        return (
            self.processed_quantity
            - self.missing_quantity
            - self.restocked_quantity
            - self.kept_quantity
            - self.shipped_back_quantity
        )

    @property
    def refusable_quantity(self) -> int:
        """Pieces on hand that were not paid back, and so can go back to the buyer."""
        return max(min(self.on_hand_quantity, self.refundable_quantity), 0)
