"""What the APIs remember beside the domain."""

import uuid
from typing import ClassVar

from django.conf import settings
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


class GlueSession(models.Model):
    """A customer who signed in through the Glue API, for as long as their program refreshes.

    Access tokens name the session, so that revoking it ends them too.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="glue_sessions",
        verbose_name=_("login"),
    )
    # What the password's hash was when it began: with a new password old sessions end.
    password_mark = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(_("at"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires at"))
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("session of the Glue API")
        verbose_name_plural = _("sessions of the Glue API")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["expires_at"], name="api_gluesession_age"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class GlueRefreshToken(models.Model):
    """A refresh token, of which only the hash is kept. It works once: then it is `used_at`."""

    session = models.ForeignKey(
        GlueSession,
        on_delete=models.CASCADE,
        related_name="refresh_tokens",
        verbose_name=_("session of the Glue API"),
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("at"), default=timezone.now)
    used_at = models.DateTimeField(_("used at"), null=True, blank=True)

    class Meta:
        verbose_name = _("refresh token of the Glue API")
        verbose_name_plural = _("refresh tokens of the Glue API")

    def __str__(self) -> str:
        return str(self.pk)
