"""The formats that orders can be imported from."""

from collections.abc import Callable, Iterator

from orders.imports import online_retail, retour_csv, retour_json, shopify
from orders.imports.records import Record
from orders.imports.source import Source
from orders.models import ImportFormat as Format
from orders.models import Store

__all__ = ["READERS", "Format", "Reader"]

Reader = Callable[[Source, Store], Iterator[Record]]


READERS: dict[Format, Reader] = {
    Format.RETOUR_CSV: retour_csv.records,
    Format.RETOUR_JSON: retour_json.records,
    Format.SHOPIFY: shopify.records,
    Format.ONLINE_RETAIL: online_retail.records,
}
