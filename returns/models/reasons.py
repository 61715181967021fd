"""Why things come back: data that the shop edits, with names per language."""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class ReturnReasonQuerySet(models.QuerySet["ReturnReason"]):
    """The vocabulary of looking for reasons."""

    def offered(self) -> "ReturnReasonQuerySet":
        """Reasons that can be chosen now, in the order they are shown."""
        return self.filter(active=True)


class ReturnReason(models.Model):
    """One reason; `handle` is what APIs and imports call it."""

    handle = models.SlugField(_("handle"), max_length=100, unique=True)
    names = models.JSONField(
        _("names"), default=dict, help_text=_('As in {"en": "Too small", "de": "Zu klein"}.')
    )
    position = models.PositiveIntegerField(_("position"), default=0)
    active = models.BooleanField(_("offered"), default=True)
    needs_note = models.BooleanField(_("asks for words"), default=False)
    free_of_fees = models.BooleanField(
        _("free of fees"), default=False, help_text=_("For what is the shop's fault.")
    )

    objects = ReturnReasonQuerySet.as_manager()

    class Meta:
        verbose_name = _("return reason")
        verbose_name_plural = _("return reasons")
        ordering = ("position", "id")

    def __str__(self) -> str:
        return self.name

    def name_in(self, language: str) -> str:
        """Return the name in `language` (such as `de` or `de-at`), else English, else any."""
        for tag in (language, language.split("-", maxsplit=1)[0], "en"):
            if self.names.get(tag):
                return str(self.names[tag])
        return str(next(iter(self.names.values()), self.handle))

    @property
    def name(self) -> str:
        """The name in the language of the reader."""
        return self.name_in(get_language() or "en")
