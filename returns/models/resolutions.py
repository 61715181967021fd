"""What a buyer may get for what goes back."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Resolution(models.TextChoices):
    """What a buyer may get for what goes back.

    EXCHANGE: another variant of the same product. ANY_PRODUCT: any product, the same one included.
    REPLACEMENT: the same variant sent again. REPAIR: the very piece, repaired and sent back.
    """

    MONEY = "MONEY", _("money back")
    CREDIT = "CREDIT", _("store credit")
    EXCHANGE = "EXCHANGE", _("exchange for the same product")
    ANY_PRODUCT = "ANY_PRODUCT", _("exchange for any product")
    REPLACEMENT = "REPLACEMENT", _("replacement")
    REPAIR = "REPAIR", _("repair")
