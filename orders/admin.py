"""Django's admin for what was sold, to read: it comes in from the shop."""

from typing import ClassVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from accounts.admin import ReadOnlyAdmin
from orders.models import (
    Customer,
    Fulfillment,
    FulfillmentLine,
    Location,
    Order,
    OrderLine,
    Payment,
    Product,
    StockLevel,
    Store,
    Variant,
)


class ReadOnlyInline(admin.TabularInline):  # type: ignore[type-arg]
    """Rows of another row, to read."""

    extra = 0
    can_delete = False
    show_change_link = True

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Return all shown fields: those that are never edited cannot be shown otherwise."""
        return [str(name) for name in self.fields or ()]

    def has_add_permission(self, *_args: object) -> bool:
        """Say no."""
        return False

    def has_change_permission(self, *_args: object) -> bool:
        """Say no."""
        return False


class OrderLineInline(ReadOnlyInline):
    model = OrderLine
    fields = ("position", "sku", "title", "quantity", "unit_price", "discount_total", "tax_total")


class PaymentInline(ReadOnlyInline):
    model = Payment
    fields = ("method", "external_id", "amount", "refunded_amount", "captured_at")


class FulfillmentInline(ReadOnlyInline):
    model = Fulfillment
    fields = ("number", "shipped_at", "delivered_at", "tracking_number")


class FulfillmentLineInline(ReadOnlyInline):
    model = FulfillmentLine
    fields = ("order_line", "quantity", "returning_quantity")


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    list_display = ("reference", "store", "customer", "guest_email", "currency", "placed_at")
    list_filter = ("store",)
    list_select_related = ("store", "customer")
    search_fields = ("reference__istartswith", "guest_email__istartswith")
    show_full_result_count = False
    inlines: ClassVar[tuple[type[ReadOnlyInline], ...]] = (
        OrderLineInline,
        FulfillmentInline,
        PaymentInline,
    )


@admin.register(OrderLine)
class OrderLineAdmin(ReadOnlyAdmin):
    list_display = ("order", "position", "sku", "title", "quantity", "unit_price")
    list_select_related = ("order",)
    search_fields = ("sku__istartswith",)
    show_full_result_count = False


@admin.register(Fulfillment)
class FulfillmentAdmin(ReadOnlyAdmin):
    list_display = ("order", "number", "shipped_at", "delivered_at", "tracking_number")
    list_select_related = ("order",)
    search_fields = ("tracking_number__istartswith",)
    show_full_result_count = False
    inlines = (FulfillmentLineInline,)


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = ("order", "method", "external_id", "amount", "refunded_amount", "captured_at")
    list_select_related = ("order",)
    show_full_result_count = False


@admin.register(Customer)
class CustomerAdmin(ReadOnlyAdmin):
    list_display = ("reference", "name", "email", "language")
    search_fields = ("reference__istartswith", "email__istartswith", "name__istartswith")
    show_full_result_count = False


class VariantInline(ReadOnlyInline):
    model = Variant
    fields = ("sku", "barcode", "options", "price")


@admin.register(Product)
class ProductAdmin(ReadOnlyAdmin):
    list_display = ("title", "handle", "vendor", "product_type", "final_sale")
    list_filter = ("final_sale",)
    search_fields = ("title", "handle")
    inlines = (VariantInline,)


@admin.register(StockLevel)
class StockLevelAdmin(ReadOnlyAdmin):
    list_display = ("variant", "location", "available")
    list_filter = ("location",)
    list_select_related = ("variant", "location")
    search_fields = ("variant__sku__istartswith",)


@admin.register(Store)
class StoreAdmin(ReadOnlyAdmin):
    list_display = ("name", "code", "currency", "time_zone")


@admin.register(Location)
class LocationAdmin(ReadOnlyAdmin):
    list_display = ("name", "code", "city", "accepts_returns")
