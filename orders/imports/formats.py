"""The formats that orders can be imported from."""

from collections.abc import Callable, Iterator

from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.imports import online_retail, retour_csv, retour_json, shopify
from orders.imports.records import Record
from orders.imports.source import Source
from orders.models import Store

Reader = Callable[[Source, Store], Iterator[Record]]


class Format(models.TextChoices):
    """What kind of file it is. The values are the words of the command line."""

    RETOUR_CSV = "retour-csv", _("Retour CSV")
    RETOUR_JSON = "retour-json", _("Retour JSON")
    SHOPIFY = "shopify", _("Shopify orders export (CSV)")
    ONLINE_RETAIL = "online-retail", _("Online Retail II (CSV)")


READERS: dict[Format, Reader] = {
    Format.RETOUR_CSV: retour_csv.records,
    Format.RETOUR_JSON: retour_json.records,
    Format.SHOPIFY: shopify.records,
    Format.ONLINE_RETAIL: online_retail.records,
}
