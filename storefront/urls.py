"""The addresses of the storefront. What can be guessed is never in them."""

from django.urls import URLPattern, path

from storefront.views import (
    cancelling,
    credit,
    exchanges,
    gift_receipts,
    gifts,
    guests,
    home,
    messages,
    orders,
    parcels,
    paying,
    photos,
    requests,
    returns,
    withdrawals,
)

app_name = "storefront"
urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    path("guest/", guests.look_up, name="look_up"),
    path("guest/code/", guests.enter_code, name="guest_code"),
    path("guest/leave/", guests.leave, name="leave"),
    path("r/<str:token>/", guests.open_link, name="open_link"),
    path("withdraw/", withdrawals.withdraw, name="withdraw"),
    path("withdraw/from/<slug:store>/", withdrawals.withdraw, name="withdraw_store"),
    path(
        "withdraw/from/<slug:store>/link.js",
        withdrawals.withdrawal_script,
        name="withdrawal_script",
    ),
    path("withdraw/confirm/<uuid:key>/", withdrawals.confirm_withdrawal, name="confirm_withdrawal"),
    path(
        "withdraw/receipts/<uuid:public_id>/",
        withdrawals.withdrawal_receipt,
        name="withdrawal_receipt",
    ),
    path(
        "withdraw/receipts/<uuid:public_id>/receipt.pdf",
        withdrawals.withdrawal_receipt_pdf,
        name="withdrawal_receipt_pdf",
    ),
    path("credit/", credit.credit, name="credit"),
    path("credit/<uuid:public_id>/", credit.credit_account, name="credit_account"),
    path("credit/<uuid:public_id>/code/", credit.new_code, name="credit_code"),
    path("gift/", gifts.enter_gift, name="enter_gift"),
    path("g/<str:code>/", gifts.gift_link, name="gift_link"),
    path("gift/<uuid:public_id>/", gifts.return_gift, name="return_gift"),
    path("gift/<uuid:public_id>/about/<int:parcel>/", gifts.about_reason, name="about_gift_reason"),
    path("photos/<uuid:public_id>/", photos.photo, name="photo"),
    path("orders/", orders.order_list, name="orders"),
    path("orders/<uuid:public_id>/", orders.order_detail, name="order"),
    path(
        "orders/<uuid:public_id>/credit-notes/<int:number>/",
        orders.credit_note,
        name="order_credit_note",
    ),
    path("orders/<uuid:public_id>/gift/", gift_receipts.gift, name="gift"),
    path(
        "orders/<uuid:public_id>/gift/<uuid:key>/", gift_receipts.gift_receipt, name="gift_receipt"
    ),
    path(
        "orders/<uuid:public_id>/gift/<uuid:key>/revoke/",
        gift_receipts.revoke_gift,
        name="revoke_gift",
    ),
    path("orders/<uuid:public_id>/cancel/", cancelling.cancel_items, name="cancel_items"),
    path("orders/<uuid:public_id>/return/", requests.start, name="start_return"),
    path("orders/<uuid:public_id>/return/estimate/", requests.estimate, name="estimate"),
    path(
        "orders/<uuid:public_id>/return/about/<int:parcel>/",
        requests.about_reason,
        name="about_reason",
    ),
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
    path("returns/<uuid:public_id>/credit/", paying.pay_with_credit, name="pay_with_credit"),
    path("returns/<uuid:public_id>/messages/", messages.write, name="write"),
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
