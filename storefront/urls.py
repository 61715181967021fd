"""The addresses of the storefront. What can be guessed is never in them."""

from django.urls import URLPattern, path

from storefront.views import (
    credit,
    exchanges,
    guests,
    home,
    orders,
    parcels,
    requests,
    returns,
)

app_name = "storefront"
urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    path("guest/", guests.look_up, name="look_up"),
    path("guest/code/", guests.enter_code, name="guest_code"),
    path("guest/leave/", guests.leave, name="leave"),
    path("r/<str:token>/", guests.open_link, name="open_link"),
    path("credit/", credit.credit, name="credit"),
    path("credit/<uuid:public_id>/", credit.credit_account, name="credit_account"),
    path("credit/<uuid:public_id>/code/", credit.new_code, name="credit_code"),
    path("orders/", orders.order_list, name="orders"),
    path("orders/<uuid:public_id>/", orders.order_detail, name="order"),
    path(
        "orders/<uuid:public_id>/credit-notes/<int:number>/",
        orders.credit_note,
        name="order_credit_note",
    ),
    path("orders/<uuid:public_id>/return/", requests.start, name="start_return"),
    path("orders/<uuid:public_id>/return/estimate/", requests.estimate, name="estimate"),
    path("orders/<uuid:public_id>/return/<uuid:key>/", requests.review, name="review_return"),
    path(
        "orders/<uuid:public_id>/return/<uuid:key>/instead/<int:parcel>/",
        exchanges.choose_product,
        name="choose_product",
    ),
    path("returns/", returns.return_list, name="returns"),
    path("returns/<uuid:public_id>/", returns.return_detail, name="return"),
    path("returns/<uuid:public_id>/done/", returns.return_done, name="return_done"),
    path("returns/<uuid:public_id>/cancel/", returns.cancel_return, name="cancel_return"),
    path("returns/<uuid:public_id>/slip/", returns.slip, name="slip"),
    path(
        "returns/<uuid:public_id>/credit-notes/<int:number>/",
        returns.credit_note,
        name="credit_note",
    ),
    path("returns/<uuid:public_id>/code.svg", parcels.code, name="return_code"),
    path("returns/<uuid:public_id>/sent/", parcels.sent, name="sent"),
    path("returns/<uuid:public_id>/labels/<uuid:parcel_id>/", parcels.label, name="label"),
]
