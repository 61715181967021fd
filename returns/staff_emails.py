"""The mails that staff get: what an automation rule tells them, and that one has stopped itself."""

from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Role, User
from returns.locales import Reader
from returns.models import AutomationRule, Event, EventType, Return

# As `returns.automation.actions.NotifyWhom` has them, which lies above this module.
STORE, ASSIGNEE = "STORE", "ASSIGNEE"


def for_event(event: Event) -> EmailMessage | None:
    """Return the mail that a rule sends to staff with this event; None when it sends none."""
    return_ = event.for_return
    if event.type != EventType.STAFF_NOTIFIED or return_ is None:
        return None
    addresses = _addresses(str(event.data.get("to", "")), return_)
    if not addresses:
        return None
    with translation.override(Reader.of(return_.store.language, return_.store.country).language):
        subject = _("%(reference)s: %(rule)s") % {
            "reference": return_.reference,
            "rule": event.actor_name,
        }
        words = [
            event.note,
            _("Return %(reference)s of %(buyer)s: %(status)s.")
            % {
                "reference": return_.reference,
                "buyer": return_.sender_name or return_.email,
                "status": return_.get_status_display(),
            },
            settings.SITE_URL.rstrip("/") + reverse("backoffice:return", args=[return_.pk]),
            _("This mail comes from the automation rule “%(rule)s”.") % {"rule": event.actor_name},
        ]
    return _mail(subject, words, addresses)


def rule_stopped(rule: AutomationRule) -> EmailMessage | None:
    """Return the mail that tells managers that a rule stopped itself; None without managers."""
    addresses = managers()
    if not addresses:
        return None
    language = rule.store.language if rule.store else settings.LANGUAGE_CODE
    with translation.override(Reader.of(language).language):
        subject = _("The automation rule “%(rule)s” has stopped") % {"rule": rule.name}
        words = [
            _(
                "It failed %(count)s times in a row and acts no more until somebody switches it on"
                " again. The last time:"
            )
            % {"count": rule.failures},
            rule.stopped_why,
            settings.SITE_URL.rstrip("/") + reverse("backoffice:automation_rule", args=[rule.pk]),
        ]
    return _mail(subject, words, addresses)


def managers() -> list[str]:
    """Return the addresses of everybody who may change rules."""
    found = User.objects.filter(is_active=True, roles__contains=[Role.MANAGER])
    return list(found.order_by("pk").values_list("email", flat=True))


def _addresses(to: str, return_: Return) -> list[str]:
    if to == STORE:
        return [return_.store.email] if return_.store.email else []
    assignee = return_.assignee
    if to == ASSIGNEE and assignee is not None and assignee.works_here:
        return [assignee.email]
    return managers()


def _mail(subject: str, words: Sequence[str], addresses: list[str]) -> EmailMessage:
    return EmailMessage(
        subject=" ".join(subject.split()),
        body="\n\n".join(part for part in words if part) + "\n",
        to=addresses,
        headers={"Auto-Submitted": "auto-generated"},  # RFC 3834: no answers by machines
    )
