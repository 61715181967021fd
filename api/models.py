"""What the APIs remember beside the domain."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiClient


class KeyState(models.TextChoices):
    """What became of the act that came with a key."""

    RUNNING = "RUNNING", _("Under way")
    DONE = "DONE", _("Done")
    FAILED = "FAILED", _("Failed")


class IdempotencyKey(models.Model):
    """A key that a client sent with a mutation, so that sending it again does nothing twice.

    `fingerprint` is the hash of the mutation's arguments; `result` names what it made, so that
    the answer can be told again from the rows as they are then.
    """

    client = models.ForeignKey(
        ApiClient,
        on_delete=models.CASCADE,
        related_name="idempotency_keys",
        verbose_name=_("API client"),
    )
    key = models.CharField(_("key"), max_length=255)
    mutation = models.CharField(_("mutation"), max_length=100)
    fingerprint = models.CharField(max_length=64, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=KeyState, default=KeyState.RUNNING)
    result = models.JSONField(_("result"), default=dict)
    created_at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("idempotency key")
        verbose_name_plural = _("idempotency keys")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["client", "key"], name="api_idempotencykey_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=KeyState.values),
                name="api_idempotencykey_state_known",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["created_at"], name="api_idempotencykey_age"),
        ]

    def __str__(self) -> str:
        return self.key
