"""The terms on which goods may go back, as a manager edits them and as an order keeps them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.models import Store
from orders.models.fields import amount_field
from returns.models.resolutions import Resolution


class WindowStart(models.TextChoices):
    """From when the days of the return window count."""

    ORDER = "ORDER", _("the order")
    SHIPMENT = "SHIPMENT", _("the shipment")
    DELIVERY = "DELIVERY", _("the delivery")
    LAST_DELIVERY = "LAST_DELIVERY", _("the delivery of the order's last parcel")


class Returnable(models.TextChoices):
    """Whether goods may go back at all, and why not; the buyer is told."""

    AS_MARKED = "AS_MARKED", _("as the shop marked the item")
    YES = "YES", _("yes, however the item is marked")
    FINAL_SALE = "FINAL_SALE", _("no: final sale")
    HYGIENE = "HYGIENE", _("no: for reasons of hygiene")
    PERSONALISED = "PERSONALISED", _("no: made to the buyer's order")
    PERISHABLE = "PERISHABLE", _("no: perishable")
    DIGITAL = "DIGITAL", _("no: digital")
    OTHER = "OTHER", _("no: another reason")


class FulfillmentState(models.TextChoices):
    """How far a parcel to the buyer has come."""

    SHIPPED = "SHIPPED", _("on its way")
    DELIVERED = "DELIVERED", _("delivered")


class ShippingRefund(models.TextChoices):
    """When what the buyer paid for delivery comes back by itself."""

    NEVER = "NEVER", _("never")
    FULL_RETURN = "FULL_RETURN", _("when the whole order has gone back")


class Exchanges(models.TextChoices):
    """What a buyer may get in place of what goes back."""

    NONE = "NONE", _("nothing")
    SAME_PRODUCT = "SAME_PRODUCT", _("another variant of the same product")
    ANY_PRODUCT = "ANY_PRODUCT", _("any product in stock")


class ReturnLabel(models.TextChoices):
    """Who sees to the label of a parcel back."""

    NONE = "NONE", _("the buyer")
    OWN_LABEL = "OWN_LABEL", _("we: an address label, made when the return is approved")
    BY_STAFF = "BY_STAFF", _("we: staff add one to each return")


class CancelUnsent(models.TextChoices):
    """Whether buyers may cancel what was not sent yet, and who decides."""

    NONE = "NONE", _("no")
    AT_ONCE = "AT_ONCE", _("yes, at once")
    BY_STAFF = "BY_STAFF", _("yes, once we agree")


# The fields of ReturnTerms that are Decimals.
_AMOUNTS = (
    "restocking_fee_percent",
    "return_shipping_fee",
    "credit_bonus_percent",
    "credit_bonus_amount",
    "keep_item_below",
)

# What goods are that never go back.
EXCLUDED = frozenset(Returnable) - {Returnable.AS_MARKED, Returnable.YES}

# A hundred years: more is no end at all, and calendars stop in the year 9999.
MOST_DAYS = 36_500
MOST_MINUTES = MOST_DAYS * 24 * 60


@dataclass(frozen=True, kw_only=True)
class ReturnTerms:
    """The terms that apply to goods: a policy without its row, frozen when the order came in.

    An order has those of its store; a line may have others, which rules decided
    (`returns.policies.terms`).

    window_days: whole days in which a return can be asked for; None for ever. 30 by default, as
        Spryker's and Shopify's returns have it.
    window_start: what the days count from. A missing delivery date falls back to the shipment
        and `transit_days` more.
    transit_days: whole days that a parcel is taken to travel when its delivery is not known.
    next_business_day: whether a window that ends on a weekend or a public holiday of the country
        that the goods were sent to lasts until the next business day.
    until: a day, in the store's time zone, before which no window ends (a season); None for none.
    returnable: a Returnable. returnable_text: what the buyer is told about it, by language.
    comment_needed: whether the buyer has to say something in words.
    photos_needed: whether the buyer has to add a photo.
    location: code of the location that the goods go back to; "" for what the ways back say.
    returnable_states: how far a parcel must have come for its goods to go back.
    restocking_fee_percent: taken from each line's refund, 0 to 100.
    return_shipping_fee: taken once per return, in the order's currency.
    shipping_refund: when the delivery cost comes back.
    days_to_send: days after approval until which the goods are to be handed in.
    auto_approve: whether a buyer's request is approved at once.
    offers_money: whether the buyer may choose the money back.
    offers_credit: whether the buyer may choose store credit instead of money.
    credit_bonus_percent: added to such credit, in percent of it, 0 to 100.
    credit_bonus_amount: added once per return, in the order's currency; only one bonus is set.
    credit_valid_days: days after which such credit expires; None for never.
    keep_item_below: requests of goods worth less, in the order's currency, are approved at once and
        the buyer keeps the goods; None for never.
    label: who sees to the label of the parcel.
    exchanges: what may be had in place of what goes back.
    offers_replacement: whether the same variant may be had again. offers_repair: whether the buyer
        may have the piece repaired.
    instant_exchange: whether the replacement is sent before the goods are back.
    reservation_hours: how long a replacement is held in stock, 1 or more.
    cancel_unsent: whether buyers may cancel what was not sent yet, and who decides.
    cancel_minutes: minutes after the order in which they may; None until it is sent.
    """

    window_days: int | None = 30
    window_start: str = WindowStart.DELIVERY.value
    returnable_states: tuple[str, ...] = (
        FulfillmentState.SHIPPED.value,
        FulfillmentState.DELIVERED.value,
    )
    restocking_fee_percent: Decimal = Decimal(0)
    return_shipping_fee: Decimal = Decimal(0)
    shipping_refund: str = ShippingRefund.FULL_RETURN.value
    days_to_send: int = 14
    auto_approve: bool = False
    offers_money: bool = True
    offers_credit: bool = False
    credit_bonus_percent: Decimal = Decimal(0)
    credit_bonus_amount: Decimal = Decimal(0)
    credit_valid_days: int | None = None
    keep_item_below: Decimal | None = None
    label: str = ReturnLabel.NONE.value
    exchanges: str = Exchanges.SAME_PRODUCT.value
    offers_replacement: bool = False
    offers_repair: bool = False
    instant_exchange: bool = False
    reservation_hours: int = 14 * 24
    transit_days: int = 0
    next_business_day: bool = False
    until: date | None = None
    returnable: str = Returnable.AS_MARKED.value
    returnable_text: Mapping[str, str] = field(default_factory=dict)
    comment_needed: bool = False
    photos_needed: bool = False
    location: str = ""
    cancel_unsent: str = CancelUnsent.NONE.value
    cancel_minutes: int | None = None

    @property
    def resolutions(self) -> list[Resolution]:
        """What a buyer may choose, in the order of the choices."""
        offered = {
            Resolution.MONEY: self.offers_money,
            Resolution.CREDIT: self.offers_credit,
            Resolution.EXCHANGE: self.exchanges != Exchanges.NONE,
            Resolution.ANY_PRODUCT: self.exchanges == Exchanges.ANY_PRODUCT,
            Resolution.REPLACEMENT: self.offers_replacement,
            Resolution.REPAIR: self.offers_repair,
        }
        return [each for each in Resolution if offered[each]]

    def to_json(self) -> dict[str, Any]:
        """Return the terms as plain data; amounts as strings, so that no digit is lost.

        Equal terms are the same plain data: 10 and 10.00 are both "10".
        """
        # A choice may still be a member of its enumeration, which not every format can write.
        plain = {k: str(v) if isinstance(v, str) else v for k, v in asdict(self).items()}
        plain["returnable_states"] = [str(state) for state in self.returnable_states]
        for name in _AMOUNTS:
            if plain[name] is not None:
                plain[name] = f"{Decimal(plain[name]).normalize():f}"
        plain["until"] = self.until.isoformat() if self.until else None
        plain["returnable_text"] = dict(self.returnable_text)
        return plain

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Self:
        """Return the terms that `to_json` wrote; what is missing has its default."""
        return cls(**cls._typed(plain))

    def changed(self, plain: Mapping[str, Any]) -> Self:
        """Return these terms with some of them replaced by what `to_json` wrote of others."""
        return replace(self, **self._typed(plain))

    @classmethod
    def _typed(cls, plain: Mapping[str, Any]) -> dict[str, Any]:
        known = {name: plain[name] for name in cls.__dataclass_fields__ if name in plain}
        for name in _AMOUNTS:
            if known.get(name) is not None:
                known[name] = Decimal(known[name])
        if known.get("until") is not None:
            known["until"] = date.fromisoformat(known["until"])
        if "returnable_states" in known:
            known["returnable_states"] = tuple(known["returnable_states"])
        return known


def all_states() -> list[str]:
    """Return every state in which goods may be returnable: the default of a new policy."""
    return [FulfillmentState.SHIPPED.value, FulfillmentState.DELIVERED.value]


class ReturnPolicy(models.Model):
    """What a store's manager says about returns; applies to orders that come in from then on."""

    store = models.OneToOneField(
        Store, on_delete=models.CASCADE, related_name="return_policy", verbose_name=_("store")
    )
    window_days = models.PositiveIntegerField(
        _("days to return"),
        default=30,
        null=True,
        blank=True,
        validators=[MaxValueValidator(MOST_DAYS)],
        help_text=_("Whole days, the last one included. Empty for no end."),
    )
    window_start = models.CharField(
        _("counted from"), max_length=20, choices=WindowStart, default=WindowStart.DELIVERY
    )
    returnable_states = ArrayField(
        models.CharField(max_length=20, choices=FulfillmentState),
        verbose_name=_("what may go back is"),
        default=all_states,
    )
    restocking_fee_percent = models.DecimalField(
        _("restocking fee in percent"),
        max_digits=5,
        decimal_places=2,
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    return_shipping_fee = amount_field(
        _("fee for return shipping"),
        default=0,
        validators=[MinValueValidator(0)],
        help_text=_("Once per return, in the store's currency."),
    )
    shipping_refund = models.CharField(
        _("delivery cost comes back"),
        max_length=20,
        choices=ShippingRefund,
        default=ShippingRefund.FULL_RETURN,
    )
    days_to_send = models.PositiveIntegerField(
        _("days to send the goods"),
        default=14,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_DAYS)],
    )
    auto_approve = models.BooleanField(_("approve requests at once"), default=False)
    offers_money = models.BooleanField(_("buyers may choose the money back"), default=True)
    offers_credit = models.BooleanField(
        _("buyers may choose store credit"),
        default=False,
        help_text=_("Instead of the money, when they ask for the return."),
    )
    credit_bonus_percent = models.DecimalField(
        _("bonus on store credit in percent"),
        max_digits=5,
        decimal_places=2,
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    credit_bonus_amount = amount_field(
        _("bonus on store credit"),
        default=0,
        validators=[MinValueValidator(0)],
        help_text=_("Once per return, in the store's currency. In percent or as an amount."),
    )
    credit_valid_days = models.PositiveIntegerField(
        _("store credit is valid for"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_DAYS)],
        help_text=_("Whole days, the last one included. Empty for no end."),
    )
    keep_item_below = amount_field(
        _("buyers keep what is worth less than"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_(
            "Requests below are approved at once, and the goods need not come back; once per"
            " order. Empty for never."
        ),
    )
    label = models.CharField(
        _("who sees to the label"), max_length=20, choices=ReturnLabel, default=ReturnLabel.NONE
    )
    exchanges = models.CharField(
        _("exchange for"), max_length=20, choices=Exchanges, default=Exchanges.SAME_PRODUCT
    )
    offers_replacement = models.BooleanField(
        _("buyers may have the same article sent again"), default=False
    )
    offers_repair = models.BooleanField(
        _("buyers may have the article repaired"),
        default=False,
        help_text=_("It comes in, is repaired and goes back to the buyer."),
    )
    instant_exchange = models.BooleanField(
        _("send replacements before the goods are back"), default=False
    )
    reservation_hours = models.PositiveIntegerField(
        _("hold replacements for"),
        default=14 * 24,
        validators=[MinValueValidator(1), MaxValueValidator(24 * MOST_DAYS)],
        help_text=_("Hours for which the pieces are kept in stock for the buyer."),
    )
    transit_days = models.PositiveIntegerField(
        _("days a parcel travels"),
        default=0,
        validators=[MaxValueValidator(MOST_DAYS)],
        help_text=_("Counted from the shipment where the day of delivery is not known."),
    )
    next_business_day = models.BooleanField(
        _("a window that ends on a weekend or public holiday lasts until the next business day"),
        default=False,
        help_text=_("Those of the country that the goods were sent to."),
    )
    comment_needed = models.BooleanField(_("buyers must say in words why"), default=False)
    photos_needed = models.BooleanField(_("buyers must add a photo"), default=False)
    cancel_unsent = models.CharField(
        _("buyers may cancel what was not sent yet"),
        max_length=20,
        choices=CancelUnsent,
        default=CancelUnsent.NONE,
    )
    cancel_minutes = models.PositiveIntegerField(
        _("they may cancel for"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_MINUTES)],
        help_text=_("Minutes after the order. Empty until it is sent."),
    )
    instructions = models.TextField(
        _("instructions on the slip"), blank=True, help_text=_("Where and how to send the goods.")
    )
    updated_at = models.DateTimeField(_("changed at"), auto_now=True)

    class Meta:
        verbose_name = _("return policy")
        verbose_name_plural = _("return policies")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(window_start__in=WindowStart.values),
                name="returns_returnpolicy_window_start_known",
            ),
            models.CheckConstraint(
                condition=models.Q(shipping_refund__in=ShippingRefund.values),
                name="returns_returnpolicy_shipping_refund_known",
            ),
            models.CheckConstraint(
                condition=models.Q(exchanges__in=Exchanges.values),
                name="returns_returnpolicy_exchanges_known",
            ),
            models.CheckConstraint(
                condition=models.Q(offers_money=True)
                | models.Q(offers_credit=True)
                | models.Q(offers_replacement=True)
                | models.Q(offers_repair=True)
                | ~models.Q(exchanges=Exchanges.NONE),
                name="returns_returnpolicy_offers_something",
                violation_error_message=_("Offer the buyer at least one thing."),
            ),
            models.CheckConstraint(
                condition=models.Q(reservation_hours__gte=1),
                name="returns_returnpolicy_reservation_hours_positive",
            ),
            models.CheckConstraint(
                condition=models.Q(returnable_states__contained_by=FulfillmentState.values),
                name="returns_returnpolicy_states_known",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    restocking_fee_percent__gte=0,
                    restocking_fee_percent__lte=100,
                    return_shipping_fee__gte=0,
                )
                & (models.Q(keep_item_below__isnull=True) | models.Q(keep_item_below__gte=0)),
                name="returns_returnpolicy_fees_in_range",
            ),
            models.CheckConstraint(
                condition=models.Q(credit_bonus_percent=0, credit_bonus_amount__gte=0)
                | models.Q(
                    credit_bonus_percent__gte=0,
                    credit_bonus_percent__lte=100,
                    credit_bonus_amount=0,
                ),
                name="returns_returnpolicy_one_credit_bonus",
                violation_error_message=_("Choose one bonus: in percent or as an amount."),
            ),
            models.CheckConstraint(
                condition=models.Q(credit_valid_days__isnull=True)
                | models.Q(credit_valid_days__gte=1),
                name="returns_returnpolicy_credit_valid_days_in_range",
            ),
            models.CheckConstraint(
                condition=models.Q(label__in=ReturnLabel.values),
                name="returns_returnpolicy_label_known",
            ),
            models.CheckConstraint(
                condition=models.Q(cancel_unsent__in=CancelUnsent.values),
                name="returns_returnpolicy_cancel_unsent_known",
            ),
            models.CheckConstraint(
                condition=models.Q(cancel_minutes__isnull=True) | models.Q(cancel_minutes__gte=1),
                name="returns_returnpolicy_cancel_minutes_positive",
            ),
        ]

    def __str__(self) -> str:
        return str(self.store)

    @property
    def terms(self) -> ReturnTerms:
        """The policy as an order that comes in now would keep it."""
        return ReturnTerms(
            window_days=self.window_days,
            window_start=self.window_start,
            returnable_states=tuple(self.returnable_states),
            restocking_fee_percent=self.restocking_fee_percent,
            return_shipping_fee=self.return_shipping_fee,
            shipping_refund=self.shipping_refund,
            days_to_send=self.days_to_send,
            auto_approve=self.auto_approve,
            offers_money=self.offers_money,
            offers_credit=self.offers_credit,
            credit_bonus_percent=self.credit_bonus_percent,
            credit_bonus_amount=self.credit_bonus_amount,
            credit_valid_days=self.credit_valid_days,
            keep_item_below=self.keep_item_below,
            label=self.label,
            exchanges=self.exchanges,
            offers_replacement=self.offers_replacement,
            offers_repair=self.offers_repair,
            instant_exchange=self.instant_exchange,
            reservation_hours=self.reservation_hours,
            transit_days=self.transit_days,
            next_business_day=self.next_business_day,
            comment_needed=self.comment_needed,
            photos_needed=self.photos_needed,
            cancel_unsent=self.cancel_unsent,
            cancel_minutes=self.cancel_minutes,
        )
