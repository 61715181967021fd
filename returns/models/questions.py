"""What is asked of a buyer who gives a certain reason."""

from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from returns.models.names import Named
from returns.models.reasons import ReturnReason

MOST_OPTIONS = 20
OPTION_LENGTH = 200


class QuestionKind(models.TextChoices):
    """How a question is answered."""

    TEXT = "TEXT", _("in words")
    YES_NO = "YES_NO", _("yes or no")
    CHOICE = "CHOICE", _("one of several answers")


class ReasonQuestion(Named):
    """A question of a reason; `names` is its wording per language.

    options: per language the answers to choose from, in the same order in each.
    """

    reason = models.ForeignKey(
        ReturnReason, on_delete=models.CASCADE, related_name="questions", verbose_name=_("reason")
    )
    kind = models.CharField(
        _("answered"), max_length=10, choices=QuestionKind, default=QuestionKind.TEXT
    )
    options = models.JSONField(_("answers"), default=dict, blank=True)
    required = models.BooleanField(_("must be answered"), default=False)

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ("position", "id")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(kind__in=QuestionKind.values),
                name="returns_reasonquestion_kind_known",
            ),
        ]

    def clean(self) -> None:
        """A choice needs answers, as many in each language in which there are any."""
        super().clean()
        if self.kind != QuestionKind.CHOICE:
            self.options = {}
            return
        counts = {language: len(options) for language, options in self.options.items() if options}
        main = counts.get(settings.LANGUAGE_CODE, 0)
        if not 2 <= main <= MOST_OPTIONS:
            few = _("Give 2 to %(most)s answers, one on each line.") % {"most": MOST_OPTIONS}
            raise ValidationError({"options": few})
        if set(counts.values()) != {main}:
            raise ValidationError(
                {"options": _("Give the same answers in each language, in the same order.")}
            )
        if any(len(option) > OPTION_LENGTH for each in self.options.values() for option in each):
            message = _("Write at most %(count)s characters for an answer.")
            raise ValidationError({"options": message % {"count": OPTION_LENGTH}})
