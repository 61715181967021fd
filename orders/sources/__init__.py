"""Shops that send their orders in by webhook (docs/connect-shopify.md, connect-woocommerce.md).

    managing.py    sources are added and changed       signatures.py  is it really from the shop?
    inbox.py       messages are kept, tried, replayed  reading.py     values out of a shop's JSON
    shopify_*.py   what Shopify's bodies mean          woocommerce.py what WooCommerce's mean
    told.py        what both become                    applying.py    taking it in, newest wins

What the refunds and erasures among them mean for returns is in `returns.incoming`.
"""
