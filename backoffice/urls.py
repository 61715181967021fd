"""The addresses of the back office."""

from django.urls import URLPattern, path

from backoffice.views import (
    batches,
    components,
    create_return,
    home,
    imports,
    orders,
    refund_retries,
    refunds,
    return_actions,
    returns,
    settings_locations,
    settings_members,
    settings_policies,
    settings_reasons,
    settings_stores,
)

app_name = "backoffice"
urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    path("returns", returns.return_list, name="returns"),
    path("returns/slips", batches.print_slips, name="print_slips"),
    path("returns/approve", batches.approve, name="approve_returns"),
    path("returns/<int:pk>", returns.return_detail, name="return"),
    path("returns/<int:pk>/slip", returns.return_slip, name="return_slip"),
    path("returns/<int:pk>/note", return_actions.add_note, name="return_note"),
    path("returns/<int:pk>/approve", return_actions.approve, name="return_approve"),
    path("returns/<int:pk>/decline", return_actions.decline, name="return_decline"),
    path("returns/<int:pk>/receive", return_actions.process, name="return_process"),
    path("returns/<int:pk>/refund", refunds.refund, name="return_refund"),
    path(
        "returns/<int:pk>/refunds/<int:refund_pk>/retry", refund_retries.retry, name="refund_retry"
    ),
    path("returns/<int:pk>/remove", return_actions.remove_lines, name="return_remove_lines"),
    path("returns/<int:pk>/cancel", return_actions.cancel, name="return_cancel"),
    path("returns/<int:pk>/close", return_actions.close, name="return_close"),
    path("returns/<int:pk>/reopen", return_actions.reopen, name="return_reopen"),
    path("orders", orders.order_list, name="orders"),
    path("orders/<int:pk>", orders.order_detail, name="order"),
    path("orders/<int:pk>/return", create_return.create_return, name="create_return"),
    path("imports", imports.import_list, name="imports"),
    path("imports/<int:pk>", imports.import_detail, name="import"),
    path("imports/<int:pk>/rejects", imports.import_rejects, name="import_rejects"),
    path("policies", settings_policies.policies, name="policies"),
    path("policies/<int:pk>", settings_policies.policy, name="policy"),
    path("reasons", settings_reasons.reasons, name="reasons"),
    path("reasons/new", settings_reasons.new_reason, name="new_reason"),
    path("reasons/<int:pk>", settings_reasons.reason, name="reason"),
    path("stores", settings_stores.stores, name="stores"),
    path("stores/new", settings_stores.new_store, name="new_store"),
    path("stores/<int:pk>", settings_stores.store, name="store"),
    path("locations", settings_locations.locations, name="locations"),
    path("locations/new", settings_locations.new_location, name="new_location"),
    path("locations/<int:pk>", settings_locations.location, name="location"),
    path("staff", settings_members.members, name="members"),
    path("staff/new", settings_members.new_member, name="new_member"),
    path("staff/<int:pk>", settings_members.member, name="member"),
    path("components", components.components, name="components"),
]
