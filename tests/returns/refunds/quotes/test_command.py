"""`manage.py refund_quote`, as people run it."""

import json
import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings

from tests.returns.refunds.quotes.test_cases import case

GOOD, BAD = case(), case(currency="XYZ")


def run(*arguments: str, given: str = "") -> "subprocess.CompletedProcess[str]":
    """Run the command where no database could be reached."""
    return subprocess.run(
        [sys.executable, "manage.py", "refund_quote", *arguments],
        input=given,
        capture_output=True,
        text=True,
        cwd=settings.BASE_DIR,
        env={**os.environ, "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"},
        check=False,
    )


def test_case_from_a_file_is_answered(tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    path.write_text(json.dumps(GOOD), encoding="utf-8")
    done = run(str(path))

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["amount"] == "10.00"


def test_list_is_answered_case_by_case() -> None:
    done = run("-", given=json.dumps([GOOD, BAD, GOOD]))

    answers = json.loads(done.stdout)
    assert done.returncode == 1
    assert [answer.get("amount") for answer in answers] == ["10.00", None, "10.00"]
    assert [problem["path"] for problem in answers[1]["error"]["problems"]] == ["$.order.currency"]


def test_numbers_are_read_as_written() -> None:
    text = json.dumps(GOOD).replace('"10.00"', "10.10").replace('"20.00"', "20.20")

    assert json.loads(run("-", given=text).stdout)["amount"] == "10.10"


def test_empty_list_is_an_empty_list() -> None:
    assert run("-", given="[]").stdout == "[]\n"


def test_what_is_no_json_is_refused_in_one_line() -> None:
    for given in ("{", '{"a": NaN}', "[" * 100_000):
        done = run("-", given=given)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("CommandError: -: this is no JSON:")
        assert done.stderr.count("\n") == 1


def test_missing_file_is_refused_in_one_line() -> None:
    done = run("/nowhere.json")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "CommandError: /nowhere.json: No such file or directory\n"
