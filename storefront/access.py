"""Who sees which page of the storefront, and where every fetch begins: at the buyer.

A buyer is somebody who signed in, or a guest whose session has opened orders by a mailed code or
link; both at once is possible. Another's order is not found, because it is never looked for.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from django.db import models
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.translation import gettext as _

from accounts import actors
from accounts.actors import Actor
from accounts.models import User
from orders.models import Order
from orders.models.orders import OrderQuerySet
from returns.models import Return, StoreCreditAccount
from returns.models.return_sets import ReturnQuerySet

Arguments = ParamSpec("Arguments")

OPENED = "opened_orders"
OPENED_CREDIT = "opened_credit"
# A session keeps the orders opened last; nobody looks up more by hand.
MOST_OPENED = 50


@dataclass(frozen=True, kw_only=True)
class Buyer:
    """Somebody who bought: `user` when signed in, `opened` the ids of orders opened as a guest.

    opened_credit: ids of store credit accounts that were opened with their code.
    """

    user: User | None
    opened: tuple[int, ...]
    opened_credit: tuple[int, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether there is anything to show."""
        return self.user is not None or bool(self.opened or self.opened_credit)

    def orders(self) -> OrderQuerySet:
        """Their orders: the start of every fetch of an order."""
        opened = Order.objects.filter(pk__in=self.opened)
        if self.user is None:
            return opened
        own = Order.objects.of_user(self.user.pk, self.user.email)
        if not self.opened:
            return own
        return Order.objects.filter(pk__in=own.values("pk").union(opened.values("pk")))

    def returns(self) -> ReturnQuerySet:
        """Returns of their orders: the start of every fetch of a return."""
        return Return.objects.filter(order__in=self.orders().values("pk"))

    def credit_accounts(self) -> models.QuerySet[StoreCreditAccount]:
        """Their store credit: the start of every fetch of an account.

        A signed-in buyer's as of their orders; of orders opened as a guest that of who bought.
        """
        own = models.Q(pk__in=self.opened_credit)
        if self.user is not None:
            own |= models.Q(customer__user_id=self.user.pk)
            own |= models.Q(customer__isnull=True, guest_email=self.user.email.lower())
        if self.opened:
            bought = Order.objects.filter(pk__in=self.opened, store=models.OuterRef("store"))
            guest = Lower("guest_email")
            of_customer = bought.filter(customer=models.OuterRef("customer"))
            of_guest = bought.alias(address=guest).filter(
                customer__isnull=True, address=models.OuterRef("guest_email")
            )
            own |= models.Q(models.Exists(of_customer))
            own |= models.Q(models.Exists(of_guest), customer__isnull=True)
        return StoreCreditAccount.objects.filter(own).select_related("store", "customer")

    def actor(self, order: Order) -> Actor:
        """Return who acts on one of their orders."""
        if self.user is not None:
            return actors.buyer(str(self.user), user_id=self.user.pk)
        return actors.buyer(order.buyer_name or order.email or _("Guest"))


class BuyerRequest(HttpRequest):
    """A request that knows its buyer."""

    buyer: Buyer


View = Callable[Concatenate[BuyerRequest, Arguments], HttpResponseBase]
Guarded = Callable[Concatenate[HttpRequest, Arguments], HttpResponseBase]


def buyer_of(request: HttpRequest) -> Buyer:
    """Return the buyer behind a request; one without orders when nobody is known."""
    user = request.user if isinstance(request.user, User) else None
    opened, credit = request.session.get(OPENED, ()), request.session.get(OPENED_CREDIT, ())
    return Buyer(user=user, opened=tuple(opened), opened_credit=tuple(credit))


def open_orders(request: HttpRequest, orders: Iterable[Order]) -> None:
    """Let this session see orders from now on, under a new session key."""
    opened = [*(order.pk for order in orders), *request.session.get(OPENED, ())]
    request.session[OPENED] = list(dict.fromkeys(opened))[:MOST_OPENED]
    request.session.cycle_key()


def open_credit(request: HttpRequest, account: StoreCreditAccount) -> None:
    """Let this session see an account from now on, under a new session key."""
    opened = [account.pk, *request.session.get(OPENED_CREDIT, ())]
    request.session[OPENED_CREDIT] = list(dict.fromkeys(opened))[:MOST_OPENED]
    request.session.cycle_key()


def public(view: View[Arguments]) -> Guarded[Arguments]:
    """Let everybody see a page."""

    @wraps(view)
    def guarded(
        request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> HttpResponseBase:
        request.buyer = buyer_of(request)  # type: ignore[attr-defined]
        return _personal(view(request, *args, **kwargs))  # type: ignore[arg-type]

    guarded.access_policy = "public"  # type: ignore[attr-defined]
    return guarded


def buyer_required(view: View[Arguments]) -> Guarded[Arguments]:
    """Let only somebody with orders see a page; others are asked to sign in or look theirs up."""

    @wraps(view)
    def guarded(
        request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> HttpResponseBase:
        request.buyer = buyer_of(request)  # type: ignore[attr-defined]
        if not request.buyer.is_known:  # type: ignore[attr-defined]
            back = urlencode({"next": request.get_full_path()})
            return _personal(HttpResponseRedirect(f"{reverse('storefront:home')}?{back}"))
        return _personal(view(request, *args, **kwargs))  # type: ignore[arg-type]

    guarded.access_policy = "buyer"  # type: ignore[attr-defined]
    return guarded


def _personal(response: HttpResponseBase) -> HttpResponseBase:
    """Keep a page out of every cache, the browser's too: phones and computers are shared."""
    patch_cache_control(response, private=True, no_store=True)
    patch_vary_headers(response, ["Cookie"])
    return response
