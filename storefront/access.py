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
from returns.models import EvidencePhoto, GiftCode, Return, StoreCreditAccount
from returns.models.return_sets import ReturnQuerySet

Arguments = ParamSpec("Arguments")

OPENED = "opened_orders"
OPENED_CREDIT = "opened_credit"
OPENED_CODES = "opened_gift_codes"
OPENED_GIFTS = "opened_gifts"
# A session keeps the orders opened last; nobody looks up more by hand.
MOST_OPENED = 50


@dataclass(frozen=True, kw_only=True)
class Buyer:
    """Somebody who bought: `user` when signed in, `opened` the ids of orders opened as a guest.

    opened_credit: ids of store credit accounts that were opened with their code. opened_codes,
    opened_gifts: ids of gift codes that were entered, and of the returns of gifts made with them.
    """

    user: User | None
    opened: tuple[int, ...]
    opened_credit: tuple[int, ...] = ()
    opened_codes: tuple[int, ...] = ()
    opened_gifts: tuple[int, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether there is anything to show."""
        gifts = self.opened_codes or self.opened_gifts
        return self.user is not None or bool(self.opened or self.opened_credit or gifts)

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
        """Returns of their orders and of their gifts: the start of every fetch of a return.

        Not what recipients did with gifts that they gave.
        """
        own = Return.objects.told_to_buyer().filter(order__in=self.orders().values("pk"))
        if self.user is None and not self.opened_gifts:
            return own
        return Return.objects.filter(pk__in=own.values("pk").union(self._gifts().values("pk")))

    def _gifts(self) -> ReturnQuerySet:
        """Returns of gifts that they got: opened here, or under the address they signed in with."""
        mine = models.Q(pk__in=self.opened_gifts)
        if self.user is not None:
            mine |= models.Q(recipient_email=self.user.email.lower())
        return Return.objects.filter(mine, gift_code__isnull=False)

    def gift_codes(self) -> models.QuerySet[GiftCode]:
        """Codes that were entered here and are still good: the start of every return of a gift."""
        found = GiftCode.objects.filter(pk__in=self.opened_codes, revoked_at=None)
        return found.select_related("order__store", "order__customer")

    def photos(self) -> models.QuerySet[EvidencePhoto]:
        """Photos of their orders and of the returns of their gifts, and none of the other side's.

        With an entered code also those that wait to be sent along.
        """
        gifts = self._gifts().values("pk")
        coded = self.gift_codes().values("order")
        return EvidencePhoto.objects.filter(
            models.Q(return_line__for_return__in=gifts)
            | models.Q(message__for_return__in=gifts)
            | models.Q(
                order__in=self.orders().values("pk"),
                return_line__for_return__gift_code__isnull=True,
                message__for_return__gift_code__isnull=True,
            )
            | models.Q(order__in=coded, return_line=None, message=None)
        )

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

    def actor_on(self, return_: Return) -> Actor:
        """Return who acts on one of their returns: of a gift, its recipient."""
        if self.user is None and return_.is_gift:
            return actors.buyer(return_.recipient_name)
        return self.actor(return_.order)


class BuyerRequest(HttpRequest):
    """A request that knows its buyer."""

    buyer: Buyer


View = Callable[Concatenate[BuyerRequest, Arguments], HttpResponseBase]
Guarded = Callable[Concatenate[HttpRequest, Arguments], HttpResponseBase]


def buyer_of(request: HttpRequest) -> Buyer:
    """Return the buyer behind a request; one without orders when nobody is known."""
    user = request.user if isinstance(request.user, User) else None
    session = request.session
    return Buyer(
        user=user,
        opened=tuple(session.get(OPENED, ())),
        opened_credit=tuple(session.get(OPENED_CREDIT, ())),
        opened_codes=tuple(session.get(OPENED_CODES, ())),
        opened_gifts=tuple(session.get(OPENED_GIFTS, ())),
    )


def open_orders(request: HttpRequest, orders: Iterable[Order]) -> None:
    """Let this session see orders from now on, under a new session key."""
    opened = [*(order.pk for order in orders), *request.session.get(OPENED, ())]
    request.session[OPENED] = list(dict.fromkeys(opened))[:MOST_OPENED]
    request.session.cycle_key()


def open_credit(request: HttpRequest, account: StoreCreditAccount) -> None:
    """Let this session see an account from now on, under a new session key."""
    _open(request, OPENED_CREDIT, account.pk)


def open_gift_code(request: HttpRequest, code: GiftCode) -> None:
    """Let this session return what a code is for, under a new session key."""
    _open(request, OPENED_CODES, code.pk)


def open_gift(request: HttpRequest, return_: Return) -> None:
    """Let this session see the return of a gift, and nothing of its order."""
    _open(request, OPENED_GIFTS, return_.pk)


def _open(request: HttpRequest, name: str, key: int) -> None:
    opened = [key, *request.session.get(name, ())]
    request.session[name] = list(dict.fromkeys(opened))[:MOST_OPENED]
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
