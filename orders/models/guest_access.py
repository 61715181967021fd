"""Codes that let a guest open one order without signing in."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.models.orders import Order


class GuestAccess(models.Model):
    """One asked-for look at an order, opened by a code that was mailed.

    A row is made for every request, also when no order matches (`order` stays empty), so that the
    answer and its time are the same whether or not the order exists.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    order = models.ForeignKey(
        Order,
        on_delete=models.CASCADE,
        related_name="guest_accesses",
        verbose_name=_("order"),
        null=True,
        blank=True,
    )
    code_hash = models.CharField(_("hashed code"), max_length=200)
    attempts = models.PositiveSmallIntegerField(_("wrong codes entered"), default=0)
    created_at = models.DateTimeField(_("asked at"), auto_now_add=True)
    used_at = models.DateTimeField(_("opened at"), null=True, blank=True)

    class Meta:
        verbose_name = _("guest access")
        verbose_name_plural = _("guest accesses")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["created_at"], name="orders_guestaccess_created"),
        ]

    def __str__(self) -> str:
        return str(self.id)
