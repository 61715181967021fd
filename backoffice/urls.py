"""The addresses of the back office."""

from django.urls import URLPattern, path

from backoffice.views import (
    components,
    create_return,
    home,
    imports,
    orders,
    refunds,
    return_actions,
    returns,
)

app_name = "backoffice"
urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    path("returns", returns.return_list, name="returns"),
    path("returns/<int:pk>", returns.return_detail, name="return"),
    path("returns/<int:pk>/slip", returns.return_slip, name="return_slip"),
    path("returns/<int:pk>/note", return_actions.add_note, name="return_note"),
    path("returns/<int:pk>/approve", return_actions.approve, name="return_approve"),
    path("returns/<int:pk>/decline", return_actions.decline, name="return_decline"),
    path("returns/<int:pk>/receive", return_actions.process, name="return_process"),
    path("returns/<int:pk>/refund", refunds.refund, name="return_refund"),
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
    path("components", components.components, name="components"),
]
