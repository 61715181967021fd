"""Why things come back: data that the shop edits, with names per language."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from returns.models.names import Named


class ReturnReasonQuerySet(models.QuerySet["ReturnReason"]):
    """The vocabulary of looking for reasons."""

    def offered(self) -> "ReturnReasonQuerySet":
        """Reasons that can be chosen now, in the order they are shown."""
        return self.filter(active=True)


class ReturnReason(Named):
    """One reason; `handle` is what APIs and imports call it."""

    needs_note = models.BooleanField(_("asks for words"), default=False)
    free_of_fees = models.BooleanField(
        _("free of fees"), default=False, help_text=_("For what is the shop's fault.")
    )

    objects = ReturnReasonQuerySet.as_manager()

    class Meta:
        verbose_name = _("return reason")
        verbose_name_plural = _("return reasons")
        ordering = ("position", "id")
