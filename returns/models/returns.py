"""The return, and the table of its moves (design, section 4). The states are in `states`."""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import RETURN_VALUE, FSMField, FSMModelMixin, transition

from accounts.actors import Actor, ActorKind
from accounts.permissions import Permission
from orders.models import Order, Store
from orders.models.fields import amount_field, language_field
from returns.models import guards
from returns.models.gifts import GiftCode
from returns.models.return_sets import MAY_BE_PAID_BACK, ReturnQuerySet
from returns.models.states import DeclineReason, RefundTo, ReturnStatus
from returns.models.withdrawals import WithdrawalStatement


def _needs(permission: Permission) -> Callable[["Return", Actor], bool]:
    """Return the check that staff, API or system need `permission`; buyers have none."""

    def allowed(_return: "Return", actor: Actor) -> bool:
        return actor.may(permission)

    return allowed


def _may_cancel(return_: "Return", actor: Actor) -> bool:
    """A request is taken back by its buyer alone: staff decline it. Open ones by both."""
    if actor.kind == ActorKind.BUYER:
        return True
    return return_.status == ReturnStatus.OPEN and actor.may(Permission.CANCEL_RETURN)


def _may_pay_with_credit(_return: "Return", actor: Actor) -> bool:
    """Buyers spend their own; staff book it for them."""
    return actor.kind == ActorKind.BUYER or actor.may(Permission.REFUND)


