"""What a buyer's own history says: signals in words, computed when asked for, stored nowhere.

Looked at are the orders of the twelve months before a moment and the returns of these. A registered
customer is known by the customer's row, a guest by the address of the order's mails.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Cast, Coalesce, JSONObject, Lower
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from orders.models import BundleKind, Order, OrderLine
from orders.money import ZERO, localized
from returns.models import Return, ReturnLine
from returns.models.states import LIVE

LOOKED_AT: Final = timedelta(days=365)
# More orders than anybody judges; nobody's history slows a page.
MOST_ORDERS: Final = 5000


class Level(models.TextChoices):
    """How careful one might be; a word for people and rules, never a decision."""

    LOW = "LOW", gettext_lazy("Nothing unusual")
    MEDIUM = "MEDIUM", gettext_lazy("Look twice")
    HIGH = "HIGH", gettext_lazy("Be careful")


RANKS: Final = {Level.LOW: 0, Level.MEDIUM: 1, Level.HIGH: 2}

# From how many on a signal says "look twice", and from how many "be careful".
RETURNS_FROM: Final = (5, 10)
CLAIMS_FROM: Final = (3, 6)
MISSING_FROM: Final = (1, 3)
# In percent of the pieces bought, once so many were.
RATE_FROM: Final = (50, 80)
RATE_NEEDS_PIECES: Final = 6


@dataclass(frozen=True, kw_only=True)
class PastReturn:
    """One return that was not declined or canceled; `refunded` in its order's currency."""

    pk: int
    at: datetime
    pieces: int
    missing: int
    is_claim: bool
    refunded: Decimal
    currency: str


@dataclass(frozen=True, kw_only=True)
class PastOrder:
    """One order: when it was placed and how many pieces of goods were in it."""

    at: datetime
    pieces: int
    returns: tuple[PastReturn, ...]


