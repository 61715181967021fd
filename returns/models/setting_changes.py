"""Who changed which setting when."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actors import ActorKind


class SettingKind(models.TextChoices):
    """What was set; policies and their rules have versions instead, automation its own record."""

    STORE = "store", _("Store")
    LOCATION = "location", _("Location")
    GRADE = "grade", _("Grade")
    REASON = "returnreason", _("Return reason")
    QUESTION = "reasonquestion", _("Question")
    ROUTE = "returnroute", _("Way back")
    WITHDRAWAL_FUNCTION = "withdrawalfunction", _("Withdrawal function")
    EXEMPTION = "withdrawalexemption", _("Exempt product")


class SettingAct(models.TextChoices):
    """What became of a setting."""

    ADDED = "ADDED", _("Added")
    CHANGED = "CHANGED", _("Changed")
    REMOVED = "REMOVED", _("Removed")


class SettingChange(models.Model):
    """One change of one setting by somebody; appended, never edited (a trigger).

    kind: the lower-case name of the model. subject: what it was called then, and its primary key,
    which no row may have any more. changes: {name of a column: [before, after]}, as plain JSON.
    """

    kind = models.CharField(_("what"), max_length=30, choices=SettingKind)
    act = models.CharField(_("change"), max_length=10, choices=SettingAct)
    subject = models.CharField(_("name"), max_length=300)
    subject_id = models.BigIntegerField(_("number"))
    changes = models.JSONField(_("changes"), default=dict)
    at = models.DateTimeField(_("at"), default=timezone.now)
    actor_kind = models.CharField(_("kind of actor"), max_length=10, choices=ActorKind)
    actor_name = models.CharField(_("who"), max_length=200)
    actor_user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="setting_changes",
        verbose_name=_("login"),
        null=True,
        blank=True,
    )

    class Meta:
        verbose_name = _("change of a setting")
        verbose_name_plural = _("changes of settings")
        ordering = ("-id",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(kind__in=SettingKind.values),
                name="returns_settingchange_kind_known",
            ),
            models.CheckConstraint(
                condition=models.Q(act__in=SettingAct.values),
                name="returns_settingchange_act_known",
            ),
            models.CheckConstraint(
                condition=models.Q(actor_kind__in=ActorKind.values),
                name="returns_settingchange_actor_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}: {self.act}"
