"""How much comes back, and paying it: arithmetic, proposals, gateways, retries."""
