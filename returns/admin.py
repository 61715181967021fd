"""Django's admin for returns: everything can be read; changes go through the verbs."""

from typing import ClassVar

from django.contrib import admin

from accounts.admin import ReadOnlyAdmin
from orders.admin import ReadOnlyInline
from returns.models import (
    Disposition,
    Event,
    ExchangeLine,
    ExchangePayment,
    Refund,
    RefundLine,
    RefundTransaction,
    Return,
    ReturnFee,
    ReturnLine,
    ReturnPolicy,
    ReturnReason,
    ReturnRoute,
    ReverseDelivery,
    ReverseFulfillment,
    ReverseFulfillmentLine,
    StoreCreditAccount,
    StoreCreditEntry,
    StoreCreditUse,
)


class ReturnLineInline(ReadOnlyInline):
    model = ReturnLine
    fields = ("fulfillment_line", "reason", "quantity", "processed_quantity", "refunded_quantity")


class ReturnFeeInline(ReadOnlyInline):
    model = ReturnFee
    fields = ("kind", "line", "percent", "amount")


class ExchangeLineInline(ReadOnlyInline):
    model = ExchangeLine


class ExchangePaymentInline(ReadOnlyInline):
    model = ExchangePayment


class EventInline(ReadOnlyInline):
    model = Event
    fields = ("at", "type", "actor_name", "from_status", "to_status", "note")


class RefundLineInline(ReadOnlyInline):
    model = RefundLine
    fields = ("return_line", "order_line", "quantity", "amount", "tax", "restocking_fee")


class RefundTransactionInline(ReadOnlyInline):
    model = RefundTransaction
    fields = ("payment", "gateway", "amount", "status", "gateway_reference", "failure")


class ReverseFulfillmentLineInline(ReadOnlyInline):
    model = ReverseFulfillmentLine
    fields = ("return_line", "quantity", "disposed_quantity")


@admin.register(Return)
class ReturnAdmin(ReadOnlyAdmin):
    list_display = ("reference", "store", "status", "total_quantity", "created_at")
    list_filter = ("status", "store")
    list_select_related = ("store",)
    search_fields = ("reference__startswith",)
    show_full_result_count = False
    inlines: ClassVar[tuple[type[ReadOnlyInline], ...]] = (
        ReturnLineInline,
        ReturnFeeInline,
        ExchangeLineInline,
        ExchangePaymentInline,
        EventInline,
    )


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    list_display = (
        "order",
        "for_return",
        "amount",
        "currency",
        "status",
        "created_at",
        "created_by",
    )
    list_filter = ("status",)
    list_select_related = ("order", "for_return", "created_by")
    show_full_result_count = False
    inlines = (RefundLineInline, RefundTransactionInline)


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("at", "type", "for_return", "actor_kind", "actor_name")
    list_filter = ("type", "actor_kind")
    list_select_related = ("for_return",)
    show_full_result_count = False


@admin.register(ReverseFulfillment)
class ReverseFulfillmentAdmin(ReadOnlyAdmin):
    list_display = ("for_return", "location", "status")
    list_filter = ("status", "location")
    list_select_related = ("for_return", "location")
    show_full_result_count = False
    inlines = (ReverseFulfillmentLineInline,)


@admin.register(ReverseDelivery)
class ReverseDeliveryAdmin(ReadOnlyAdmin):
    list_display = ("for_return", "number", "state", "carrier_name", "tracking_number")
    list_filter = ("state",)
    list_select_related = ("for_return",)
    show_full_result_count = False


@admin.register(ReturnRoute)
class ReturnRouteAdmin(ReadOnlyAdmin):
    list_display = ("store", "position", "product", "product_type", "country", "location")
    list_select_related = ("store", "product", "location")


@admin.register(Disposition)
class DispositionAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "type", "quantity", "location")
    list_filter = ("type", "location")
    list_select_related = ("location",)
    show_full_result_count = False


@admin.register(ReturnPolicy)
class ReturnPolicyAdmin(ReadOnlyAdmin):
    list_display = ("store", "window_days", "window_start", "auto_approve", "updated_at")
    list_select_related = ("store",)


@admin.register(ReturnReason)
class ReturnReasonAdmin(ReadOnlyAdmin):
    list_display = ("handle", "names", "position", "active", "needs_note")


class StoreCreditUseInline(ReadOnlyInline):
    model = StoreCreditUse
    fk_name = "entry"
    fields = ("credit", "amount")


@admin.register(StoreCreditAccount)
class StoreCreditAccountAdmin(ReadOnlyAdmin):
    list_display = ("owner_name", "store", "balance", "currency", "created_at")
    list_filter = ("store",)
    list_select_related = ("store", "customer")
    exclude = ("code_hash",)
    show_full_result_count = False


@admin.register(StoreCreditEntry)
class StoreCreditEntryAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "kind", "amount", "remaining", "expires_at", "actor_name")
    list_filter = ("kind",)
    show_full_result_count = False
    inlines = (StoreCreditUseInline,)
