"""What a buyer and the shop wrote to each other, as the page of a return shows it."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from returns.evidence.messages import SHOWING
from returns.evidence.threads import messages_of
from returns.models import Return
from storefront import dates, uploads
from storefront.forms.messages import MessageForm


def context(return_: Return, form: MessageForm | None = None) -> dict[str, Any]:
    """Return the messages of a return loaded `with_evidence`, and the form below; no queries.

    `needs`: what the shop asked for last, while it waits for it.
    """
    may_show = return_.status in SHOWING
    form = form or MessageForm(may_show=may_show)
    zone = return_.store.zone
    written = messages_of(return_)
    asked = [one.body for one in written if one.asks]
    is_asked = may_show and return_.details_asked_at is not None
    return {
        "thread": [
            {
                "who": _("You") if one.is_buyers else return_.store.name,
                "is_own": one.is_buyers,
                "asks": one.asks,
                "body": one.body,
                "when": dates.moment(one.at, zone),
                "iso": one.at.isoformat(),
                "photos": [reverse("storefront:photo", args=[photo]) for photo in one.photos],
            }
            for one in written
        ],
        "needs": asked[-1] if is_asked and asked else "",
        "message_form": form,
        "message_photos": uploads.cards(form.photos),
        "message_url": reverse("storefront:write", args=[return_.public_id]),
    }
