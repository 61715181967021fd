"""`PUT /api/orders/<reference>` and `PUT /api/orders`: orders in our own JSON, all or nothing."""

from collections.abc import Callable
from typing import Any, Final, cast

from django.http import Http404
from django.http.request import RawPostDataException
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import ApiClient
from api.intake import problems, tokens
from api.intake.fields import (
    AllTakenInSerializer,
    OrderSerializer,
    ProblemSerializer,
    TakenInSerializer,
)
from orders.intake import BatchRejected, Intake, OrderData, OrderRejected, Problem, take_in_all
from orders.intake.plain import order_from_plain
from orders.models import Store
from orders.sources import reading

LARGEST: Final = 5 * 1024 * 1024
MOST_ORDERS: Final = 100

_REFUSALS: Final = {
    (status, problems.CONTENT_TYPE): OpenApiResponse(ProblemSerializer, words)
    for status, words in (
        (400, "The body is no JSON."),
        (401, "There is no valid token."),
        (403, "The token has not got the scope write_orders."),
        (404, "There is no such store."),
        (413, "The body is larger than 5 MiB."),
        (415, "The body is not sent as application/json."),
        (422, "Something is wrong with an order; nothing was taken in."),
        (429, "Too many orders at once; Retry-After says when to go on."),
    )
}
_STORE: Final = OpenApiParameter(
    "store",
    OpenApiTypes.STR,
    description="The code of the store; may be left out where there is one store only.",
)


def _documented(**words: Any) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
    """Describe an operation, without a setting for all views of the installation."""

    def decorate(method: Callable[..., Response]) -> Callable[..., Response]:
        method.schema = AutoSchema  # type: ignore[attr-defined]
        described: Callable[..., Response] = extend_schema(**words)(method)
        return described

    return decorate


class ExactJSONParser(BaseParser):
    """Reads JSON with exact numbers, and nothing that is none (NaN)."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """Return what the body says. Raises Malformed."""
        try:
            return reading.parsed(stream.read().decode())
        except (ValueError, RawPostDataException, OSError) as error:
            raise problems.Malformed("The body is no JSON in UTF-8.") from error


class OrdersView(APIView):
    """What both addresses have in common."""

    authentication_classes = (tokens.BearerAuthentication,)
    permission_classes = ()
    throttle_classes = ()
    parser_classes = (ExactJSONParser,)
    renderer_classes = (JSONRenderer,)
    metadata_class = None
    schema = AutoSchema()

    def get_exception_handler(self) -> Callable[..., Response | None]:
        """Have what is wrong told as RFC 9457 says."""
        return problems.answer

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check token, scope and size before anything is read."""
        super().initial(request, *args, **kwargs)
        tokens.sender(self.client_of(request))
        told = request.META.get("CONTENT_LENGTH") or "0"
        if not told.isdecimal() or int(told) > LARGEST:
            raise problems.TooLarge("A body has at most 5 MiB.")

    @staticmethod
    def client_of(request: Request) -> ApiClient:
        """Return who asks."""
        return cast(ApiClient, request.auth)


class OrderView(OrdersView):
    """One order."""

    @_documented(
        operation_id="putOrder",
        summary="Take one order in, or bring it up to date",
        description="The same order again changes nothing. The reference in the body may be left "
        "out; otherwise it must be that of the address (`#` is written `%23` there).",
        parameters=[_STORE],
        request=OrderSerializer,
        responses={200: TakenInSerializer, 201: TakenInSerializer, **_REFUSALS},
        auth=[{"token": []}],
        tags=["orders"],
    )
    def put(self, request: Request, reference: str) -> Response:
        """Take one order in."""
        plain = request.data
        tokens.spend(self.client_of(request), 1)
        store = _store(request)
        try:
            data = _named(plain, reference, store)
            [taken] = take_in_all([data])
        except OrderRejected as rejection:
            raise problems.Unprocessable(problems.pointers(rejection.problems)) from rejection
        except BatchRejected as rejection:
            found = rejection.rejections[0].problems
            raise problems.Unprocessable(problems.pointers(found)) from rejection
        is_new = taken.outcome == "created"
        return Response(_told(taken, store), status=201 if is_new else 200)


class ManyOrdersView(OrdersView):
    """Many orders at once."""

    @_documented(
        operation_id="putOrders",
        summary="Take many orders in, all or none",
        description=f"At most {MOST_ORDERS} orders. One wrong order keeps all out.",
        parameters=[_STORE],
        request=OrderSerializer(many=True),
        responses={200: AllTakenInSerializer, **_REFUSALS},
        auth=[{"token": []}],
        tags=["orders"],
    )
    def put(self, request: Request) -> Response:
        """Take many orders in."""
        plain = request.data
        if not isinstance(plain, list) or not 1 <= len(plain) <= MOST_ORDERS:
            raise problems.Unprocessable(
                [{"pointer": "#", "detail": f"Send a list of 1 to {MOST_ORDERS} orders."}]
            )
        tokens.spend(self.client_of(request), len(plain))
        store = _store(request)
        try:
            taken = take_in_all(_all(plain, store))
        except BatchRejected as rejection:
            errors = [
                each
                for index, rejected in sorted(rejection.rejections.items())
                for each in problems.pointers(rejected.problems, str(index))
            ]
            raise problems.Unprocessable(errors) from rejection
        return Response({"orders": [_told(each, store) for each in taken]})


def _store(request: Request) -> Store:
    """Return the store that is named, or the only one. Raises Http404."""
    code = request.query_params.get("store", "").replace("\0", "")
    named = Store.objects.filter(code=code) if code else Store.objects.all()
    found = list(named[:2])
    if len(found) != 1:
        raise Http404(
            "There is no store with this code." if code else "Name a store, as in ?store=code."
        )
    return found[0]


def _named(plain: Any, reference: str, store: Store) -> OrderData:
    """Return the order that a body describes, with the reference of the address."""
    if isinstance(plain, dict):
        plain = {"reference": reference, **plain}
    data = order_from_plain(plain, store=store.code, currency=store.currency)
    if data.reference.strip() != reference.strip():
        message = "This is not the reference in the address."
        raise OrderRejected([Problem(("reference",), message)])
    return data


def _all(plain: list[Any], store: Store) -> list[OrderData]:
    """Return the orders of a list. Raises BatchRejected with all that is wrong."""
    wrong: dict[int, OrderRejected] = {}
    orders: list[OrderData] = []
    seen: set[str] = set()
    for index, each in enumerate(plain):
        try:
            data = order_from_plain(each, store=store.code, currency=store.currency)
            if data.reference.strip() in seen:
                twice = Problem(("reference",), "This order is in the list twice.")
                raise OrderRejected([twice])
        except OrderRejected as rejection:
            wrong[index] = rejection
        else:
            seen.add(data.reference.strip())
            orders.append(data)
    if wrong:
        raise BatchRejected(wrong)
    return orders


def _told(taken: Intake, store: Store) -> dict[str, Any]:
    return {
        "id": taken.order.pk,
        "reference": taken.order.reference,
        "store": store.code,
        "outcome": taken.outcome.value,
    }


order = OrderView.as_view()
order.access_policy = "token"  # type: ignore[attr-defined]
many_orders = ManyOrdersView.as_view()
many_orders.access_policy = "token"  # type: ignore[attr-defined]
