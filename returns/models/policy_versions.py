"""What a store's policy and its rules were from one change to the next."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models import Store


class PolicyVersion(models.Model):
    """All that a store's manager said about returns, as it was after one change; never edited.

    content: `terms` (a ReturnTerms as plain data), `instructions`, and `rules` in the order in
    which they are tried (`returns.policies.rules.schema`). The version with the highest number is
    in force.
    """

    store = models.ForeignKey(
        Store, on_delete=models.CASCADE, related_name="policy_versions", verbose_name=_("store")
    )
    number = models.PositiveIntegerField(_("version"), help_text=_("Counted per store from 1."))
    content = models.JSONField(_("content"), editable=False)
    summary = models.CharField(_("what changed"), max_length=300)
    created_at = models.DateTimeField(_("changed at"), default=timezone.now)
    actor_name = models.CharField(_("changed by"), max_length=200)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("user"),
        null=True,
        blank=True,
    )

    class Meta:
        verbose_name = _("version of a return policy")
        verbose_name_plural = _("versions of return policies")
        ordering = ("-number",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["store", "number"], name="returns_policyversion_number_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(number__gte=1), name="returns_policyversion_number_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.store_id} v{self.number}"