class Return(FSMModelMixin, models.Model):
    """One buyer's wish to send back pieces of one order, and what became of it.

    The counters repeat what the lines say, kept under the same lock, so that lists, guards and
    the database's own checks need no sums. Moves are made only by `returns.lifecycle`.
    """

    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="returns", verbose_name=_("order")
    )
    # The order's store again, so that lists filter and sort within one index.
    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, related_name="returns", verbose_name=_("store")
    )
    number = models.PositiveIntegerField(_("number"), help_text=_("Counted per order from 1."))
    reference = models.CharField(_("reference"), max_length=120, db_index=True)
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # Chosen by the form that asks: the same request sent twice is one return.
    request_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)
    status = FSMField(
        _("status"), max_length=20, choices=ReturnStatus.choices, protected=True, editable=False
    )
    language = language_field()
    refund_to = models.CharField(
        _("refund to"), max_length=20, choices=RefundTo, default=RefundTo.ORIGINAL
    )
    created_at = models.DateTimeField(_("requested at"), default=timezone.now)
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    # The statement that opened it, when the buyer withdrew from the contract.
    withdrawal = models.ForeignKey(
        WithdrawalStatement,
        on_delete=models.PROTECT,
        related_name="returns",
        verbose_name=_("withdrawal"),
        null=True,
        blank=True,
    )
    # A gift's return is its recipient's: the giver, who bought it, is told nothing of it.
    gift_code = models.ForeignKey(
        GiftCode,
        on_delete=models.PROTECT,
        related_name="returns",
        verbose_name=_("gift code"),
        null=True,
        blank=True,
    )
    recipient_name = models.CharField(_("name of the recipient"), max_length=200, blank=True)
    recipient_email = models.EmailField(_("e-mail address of the recipient"), blank=True)
    # With the keys of `orders.addresses`; empty when the recipient gave none.
    recipient_address = models.JSONField(
        _("address of the recipient"), default=dict, blank=True, editable=False
    )
    send_by = models.DateField(_("to be sent by"), null=True, blank=True)
    declined_at = models.DateTimeField(_("declined at"), null=True, blank=True)
    decline_reason = models.CharField(
        _("reason for declining"), max_length=30, choices=DeclineReason, blank=True
    )
    decline_note = models.CharField(_("message to the buyer"), max_length=500, blank=True)
    canceled_at = models.DateTimeField(_("canceled at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    total_quantity = models.PositiveIntegerField(_("pieces"), default=0)
    processed_quantity = models.PositiveIntegerField(_("processed pieces"), default=0)
    disposed_quantity = models.PositiveIntegerField(_("finally disposed pieces"), default=0)
    refunded_quantity = models.PositiveIntegerField(_("refunded pieces"), default=0)
    refunded_amount = amount_field(_("refunded"), default=0)
    exchange_quantity = models.PositiveIntegerField(_("replacement pieces"), default=0)
    exchanged_quantity = models.PositiveIntegerField(_("replacement pieces sent"), default=0)
    exchange_ready_quantity = models.PositiveIntegerField(_("pieces ready to send"), default=0)
    # What the buyer is asked to pay for replacements now, and paid so far.
    # What replacements cost that no refund kept and nobody paid; below 0 it is to come back.
    exchange_due = amount_field(_("due for replacements"), default=0)
    exchange_owed = amount_field(_("to be paid by the buyer"), default=0)
    exchange_paid = amount_field(_("paid for replacements"), default=0)
    # Where the buyer can pay what is owed; empty when that is done by hand.
    payment_link = models.URLField(_("payment link"), max_length=1000, blank=True, editable=False)
    # Who waits for whom: staff asked the buyer for something; the buyer wrote and nobody answered.
    details_asked_at = models.DateTimeField(_("details asked for at"), null=True, blank=True)
    to_answer_since = models.DateTimeField(_("to be answered since"), null=True, blank=True)
    # By when we have to decide, then to pay back; says something only while that waits.
    due_at = models.DateTimeField(_("due at"), null=True, blank=True, editable=False)
    tags = ArrayField(
        models.CharField(max_length=50), verbose_name=_("tags"), default=list, blank=True
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        related_name="assigned_returns",
        verbose_name=_("assigned to"),
        null=True,
        blank=True,
    )
    # The terms of its lines together, where they differ from the order's (docs/policies.md).
    return_terms = models.JSONField(_("return terms"), default=dict, blank=True, editable=False)
    # Words to find it by, made by `returns.requests`.
    search = SearchVectorField(null=True, editable=False)

    objects = ReturnQuerySet.as_manager()

    class Meta:
        verbose_name = _("return")
        verbose_name_plural = _("returns")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["order", "number"], name="returns_return_number_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=ReturnStatus.values),
                name="returns_return_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(decline_reason__in=["", *DeclineReason.values]),
                name="returns_return_decline_reason_known",
            ),
            models.CheckConstraint(
                condition=models.Q(refund_to__in=RefundTo.values),
                name="returns_return_refund_to_known",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    processed_quantity__lte=models.F("total_quantity"),
                    disposed_quantity__lte=models.F("total_quantity"),
                    refunded_quantity__lte=models.F("total_quantity"),
                    refunded_amount__gte=0,
                ),
                name="returns_return_counters_in_range",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    exchange_quantity__gte=models.F("exchanged_quantity")
                    + models.F("exchange_ready_quantity"),
                    exchange_owed__gte=0,
                    exchange_paid__gte=0,
                ),
                name="returns_return_exchange_in_range",
            ),
            models.CheckConstraint(
                condition=models.Q(status="CLOSED", closed_at__isnull=False)
                | (~models.Q(status="CLOSED") & models.Q(closed_at__isnull=True)),
                name="returns_return_closed_at_matches_status",
            ),
            models.CheckConstraint(
                condition=models.Q(gift_code__isnull=True, recipient_email="", recipient_name="")
                | models.Q(gift_code__isnull=False, refund_to="STORE_CREDIT")
                & ~models.Q(recipient_email=""),
                name="returns_return_gift_is_its_recipients",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["-created_at", "-id"], name="returns_return_newest"),
            models.Index(
                fields=["status", "-created_at", "-id"], name="returns_return_status_newest"
            ),
            models.Index(
                fields=["store", "-created_at", "-id"], name="returns_return_store_newest"
            ),
            models.Index(
                fields=["store", "status", "-created_at", "-id"],
                name="returns_return_store_status",
            ),
            # The queues of `returns.queries`, each as small as what waits in it.
            models.Index(
                fields=["created_at", "id"],
                name="returns_return_to_receive",
                condition=models.Q(
                    status="OPEN", processed_quantity__lt=models.F("total_quantity")
                ),
            ),
            models.Index(
                fields=["created_at", "id"],
                name="returns_return_to_finish",
                condition=models.Q(
                    status="OPEN", disposed_quantity__lt=models.F("processed_quantity")
                ),
            ),
            models.Index(
                fields=["created_at", "id"],
                name="returns_return_to_refund",
                condition=MAY_BE_PAID_BACK,
            ),
            models.Index(
                fields=["created_at", "id"],
                name="returns_return_to_send",
                condition=models.Q(status="OPEN", exchange_ready_quantity__gt=0),
            ),
            models.Index(
                fields=["created_at", "id"],
                name="returns_return_to_answer",
                condition=models.Q(to_answer_since__isnull=False),
            ),
            models.Index(
                fields=["created_at", "id"],
                name="returns_return_asked",
                condition=models.Q(
                    status__in=["REQUESTED", "OPEN"], details_asked_at__isnull=False
                ),
            ),
            models.Index(
                fields=["send_by", "id"],
                name="returns_return_deadline",
                condition=models.Q(status="OPEN"),
            ),
            models.Index(
                fields=["due_at", "id"],
                name="returns_return_due",
                condition=models.Q(status="REQUESTED") | MAY_BE_PAID_BACK,
            ),
            models.Index(
                fields=["recipient_email"],
                name="returns_return_of_recipient",
                condition=models.Q(gift_code__isnull=False),
            ),
            GinIndex(fields=["search"], name="returns_return_search"),
        ]

    def __str__(self) -> str:
        return self.reference

    def get_status_display(self) -> str:  # type: ignore[no-redef]
        """The status in words. Django's own looks all choices through, which lists feel."""
        return str(ReturnStatus(self.status).label)

    @property
    def unprocessed_quantity(self) -> int:
        """Pieces that have not been received yet."""
        return self.total_quantity - self.processed_quantity

    @property
    def is_gift(self) -> bool:
        """Whether the recipient of a gift returns it, and not who bought it."""
        return self.gift_code_id is not None

    @property
    def email(self) -> str:
        """Where mail about this return goes: to whoever sends the goods back; "" if unknown."""
        return self.recipient_email if self.is_gift else self.order.email

    @property
    def sender_name(self) -> str:
        """The name of whoever sends the goods back, as far as known."""
        return self.recipient_name if self.is_gift else self.order.buyer_name

    # --- the table of moves: each stamps the row that its caller in `returns.lifecycle` locked ---

    @transition(
        field=status,
        source=ReturnStatus.REQUESTED,
        target=ReturnStatus.OPEN,
        permission=_needs(Permission.DECIDE_RETURN),
    )
    def approve(self, at: datetime) -> None:
        """Let the goods come back."""
        self.approved_at = at

    @transition(
        field=status,
        source=ReturnStatus.REQUESTED,
        target=ReturnStatus.DECLINED,
        conditions=[guards.nothing_refunded],
        permission=_needs(Permission.DECIDE_RETURN),
    )
    def decline(self, at: datetime, reason: str, note: str) -> None:
        """Refuse the request; its pieces can be returned again."""
        self.declined_at = at
        self.decline_reason = reason
        self.decline_note = note

    @transition(
        field=status,
        source=(ReturnStatus.REQUESTED, ReturnStatus.OPEN),
        target=ReturnStatus.CANCELED,
        conditions=[guards.untouched],
        permission=_may_cancel,
    )
    def cancel(self, at: datetime) -> None:
        """Call it off; its pieces can be returned again."""
        self.canceled_at = at

    @transition(
        field=status,
        source=(ReturnStatus.REQUESTED, ReturnStatus.OPEN),
        target=RETURN_VALUE(ReturnStatus.REQUESTED, ReturnStatus.OPEN, ReturnStatus.CLOSED),
        conditions=[guards.has_unprocessed],
        permission=_needs(Permission.EDIT_RETURN),
    )
    def remove_lines(self, at: datetime, pieces: int) -> ReturnStatus:
        """Take unprocessed pieces out; a return with nothing left to do closes."""
        self.total_quantity -= pieces
        waiting = self.status == ReturnStatus.REQUESTED and self.total_quantity > 0
        if waiting or not self._is_done:
            return ReturnStatus(self.status)
        self.closed_at = at
        return ReturnStatus.CLOSED

    @property
    def _is_done(self) -> bool:
        """Whether every piece is processed and finally disposed of, and every replacement sent."""
        return (
            min(self.processed_quantity, self.disposed_quantity) >= self.total_quantity
            and self.exchanged_quantity >= self.exchange_quantity
        )

    @transition(
        field=status,
        source=ReturnStatus.OPEN,
        target=RETURN_VALUE(ReturnStatus.OPEN, ReturnStatus.CLOSED),
        conditions=[guards.has_work_left],
        permission=_needs(Permission.RECEIVE),
    )
    def process(self, at: datetime, processed: int, disposed: int) -> ReturnStatus:
        """Book what came back in all; closes when every piece is processed and disposed of."""
        self.processed_quantity = processed
        self.disposed_quantity = disposed
        return self._closed_if_done(at)

    @transition(
        field=status,
        source=ReturnStatus.OPEN,
        target=RETURN_VALUE(ReturnStatus.OPEN, ReturnStatus.CLOSED),
        conditions=[guards.has_unprocessed],
        permission=_needs(Permission.DECIDE_RETURN),
    )
    def let_keep(self, at: datetime, pieces: int) -> ReturnStatus:
        """Let the buyer keep pieces that have not come; they are processed and done with."""
        self.processed_quantity += pieces
        self.disposed_quantity += pieces
        return self._closed_if_done(at)

    @transition(
        field=status,
        source=(ReturnStatus.OPEN, ReturnStatus.CLOSED),
        target=RETURN_VALUE(ReturnStatus.OPEN, ReturnStatus.CLOSED),
        conditions=[guards.has_arrived],
        permission=_needs(Permission.RECEIVE),
    )
    def ship_back(self, at: datetime, disposed: int) -> ReturnStatus:
        """Send refused pieces to the buyer; `disposed` of them were not done with before."""
        return self._sent_to_buyer(at, disposed)

    @transition(
        field=status,
        source=(ReturnStatus.OPEN, ReturnStatus.CLOSED),
        target=RETURN_VALUE(ReturnStatus.OPEN, ReturnStatus.CLOSED),
        conditions=[guards.has_arrived],
        permission=_needs(Permission.RECEIVE),
    )
    def ship_repaired(self, at: datetime, disposed: int) -> ReturnStatus:
        """Send repaired pieces to the buyer; `disposed` of them were not done with before."""
        return self._sent_to_buyer(at, disposed)

    def _sent_to_buyer(self, at: datetime, disposed: int) -> ReturnStatus:
        if self.status == ReturnStatus.CLOSED:
            return ReturnStatus.CLOSED
        self.disposed_quantity += disposed
        return self._closed_if_done(at)

    @transition(
        field=status,
        source=(ReturnStatus.REQUESTED, ReturnStatus.OPEN),
        target=None,
        conditions=[guards.is_no_gift],
        permission=_needs(Permission.EDIT_RETURN),
    )
    def add_exchanges(self) -> None:
        """Agree on replacements; the state stays."""

    @transition(
        field=status,
        source=(ReturnStatus.REQUESTED, ReturnStatus.OPEN),
        target=RETURN_VALUE(ReturnStatus.REQUESTED, ReturnStatus.OPEN, ReturnStatus.CLOSED),
        conditions=[guards.has_replacement],
        permission=_needs(Permission.EDIT_RETURN),
    )
    def remove_exchanges(self, at: datetime, pieces: int) -> ReturnStatus:
        """Take replacements out; an open return with nothing left to do closes."""
        self.exchange_quantity -= pieces
        return self._closed_if_done(at)

    @transition(
        field=status,
        source=ReturnStatus.OPEN,
        target=RETURN_VALUE(ReturnStatus.OPEN, ReturnStatus.CLOSED),
        conditions=[guards.has_replacement_ready],
        permission=_needs(Permission.RECEIVE),
    )
    def process_exchange(self, at: datetime, pieces: int) -> ReturnStatus:
        """Send replacements; a return with nothing left to do closes."""
        self.exchanged_quantity += pieces
        self.exchange_ready_quantity -= pieces
        return self._closed_if_done(at)

    def _closed_if_done(self, at: datetime) -> ReturnStatus:
        if self.status == ReturnStatus.REQUESTED or not self._is_done:
            return ReturnStatus(self.status)
        self.closed_at = at
        return ReturnStatus.CLOSED

    @transition(
        field=status,
        source=(ReturnStatus.OPEN, ReturnStatus.CLOSED),
        target=None,
        conditions=[guards.is_payment_awaited],
        permission=_needs(Permission.REFUND),
    )
    def record_payment(self) -> None:
        """Book what the buyer paid for replacements; the state stays."""

    @transition(
        field=status,
        source=(ReturnStatus.OPEN, ReturnStatus.CLOSED),
        target=None,
        conditions=[guards.is_payment_awaited],
        permission=_may_pay_with_credit,
    )
    def pay_with_credit(self) -> None:
        """Pay for replacements with the buyer's store credit; the state stays."""

    @transition(
        field=status,
        source=ReturnStatus.OPEN,
        target=ReturnStatus.CLOSED,
        permission=_needs(Permission.EDIT_RETURN),
    )
    def close(self, at: datetime) -> None:
        """Say that nothing more will happen."""
        self.closed_at = at

    @transition(
        field=status,
        source=ReturnStatus.CLOSED,
        target=ReturnStatus.OPEN,
        permission=_needs(Permission.EDIT_RETURN),
    )
    def reopen(self) -> None:
        """Go on with a closed return."""
        self.closed_at = None

    @transition(
        field=status,
        source=(ReturnStatus.OPEN, ReturnStatus.CLOSED),
        target=None,
        conditions=[guards.has_pieces],
        permission=_needs(Permission.REFUND),
    )
    @transition(
        field=status,
        source=ReturnStatus.CANCELED,
        target=None,
        conditions=[guards.was_paid_in_vain],
        permission=_needs(Permission.REFUND),
    )
    def refund(self) -> None:
        """Pay back; the state stays. The money's own steps are in `returns.refunds.payouts`."""
