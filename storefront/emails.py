"""The mail that the storefront itself sends; those about returns are in `returns.emails`."""

from orders.guest_access import TIME_TO_ENTER
from orders.models import Order
from returns.emails import Message, compose
from returns.locales import Reader


def guest_code(order: Order, code: str, language: str) -> Message:
    """Return the mail with the code that opens `order`, unsent.

    language: of the page on which the guest asked. `order.store` and `order.customer` should be
    loaded.
    """
    minutes = int(TIME_TO_ENTER.total_seconds() // 60)
    return compose("guest_code", order, Reader.of(language), code=code, minutes=minutes)
