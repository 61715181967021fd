"""One message of a shop: read, applied, and what became of it written down."""

import logging

from django.utils.translation import gettext as _

from orders.intake import OrderRejected
from orders.models import SourceDelivery
from orders.sources import inbox, reading
from orders.sources.told import NotYet, Unwanted
from returns.errors import ReturnError
from returns.incoming import topics

logger = logging.getLogger(__name__)


def apply(delivery_id: int) -> None:
    """Take one message in. What is in already changes nothing, so that it may run twice.

    What may come right by itself is tried again after a while, and in the end left to a person.
    Must not be called inside a transaction, because refunds are not.
    """
    delivery = inbox.begin(delivery_id)
    if delivery is None:
        return
    try:
        result = topics.handle(delivery.source, delivery.topic, _body(delivery))
    except Unwanted as reason:
        inbox.ignored(delivery, str(reason))
    except NotYet as missing:
        words = _("Its order (%(id)s in the shop) has not come in yet.")
        inbox.again(delivery, words % {"id": missing.order_id}, waits_for=missing.order_id)
    except (OrderRejected, ReturnError) as refusal:
        inbox.again(delivery, str(refusal))
    except Exception:
        logger.exception("Delivery %s of a source broke off", delivery.pk)
        inbox.again(delivery, _("Something went wrong here; the log says what."))
    else:
        inbox.applied(delivery, result.message, result.order)
        if result.arrived:
            inbox.wake(delivery.source, result.arrived)


def _body(delivery: SourceDelivery) -> object:
    """Return what a message says; it was checked to be JSON when it came."""
    if not delivery.body:
        raise Unwanted(_("What this message said is not kept any more."))
    return reading.parsed(delivery.body)
