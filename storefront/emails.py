"""The mail that the storefront itself sends; those about returns are in `returns.emails`."""

import re

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation

from orders.guest_access import TIME_TO_ENTER
from orders.models import Order
from returns import slips
from returns.locales import Reader


def guest_code(order: Order, code: str, language: str) -> EmailMultiAlternatives:
    """Return the mail with the code that opens `order`, unsent.

    language: of the page on which the guest asked. `order.store` and `order.customer` should be
    loaded.
    """
    reader = Reader.of(language)
    with translation.override(reader.language):
        context = {
            "code": code,
            "minutes": int(TIME_TO_ENTER.total_seconds() // 60),
            "language": reader.language,
            "store": order.store.name,
            "contact": slips.store_contact(order.store, reader),
            "buyer": order.buyer_name,
            "order_reference": order.reference,
        }
        subject, text, html = (
            render_to_string(f"emails/guest_code.{kind}", context)
            for kind in ("subject.txt", "txt", "html")
        )
    message = EmailMultiAlternatives(
        subject=" ".join(subject.split()),
        body=re.sub(r"\n{3,}", "\n\n", text).strip() + "\n",
        to=[order.email],
        reply_to=[order.store.email] if order.store.email else None,
        headers={"Auto-Submitted": "auto-generated"},  # RFC 3834: no answers by machines
    )
    message.attach_alternative(html, "text/html")
    return message
