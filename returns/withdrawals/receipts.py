"""A statement in words: as page, mail and document repeat it."""

from datetime import datetime

from babel.dates import format_time, get_timezone_name
from django.utils.translation import gettext as _

from returns.locales import Reader
from returns.models import WithdrawalStatement
from returns.withdrawals import words


def reader_of(statement: WithdrawalStatement) -> Reader:
    """Return who reads the confirmation: in the language of the page that was used."""
    language = words.language_of(statement.language)
    if language in words.BEYOND_SITES:
        return Reader.of_own(language, statement.store.country)
    return Reader.of(statement.language, statement.store.country)


def sentence(statement: WithdrawalStatement) -> str:
    """Return what was stated, in the language that is active."""
    return wording(statement.order_reference, is_whole=statement.is_whole)


def wording(order_reference: str, *, is_whole: bool) -> str:
    """Return the statement as the page shows it, in the language that is active.

    After the model form in Annex I(B) of Directive 2011/83/EU.
    """
    if is_whole:
        sentence = _("I hereby withdraw from my contract: order %(number)s.")
    else:
        sentence = _("I hereby withdraw from my contract for these items of order %(number)s:")
    return sentence % {"number": order_reference}


def moment(statement: WithdrawalStatement, reader: Reader) -> str:
    """Return date and time of submission, to the second, by the clocks of the store's zone.

    In the language that is active, as in `25 November 2026, 14:02:31 Central European Time`.
    """
    at: datetime = statement.received_at.astimezone(statement.store.zone)
    time = format_time(at, "medium", locale=reader.locale)
    zone = get_timezone_name(at, width="long", locale=reader.locale)
    return f"{reader.date(at.date())}, {time} {zone}"
