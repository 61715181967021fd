"""Reasons from a CSV file: all of it or nothing, with every mistake told by its line.

The columns are in docs/reasons.md. `reason_key` is the handle, as Spryker's return reasons have it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import IO, Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actors import Actor
from orders.imports.source import Row, Source, UnreadableFile
from returns import setting_changes
from returns.models import ReturnReason

KEY: Final = "reason_key"
GLOSSARY_KEY: Final = "glossary_key_reason"
PARENT: Final = "parent_key"
NAME: Final = "name."
HINT: Final = "hint."
MOST_ROWS: Final = 2000
# More than anybody has of them would only bury the first.
MOST_FAULTS: Final = 50


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One mistake: the line of the file, from 1, and what to do about it."""

    line: int
    message: str

    def __str__(self) -> str:
        return _("Line %(line)d: %(message)s") % {"line": self.line, "message": self.message}


class InvalidReasons(Exception):
    """The file has mistakes; nothing was changed."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


@dataclass(frozen=True, kw_only=True)
class Report:
    """How many reasons came in new, changed, or as they were."""

    created: int
    updated: int
    unchanged: int


def load(file: IO[bytes], *, actor: Actor) -> Report:
    """Create and change the reasons that a file names; others stay as they are.

    Each is recorded as `setting_changes.save` does.

    A column that is missing leaves its field as it is, an empty cell empties it. Raises
    orders.imports.source.UnreadableFile for what is no such file, InvalidReasons for mistakes,
    NotPermitted.
    """
    rows = _rows(file)
    with transaction.atomic():
        known = _known()
        before = {handle: _state(reason) for handle, reason in known.items()}
        reasons = _filled(rows, known)
        for reason in reasons:
            # What is below refers to what is above, which is saved first.
            reason.parent_id = reason.parent.pk if reason.parent else None
            if before.get(reason.handle) != _state(reason):
                setting_changes.save(reason, actor=actor)
        created = sum(reason.handle not in before for reason in reasons)
        same = sum(before.get(reason.handle) == _state(reason) for reason in reasons)
    return Report(created=created, updated=len(reasons) - created - same, unchanged=same)


def _known() -> dict[str, ReturnReason]:
    """Lock all reasons and return them by handle, each with its heading from among them."""
    found = list(ReturnReason.objects.select_for_update())
    by_id = {reason.pk: reason for reason in found}
    for reason in found:
        reason.parent = by_id.get(reason.parent_id or 0)
    return {reason.handle: reason for reason in found}


def _rows(file: IO[bytes]) -> list[Row]:
    rows = []
    for row in Source(file).rows([KEY]):
        rows.append(row)
        if len(rows) > MOST_ROWS:
            message = _("The file has more than %(count)d rows.")
            raise UnreadableFile(message % {"count": MOST_ROWS})
    return rows


def _state(reason: ReturnReason) -> dict[str, Any]:
    return {field.attname: getattr(reason, field.attname) for field in reason._meta.concrete_fields}


def _filled(rows: list[Row], known: dict[str, ReturnReason]) -> list[ReturnReason]:
    """Return the reasons of the rows, headings first. Raises InvalidReasons."""
    faults: list[Fault] = []
    filled: dict[str, tuple[int, ReturnReason]] = {}
    for row in rows:
        handle = row[KEY]
        try:
            if handle in filled:
                message = _("“%(key)s” is in line %(line)d already.")
                raise ValidationError(message % {"key": handle, "line": filled[handle][0]})
            filled[handle] = (row.line, _reason(row, known.get(handle)))
        except ValidationError as error:
            faults += [Fault(line=row.line, message=message) for message in error.messages]
    faults += _join(rows, filled, known)
    if faults:
        raise InvalidReasons(sorted(faults, key=lambda fault: fault.line)[:MOST_FAULTS])
    return sorted((reason for _line, reason in filled.values()), key=lambda one: bool(one.parent))


def _reason(row: Row, found: ReturnReason | None) -> ReturnReason:
    """Return the reason with what the row says. Raises ValidationError with every mistake."""
    if row.fault:
        raise ValidationError(row.fault)
    reason = found or ReturnReason(handle=row[KEY], active=True)
    messages: list[str] = []
    for column, read in _COLUMNS.items():
        if column in row.cells:
            try:
                setattr(reason, _FIELDS.get(column, column), read(row[column]))
            except ValueError as error:
                messages.append(f"{column}: {error}")
    reason.names = _texts(row, NAME, reason.names)
    reason.hints = _texts(row, HINT, reason.hints)
    messages += _invalid(reason)
    if messages:
        raise ValidationError(messages)
    return reason


def _invalid(reason: ReturnReason) -> Iterator[str]:
    """Say what no reason may be, whatever the file."""
    try:
        validate_slug(reason.handle)
        reason.clean_fields(exclude=["handle", "names", "parent"])
        reason.validate_constraints(exclude=["handle"])
    except ValidationError as error:
        named = error.message_dict if hasattr(error, "error_dict") else {KEY: error.messages}
        yield from (
            f"{field}: {' '.join(words)}" if field != "__all__" else " ".join(words)
            for field, words in named.items()
        )
    if not any(reason.names.values()):
        yield _("Give it a name, in a column such as name.en.")


def _join(
    rows: list[Row], filled: Mapping[str, tuple[int, ReturnReason]], known: dict[str, ReturnReason]
) -> Iterator[Fault]:
    """Put reasons below their headings; yields what does not make a tree of two levels."""
    everything = {**known, **{handle: reason for handle, (_line, reason) in filled.items()}}
    for row in rows:
        _line, reason = filled.get(row[KEY], (0, None))
        if reason is not None and PARENT in row.cells:
            parent = everything.get(row[PARENT]) if row[PARENT] else None
            if row[PARENT] and (parent is None or parent is reason):
                message = _("There is no reason “%(key)s” to be below.") % {"key": row[PARENT]}
                yield Fault(line=row.line, message=message)
            else:
                reason.parent = parent
    others = (reason for handle, reason in known.items() if handle not in filled)
    headings = {reason.parent.handle for reason in others if reason.parent}
    for line, reason in filled.values():
        if reason.parent and (reason.parent.parent or reason.handle in headings):
            yield Fault(line=line, message=_("Sub-reasons have none below themselves."))


def _texts(row: Row, prefix: str, before: Mapping[str, str]) -> dict[str, str]:
    """Return the texts per language with those of the row; `name.de_DE` is for `de`."""
    texts = dict(before)
    for column in row.cells:
        if column.startswith(prefix):
            language = column.removeprefix(prefix).replace("_", "-").split("-")[0].lower()
            texts[language] = row[column]
    return {language: text for language, text in texts.items() if text}


def _flag(text: str) -> bool:
    flags = {"1": True, "yes": True, "true": True, "": False, "0": False, "no": False}
    flags["false"] = False
    if text.lower() not in flags:
        raise ValueError(_("Write 1 or 0, not “%(text)s”.") % {"text": text[:40]})
    return flags[text.lower()]


def _number(text: str) -> int | None:
    if text and not (text.isascii() and text.isdigit() and len(text) < 9):
        raise ValueError(_("“%(text)s” is no whole number.") % {"text": text[:40]})
    return int(text) if text else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        message = _("“%(text)s” is no day such as 2026-12-31.") % {"text": text[:40]}
        raise ValueError(message) from error


def _words(text: str) -> list[str]:
    return text.upper().replace(",", " ").replace("|", " ").split()


# Column -> how its cells are read; a mistake is a ValueError with words.
_COLUMNS: Final[dict[str, Callable[[str], Any]]] = {
    GLOSSARY_KEY: str,
    "position": lambda text: _number(text) or 0,
    "active": _flag,
    "needs_note": _flag,
    "needs_photo": _flag,
    "free_of_fees": _flag,
    "window_days": _number,
    "offered_from": _day,
    "offered_until": _day,
    "resolutions": _words,
}
# Where a column is not called as its field.
_FIELDS: Final = {GLOSSARY_KEY: "glossary_key"}
