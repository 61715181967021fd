"""In what condition pieces come back: data that the shop edits, with names per language."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from returns.models.names import Named


class DispositionType(models.TextChoices):
    """What became of a piece. Names as in Shopify's ReverseFulfillmentOrderDispositionType."""

    RESTOCKED = "RESTOCKED", _("Back in stock")
    NOT_RESTOCKED = "NOT_RESTOCKED", _("Not put back in stock")
    PROCESSING_REQUIRED = "PROCESSING_REQUIRED", _("Needs work")
    MISSING = "MISSING", _("Missing")


class GradeQuerySet(models.QuerySet["Grade"]):
    """The vocabulary of looking for grades."""

    def offered(self) -> "GradeQuerySet":
        """Grades of pieces that are there, from the best to the worst."""
        return self.filter(active=True).exclude(disposition=DispositionType.MISSING)


class Grade(Named):
    """One condition; the better, the smaller its position.

    disposition: what usually becomes of pieces in this condition.
    """

    disposition = models.CharField(
        _("usually"), max_length=20, choices=DispositionType, default=DispositionType.RESTOCKED
    )

    objects = GradeQuerySet.as_manager()

    class Meta:
        verbose_name = _("grade")
        verbose_name_plural = _("grades")
        ordering = ("position", "id")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(disposition__in=DispositionType.values),
                name="returns_grade_disposition_known",
            ),
        ]
