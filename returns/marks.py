"""What staff and rules put on a return for each other: tags, and whose work it is.

Verbs like those of `returns.lifecycle`; they change no state, so they work in every one.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import User
from accounts.permissions import Permission
from orders import search
from returns.acts import locked
from returns.errors import InvalidTag, NotPermitted, UnknownMember
from returns.models import EventType, Return

MOST_TAGS: Final = 20
TAG_LENGTH: Final = 50


def checked_tags(typed: Iterable[str]) -> list[str]:
    """Return tags as they are kept: in small letters, each once, spaces as hyphens.

    Raises InvalidTag; its field is ("tags",).
    """
    tags = dict.fromkeys("-".join(one.lower().split()) for one in typed)
    tags.pop("", None)
    for one in tags:
        if len(one) > TAG_LENGTH or "\0" in one or "," in one:
            words = _("A tag has at most %(count)s characters and no comma.")
            raise InvalidTag(words % {"count": TAG_LENGTH}, field=("tags",))
    return list(tags)


def tag(
    return_: Return,
    *,
    actor: Actor,
    add: Iterable[str] = (),
    remove: Iterable[str] = (),
    at: datetime | None = None,
) -> Return:
    """Put tags on a return and take others off. Nothing happens when they are so already.

    Raises NotPermitted, InvalidTag.
    """
    if not actor.may(Permission.WRITE_NOTE):
        raise NotPermitted
    wanted, unwanted = checked_tags(add), set(checked_tags(remove))
    with locked(return_, actor=actor, at=at) as act:
        current = act.return_
        added = [one for one in wanted if one not in current.tags]
        removed = [one for one in current.tags if one in unwanted and one not in wanted]
        if not added and not removed:
            return current
        tags = [one for one in current.tags if one not in removed] + added
        if len(tags) > MOST_TAGS:
            words = _("A return has at most %(count)s tags.") % {"count": MOST_TAGS}
            raise InvalidTag(words, field=("tags",))
        current.tags = tags
        _save(current, "tags", _words("tag", removed), _words("tag", added))
        act.record(
            EventType.RETURN_TAGGED, data={"added": added, "removed": removed}, internal=True
        )
    return current


def assign(return_: Return, *, actor: Actor, to: User | None, at: datetime | None = None) -> Return:
    """Make a return somebody's work, or nobody's. Nothing happens when it is so already.

    Raises NotPermitted, UnknownMember.
    """
    if not actor.may(Permission.WRITE_NOTE):
        raise NotPermitted
    if to is not None and not to.works_here:
        words = _("%(name)s does not work here any more.") % {"name": to}
        raise UnknownMember(words, field=("assignee",))
    with locked(return_, actor=actor, at=at) as act:
        current = act.return_
        before, after = current.assignee_id, to and to.pk
        if before == after:
            return current
        current.assignee = to
        gone = [str(before)] if before else []
        _save(current, "assignee", _words("assignee", gone), _words("assignee", [str(after or "")]))
        told = {"to": str(to) if to else "", "user": after}
        act.record(EventType.RETURN_ASSIGNED, data=told, internal=True)
    return current


def _words(kind: str, names: Iterable[str]) -> list[str]:
    """Return what lists filter by, as `storing.store` writes it for reasons."""
    return [f"{kind}:{name}" for name in names if name]


def _save(return_: Return, field: str, gone: list[str], found: list[str]) -> None:
    return_.save(update_fields=[field])
    words = search.exchanged(gone, found)
    Return.objects.filter(pk=return_.pk).update(search=words)
