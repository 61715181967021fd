"""Names per language, for data that the shop edits and readers of any language see."""

from collections.abc import Mapping

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


def reader_language() -> str:
    """Return the language of whoever reads the page that is being made."""
    return get_language() or "en"


def in_language(texts: Mapping[str, str], language: str) -> str:
    """Return the text in `language` (such as `de` or `de-at`), else English, else any, else ""."""
    for tag in (language, language.split("-", maxsplit=1)[0], "en"):
        if texts.get(tag):
            return str(texts[tag])
    return str(next((text for text in texts.values() if text), ""))


class Named(models.Model):
    """Something with a handle, by which APIs and imports call it, and a name per language."""

    handle = models.SlugField(_("handle"), max_length=100, unique=True)
    names = models.JSONField(
        _("names"), default=dict, help_text=_('As in {"en": "Too small", "de": "Zu klein"}.')
    )
    position = models.PositiveIntegerField(_("position"), default=0)
    active = models.BooleanField(_("offered"), default=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    def name_in(self, language: str) -> str:
        """Return the name in `language` (such as `de` or `de-at`), else English, else any."""
        return in_language(self.names, language) or str(self.handle)

    @property
    def name(self) -> str:
        """The name in the language of the reader."""
        return self.name_in(reader_language())
