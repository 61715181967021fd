"""Why things come back: data that the shop edits, with names and hints per language.

Reasons are a tree of two levels: a reason with sub-reasons is only their heading.
"""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from returns.models.names import Named, in_language, reader_language
from returns.models.policies import MOST_DAYS
from returns.models.resolutions import Resolution


class ReturnReasonQuerySet(models.QuerySet["ReturnReason"]):
    """The vocabulary of looking for reasons."""

    def offered(self, day: date | None = None) -> "ReturnReasonQuerySet":
        """Reasons that can be chosen on a day, in the order they are shown, with their headings.

        day: in the store's time zone; None for today by the server's clock. A reason is offered
        as long as its heading is; a heading cannot be chosen as long as any of its sub-reasons is
        offered.
        """
        day = day or timezone.localdate()
        below = ReturnReason.objects.filter(_is_offered(day), parent=OuterRef("pk"))
        heading = Q(parent__isnull=True) | _is_offered(day, "parent__")
        found = self.filter(_is_offered(day)).filter(heading).filter(~Exists(below))
        return found.select_related("parent").order_by(*_IN_TREE)

    def in_tree(self) -> "ReturnReasonQuerySet":
        """All reasons as the tree has them: each heading before its sub-reasons."""
        return self.select_related("parent").order_by(*_IN_TREE)


# The heading's place first; a heading comes before what is below it.
_IN_TREE = (
    Coalesce("parent__position", "position"),
    Coalesce("parent_id", "id"),
    F("parent").asc(nulls_first=True),
    "position",
    "id",
)


def _is_offered(day: date, prefix: str = "") -> Q:
    since, until = f"{prefix}offered_from", f"{prefix}offered_until"
    begun = Q(**{f"{since}__isnull": True}) | Q(**{f"{since}__lte": day})
    not_over = Q(**{f"{until}__isnull": True}) | Q(**{f"{until}__gte": day})
    return Q(**{f"{prefix}active": True}) & begun & not_over


class ReturnReason(Named):
    """One reason; `handle` is what APIs and imports call it.

    window_days: replaces the days of the order's terms for goods that go back for this reason.
    resolutions: what may be had for it, as far as the terms offer it; empty for all of that.
    """

    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        related_name="children",
        verbose_name=_("below"),
        null=True,
        blank=True,
        help_text=_("The reason of which this is a part. Such a reason is only a heading then."),
    )
    # What Spryker's files and clients call its name; kept for them, shown to nobody.
    glossary_key = models.CharField(_("glossary key"), max_length=255, blank=True)
    hints = models.JSONField(_("hints"), default=dict, blank=True)
    offered_from = models.DateField(_("offered from"), null=True, blank=True)
    offered_until = models.DateField(
        _("offered until"), null=True, blank=True, help_text=_("The last day, included.")
    )
    needs_note = models.BooleanField(_("asks for words"), default=False)
    needs_photo = models.BooleanField(_("asks for a photo"), default=False)
    free_of_fees = models.BooleanField(
        _("free of fees"), default=False, help_text=_("For what is the shop's fault.")
    )
    window_days = models.PositiveIntegerField(
        _("days to return"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(MOST_DAYS)],
        help_text=_("Instead of the policy's days, more or fewer. Empty for the policy's."),
    )
    resolutions = ArrayField(
        models.CharField(max_length=20, choices=Resolution),
        verbose_name=_("what may be had for it"),
        default=list,
        blank=True,
    )

    objects = ReturnReasonQuerySet.as_manager()

    class Meta:
        verbose_name = _("return reason")
        verbose_name_plural = _("return reasons")
        ordering = ("position", "id")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(resolutions__contained_by=Resolution.values),
                name="returns_returnreason_resolutions_known",
            ),
            models.CheckConstraint(
                condition=Q(offered_from__isnull=True)
                | Q(offered_until__isnull=True)
                | Q(offered_until__gte=F("offered_from")),
                name="returns_returnreason_period_in_order",
                violation_error_message=_("The last day is before the first one."),
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")),
                name="returns_returnreason_not_below_itself",
            ),
        ]

    def clean(self) -> None:
        """Keep the tree at two levels: people choose from a short list."""
        super().clean()
        if self.parent is None:
            return
        if self.parent.parent_id is not None or self.parent_id == self.pk:
            raise ValidationError({"parent": _("Choose a reason that is not itself below one.")})
        if self.pk and self.children.exists():
            message = _("This reason has some below itself, so it stays at the top.")
            raise ValidationError({"parent": message})

    @property
    def hint(self) -> str:
        """What it means, in the language of the reader; "" when nothing is said."""
        return in_language(self.hints, reader_language())

    @property
    def full_name(self) -> str:
        """The name with its heading's, in the language of the reader."""
        return self.full_name_in(reader_language())

    def full_name_in(self, language: str) -> str:
        """The name with its heading's, as in `Damaged: Broken on arrival`; loads the heading."""
        if self.parent is None:
            return self.name_in(language)
        return f"{self.parent.name_in(language)}: {self.name_in(language)}"

    def offers(self, resolution: Resolution) -> bool:
        """Whether this may be had for it, if the terms offer it; any product is the same, too."""
        if not self.resolutions or resolution in self.resolutions:
            return True
        return resolution == Resolution.EXCHANGE and Resolution.ANY_PRODUCT in self.resolutions


def grouped(reasons: Sequence[ReturnReason]) -> list[tuple[str, list[ReturnReason]]]:
    """Return offered reasons under their headings, "" for those without, in their order."""
    groups: list[tuple[str, list[ReturnReason]]] = []
    for reason in reasons:
        heading = reason.parent.name if reason.parent else ""
        if not groups or groups[-1][0] != heading:
            groups.append((heading, []))
        groups[-1][1].append(reason)
    return groups


def as_choices(reasons: Sequence[ReturnReason]) -> list[tuple[str, object]]:
    """Return offered reasons as the choices of a form's field: handle and name, in groups."""
    choices: list[tuple[str, object]] = []
    for heading, members in grouped(reasons):
        named = [(reason.handle, reason.name) for reason in members]
        choices += [(heading, named)] if heading else named
    return choices
