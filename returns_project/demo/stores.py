"""The two stores of the demo, where their goods lie, and their terms of return."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from django.utils import timezone

from accounts import actors
from orders.models import Location, Store
from returns.models import Resolution, ReturnPolicy, ReturnRoute
from returns.models.policies import (
    CancelUnsent,
    Exchanges,
    Returnable,
    ReturnLabel,
    ShippingRefund,
    WindowStart,
)
from returns.policies import saving
from returns.policies.rules.schema import Rule


@dataclass(frozen=True, kw_only=True)
class Shop:
    """What the orders of one store have in common.

    tax_percent: of all goods. shipping: as charged, in the store's currency, tax in it; free from
    `free_from` on. price_factor: from the articles' prices to this store's.
    """

    code: str
    language: str
    currency: str
    first_number: int
    number_format: str
    orders: int
    tax_percent: int
    shipping: Decimal
    free_from: Decimal
    price_factor: Decimal
    location: str
    carriers: tuple[tuple[str, str], ...]


SHOPS: Final = (
    Shop(
        code="linden-lark",
        language="de",
        currency="EUR",
        first_number=1001,
        number_format="#{}",
        orders=220,
        tax_percent=19,
        shipping=Decimal("4.90"),
        free_from=Decimal(75),
        price_factor=Decimal(1),
        location="hamburg",
        carriers=(
            ("DHL", "https://www.dhl.de/de/privatkunden/dhl-sendungsverfolgung.html?piececode={}"),
            ("Hermes", "https://www.myhermes.de/empfangen/sendungsverfolgung/?suche={}"),
        ),
    ),
    Shop(
        code="heath-harbour",
        language="en",
        currency="GBP",
        first_number=20418,
        number_format="HH-{}",
        orders=92,
        tax_percent=20,
        shipping=Decimal("3.95"),
        free_from=Decimal(60),
        price_factor=Decimal("0.88"),
        location="bristol",
        carriers=(
            ("Royal Mail", "https://www.royalmail.com/track-your-item#/tracking-results/{}"),
            ("Evri", "https://www.evri.com/track/parcel/{}"),
        ),
    ),
)

_LOCATIONS: Final[tuple[dict[str, Any], ...]] = (
    {
        "code": "hamburg",
        "name": "Lager Hamburg",
        "company": "Linden & Lark Retouren",
        "line1": "Speicherstraße 12",
        "postal_code": "20457",
        "city": "Hamburg",
        "country": "DE",
    },
    {
        "code": "berlin-mitte",
        "name": "Laden Berlin-Mitte",
        "company": "Linden & Lark",
        "line1": "Lindenallee 4",
        "postal_code": "10115",
        "city": "Berlin",
        "country": "DE",
    },
    {
        "code": "bristol",
        "name": "Bristol warehouse",
        "company": "Heath & Harbour Returns",
        "line1": "Unit 7, Old Dock Road",
        "postal_code": "BS1 6XN",
        "city": "Bristol",
        "country": "GB",
    },
    {
        "code": "swindon",
        "name": "Swindon store room",
        "company": "Heath & Harbour",
        "line1": "3 Canal Walk",
        "postal_code": "SN1 1LD",
        "city": "Swindon",
        "country": "GB",
        "accepts_returns": False,
    },
)

_STORES: Final[tuple[dict[str, Any], ...]] = (
    {
        "code": "linden-lark",
        "name": "Linden & Lark",
        "time_zone": "Europe/Berlin",
        "email": "service@linden-lark.example",
        "company": "Linden & Lark GmbH",
        "line1": "Lindenallee 4",
        "postal_code": "10115",
        "city": "Berlin",
        "country": "DE",
    },
    {
        "code": "heath-harbour",
        "name": "Heath & Harbour",
        "time_zone": "Europe/London",
        "email": "hello@heath-harbour.example",
        "company": "Heath & Harbour Ltd",
        "line1": "18 Quayside",
        "postal_code": "BS1 4RW",
        "city": "Bristol",
        "country": "GB",
    },
)

_POLICIES: Final[dict[str, dict[str, Any]]] = {
    "linden-lark": {
        "window_days": 30,
        "window_start": WindowStart.DELIVERY,
        "shipping_refund": ShippingRefund.FULL_RETURN,
        "offers_credit": True,
        "credit_bonus_percent": Decimal(10),
        "credit_valid_days": 730,
        "exchanges": Exchanges.ANY_PRODUCT,
        "cancel_unsent": CancelUnsent.AT_ONCE,
        "instructions": (
            "Bitte legen Sie diesen Schein in das Paket und geben Sie es frei gemacht bei einer"
            " Post ab. Heben Sie den Einlieferungsbeleg auf."
        ),
    },
    "heath-harbour": {
        "window_days": 14,
        "window_start": WindowStart.DELIVERY,
        "restocking_fee_percent": Decimal(10),
        "return_shipping_fee": Decimal("3.50"),
        "shipping_refund": ShippingRefund.NEVER,
        "days_to_send": 10,
        "offers_credit": True,
        "credit_bonus_amount": Decimal(5),
        "label": ReturnLabel.BY_STAFF,
        "cancel_unsent": CancelUnsent.BY_STAFF,
        "instructions": (
            "Put this slip into the parcel and hand it in at any post office. Keep the receipt"
            " until your refund has arrived."
        ),
    },
}


def open_all() -> None:
    """Create locations and stores and publish their policies."""
    places = {values["code"]: Location.objects.create(**values) for values in _LOCATIONS}
    shops = {shop.code: shop for shop in SHOPS}
    for values in _STORES:
        shop = shops[values["code"]]
        store = Store.objects.create(
            **values,
            language=shop.language,
            currency=shop.currency,
            return_location=places[shop.location],
        )
        policy = ReturnPolicy(store=store, **_POLICIES[store.code])
        policy.full_clean()
        saving.publish(policy, actor=actors.system())
    _add_rules(Store.objects.get(code="linden-lark"))
    _free_credit(Store.objects.get(code="heath-harbour"))
    # Lamps go to the shop that mends them.
    ReturnRoute.objects.create(
        store=Store.objects.get(code="linden-lark"),
        position=1,
        product_type="Lamp",
        location=places["berlin-mitte"],
    )


def _add_rules(store: Store) -> None:
    """Put rules on top of a store's policy: what a manager would like to see at work."""
    today = timezone.now().astimezone(store.zone).date()
    faults = ("damaged-or-defective", "item-not-as-described", "received-the-wrong-item")
    texts = {
        "en": "Outlet goods are sold as they are.",
        "de": "Outlet-Ware wird verkauft, wie sie ist.",
    }
    rules = (
        Rule(
            key="outlet",
            name="Outlet goods stay",
            conditions={"tags": ("outlet",)},
            settings={"returnable": Returnable.FINAL_SALE.value, "returnable_text": texts},
        ),
        Rule(
            key="faulty-lamps",
            name="Faulty lamps",
            conditions={"product_types": ("Lamp",), "reasons": faults},
            settings={"window_days": 730, "return_shipping_fee": Decimal(0)},
        ),
        Rule(
            key="lamps",
            name="Lamps may be tried for longer",
            conditions={"product_types": ("Lamp",)},
            settings={"window_days": 60},
        ),
        Rule(
            key="season",
            name="Holiday season",
            conditions={
                "bought_from": today - timedelta(days=20),
                "bought_until": today + timedelta(days=30),
            },
            settings={"until": today + timedelta(days=75), "next_business_day": True},
        ),
        Rule(
            key="mended",
            name="Faulty goods are repaired or replaced",
            conditions={"reasons": (*faults, "damaged-on-arrival", "stopped-working")},
            settings={"offers_repair": True, "offers_replacement": True},
        ),
        Rule(
            key="workshop",
            name="Repairs go to the workshop",
            conditions={"resolutions": (Resolution.REPAIR.value,)},
            settings={"location": "berlin-mitte", "photos_needed": True},
        ),
    )
    _put(store, rules)


def _free_credit(store: Store) -> None:
    """Let store credit cost no fees in a store that takes some for money."""
    rule = Rule(
        key="credit",
        name="Store credit is free of fees",
        conditions={"resolutions": (Resolution.CREDIT.value,)},
        settings={"restocking_fee_percent": Decimal(0), "return_shipping_fee": Decimal(0)},
    )
    _put(store, (rule,))


def _put(store: Store, rules: Iterable[Rule]) -> None:
    for rule in rules:
        saving.put_rule(store, rule, actor=actors.system())
