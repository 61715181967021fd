"""`manage.py write_states`: writes `docs/states.md` from the table of moves on the model."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from accounts import actors, permissions
from accounts.actors import Actor, ActorKind
from accounts.models import Role
from returns.models import Return, ReturnStatus

_HEAD = """# The states of a return

Written by `manage.py write_states` from `returns/models/returns.py`; a test fails when it is stale.
What each move does is told in `returns/lifecycle.py`, and in `returns/refunds/payouts.py` for
`refund`.
"""


def _people() -> dict[str, Actor]:
    """Return somebody of each kind, by what they are called in the table."""
    staff = {
        str(role.value).capitalize(): Actor(
            kind=ActorKind.STAFF, name="", permissions=permissions.of_roles([role])
        )
        for role in Role
    }
    return {"Buyer": actors.buyer(""), **staff, "Retour itself": actors.system()}


def _moves() -> Iterator[tuple[Any, str, list[str]]]:
    """Yield each move with a state it starts from and the states it may end in."""
    field: Any = Return._meta.get_field("status")
    moves = list(field.get_all_transitions(Return))
    for move in moves:
        allowed = getattr(move.target, "allowed_states", None)
        ends = allowed or ([move.target] if move.target else [move.source])
        # A move from several states that may leave the state as it is never leads to another of
        # those it starts from.
        others = {one.source for one in moves if one.name == move.name} - {move.source}
        yield move, str(move.source), [str(end) for end in ends if end not in others]


def _row(move: Any, start: str, ends: list[str]) -> str:
    return_ = Return(status=start)
    who = [name for name, actor in _people().items() if move.has_perm(return_, actor)]
    guards = [(guard.__doc__ or "").split(".")[0] for guard in move.conditions]
    cells = (move.name, start, " or ".join(_in_order(ends)), "; ".join(guards), ", ".join(who))
    return f"| {' | '.join(cells)} |"


def _in_order(states: list[str]) -> list[str]:
    return [state for state in ReturnStatus.values if state in states]


def table() -> str:
    """Return the page in Markdown, with a picture that GitHub and others draw."""
    moves = sorted(_moves(), key=lambda move: (move[0].name, ReturnStatus.values.index(move[1])))
    arrows = [
        f"    {start} --> {end}: {move.name}"
        for move, start, ends in moves
        for end in _in_order(ends)
        if end != start
    ]
    first = [
        f"    [*] --> {ReturnStatus.REQUESTED.value}: request",
        f"    [*] --> {ReturnStatus.OPEN.value}: create, or request approved at once",
    ]
    lines = [
        _HEAD,
        "| move | from | to | only when | who |",
        "| --- | --- | --- | --- | --- |",
        *(_row(*move) for move in moves),
        "",
        "```mermaid",
        "stateDiagram-v2",
        *first,
        *arrows,
        "```",
    ]
    return "\n".join(lines) + "\n"


class Command(BaseCommand):
    help = "Write docs/states.md from the table of moves on the model."

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(settings.BASE_DIR) / "docs" / "states.md"
        path.write_text(table(), encoding="utf-8")
        self.stdout.write(str(path))
