"""Buyers in any number: customers, a tenth of them with a login, and guests."""

import random
from typing import Any, NamedTuple

from accounts.models import User
from bench.seed.sink import Sink
from orders.models import Customer
from returns_project.demo.people import NAMES, STREETS, TOWNS
from returns_project.demo.stores import SHOPS

GUESTS_OF_TEN = 3
LOGINS_OF_TEN = 1
# So that a search for a provider finds some orders, not all.
_DOMAINS = tuple(f"{name}.example" for name in ("mail", "post", "inbox", "letters", "brief"))


class Buyer(NamedTuple):
    """Whom an order is for; `customer_id` is None for a guest."""

    name: str
    email: str
    customer_id: int | None
    address: dict[str, Any]


class Buyers:
    """Customers, stored when this is made, and guests made up when they are asked for."""

    def __init__(self, sink: Sink, random_: random.Random, count: int) -> None:
        self.random = random_
        self._sink = sink
        self._first = [name.split()[0] for names in NAMES.values() for name in names]
        self._last = [name.split()[-1] for names in NAMES.values() for name in names]
        self._made = 0
        self._customers = {
            shop.code: [self._customer(shop.code, shop.language) for _number in range(count // 2)]
            for shop in SHOPS
        }

    def any_of(self, store: str) -> Buyer:
        """Return somebody who buys from a store."""
        if self.random.randrange(10) < GUESTS_OF_TEN:
            return self._made_up(store)
        return self.random.choice(self._customers[store])

    def _customer(self, store: str, language: str) -> Buyer:
        made_up = self._made_up(store)
        customer_id = self._sink.add(
            Customer,
            reference=f"C-{self._made:07}",
            email=made_up.email,
            name=made_up.name,
            language=language,
            user_id=self._login(made_up) if self._made % 10 < LOGINS_OF_TEN else None,
        )
        return made_up._replace(customer_id=customer_id)

    def _login(self, buyer: Buyer) -> int:
        # An unusable password, as Django marks it: these logins are opened by mailed codes.
        return self._sink.add(User, email=buyer.email, name=buyer.name, password="!")  # noqa: S106

    def _made_up(self, store: str) -> Buyer:
        self._made += 1
        first, last = self.random.choice(self._first), self.random.choice(self._last)
        postal_code, city = self.random.choice(TOWNS[store])
        house = self.random.randint(1, 200)
        address = {
            "name": f"{first} {last}",
            "line1": f"{self.random.choice(STREETS[store])} {house}",
            "postal_code": postal_code,
            "city": city,
            "country": "DE" if store == SHOPS[0].code else "GB",
        }
        domain = _DOMAINS[self._made % len(_DOMAINS)]
        return Buyer(f"{first} {last}", f"buyer{self._made}@{domain}", None, address)
