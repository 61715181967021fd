"""Credit that a buyer may spend in a store. Entries are appended; a correction is a new entry.

Three triggers (`returns/migrations/0006_store_credit.py`) keep the books whatever the code does:
entries are never changed but for what is left of them, and at the end of every transaction an
account's balance is the sum of its entries and of what is left of its credits.
"""

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actors import ActorKind
from orders.models import Customer, Store
from orders.models.fields import amount_field, currency_field, language_field
from returns.models.refunds import RefundTransaction
from returns.models.returns import Return


class StoreCreditAccount(models.Model):
    """What one buyer may spend in one store, in one currency.

    The owner is a customer, or the e-mail address of a guest. A guest opens the account with a code
    that was mailed; only its hash is kept, and its last characters to tell codes apart.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    store = models.ForeignKey(
        Store,
        on_delete=models.PROTECT,
        related_name="store_credit_accounts",
        verbose_name=_("store"),
    )
    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        related_name="store_credit_accounts",
        verbose_name=_("customer"),
        null=True,
        blank=True,
    )
    # In lower case; empty for customers, whose own address counts.
    guest_email = models.EmailField(_("e-mail address of a guest"), blank=True)
    guest_name = models.CharField(_("name of a guest"), max_length=200, blank=True)
    currency = currency_field()
    language = language_field()
    # Kept beside the entries under this row's lock, so that a debit needs no sum.
    balance = amount_field(_("balance"), default=0)
    code_hash = models.CharField(_("hashed code"), max_length=64, blank=True, editable=False)
    code_hint = models.CharField(_("end of the code"), max_length=4, blank=True, editable=False)
    code_sent_at = models.DateTimeField(_("code mailed at"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("opened at"), default=timezone.now)
    # Words to find it by: the owner's name, reference and address.
    search = SearchVectorField(null=True, editable=False)

    class Meta:
        verbose_name = _("store credit account")
        verbose_name_plural = _("store credit accounts")
        ordering = ("id",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["store", "customer", "currency"],
                condition=models.Q(customer__isnull=False),
                name="returns_storecreditaccount_once_per_customer",
            ),
            models.UniqueConstraint(
                fields=["store", "guest_email", "currency"],
                condition=models.Q(customer__isnull=True),
                name="returns_storecreditaccount_once_per_guest",
            ),
            models.UniqueConstraint(
                fields=["code_hash"],
                condition=~models.Q(code_hash=""),
                name="returns_storecreditaccount_code_unique",
            ),
            models.CheckConstraint(
                condition=models.Q(customer__isnull=False, guest_email="", code_hash="")
                | (models.Q(customer__isnull=True) & ~models.Q(guest_email="")),
                name="returns_storecreditaccount_one_owner",
            ),
            models.CheckConstraint(
                condition=models.Q(balance__gte=0),
                name="returns_storecreditaccount_balance_not_negative",
            ),
            models.CheckConstraint(
                condition=models.Q(currency__regex=r"^[A-Z]{3}$"),
                name="returns_storecreditaccount_currency_code",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["store", "-id"], name="returns_storecredit_store"),
            models.Index(fields=["guest_email"], name="returns_storecredit_guest"),
            GinIndex(fields=["search"], name="returns_storecredit_search"),
        ]

    def __str__(self) -> str:
        return f"{self.owner_name}, {self.balance} {self.currency}"

    @property
    def email(self) -> str:
        """Where mail about this account goes; empty when the shop sent no address."""
        return self.guest_email if self.customer is None else self.customer.email

    @property
    def owner_name(self) -> str:
        """Whose account it is, in words."""
        return str(self.customer) if self.customer is not None else self.guest_name or self.email


class EntryKind(models.TextChoices):
    """Why a balance changed."""

    CREDIT = "CREDIT", _("Credit")
    BONUS = "BONUS", _("Bonus")
    DEBIT = "DEBIT", _("Spent")
    EXPIRY = "EXPIRY", _("Expired")
    REVERSAL = "REVERSAL", _("Taken back")


class StoreCreditEntry(models.Model):
    """One change of a balance: above 0 added, below 0 taken.

    `remaining` is what is left to spend of a credit or bonus; it alone ever changes. What takes
    from credits says so in its uses; a reversal of it gives back to the same credits.
    """

    account = models.ForeignKey(
        StoreCreditAccount,
        on_delete=models.PROTECT,
        related_name="entries",
        verbose_name=_("account"),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=EntryKind)
    amount = amount_field(_("amount"))
    remaining = amount_field(_("left to spend"), default=0)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    for_return = models.ForeignKey(
        Return,
        on_delete=models.PROTECT,
        related_name="store_credit_entries",
        verbose_name=_("return"),
        null=True,
        blank=True,
    )
    refund_transaction = models.OneToOneField(
        RefundTransaction,
        on_delete=models.PROTECT,
        related_name="store_credit_entry",
        verbose_name=_("refund transaction"),
        null=True,
        blank=True,
    )
    bonus_of = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        related_name="bonus",
        verbose_name=_("bonus of"),
        null=True,
        blank=True,
    )
    reverses = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        related_name="reversal",
        verbose_name=_("takes back"),
        null=True,
        blank=True,
    )
    # The same key is the same entry, however often it is sent; none for what follows by itself.
    idempotency_key = models.UUIDField(null=True, blank=True, unique=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    actor_kind = models.CharField(_("kind of actor"), max_length=10, choices=ActorKind)
    actor_name = models.CharField(_("who"), max_length=200)
    actor_user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="store_credit_entries",
        verbose_name=_("login"),
        null=True,
        blank=True,
    )
    created_at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("store credit entry")
        verbose_name_plural = _("store credit entries")
        ordering = ("id",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(kind__in=EntryKind.values),
                name="returns_storecreditentry_kind_known",
            ),
            models.CheckConstraint(
                condition=models.Q(actor_kind__in=ActorKind.values),
                name="returns_storecreditentry_actor_kind_known",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["CREDIT", "BONUS"], amount__gt=0)
                | models.Q(kind__in=["DEBIT", "EXPIRY"], amount__lt=0)
                | (models.Q(kind="REVERSAL") & ~models.Q(amount=0)),
                name="returns_storecreditentry_sign_fits_kind",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    kind__in=["CREDIT", "BONUS"],
                    remaining__gte=0,
                    remaining__lte=models.F("amount"),
                )
                | models.Q(
                    kind__in=["DEBIT", "EXPIRY", "REVERSAL"],
                    remaining=0,
                    expires_at__isnull=True,
                    refund_transaction__isnull=True,
                ),
                name="returns_storecreditentry_remaining_in_range",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="REVERSAL", reverses__isnull=False)
                | (~models.Q(kind="REVERSAL") & models.Q(reverses__isnull=True)),
                name="returns_storecreditentry_reversal_of_something",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="BONUS", bonus_of__isnull=False)
                | (~models.Q(kind="BONUS") & models.Q(bonus_of__isnull=True)),
                name="returns_storecreditentry_bonus_of_something",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["account", "-id"], name="returns_storecredit_newest"),
            # As small as what may still expire.
            models.Index(
                fields=["expires_at", "account"],
                name="returns_storecredit_expiring",
                condition=models.Q(expires_at__isnull=False, remaining__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"


class StoreCreditUse(models.Model):
    """How much of which credit an entry took: a debit, an expiry or the reversal of a credit."""

    entry = models.ForeignKey(
        StoreCreditEntry, on_delete=models.PROTECT, related_name="uses", verbose_name=_("entry")
    )
    credit = models.ForeignKey(
        StoreCreditEntry, on_delete=models.PROTECT, related_name="used_by", verbose_name=_("credit")
    )
    amount = amount_field(_("amount"))

    class Meta:
        verbose_name = _("use of store credit")
        verbose_name_plural = _("uses of store credit")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["entry", "credit"], name="returns_storecredituse_once"),
            models.CheckConstraint(
                condition=models.Q(amount__gt=0), name="returns_storecredituse_amount_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} of entry {self.credit_id}"
