"""What became of a withdrawal, step by step."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actors import ActorKind
from returns.models.withdrawals import WithdrawalCase


class WithdrawalEventType(models.TextChoices):
    """One type per verb on a withdrawal."""

    RECEIVED = "withdrawal.received", _("Statement submitted")
    ACKNOWLEDGED = "withdrawal.acknowledged", _("Confirmation mailed")
    HANDLED = "withdrawal.handled", _("Order looked for")
    ORDER_CHOSEN = "withdrawal.order_chosen", _("Order chosen")
    RETURN_OPENED = "withdrawal.return_opened", _("Items chosen")
    SETTLED = "withdrawal.settled", _("Done")


class WithdrawalEvent(models.Model):
    """One thing that somebody did about a statement; appended, never edited (a trigger).

    Beside `Event`, which is about an order: a statement may never find its order. `data` holds what
    the texts need, as plain JSON.
    """

    case = models.ForeignKey(
        WithdrawalCase,
        on_delete=models.PROTECT,
        related_name="events",
        verbose_name=_("withdrawal"),
    )
    type = models.CharField(_("type"), max_length=40, choices=WithdrawalEventType)
    at = models.DateTimeField(_("at"), default=timezone.now)
    actor_kind = models.CharField(_("kind of actor"), max_length=10, choices=ActorKind)
    actor_name = models.CharField(_("who"), max_length=200)
    actor_user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="withdrawal_events",
        verbose_name=_("login"),
        null=True,
        blank=True,
    )
    note = models.TextField(_("note"), blank=True)
    data = models.JSONField(_("data"), default=dict)

    class Meta:
        verbose_name = _("event of a withdrawal")
        verbose_name_plural = _("events of withdrawals")
        ordering = ("id",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(type__in=WithdrawalEventType.values),
                name="returns_withdrawalevent_type_known",
            ),
            models.CheckConstraint(
                condition=models.Q(actor_kind__in=ActorKind.values),
                name="returns_withdrawalevent_actor_kind_known",
            ),
            # All else happens once to a statement.
            models.UniqueConstraint(
                fields=["case", "type"],
                name="returns_withdrawalevent_once",
                condition=~models.Q(type="withdrawal.return_opened"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.at:%Y-%m-%d %H:%M}"
