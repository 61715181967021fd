"""Credit at the shop: its ledger, codes for guests, and refunds paid with it."""
