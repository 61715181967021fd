"""Reasons from a file: all or nothing, with every mistake by its line."""

from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts import actors
from orders.imports.source import UnreadableFile
from returns.models import ReturnReason, SettingChange
from returns.reasons import csv_file as reason_csv
from returns.reasons.csv_file import InvalidReasons, Report

pytestmark = pytest.mark.django_db

FILE = """\
reason_key,glossary_key_reason,name.en,name.de_DE,hint.en,parent_key,window_days,needs_photo,resolutions
damaged,return.reasons.damaged,Damaged,Beschädigt,,,730,1,"MONEY,EXCHANGE"
broken,return.reasons.broken,Broken,Zerbrochen,It arrived in pieces.,damaged,,yes,
too-small,,Too tight,Zu eng,,,,,
"""


def load(text: str) -> Report:
    return reason_csv.load(BytesIO(text.encode()), actor=actors.system())


def faults(text: str) -> list[str]:
    before = list(ReturnReason.objects.order_by("pk").values())
    with pytest.raises(InvalidReasons) as refused:
        load(text)
    assert list(ReturnReason.objects.order_by("pk").values()) == before
    return [str(fault) for fault in refused.value.faults]


def test_file_adds_and_changes_reasons() -> None:
    assert load(FILE) == Report(created=2, updated=1, unchanged=0)
    kept = SettingChange.objects.order_by("pk").values_list("act", "subject_id")
    assert [act for act, _key in kept] == ["ADDED", "CHANGED", "ADDED"]
    assert kept[1][1] == ReturnReason.objects.get(handle="too-small").pk
    damaged, broken, small = (
        ReturnReason.objects.get(handle=handle) for handle in ("damaged", "broken", "too-small")
    )
    assert (damaged.names, damaged.glossary_key, damaged.window_days, damaged.needs_photo) == (
        {"en": "Damaged", "de": "Beschädigt"},
        "return.reasons.damaged",
        730,
        True,
    )
    assert (damaged.resolutions, damaged.active, damaged.needs_note) == (
        ["MONEY", "EXCHANGE"],
        True,
        False,
    )
    assert (broken.parent, broken.hints) == (damaged, {"en": "It arrived in pieces."})
    # What the file does not name stays as it is.
    assert (small.names, small.position) == ({"en": "Too tight", "de": "Zu eng"}, 1)


def test_second_run_changes_nothing() -> None:
    load(FILE)
    assert load(FILE) == Report(created=0, updated=0, unchanged=3)


def test_sub_reason_may_come_before_its_heading() -> None:
    lines = FILE.splitlines()
    load("\n".join([lines[0], lines[2], lines[1]]))
    assert ReturnReason.objects.get(handle="broken").parent is not None


def test_sprykers_own_file_names_what_is_there() -> None:
    text = "reason_key,glossary_key_reason\ntoo-small,return.return_reasons.too_small.name\n"
    assert load(text) == Report(created=0, updated=1, unchanged=0)
    small = ReturnReason.objects.get(handle="too-small")
    assert (small.glossary_key, small.name_in("en")) == (
        "return.return_reasons.too_small.name",
        "Too small",
    )


def test_every_mistake_is_told_by_its_line_and_nothing_changes() -> None:
    text = """\
reason_key,name.en,parent_key,window_days,needs_note,offered_from,offered_until,resolutions
fine,Fine,,,,,,
no name,Spaces,,,,,,
nameless,,,,,,,
number,Number,,soon,,,,
flag,Flag,,,perhaps,,,
day,Day,,,,25.11.2026,,
order,Order,,,,2026-12-31,2026-01-01,
what,What,,,,,,GOLD
lost,Lost,nowhere,,,,,
fine,Twice,,,,,,
below,Below,fine,,,,,
deep,Deep,below,,,,,
own,Own,own,,,,,
much,Much,,99999999,,,,
wide,Wide,,,,,,,,too,many
"""
    assert faults(text) == [
        (
            "Line 3: reason_key: Enter a valid “slug” consisting of letters, numbers, underscores "
            "or hyphens."
        ),
        "Line 4: Give it a name, in a column such as name.en.",
        "Line 5: window_days: “soon” is no whole number.",
        "Line 6: needs_note: Write 1 or 0, not “perhaps”.",
        "Line 7: offered_from: “25.11.2026” is no day such as 2026-12-31.",
        "Line 8: The last day is before the first one.",
        (
            "Line 9: resolutions: Item 1 in the array did not validate: "
            "Value 'GOLD' is not a valid choice."
        ),
        "Line 10: There is no reason “nowhere” to be below.",
        "Line 11: “fine” is in line 2 already.",
        "Line 13: Sub-reasons have none below themselves.",
        "Line 14: There is no reason “own” to be below.",
        "Line 15: window_days: Ensure this value is less than or equal to 36500.",
        "Line 16: This row has 11 cells, the first line only 8.",
    ]


@pytest.mark.parametrize(
    "content", [b"", b"name.en\nX\n", b"PK\x03\x04", b"reason_key\n\xff\n", b"reason_key\na\0\n"]
)
def test_what_is_no_such_file_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableFile):
        reason_csv.load(BytesIO(content), actor=actors.system())


def test_more_rows_than_anybody_has_reasons_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reason_csv, "MOST_ROWS", 2)
    with pytest.raises(UnreadableFile, match="more than 2 rows"):
        load(FILE)


def test_command_says_what_came_of_it(tmp_path: Path) -> None:
    path = tmp_path / "reasons.csv"
    path.write_text(FILE, encoding="utf-8")
    said = StringIO()
    call_command("import_reasons", str(path), stdout=said)
    assert said.getvalue() == "Reasons: 2 created, 1 changed, 0 as they were.\n"


def test_command_says_what_is_wrong_and_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "reasons.csv"
    path.write_text("reason_key,name.en\nfine,Fine\n,Nothing\n", encoding="utf-8")
    with pytest.raises(CommandError, match=r"Line 3: reason_key.*\nNothing was changed"):
        call_command("import_reasons", str(path))
    assert not ReturnReason.objects.filter(handle="fine").exists()
