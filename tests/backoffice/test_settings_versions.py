"""Settings: versions of a policy, and the policy as a file."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNumQueries, assertRedirects

from orders.models import Store
from returns.models import PolicyVersion
from returns.policies import saving
from returns.policies.rules.files import LARGEST_FILE
from returns.policies.rules.schema import Rule
from tests.factories import ReturnPolicyFactory, StoreFactory
from tests.returns.policies.rules.examples import rule
from tests.returns.stories import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Store:
    return StoreFactory.create(code="linden")


def put(store: Store, *rules: Rule) -> None:
    for each in rules:
        saving.put_rule(store, each, actor=SYSTEM)


def url(name: str, store: Store, *more: object) -> str:
    return reverse(f"backoffice:{name}", args=[store.pk, *more])


def test_version_shows_what_changed_against_the_one_before(manager: Client, store: Store) -> None:
    put(store, rule("Sale", where={"tags": ["sale"]}, window_days=7), rule("Rest", label="NONE"))
    put(store, rule("Sale", where={"tags": ["sale", "late"]}, window_days=None))

    page = manager.get(url("version", store, 3))

    (change,) = page.context["changes"]
    assert (change["title"], change["words"]) == ("Sale", "changed")
    assert change["rows"] == [
        {"label": "Product tag", "before": "sale", "after": "sale, late"},
        {"label": "Days to return", "before": "7 days", "after": "no end"},
    ]
    assert page.context["restore_url"] == ""


def test_any_two_versions_are_compared(manager: Client, store: Store) -> None:
    put(store, rule("One", window_days=7), rule("Two", label="NONE"))
    saving.remove_rule(store, "one", actor=SYSTEM)
    publish = ReturnPolicyFactory.build(
        store=store, window_days=14, instructions="By post.", returnable_states=["DELIVERED"]
    )
    saving.publish(publish, actor=SYSTEM)

    page = manager.get(url("version", store, 4), {"against": "1"})

    told = [(each["title"], each["words"]) for each in page.context["changes"]]
    assert told == [("Default policy", "changed"), ("One", "removed"), ("Two", "added")]
    assert page.context["changes"][0]["rows"] == [
        {"label": "Days to return", "before": "30 days", "after": "14 days"},
        {
            "label": "What may go back is",
            "before": "SHIPPED, DELIVERED",
            "after": "DELIVERED",
        },
        {"label": "Instructions on the slip", "before": "–", "after": "By post."},  # noqa: RUF001
    ]
    for strange in ("x", "99", "-1", "9" * 40):
        assert manager.get(url("version", store, 4), {"against": strange}).status_code == 200


def test_undo_asks_first_and_is_a_new_version(manager: Client, store: Store) -> None:
    put(store, rule("One", window_days=7), rule("Two", label="NONE"))

    asked = manager.get(url("restore_version", store, 1))
    assertContains(asked, "Orders that are in keep the terms they came in with.")
    done = manager.post(url("restore_version", store, 1))

    assertRedirects(done, url("rules", store))
    assert [each.name for each in saving.rules_in_force(store.pk)] == ["One"]
    assert PolicyVersion.objects.count() == 3
    for name in ("version", "restore_version"):
        assert manager.get(url(name, store, 77)).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_versions_queries(manager: Client, store: Store, count: int) -> None:
    put(store, *(rule(f"R{number}", window_days=number) for number in range(count)))

    with assertNumQueries(4):
        page = manager.get(url("versions", store))
    assert len(page.context["rows"]) == count
    with assertNumQueries(7):
        manager.get(url("version", store, count))


def test_file_is_downloaded_and_taken_again(manager: Client, store: Store) -> None:
    put(store, rule("Sale", where={"countries": ["NO"]}, window_days=7))

    file = manager.get(url("policy_yaml", store))
    assert file["Content-Disposition"] == 'attachment; filename="policy-linden.yaml"'
    changed = file.content.replace(b"window_days: 7", b"window_days: 8")
    upload = SimpleUploadedFile("policy.yaml", b"\xef\xbb\xbf" + changed)
    done = manager.post(url("policy_file", store), {"file": upload})

    assertRedirects(done, url("rules", store))
    (found,) = saving.rules_in_force(store.pk)
    assert (found.key, found.settings) == ("sale", {"window_days": 8})


def test_fault_in_a_file_is_told_with_its_line_and_the_text_stays(
    manager: Client, store: Store
) -> None:
    text = "rules:\n- name: A\n  settings:\n    window_days: many"

    page = manager.post(url("policy_file", store), {"text": text})

    assertContains(page, "Line 4: Must be a whole number from 0 to 36500.", status_code=422)
    assertContains(page, "window_days: many", status_code=422)
    assert PolicyVersion.objects.count() == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe", "The file is no UTF-8 text."),
        (b"x" * (LARGEST_FILE + 1), "A policy file has at most"),
        (b"", "The submitted file is empty."),
        (b"default: {transit_days: 99999}", "Must be a whole number"),
    ],
)
def test_file_that_is_none_is_refused(
    manager: Client, store: Store, content: bytes, words: str
) -> None:
    upload = SimpleUploadedFile("policy.yaml", content)

    assertContains(
        manager.post(url("policy_file", store), {"file": upload}), words, status_code=422
    )
    assert PolicyVersion.objects.count() == 0


def test_nothing_chosen_is_said(manager: Client, store: Store) -> None:
    page = manager.post(url("policy_file", store), {"text": " "})
    assertContains(page, "Choose a file, or paste its text.", status_code=422)


def test_command_writes_and_reads(store: Store, tmp_path: Path) -> None:
    put(store, rule("Sale", window_days=7))
    file = tmp_path / "policy.yaml"

    call_command("policy", "export", str(file), store="linden")
    file.write_text(file.read_text().replace("name: Sale", "name: Late"))
    out = StringIO()
    call_command("policy", "import", str(file), store="linden", stdout=out)

    assert out.getvalue() == "Version 2 of linden is in force.\n"
    assert [each.name for each in saving.rules_in_force(store.pk)] == ["Late"]


def test_command_names_faults_by_line_and_changes_nothing(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text("rules:\n- name: A")
    err = StringIO()

    with pytest.raises(SystemExit):
        call_command("policy", "import", str(file), store="linden", stderr=err)

    assert f"{file}:2: A rule sets at least one thing." in err.getvalue()
    assert PolicyVersion.objects.count() == 0
    for arguments, code in ((["export"], "none"), (["import", str(tmp_path / "no")], "linden")):
        with pytest.raises(CommandError):
            call_command("policy", *arguments, store=code)
