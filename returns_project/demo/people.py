"""The demo's staff and buyers. All addresses end in `.example`, which nobody can own."""

import random
from dataclasses import dataclass
from functools import cache
from typing import Final

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from accounts import actors
from accounts.actors import Actor
from accounts.models import Role, User
from orders.intake import AddressData, CustomerData
from orders.models import Customer

PASSWORD: Final = "returns-demo"  # noqa: S105  (meant to be known: the command prints it)
BUYER_EMAIL: Final = "buyer@demo.example"
GUEST_EMAIL: Final = "guest@demo.example"
STAFF: Final = (
    (Role.SUPPORT, "support@demo.example", "Sina Okafor"),
    (Role.WAREHOUSE, "warehouse@demo.example", "Marek Dvořák"),
    (Role.FINANCE, "finance@demo.example", "Ingrid Holm"),
    (Role.MANAGER, "manager@demo.example", "Jonas Linden"),
)
GUESTS_OF_TEN: Final = 3


@dataclass(frozen=True)
class Buyer:
    """Somebody who bought: a customer when `reference` is given, else a guest."""

    name: str
    email: str
    reference: str
    address: AddressData

    @property
    def customer(self) -> CustomerData | None:
        """The customer as an order brings it."""
        if not self.reference:
            return None
        return CustomerData(reference=self.reference, email=self.email, name=self.name)

    @property
    def guest_email(self) -> str:
        """The address of a guest."""
        return "" if self.reference else self.email


# Names as parcels carry them; some in other scripts, which slips must print as well.
NAMES: Final = {
    "linden-lark": (
        "Anna Bergmann", "Mehmet Yılmaz", "Lena Hoffmann", "Friedrich Groß", "Zoë Krüger",
        "Αλεξάνδρα Παππά", "Tobias Weiß", "Katharina Schäfer", "Łukasz Wójcik", "Miriam Cohen",
        "Jürgen Sauer", "Олена Коваль", "Paul Neumann", "Emilia Vogt", "Dario Conti",
        "Sophie Lindner", "Nguyễn Thị Lan", "Hannes Brandt", "Fatima El Amrani", "Clara Busch",
        "Björn Hansen", "Marlene Otto", "李 明", "Greta Sommer", "Oskar Ziegler", "Ida Falk",
    ),
    "heath-harbour": (
        "Olivia Bennett", "Callum Fraser", "Priya Nair", "Rhys Llewellyn", "Siobhán O’Neill",
        "Arthur Whitcombe", "Zainab Hussain", "George Appleby", "Freya Macleod", "Kwame Mensah",
        "Harriet Lowe", "Tom Ashworth", "Chiara Rossi", "Imogen Clarke", "Daniel Okoye",
        "Eleanor Finch", "Jack Thornton", "Mei Tanaka", "Isla Cameron", "Ben Hargreaves",
    ),
}  # fmt: skip
STREETS: Final = {
    "linden-lark": ("Rosenweg", "Hauptstraße", "Am Markt", "Kastanienallee", "Mühlgasse"),
    "heath-harbour": ("Station Road", "Church Lane", "Mill Street", "Park View", "Elm Grove"),
}
TOWNS: Final = {
    "linden-lark": (
        ("50667", "Köln"), ("80331", "München"), ("04109", "Leipzig"), ("20095", "Hamburg"),
        ("70173", "Stuttgart"), ("01067", "Dresden"), ("28195", "Bremen"), ("79098", "Freiburg"),
    ),
    "heath-harbour": (
        ("LS1 4AP", "Leeds"), ("M1 2WD", "Manchester"), ("EH1 1RE", "Edinburgh"),
        ("CF10 1EP", "Cardiff"), ("NR1 3JU", "Norwich"), ("OX1 2JD", "Oxford"),
    ),
}  # fmt: skip


def hire() -> dict[Role, Actor]:
    """Create the staff, one for each role, and return them as actors."""
    return {role: actors.staff(_with_login(email, name, [role])) for role, email, name in STAFF}


@cache
def _password() -> str:
    """Return the password as it is stored, worked out once: that is slow by design."""
    return make_password(PASSWORD)


def _with_login(email: str, name: str, roles: list[Role]) -> User:
    user = User.objects.create(email=email, password=_password(), name=name, roles=roles)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def let_buyer_sign_in() -> None:
    """Give the buyer whose address is printed a login with a password."""
    user = _with_login(BUYER_EMAIL, "Ada Winter", [])
    Customer.objects.filter(email=BUYER_EMAIL).update(user=user)


def buyers_of(store: str, random_: random.Random) -> list[Buyer]:
    """Return the buyers of a store; every so often one is a guest."""
    return [
        _buyer(store, number, name, random_) for number, name in enumerate(NAMES[store], start=1)
    ]


def _buyer(store: str, number: int, name: str, random_: random.Random) -> Buyer:
    guest = random_.randrange(10) < GUESTS_OF_TEN
    word = name.lower().replace(" ", ".") if name.isascii() else f"{store[0]}{number}"
    return Buyer(
        name=name,
        email=f"{word}@mail.example",
        reference="" if guest else f"{store[0].upper()}-{10_000 + number}",
        address=_address(store, name, random_),
    )


def named_buyer(store: str, random_: random.Random) -> Buyer:
    """Return the buyer whose login is printed: a customer of each store."""
    address = _address(store, "Ada Winter", random_)
    return Buyer("Ada Winter", BUYER_EMAIL, f"{store[0].upper()}-10000", address)


def named_guest(store: str, random_: random.Random) -> Buyer:
    """Return the guest whose order is printed."""
    return Buyer("Noah Falk", GUEST_EMAIL, "", _address(store, "Noah Falk", random_))


def _address(store: str, name: str, random_: random.Random) -> AddressData:
    street, house = random_.choice(STREETS[store]), random_.randint(1, 120)
    postal_code, city = random_.choice(TOWNS[store])
    german = store == "linden-lark"
    return AddressData(
        name=name,
        line1=f"{street} {house}" if german else f"{house} {street}",
        postal_code=postal_code,
        city=city,
        country="DE" if german else "GB",
    )
