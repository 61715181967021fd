"""An order as a program sends it in."""

from decimal import Decimal

import strawberry
from strawberry import UNSET

from api.schema.codes import CountryCode, CurrencyCode
from api.schema.enums import (
    FulfillmentEventStatus,
    OrderCreateFinancialStatus,
    OrderCreateFulfillmentStatus,
    OrderCreateInputsInventoryBehavior,
    OrderTransactionKind,
    OrderTransactionStatus,
)
from api.schema.fields import taken
from api.schema.money import MoneyInput
from api.schema.scalars import DateTime


@taken("MoneyBagInput")
class MoneyBagInput:
    """An amount in the currency of the shop, and in that of the buyer."""

    shop_money: MoneyInput
    presentment_money: MoneyInput | None = UNSET


@taken("MailingAddressInput")
class MailingAddressInput:
    """A postal address."""

    address1: str | None = UNSET
    address2: str | None = UNSET
    city: str | None = UNSET
    company: str | None = UNSET
    country: str | None = UNSET
    country_code: CountryCode | None = UNSET
    first_name: str | None = UNSET
    last_name: str | None = UNSET
    phone: str | None = UNSET
    province: str | None = UNSET
    province_code: str | None = UNSET
    zip: str | None = UNSET


@taken("OrderCreateTaxLineInput")
class TaxLineInput:
    """One tax on something."""

    rate: Decimal
    title: str
    price_set: MoneyBagInput | None = UNSET
    channel_liable: bool | None = False


@taken("OrderCreateLineItemInput")
class LineItemInput:
    """So many pieces of one article."""

    quantity: int
    variant_id: strawberry.ID | None = UNSET
    product_id: strawberry.ID | None = UNSET
    title: str | None = UNSET
    variant_title: str | None = UNSET
    sku: str | None = UNSET
    price_set: MoneyBagInput | None = UNSET
    tax_lines: list[TaxLineInput] | None = UNSET
    requires_shipping: bool | None = False
    taxable: bool | None = True
    gift_card: bool | None = False
    vendor: str | None = UNSET


@taken("OrderCreateShippingLineInput")
class ShippingLineInput:
    """What the delivery costs."""

    title: str
    price_set: MoneyBagInput
    code: str | None = UNSET
    source: str | None = UNSET
    tax_lines: list[TaxLineInput] | None = UNSET


@taken("OrderCreateOrderTransactionInput")
class TransactionInput:
    """Money that came in."""

    amount_set: MoneyBagInput
    authorization_code: str | None = UNSET
    gateway: str | None = UNSET
    kind: OrderTransactionKind | None = OrderTransactionKind.SALE
    processed_at: DateTime | None = UNSET
    status: OrderTransactionStatus | None = OrderTransactionStatus.SUCCESS
    test: bool | None = False


@taken("OrderCreateFulfillmentInput")
class SentInput:
    """A parcel with everything in it."""

    location_id: strawberry.ID
    notify_customer: bool | None = False
    shipment_status: FulfillmentEventStatus | None = UNSET
    tracking_company: str | None = UNSET
    tracking_number: str | None = UNSET


@taken("OrderCreateAssociateCustomerAttributesInput")
class AssociateCustomerInput:
    """A customer who is known."""

    id: strawberry.ID | None = UNSET
    email: str | None = UNSET


@taken("OrderCreateUpsertCustomerAttributesInput")
class UpsertCustomerInput:
    """A customer who may be new."""

    id: strawberry.ID | None = UNSET
    email: str | None = UNSET
    first_name: str | None = UNSET
    last_name: str | None = UNSET
    phone: str | None = UNSET
    note: str | None = UNSET
    tags: list[str] | None = UNSET


@taken("OrderCreateCustomerInput", one_of=True)
class OrderCustomerInput:
    """Who buys."""

    to_associate: AssociateCustomerInput | None = UNSET
    to_upsert: UpsertCustomerInput | None = UNSET


@taken("OrderCreateFixedDiscountCodeAttributesInput")
class FixedDiscountInput:
    """A discount of an amount."""

    code: str
    amount_set: MoneyBagInput | None = UNSET


@taken("OrderCreatePercentageDiscountCodeAttributesInput")
class PercentageDiscountInput:
    """A discount in percent."""

    code: str
    percentage: float | None = UNSET


@taken("OrderCreateFreeShippingDiscountCodeAttributesInput")
class FreeShippingInput:
    """A discount that makes the delivery free."""

    code: str


@taken("OrderCreateDiscountCodeInput")
class DiscountInput:
    """A discount on the whole order."""

    item_fixed_discount_code: FixedDiscountInput | None = UNSET
    item_percentage_discount_code: PercentageDiscountInput | None = UNSET
    free_shipping_discount_code: FreeShippingInput | None = UNSET


@taken("OrderCreateOrderInput")
class OrderInput:
    """A purchase."""

    billing_address: MailingAddressInput | None = UNSET
    shipping_address: MailingAddressInput | None = UNSET
    buyer_accepts_marketing: bool | None = None
    closed_at: DateTime | None = UNSET
    currency: CurrencyCode | None = UNSET
    presentment_currency: CurrencyCode | None = UNSET
    customer: OrderCustomerInput | None = UNSET
    customer_id: strawberry.ID | None = UNSET
    discount_code: DiscountInput | None = UNSET
    email: str | None = UNSET
    phone: str | None = UNSET
    financial_status: OrderCreateFinancialStatus | None = UNSET
    fulfillment: SentInput | None = UNSET
    fulfillment_status: OrderCreateFulfillmentStatus | None = UNSET
    line_items: list[LineItemInput] | None = UNSET
    name: str | None = UNSET
    note: str | None = UNSET
    processed_at: DateTime | None = UNSET
    shipping_lines: list[ShippingLineInput] | None = UNSET
    source_name: str | None = UNSET
    tags: list[str] | None = UNSET
    tax_lines: list[TaxLineInput] | None = UNSET
    taxes_included: bool | None = False
    test: bool | None = False
    transactions: list[TransactionInput] | None = UNSET


@taken("OrderCreateOptionsInput")
class OrderOptionsInput:
    """What else happens when an order comes in."""

    inventory_behaviour: OrderCreateInputsInventoryBehavior | None = (
        OrderCreateInputsInventoryBehavior.BYPASS
    )
    send_fulfillment_receipt: bool | None = False
    send_receipt: bool | None = False
