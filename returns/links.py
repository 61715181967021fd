"""Links that open one return for whoever holds them, as mailed to buyers without a login."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse

from orders.models import Order
from returns.models import Return

# A return with its refund is over by then; who needs it later asks for a code by mail.
VALID_FOR = timedelta(days=90)

_SALT = "returns.links"


def buyer_link(return_: Return) -> str:
    """Return the address, with host, at which the buyer sees this return.

    A buyer with a login signs in there; for others the link itself is the key, for 90 days.
    `return_.order.customer` should be loaded.
    """
    customer = None if return_.is_gift else return_.order.customer
    if customer is not None and customer.user_id is not None:
        path = reverse("storefront:return", args=[return_.public_id])
    else:
        path = reverse("storefront:open_link", args=[_signer().sign(return_.public_id.hex)])
    return f"{settings.SITE_URL}{path}"


def order_link(order: Order) -> str:
    """Return the address, with host, at which the buyer finds an order after proving who they are.

    `order.customer` should be loaded.
    """
    if order.customer is not None and order.customer.user_id is not None:
        return f"{settings.SITE_URL}{reverse('storefront:order', args=[order.public_id])}"
    return f"{settings.SITE_URL}{reverse('storefront:look_up')}"


def staff_link(return_: Return) -> str:
    """Return the address, with host, at which staff see this return; they sign in there."""
    return f"{settings.SITE_URL}{reverse('backoffice:return', args=[return_.pk])}"


def read_link(token: str) -> Return:
    """Return the return that a link's token opens, with its order.

    Raises django.core.signing.SignatureExpired after 90 days, BadSignature (its parent) for what
    we did not sign, and Return.DoesNotExist.
    """
    public_id = UUID(hex=_signer().unsign(token, max_age=VALID_FOR))
    return Return.objects.select_related("order").get(public_id=public_id)


def _signer() -> signing.TimestampSigner:
    # A full stop, because mail programs take a colon for the end of an address.
    return signing.TimestampSigner(sep=".", salt=_SALT)
