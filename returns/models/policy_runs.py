"""Applying the policy in force to orders that are in already."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models import Store


class PolicyRunStatus(models.TextChoices):
    """How far a run is. FAILED: it broke off or the policy changed; what is done stays done."""

    PREVIEWING = "PREVIEWING", _("Being worked out")
    PREVIEWED = "PREVIEWED", _("Waits for a decision")
    APPLYING = "APPLYING", _("Being applied")
    DONE = "DONE", _("Done")
    FAILED = "FAILED", _("Broke off")


class PolicyRun(models.Model):
    """One wish to apply a version to orders placed from one day to another, both included.

    First what would change is counted, then a person says so, then it is done; changed only by
    `returns.policies.reapplying`. Counts: `total` orders, of which `done` were looked at; of these,
    `changed_orders` with `changed_lines` differ. examples: the first of these lines as plain data.
    """

    store = models.ForeignKey(
        Store, on_delete=models.CASCADE, related_name="policy_runs", verbose_name=_("store")
    )
    version = models.PositiveIntegerField(_("version"))
    placed_from = models.DateField(_("orders placed from"))
    placed_until = models.DateField(_("orders placed until"))
    status = models.CharField(
        _("status"),
        max_length=12,
        choices=PolicyRunStatus,
        default=PolicyRunStatus.PREVIEWING,
    )
    message = models.TextField(_("why it ended"), blank=True)
    total = models.PositiveIntegerField(_("orders"), default=0)
    done = models.PositiveIntegerField(_("orders looked at"), default=0)
    changed_orders = models.PositiveIntegerField(_("orders that change"), default=0)
    changed_lines = models.PositiveIntegerField(_("lines that change"), default=0)
    # The primary key of the last order that was done: where a run that broke off goes on.
    position = models.BigIntegerField(default=0, editable=False)
    examples = models.JSONField(default=list, blank=True, editable=False)
    created_at = models.DateTimeField(_("started at"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("started by"),
        null=True,
        blank=True,
    )

    class Meta:
        verbose_name = _("policy applied to existing orders")
        verbose_name_plural = _("policies applied to existing orders")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(status__in=PolicyRunStatus.values),
                name="returns_policyrun_status_known",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["store", "-created_at", "-id"], name="returns_policyrun_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.store_id} v{self.version}"

    @property
    def is_running(self) -> bool:
        """Whether a job is at it, or will be."""
        return self.status in (PolicyRunStatus.PREVIEWING, PolicyRunStatus.APPLYING)
