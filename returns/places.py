"""Where goods come from and go to, as lines on paper and in mails."""

from collections.abc import Mapping
from typing import Any

from orders import addresses
from orders.models import Location, Order, Store
from returns.locales import Reader
from returns.models import Return


def return_address(
    store: Store, reader: Reader, place: Mapping[str, str] | None = None
) -> list[str]:
    """Return where goods go as lines: a place, else the store's own for returns.

    place: with the keys of `orders.addresses`, as `return_place` gives it.
    """
    return reader.address(place or return_place(store))


def return_place(store: Store, location: Location | None = None) -> dict[str, str]:
    """Return a location's address, else that of the store's location, else of the store itself."""
    place = location or store.return_location or store
    address = addresses.of_place(place)
    return {"company": place.name, **{key: value for key, value in address.items() if value}}


def buyer_address(order: Order, reader: Reader) -> list[str]:
    """Return the buyer's name and address; the e-mail address when there is no other."""
    return reader.address(buyer_place(order)) or [order.email]


def buyer_place(order: Order) -> Mapping[str, Any]:
    """Return the same as a mapping, with the keys of `orders.addresses`."""
    address = order.shipping_address or order.billing_address
    return {**address, "name": address.get("name") or order.buyer_name}


def sender_address(return_: Return, reader: Reader) -> list[str]:
    """Return where a return's goods come from: the buyer, or the recipient of the gift alone."""
    return reader.address(sender_place(return_)) or [return_.email]


def sender_place(return_: Return) -> Mapping[str, Any]:
    """Return the same as a mapping; `return_.order` should be loaded."""
    if not return_.is_gift:
        return buyer_place(return_.order)
    return {**return_.recipient_address, "name": return_.recipient_name}


def billing_address(order: Order, reader: Reader) -> list[str]:
    """Return who the invoice went to: name and address, else the e-mail address."""
    address = order.billing_address or order.shipping_address
    named = {**address, "name": address.get("name") or order.buyer_name}
    return reader.address(named) or [order.email]
