"""The vocabulary of looking for returns."""

from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.apps import apps
from django.db import models
from django.db.models.lookups import IsNull

from orders.kept import Now
from returns.models.resolutions import Resolution
from returns.models.states import LIVE, ReturnStatus

if TYPE_CHECKING:
    from returns.models.returns import Return  # noqa: F401 - of whom the rows are, below


# What says off the row itself that there may be money to pay back; the index has the same words.
MAY_BE_PAID_BACK: Final = models.Q(status__in=["OPEN", "CLOSED", "CANCELED"]) & (
    models.Q(refunded_quantity__lt=models.F("processed_quantity")) | models.Q(exchange_due__lt=0)
)


class ReturnQuerySet(models.QuerySet["Return"]):
    """The vocabulary of looking for returns."""

    def told_to_buyer(self) -> "ReturnQuerySet":
        """Those that whoever bought may know of: not what recipients do with their gifts."""
        return self.filter(gift_code__isnull=True)

    def live(self) -> "ReturnQuerySet":
        """Returns that hold pieces of their order."""
        return self.filter(status__in=LIVE)

    def waiting_for_decision(self) -> "ReturnQuerySet":
        """Requests that nobody has approved or declined."""
        return self.filter(status=ReturnStatus.REQUESTED)

    def waiting_for_goods(self) -> "ReturnQuerySet":
        """Open returns with pieces that have not been received."""
        return self.filter(
            status=ReturnStatus.OPEN, processed_quantity__lt=models.F("total_quantity")
        )

    def on_the_way(self) -> "ReturnQuerySet":
        """Open returns with a parcel that somebody carries right now."""
        carried = self.model._default_manager.filter(parcels__state__in=("HANDED_IN", "IN_TRANSIT"))
        return self.filter(pk__in=carried.values("pk"), status=ReturnStatus.OPEN)

    def waiting_for_disposal(self) -> "ReturnQuerySet":
        """Open returns with received pieces of which it is not final what becomes of them."""
        return self.filter(
            status=ReturnStatus.OPEN, disposed_quantity__lt=models.F("processed_quantity")
        )

    def waiting_for_refund(self) -> "ReturnQuerySet":
        """Returns with received pieces to be paid back, or money for what is not sent after all.

        Missing, refused and repaired pieces never are.
        """
        return self.filter(MAY_BE_PAID_BACK).filter(
            models.Q(self._unpaid()) | models.Q(exchange_due__lt=0)
        )

    def _unpaid(self) -> IsNull:
        """Have a line with received pieces that are not paid back.

        The first such line, not whether there is one: beside an OR, PostgreSQL would look for all
        lines of the table that are unpaid, even when only the first returns of a list are wanted.
        """
        lines = apps.get_model("returns", "ReturnLine").objects.order_by()
        unpaid = lines.exclude(resolution=Resolution.REPAIR).filter(
            for_return=models.OuterRef("pk"),
            refunded_quantity__lt=models.F("processed_quantity")
            - models.F("missing_quantity")
            - models.F("shipped_back_quantity"),
        )
        return IsNull(models.Subquery(unpaid.values("pk")[:1]), False)  # noqa: FBT003 - SQL's

    def waiting_for_us(self) -> "ReturnQuerySet":
        """Returns on which we have to decide, or for which we have to pay back; see `due_at`."""
        requested = models.Q(status=ReturnStatus.REQUESTED)
        return self.filter(requested | MAY_BE_PAID_BACK).filter(
            requested | models.Q(self._unpaid()) | models.Q(exchange_due__lt=0)
        )

    def late(self, now: datetime | Now) -> "ReturnQuerySet":
        """Returns with which we are late."""
        return self.waiting_for_us().filter(due_at__lt=now)

    def waiting_for_answer(self) -> "ReturnQuerySet":
        """Returns about which a buyer wrote and nobody answered."""
        return self.filter(to_answer_since__isnull=False)

    def waiting_for_buyer(self) -> "ReturnQuerySet":
        """Requests and open returns about which staff need something from the buyer."""
        return self.filter(status__in=["REQUESTED", "OPEN"], details_asked_at__isnull=False)

    def waiting_for_replacement(self) -> "ReturnQuerySet":
        """Open returns with replacements that are ready to be sent."""
        return self.filter(status=ReturnStatus.OPEN, exchange_ready_quantity__gt=0)
