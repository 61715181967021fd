"""In which states a return can be, and what is chosen once for all of it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ReturnStatus(models.TextChoices):
    """Where a return stands. Names as in Shopify's API."""

    REQUESTED = "REQUESTED", _("Requested")
    OPEN = "OPEN", _("Open")
    CLOSED = "CLOSED", _("Closed")
    CANCELED = "CANCELED", _("Canceled")
    DECLINED = "DECLINED", _("Declined")


# Returns whose pieces are on their way back or back: they cannot be returned once more.
LIVE = (ReturnStatus.REQUESTED, ReturnStatus.OPEN, ReturnStatus.CLOSED)


class DeclineReason(models.TextChoices):
    """Why staff refuse a request. Names as in Shopify's API."""

    RETURN_PERIOD_ENDED = "RETURN_PERIOD_ENDED", _("The time for returns is over")
    FINAL_SALE = "FINAL_SALE", _("Final sale")
    OTHER = "OTHER", _("Another reason")


class RefundTo(models.TextChoices):
    """What the buyer wants back."""

    ORIGINAL = "ORIGINAL", _("The way it was paid")
    STORE_CREDIT = "STORE_CREDIT", _("Store credit")
