"""What buyer and staff write to each other about a return."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actors import ActorKind
from returns.models.returns import Return


class Message(models.Model):
    """One message; never edited. asks: staff need something from the buyer."""

    for_return = models.ForeignKey(
        Return, on_delete=models.PROTECT, related_name="messages", verbose_name=_("return")
    )
    author_kind = models.CharField(_("kind of author"), max_length=10, choices=ActorKind)
    author_name = models.CharField(_("who"), max_length=200)
    author_user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="messages",
        verbose_name=_("login"),
        null=True,
        blank=True,
    )
    body = models.TextField(_("message"), blank=True)
    asks = models.BooleanField(_("asks for details"), default=False)
    created_at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ("id",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(author_kind__in=ActorKind.values),
                name="returns_message_author_kind_known",
            ),
            models.CheckConstraint(
                condition=models.Q(asks=False) | ~models.Q(author_kind="BUYER"),
                name="returns_message_staff_ask",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.author_name} {self.created_at:%Y-%m-%d %H:%M}"
