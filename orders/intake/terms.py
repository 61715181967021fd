"""What happens to new lines before they are stored: whoever knows terms writes them in.

`returns` decides on which terms goods go back, and this app may not import it. So it registers here
what writes `OrderLine.return_terms` (docs/adr/0025).
"""

from collections.abc import Callable, Sequence

from orders.models import Order, OrderLine

# Told orders with `store` and `customer`, and new lines with `variant.product`.
Freeze = Callable[[Sequence[tuple[Order, Sequence[OrderLine]]]], None]

_registered: list[Freeze] = []


def register(freeze: Freeze) -> None:
    """Have `freeze` called with all lines that come in; again changes nothing."""
    if freeze not in _registered:
        _registered.append(freeze)


def freeze_all(orders: Sequence[tuple[Order, Sequence[OrderLine]]]) -> None:
    """Let everybody who registered write the terms of unsaved lines."""
    for freeze in _registered:
        freeze(orders)
