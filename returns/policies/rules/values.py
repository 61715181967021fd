"""What kinds of values conditions and settings take, and reading them from plain data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import Enum, auto
from typing import Any, Final

from django.conf import settings as site
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from returns.models.policies import MOST_DAYS

WORD_LENGTH = 255
TEXT_LENGTH = 300
MOST_WORDS = 500
_LARGEST_AMOUNT = Decimal(10) ** 12


class Kind(Enum):
    """What kind of value a condition or setting takes."""

    WORD = auto()  # str
    WORDS = auto()  # tuple of str, in the order given
    AMOUNT = auto()  # Decimal in the order's currency
    PERCENT = auto()  # Decimal from 0 to 100
    DAY = auto()  # date in the store's time zone
    COUNT = auto()  # int
    FLAG = auto()  # bool
    CHOICE = auto()  # str
    CHOICES = auto()  # tuple of str, in the order of the choices
    TEXTS = auto()  # dict of str by language


@dataclass(frozen=True, kw_only=True)
class Spec:
    """One condition or setting.

    least, most: of a COUNT. none: what the value None means; "" where there is none.
    unit: of a COUNT, for its field.
    """

    kind: Kind
    label: "str | Promise"
    choices: type[models.TextChoices] | None = None
    least: int = 0
    most: int = MOST_DAYS
    none: "str | Promise" = ""
    unit: "str | Promise" = ""
    hint: "str | Promise" = ""


def plain_value(value: Any) -> Any:
    """Return a condition's or setting's value as JSON holds it."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value


def value_of(spec: Spec, plain: object) -> Any:
    """Return the value that plain data (a native value or text) means.

    Raises ValueError with a message for people.
    """
    if plain is None:
        if spec.none:
            return None
        raise ValueError(_("This is missing."))
    return _READERS[spec.kind](spec, plain)


def _text(plain: object, most: int) -> str:
    text = str(plain).strip() if isinstance(plain, str | int | Decimal) else ""
    if not text or len(text) > most or not text.isprintable():
        raise ValueError(_("Must be a text of 1 to %(count)s characters.") % {"count": most})
    return text


def _read_word(_spec: Spec, plain: object) -> str:
    return _text(plain, WORD_LENGTH)


def _read_words(_spec: Spec, plain: object) -> tuple[str, ...]:
    given = plain if isinstance(plain, list | tuple) else [plain]
    found = tuple(dict.fromkeys(_text(each, WORD_LENGTH) for each in given))
    if not 0 < len(found) <= MOST_WORDS:
        raise ValueError(_("Give 1 to %(count)s.") % {"count": MOST_WORDS})
    return found


def _number(plain: object, most: Decimal, message: str) -> Decimal:
    given = plain if isinstance(plain, str | int | Decimal) else ""
    try:
        found = Decimal("" if isinstance(given, bool) else given)
    except InvalidOperation as error:
        raise ValueError(message) from error
    exponent = found.as_tuple().exponent
    if not found.is_finite() or not 0 <= found <= most or int(exponent) < -4:
        raise ValueError(message)
    return found


def _read_amount(_spec: Spec, plain: object) -> Decimal:
    return _number(plain, _LARGEST_AMOUNT, _("Must be an amount, as in 12.50."))


def _read_percent(_spec: Spec, plain: object) -> Decimal:
    message = _("Must be a percentage from 0 to 100.")
    found = _number(plain, Decimal(100), message)
    if int(found.as_tuple().exponent) < -2:
        raise ValueError(message)
    return found


def _read_day(_spec: Spec, plain: object) -> date:
    message = _("Must be a day, as in 2026-12-24.")
    if type(plain) is date:
        return plain
    try:
        found = date.fromisoformat(plain if isinstance(plain, str) else "")
    except ValueError as error:
        raise ValueError(message) from error
    if not 1990 <= found.year <= 2200:
        raise ValueError(message)
    return found


def _read_count(spec: Spec, plain: object) -> int:
    given = str(plain).strip() if isinstance(plain, str | int) else ""
    is_number = given.isascii() and given.isdigit() and len(given) < 10
    if isinstance(plain, bool) or not is_number or not spec.least <= int(given) <= spec.most:
        words = _("Must be a whole number from %(least)s to %(most)s.")
        raise ValueError(words % {"least": spec.least, "most": spec.most})
    return int(given)


def _read_flag(_spec: Spec, plain: object) -> bool:
    word = str(plain).strip().lower() if isinstance(plain, str | bool) else ""
    if word not in ("true", "false", "yes", "no"):
        raise ValueError(_("Must be yes or no."))
    return word in ("true", "yes")


def _read_choice(spec: Spec, plain: object) -> str:
    known: list[str] = spec.choices.values if spec.choices else []
    if plain not in known:
        raise ValueError(_("Must be one of %(known)s.") % {"known": ", ".join(known)})
    return str(plain)


def _read_choices(spec: Spec, plain: object) -> tuple[str, ...]:
    given = plain if isinstance(plain, list | tuple) else [plain]
    chosen = [_read_choice(spec, each) for each in given]
    if not chosen:
        raise ValueError(_("Choose at least one."))
    return tuple(
        value for value in (spec.choices.values if spec.choices else ()) if value in chosen
    )


def _read_texts(_spec: Spec, plain: object) -> dict[str, str]:
    languages = dict(site.LANGUAGES)
    given = {site.LANGUAGE_CODE: plain} if isinstance(plain, str) else plain
    if not isinstance(given, Mapping) or not given or given.keys() - languages.keys():
        words = _("Must be a text for each of the languages %(known)s.")
        raise ValueError(words % {"known": ", ".join(languages)})
    return {code: _text(given[code], TEXT_LENGTH) for code in languages if code in given}


_READERS: Final[Mapping[Kind, Callable[[Spec, object], Any]]] = {
    Kind.WORD: _read_word,
    Kind.WORDS: _read_words,
    Kind.AMOUNT: _read_amount,
    Kind.PERCENT: _read_percent,
    Kind.DAY: _read_day,
    Kind.COUNT: _read_count,
    Kind.FLAG: _read_flag,
    Kind.CHOICE: _read_choice,
    Kind.CHOICES: _read_choices,
    Kind.TEXTS: _read_texts,
}
