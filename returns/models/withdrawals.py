"""The EU withdrawal function: Directive 2011/83/EU, Article 11a (docs/withdrawal.md)."""

import uuid
from typing import ClassVar, Final

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.models import Order, Product, Store
from orders.models.fields import amount_field, language_field

# Article 9(1); off-premises contracts have 30 in some countries, Article 9(1a).
PERIOD_DAYS: Final = 14
MOST_PERIOD_DAYS: Final = 366
MOST_TRANSIT_DAYS: Final = 60

NAME_LENGTH: Final = 200
REFERENCE_LENGTH: Final = 100
ITEMS_LENGTH: Final = 1000
NOTE_LENGTH: Final = 500


class WithdrawalFunction(models.Model):
    """What a store says about its withdrawal function; a store without a row has none."""

    store = models.OneToOneField(
        Store, on_delete=models.CASCADE, related_name="withdrawal_function", verbose_name=_("store")
    )
    enabled = models.BooleanField(
        _("offer the withdrawal function"),
        default=False,
        help_text=_("Shows the link on every page of the storefront."),
    )
    days = models.PositiveSmallIntegerField(
        _("withdrawal period"),
        default=PERIOD_DAYS,
        validators=[MinValueValidator(PERIOD_DAYS), MaxValueValidator(MOST_PERIOD_DAYS)],
        help_text=_("Counted from the day after the last good was delivered; 14 by law."),
    )
    transit_days = models.PositiveSmallIntegerField(
        _("longest time of delivery"),
        default=7,
        validators=[MaxValueValidator(MOST_TRANSIT_DAYS)],
        help_text=_("Taken for a parcel of which nobody tells when it arrived."),
    )
    buyer_pays_return = models.BooleanField(
        _("the buyer pays for sending back"),
        default=True,
        help_text=_("Then the policy's fee for return shipping is kept, and no other fee."),
    )
    waits_for_goods = models.BooleanField(
        _("wait for the goods before paying back"),
        default=True,
        help_text=_("Or for proof that they were sent, whichever is earlier (Article 13(3))."),
    )
    standard_delivery_cost = amount_field(
        _("cost of standard delivery"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_(
            "The most that comes back for delivery: what a buyer paid extra for a faster one does "
            "not (Article 13(2)). Empty for all that was paid."
        ),
    )
    # {language: {"link": …, "confirm": …}}; what is missing has the words of the directive.
    words = models.JSONField(_("words"), default=dict, blank=True)

    class Meta:
        verbose_name = _("withdrawal function")
        verbose_name_plural = _("withdrawal functions")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(days__gte=PERIOD_DAYS, days__lte=MOST_PERIOD_DAYS)
                & models.Q(transit_days__lte=MOST_TRANSIT_DAYS),
                name="returns_withdrawalfunction_days_in_range",
            ),
            models.CheckConstraint(
                condition=models.Q(standard_delivery_cost__isnull=True)
                | models.Q(standard_delivery_cost__gte=0),
                name="returns_withdrawalfunction_cost_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return str(self.store)


class ExemptionReason(models.TextChoices):
    """Why there is no right of withdrawal: the letters of Article 16."""

    SERVICE = "A", _("(a) Service fully performed")
    MARKET_PRICE = "B", _("(b) Price depends on the financial market")
    MADE_TO_ORDER = "C", _("(c) Made to order, or personalised")
    PERISHABLE = "D", _("(d) Spoils or expires rapidly")
    HYGIENE = "E", _("(e) Sealed for health or hygiene, and unsealed")
    MIXED = "F", _("(f) Mixed inseparably with other items")
    ALCOHOL = "G", _("(g) Alcohol with a price agreed in advance")
    URGENT_REPAIR = "H", _("(h) Urgent repair or maintenance")
    MEDIA = "I", _("(i) Sealed recording or software, and unsealed")
    NEWSPAPER = "J", _("(j) Newspaper, periodical or magazine")
    AUCTION = "K", _("(k) Public auction")
    DATED = "L", _("(l) Lodging, transport, hire, catering or leisure on a date")
    DIGITAL = "M", _("(m) Digital content, begun with consent")


class WithdrawalExemption(models.Model):
    """A product without right of withdrawal. It is flagged; a statement about it is taken too."""

    product = models.OneToOneField(
        Product,
        on_delete=models.CASCADE,
        related_name="withdrawal_exemption",
        verbose_name=_("product"),
    )
    reason = models.CharField(_("reason"), max_length=1, choices=ExemptionReason)
    note = models.CharField(
        _("note"), max_length=NOTE_LENGTH, blank=True, help_text=_("For staff.")
    )

    class Meta:
        verbose_name = _("exemption from withdrawal")
        verbose_name_plural = _("exemptions from withdrawal")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(reason__in=ExemptionReason.values),
                name="returns_withdrawalexemption_reason_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product}: {self.get_reason_display()}"


class WithdrawalStatement(models.Model):
    """What somebody stated, exactly; a trigger in the database refuses every later change.

    `content` is the statement as canonical JSON and `sha256` its hash, which the database checks;
    the columns repeat it for lists. What becomes of it is in its WithdrawalCase.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # Chosen by the page that asks: the same button pressed twice is one statement.
    request_key = models.UUIDField(unique=True, editable=False)
    store = models.ForeignKey(
        Store,
        on_delete=models.PROTECT,
        related_name="withdrawal_statements",
        verbose_name=_("store"),
    )
    received_at = models.DateTimeField(_("received at"))
    name = models.CharField(_("name"), max_length=NAME_LENGTH)
    email = models.EmailField(_("confirmation goes to"))
    order_reference = models.CharField(_("order number as given"), max_length=REFERENCE_LENGTH)
    # Only when a buyer who is known chose one of their own orders.
    order = models.ForeignKey(
        Order,
        on_delete=models.PROTECT,
        related_name="withdrawal_statements",
        verbose_name=_("order"),
        null=True,
        blank=True,
    )
    # [{"line": uuid of the order line, "title", "options", "sku", "quantity"}]; [] for everything.
    items = models.JSONField(_("items"), default=list, blank=True)
    items_text = models.CharField(_("items in words"), max_length=ITEMS_LENGTH, blank=True)
    language = language_field()
    content = models.TextField(_("content"))
    sha256 = models.CharField(_("hash"), max_length=64)

    class Meta:
        verbose_name = _("withdrawal statement")
        verbose_name_plural = _("withdrawal statements")
        ordering = ("id",)
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["received_at", "id"], name="returns_withdrawal_received"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """What people call it, as in `W-000017`."""
        return f"W-{self.pk:06}"

    @property
    def is_whole(self) -> bool:
        """Whether it is about everything that was ordered."""
        return not self.items and not self.items_text


class WithdrawalState(models.TextChoices):
    """Where the handling of a statement stands."""

    QUEUED = "QUEUED", _("In the queue")
    TO_CHECK = "TO_CHECK", _("To check")
    HANDLED = "HANDLED", _("Return opened")
    SETTLED = "SETTLED", _("Done")


class WithdrawalFlag(models.TextChoices):
    """What a person has to look at; none of it ever refuses a statement."""

    UNKNOWN_ORDER = "UNKNOWN_ORDER", _("Order not found")
    LATE = "LATE", _("Period seems over")
    EXEMPT = "EXEMPT", _("Exempt goods")
    UNSENT = "UNSENT", _("Not sent yet")
    NOTHING_LEFT = "NOTHING_LEFT", _("Nothing left to return")
    UNCLEAR_ITEMS = "UNCLEAR_ITEMS", _("Items in words")
    REPEATED = "REPEATED", _("Stated before")
    NOT_OPENED = "NOT_OPENED", _("Return could not be opened")


class WithdrawalCase(models.Model):
    """What becomes of a statement: its order, what a person has to look at, and until when.

    refund_by: the last day to pay back, in the store's time zone (Article 13(1)). Who did what when
    is in its WithdrawalEvents.
    """

    statement = models.OneToOneField(
        WithdrawalStatement,
        on_delete=models.PROTECT,
        related_name="case",
        verbose_name=_("statement"),
    )
    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, related_name="withdrawal_cases", verbose_name=_("store")
    )
    order = models.ForeignKey(
        Order,
        on_delete=models.PROTECT,
        related_name="withdrawal_cases",
        verbose_name=_("order"),
        null=True,
        blank=True,
    )
    state = models.CharField(
        _("state"), max_length=10, choices=WithdrawalState, default=WithdrawalState.QUEUED
    )
    flags = ArrayField(
        models.CharField(max_length=20, choices=WithdrawalFlag),
        verbose_name=_("flags"),
        default=list,
        blank=True,
    )
    refund_by = models.DateField(_("to be paid back by"))
    # Came in while there were too many; then the jobs take their time.
    is_slow = models.BooleanField(_("came in a flood"), default=False)
    acknowledged_at = models.DateTimeField(_("confirmation mailed at"), null=True, blank=True)
    handled_at = models.DateTimeField(_("handled at"), null=True, blank=True)
    search = SearchVectorField(null=True, editable=False)

    class Meta:
        verbose_name = _("withdrawal")
        verbose_name_plural = _("withdrawals")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(state__in=WithdrawalState.values),
                name="returns_withdrawalcase_state_known",
            ),
            models.CheckConstraint(
                condition=models.Q(flags__contained_by=WithdrawalFlag.values),
                name="returns_withdrawalcase_flags_known",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["store", "-id"], name="returns_withdrawal_store"),
            models.Index(fields=["state", "-id"], name="returns_withdrawal_state"),
            models.Index(
                fields=["refund_by", "id"],
                name="returns_withdrawal_due",
                condition=~models.Q(state="SETTLED"),
            ),
            GinIndex(fields=["search"], name="returns_withdrawal_search"),
        ]

    def __str__(self) -> str:
        return str(self.statement)
