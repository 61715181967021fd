"""The attributes of resources, as the OpenAPI document tells of them.

Those of whole resources are named `…Attributes`: programs may choose among them.
"""

# ruff: noqa: N815 - named as programs call them
from typing import Any

from rest_framework import serializers


class ReturnTotals(serializers.Serializer[Any]):
    """Amounts in minor units."""

    refundTotal = serializers.IntegerField(help_text="Paid back so far.")
    remunerationTotal = serializers.IntegerField(help_text="What the items were paid with.")


class ReturnAttributes(serializers.Serializer[Any]):
    """A return."""

    merchantReference = serializers.CharField(allow_null=True)
    returnReference = serializers.CharField()
    store = serializers.CharField()
    customerReference = serializers.CharField()
    returnTotals = ReturnTotals()
    status = serializers.CharField(help_text="REQUESTED, OPEN, CLOSED, CANCELED or DECLINED.")
    createdAt = serializers.CharField(help_text="UTC.")


class ReturnReasonAttributes(serializers.Serializer[Any]):
    """A reason."""

    reason = serializers.CharField(help_text="The name, in the language that was asked for.")


class CustomerAttributes(serializers.Serializer[Any]):
    """A customer."""

    firstName = serializers.CharField(allow_blank=True)
    lastName = serializers.CharField(allow_blank=True)
    email = serializers.CharField(allow_blank=True)
    gender = serializers.CharField(allow_null=True)
    dateOfBirth = serializers.CharField(allow_null=True)
    salutation = serializers.CharField(allow_null=True)
    createdAt = serializers.CharField(allow_null=True)
    updatedAt = serializers.CharField(allow_null=True)


class OrderTotals(serializers.Serializer[Any]):
    """Amounts in minor units."""

    expenseTotal = serializers.IntegerField()
    discountTotal = serializers.IntegerField()
    taxTotal = serializers.IntegerField()
    subtotal = serializers.IntegerField()
    grandTotal = serializers.IntegerField()
    canceledTotal = serializers.IntegerField()
    remunerationTotal = serializers.IntegerField()


class OrderItem(serializers.Serializer[Any]):
    """An item: one piece. Amounts in minor units."""

    merchantReference = serializers.CharField(allow_null=True)
    state = serializers.CharField()
    name = serializers.CharField()
    sku = serializers.CharField(allow_blank=True)
    quantity = serializers.IntegerField()
    unitPrice = serializers.IntegerField()
    sumPrice = serializers.IntegerField()
    unitGrossPrice = serializers.IntegerField()
    sumGrossPrice = serializers.IntegerField()
    unitNetPrice = serializers.IntegerField()
    sumNetPrice = serializers.IntegerField()
    taxRate = serializers.CharField()
    unitTaxAmountFullAggregation = serializers.IntegerField()
    sumTaxAmountFullAggregation = serializers.IntegerField()
    refundableAmount = serializers.IntegerField()
    canceledAmount = serializers.IntegerField()
    unitSubtotalAggregation = serializers.IntegerField()
    sumSubtotalAggregation = serializers.IntegerField()
    unitProductOptionPriceAggregation = serializers.IntegerField()
    sumProductOptionPriceAggregation = serializers.IntegerField()
    unitExpensePriceAggregation = serializers.IntegerField()
    sumExpensePriceAggregation = serializers.IntegerField()
    unitDiscountAmountAggregation = serializers.IntegerField()
    sumDiscountAmountAggregation = serializers.IntegerField()
    unitDiscountAmountFullAggregation = serializers.IntegerField()
    sumDiscountAmountFullAggregation = serializers.IntegerField()
    unitPriceToPayAggregation = serializers.IntegerField()
    sumPriceToPayAggregation = serializers.IntegerField()
    taxRateAverageAggregation = serializers.CharField()
    taxAmountAfterCancellation = serializers.IntegerField(allow_null=True)
    orderReference = serializers.CharField()
    uuid = serializers.UUIDField()
    isReturnable = serializers.BooleanField()
    returnableTill = serializers.DateField(allow_null=True)
    notReturnableReasons = serializers.ListField(child=serializers.CharField())
    metadata = serializers.DictField()


class Address(serializers.Serializer[Any]):
    """An address."""

    firstName = serializers.CharField(allow_blank=True)
    lastName = serializers.CharField(allow_blank=True)
    address1 = serializers.CharField(allow_blank=True)
    address2 = serializers.CharField(allow_null=True)
    company = serializers.CharField(allow_null=True)
    city = serializers.CharField(allow_blank=True)
    zipCode = serializers.CharField(allow_blank=True)
    country = serializers.CharField(allow_blank=True)
    iso2Code = serializers.CharField(allow_blank=True)


class OrderAttributes(serializers.Serializer[Any]):
    """An order."""

    createdAt = serializers.CharField(help_text="UTC.")
    currencyIsoCode = serializers.CharField()
    priceMode = serializers.CharField(help_text="GROSS_MODE or NET_MODE.")
    store = serializers.CharField()
    itemStates = serializers.ListField(child=serializers.CharField())
    totals = OrderTotals()
    billingAddress = Address(allow_null=True)
    shippingAddress = Address(allow_null=True)
    items = OrderItem(many=True)
    expenses = serializers.ListField(child=serializers.DictField())
