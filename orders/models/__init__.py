"""What was sold: stores, locations, customers, products, orders, fulfilments, payments."""

from orders.models.customers import Customer
from orders.models.fields import ReturnListing
from orders.models.fulfillments import Fulfillment, FulfillmentLine
from orders.models.guest_access import GuestAccess
from orders.models.imports import ImportFormat, ImportRun, ImportStatus
from orders.models.orders import BundleKind, Order, OrderLine
from orders.models.payments import Payment, PaymentMethod
from orders.models.products import Product, StockLevel, Variant
from orders.models.sources import (
    CompletedMeans,
    OrderSource,
    RecordKind,
    SourceDelivery,
    SourceDeliveryStatus,
    SourceKind,
    SourceRecord,
)
from orders.models.stores import Location, PageSize, Store

__all__ = [
    "BundleKind",
    "CompletedMeans",
    "Customer",
    "Fulfillment",
    "FulfillmentLine",
    "GuestAccess",
    "ImportFormat",
    "ImportRun",
    "ImportStatus",
    "Location",
    "Order",
    "OrderLine",
    "OrderSource",
    "PageSize",
    "Payment",
    "PaymentMethod",
    "Product",
    "RecordKind",
    "ReturnListing",
    "SourceDelivery",
    "SourceDeliveryStatus",
    "SourceKind",
    "SourceRecord",
    "StockLevel",
    "Store",
    "Variant",
]
