"""What a buyer and staff wrote to each other, as the page of a return shows it."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.permissions import Permission
from backoffice.forms.messages import MessageForm
from backoffice.return_page import evidence_url
from backoffice.words import ago_words, moment_words
from returns.evidence.messages import SHOWING
from returns.evidence.threads import messages_of
from returns.models import Return


def context(return_: Return, actor: Actor, form: MessageForm | None = None) -> dict[str, Any]:
    """Return the messages of a return loaded `with_evidence`, and the form below; no queries.

    `waits`: who waits for whom, in words; "" for nobody.
    """
    may_show = return_.status in SHOWING
    may_write = actor.may(Permission.WRITE_MESSAGE)
    return {
        "thread": [
            {
                "who": one.author,
                "is_own": not one.is_buyers,
                "asks": one.asks,
                "body": one.body,
                "when": moment_words(one.at),
                "iso": one.at.isoformat(),
                "photos": [evidence_url(photo) for photo in one.photos],
            }
            for one in messages_of(return_)
        ],
        "waits": waits(return_),
        "may_ask": may_show,
        "settle_url": reverse("backoffice:return_settle", args=[return_.pk])
        if may_write and return_.to_answer_since
        else "",
        "message_form": (form or MessageForm(may_show=may_show)) if may_write else None,
        "message_url": reverse("backoffice:return_message", args=[return_.pk]),
    }


def waits(return_: Return) -> str:
    """Say who waits for whom; "" for nobody."""
    if return_.to_answer_since:
        ago = ago_words(return_.to_answer_since)
        return _("The buyer waits for an answer (%(ago)s).") % {"ago": ago}
    if return_.details_asked_at and return_.status in SHOWING:
        ago = ago_words(return_.details_asked_at)
        return _("Waiting for the buyer: details asked for (%(ago)s).") % {"ago": ago}
    return ""
