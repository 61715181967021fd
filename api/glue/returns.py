"""Returns: `/returns`."""

from typing import Any, Final

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from api.glue import documents, errors, requesting, return_documents
from api.glue.attributes import ReturnAttributes
from api.glue.base import GlueView
from api.glue.orders import spelled
from api.glue.return_documents import Returns
from api.glue.schema import LANGUAGE, PAGE, RETURN_INCLUDES, describe, document, fields_of
from returns.models import Return

MOST_ITEMS: Final = 250
_FIELDS: Final = fields_of("returns", "return-items", "order-items")


class ReturnItemSent(serializers.Serializer[Any]):
    """An item to send back. All but the first two are Retour's own."""

    salesOrderItemUuid = serializers.CharField(  # noqa: N815 - as programs call it
        required=False, allow_null=True, allow_blank=True, max_length=100
    )
    reason = serializers.CharField(
        required=False,
        allow_null=True,
        allow_blank=True,
        max_length=1000,
        help_text="One of `/return-reasons` (its name in any language, or its handle), or words.",
    )
    quantity = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=1_000_000,
        help_text="Of an item with a quantity; all of it unless told.",
    )
    comment = serializers.CharField(
        required=False, allow_null=True, allow_blank=True, max_length=1000
    )


class ReturnSent(serializers.Serializer[Any]):
    """What to send back."""

    store = serializers.CharField(max_length=100, help_text="The store that it was bought in.")
    returnItems = ReturnItemSent(many=True, required=False, allow_null=True)  # noqa: N815


def own(user: User) -> QuerySet[Return]:
    """Return the returns of a login's customers: the start of every fetch of one."""
    return Return.objects.told_to_buyer().filter(order__customer__user=user)


class AllReturns(GlueView):
    """A customer's returns."""

    resource_type = "returns"

    @describe(
        "The customer's returns, newest first.",
        answers={200: document("returns", ReturnAttributes, many=True)},
        errors=(401, 403),
        parameters=[RETURN_INCLUDES, *PAGE, *_FIELDS, LANGUAGE],
        name="listReturns",
        tag="returns",
        needs_token=True,
    )
    def get(self, request: Request) -> Response:
        """Return a page of the customer's returns."""
        asked = self.asked()
        rows, total = return_documents.newest(self.login, asked)
        returns = Returns(asked, rows)
        data = [returns.resource(row) for row in rows]
        return Response(documents.collection(asked, data, returns.included(), total=total))

    @describe(
        "Ask for a return of items of one or several orders.",
        request=document("returns", ReturnSent, is_sent=True),
        answers={201: document("returns", ReturnAttributes)},
        errors=(400, 401, 403, 413, 415, 422),
        parameters=[RETURN_INCLUDES, *_FIELDS, LANGUAGE],
        name="createReturn",
        tag="returns",
        needs_token=True,
    )
    def post(self, request: Request) -> Response:
        """Ask for a return of each order that items were named of, and tell of the first."""
        told = self.attributes(ReturnSent)
        sent = [each or {} for each in told.get("returnItems") or ()]
        if len(sent) > MOST_ITEMS:
            raise errors.return_not_created()
        made = requesting.request(self.login, told["store"], sent)
        by_key = {row["pk"]: row for row in return_documents.rows(_these(made))}
        first, *rest = (by_key[each.pk] for each in made)
        asked = self.asked()
        returns = Returns(asked, [first])
        resource = returns.resource(first, rest)
        document_ = documents.created(resource, returns.included())
        headers = {"Location": resource["links"]["self"]}
        return Response(document_, status=201, headers=headers)


def _these(made: list[Return]) -> QuerySet[Return]:
    return Return.objects.filter(pk__in=[each.pk for each in made])


class OneReturn(GlueView):
    """One of a customer's returns."""

    @describe(
        "One of the customer's returns.",
        answers={200: document("returns", ReturnAttributes)},
        errors=(401, 403, 404),
        parameters=[RETURN_INCLUDES, *_FIELDS, LANGUAGE],
        name="getReturn",
        tag="returns",
        needs_token=True,
    )
    def get(self, request: Request, reference: str) -> Response:
        """Return one by its reference."""
        found = own(self.login).filter(reference__in=spelled(reference)).order_by("-pk")
        row = return_documents.rows(found).first()
        if row is None:
            raise errors.return_not_found()
        asked = self.asked()
        returns = Returns(asked, [row])
        resource = returns.resource(row)
        return Response(documents.single(asked, resource, returns.included()))