@dataclass(frozen=True, kw_only=True)
class Signals:
    """What is counted; refunded: by currency. Claims are returns for what is the shop's fault."""

    bought: int = 0
    returned: int = 0
    returns: int = 0
    claims: int = 0
    missing: int = 0
    refunded: tuple[tuple[str, Decimal], ...] = ()

    @property
    def rate(self) -> int:
        """Pieces returned in percent of those bought, rounded down; 0 when nothing was bought."""
        return min(self.returned * 100 // self.bought, 100) if self.bought else 0

    @property
    def level(self) -> Level:
        """The level of the signal that says most."""
        return max((level for level, _words in self.reasons), key=RANKS.__getitem__)

    @property
    def reasons(self) -> list[tuple[Level, str]]:
        """Every signal in words with its level; those that say most first."""
        told = [
            (self._rate_level, self._rate_words),
            (_level(self.returns, RETURNS_FROM), self._returns_words),
            (_level(self.claims, CLAIMS_FROM), self._claims_words),
            (_level(self.missing, MISSING_FROM), self._missing_words),
        ]
        return sorted(told, key=lambda one: -RANKS[one[0]])

    @property
    def _rate_level(self) -> Level:
        return _level(self.rate, RATE_FROM) if self.bought >= RATE_NEEDS_PIECES else Level.LOW

    @property
    def _rate_words(self) -> str:
        words = _("Return rate %(rate)s %%: %(returned)s of %(bought)s pieces bought")
        return words % {"rate": self.rate, "returned": self.returned, "bought": self.bought}

    @property
    def _returns_words(self) -> str:
        words = ngettext("%(count)s return before", "%(count)s returns before", self.returns)
        amounts = ", ".join(localized(amount, currency) for currency, amount in self.refunded)
        told = words % {"count": self.returns}
        return (
            _("%(returns)s, %(amounts)s paid back")
            % {
                "returns": told,
                "amounts": amounts,
            }
            if amounts
            else told
        )

    @property
    def _claims_words(self) -> str:
        words = ngettext(
            "%(count)s return said that we made a mistake (damaged, wrong, not as described)",
            "%(count)s returns said that we made a mistake (damaged, wrong, not as described)",
            self.claims,
        )
        return words % {"count": self.claims}

    @property
    def _missing_words(self) -> str:
        words = ngettext(
            "%(count)s piece was not in its parcel",
            "%(count)s pieces were not in their parcels",
            self.missing,
        )
        return words % {"count": self.missing}


def _level(count: int, bounds: tuple[int, int]) -> Level:
    if count >= bounds[1]:
        return Level.HIGH
    return Level.MEDIUM if count >= bounds[0] else Level.LOW


def owner(order: Order) -> str:
    """Return the name by which an order's buyer is known here; "" when nobody can tell."""
    if order.customer_id:
        return f"customer:{order.customer_id}"
    return f"guest:{order.guest_email.lower()}" if order.guest_email else ""


class History:
    """The orders and returns of some buyers, loaded at once; `signals` looks at a moment."""

    def __init__(self, orders: dict[str, list[PastOrder]]) -> None:
        self._orders = orders

    @classmethod
    def of(cls, orders: Collection[Order], since: datetime) -> "History":
        """Load what the buyers of these orders ordered since a moment; one query, or none."""
        customers = {order.customer_id for order in orders if order.customer_id}
        guests = {order.guest_email.lower() for order in orders if owner(order)[:6] == "guest:"}
        if not customers and not guests:
            return cls({})
        theirs = Q(customer__in=customers) if customers else Q()
        if guests:
            theirs |= Q(customer__isnull=True, guest__in=guests)
        found: dict[str, list[PastOrder]] = defaultdict(list)
        for row in _rows(theirs, since):
            found[owner(row)].append(_past_order(row))
        return cls(found)

    def signals(self, order: Order, *, at: datetime, without: int | None = None) -> Signals:
        """Count what was known of an order's buyer before a moment.

        without: a return (primary key) that does not count, because it is the one looked at.
        """
        theirs = self._orders.get(owner(order), ()) if owner(order) else ()
        orders = [one for one in theirs if at - LOOKED_AT < one.at <= at]
        returns = [
            one for past in orders for one in past.returns if one.at < at and one.pk != without
        ]
        return Signals(
            bought=sum(one.pieces for one in orders),
            returned=sum(one.pieces for one in returns),
            returns=len(returns),
            claims=sum(one.is_claim for one in returns),
            missing=sum(one.missing for one in returns),
            refunded=_sums(returns),
        )


def signals_of(return_: Return, *, at: datetime) -> Signals:
    """Return what is known of the buyer of one return, that return left out; one query.

    Of a gift's return nothing: whoever returns it is not who bought.
    """
    if return_.is_gift:
        return Signals()
    history = History.of([return_.order], at - LOOKED_AT)
    return history.signals(return_.order, at=at, without=return_.pk)


def _sums(returns: Iterable[PastReturn]) -> tuple[tuple[str, Decimal], ...]:
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for one in returns:
        sums[one.currency] += one.refunded
    return tuple((currency, amount) for currency, amount in sorted(sums.items()) if amount)


def _rows(theirs: Q, since: datetime) -> Iterable[Any]:
    """Return the orders with `pieces` and `past`, their returns as plain data."""
    goods = OrderLine.objects.filter(order=OuterRef("pk"), is_goods=True).exclude(
        bundle_kind=BundleKind.CONFIGURABLE
    )
    goods = goods.exclude(bundle_parent__bundle_kind=BundleKind.FIXED, bundle_parent__isnull=False)
    lines = ReturnLine.objects.filter(for_return=OuterRef("pk"))
    missing = lines.order_by().values("for_return").annotate(sum=Sum("missing_quantity"))
    # What recipients do with gifts says nothing about who gave them.
    own = Return.objects.told_to_buyer().filter(order=OuterRef("pk"), status__in=LIVE)
    past = own.annotate(
        missing=Coalesce(Subquery(missing.values("sum")), 0),
        is_claim=Exists(lines.filter(reason__free_of_fees=True)),
        plain=JSONObject(
            pk="pk",
            at="created_at",
            pieces="total_quantity",
            missing="missing",
            is_claim="is_claim",
            refunded=Cast("refunded_amount", models.TextField()),
        ),
    )
    pieces = goods.order_by().values("order").annotate(sum=Sum("quantity")).values("sum")
    found = (
        Order.objects.alias(guest=Lower("guest_email"))
        .filter(theirs, placed_at__gt=since, canceled_at__isnull=True)
        .annotate(pieces=Coalesce(Subquery(pieces), 0), past=ArraySubquery(past.values("plain")))
        .only("customer", "guest_email", "currency", "placed_at")
        .order_by(F("placed_at").desc())
    )
    return found[:MOST_ORDERS]


def _past_order(row: Any) -> PastOrder:
    """Return an order with its returns from a row of `_rows`."""
    returns = [
        PastReturn(
            pk=one["pk"],
            at=datetime.fromisoformat(one["at"]),
            pieces=one["pieces"],
            missing=one["missing"],
            is_claim=one["is_claim"],
            refunded=Decimal(one["refunded"]),
            currency=row.currency,
        )
        for one in row.past
    ]
    return PastOrder(at=row.placed_at, pieces=row.pieces, returns=tuple(returns))
