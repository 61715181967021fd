"""The command: what it prints, its reject file and its exit status."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from orders.models import Order, Store
from tests.orders.imports.conftest import FILES
from tests.orders.imports.test_retour_csv import HEADER

GOOD = "1,2026-10-01,Cup,1,5.00,,,\n"
BAD = "2,2026-10-01,Cup,0,5.00,,,\n"


def test_good_file_leaves_no_rejects(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rejects = tmp_path / "rejects.csv"

    call_command(
        "import_orders", FILES / "retour.csv", format="retour-csv", store="linden", rejects=rejects
    )

    out, _err = capsys.readouterr()
    assert out.splitlines() == ["Orders: 2 created, 0 updated, 0 unchanged. Lines: 4."]
    assert not rejects.exists()


def test_rejected_rows_end_in_a_file_and_status_1(store: Store, tmp_path: Path) -> None:
    file, rejects = tmp_path / "orders.csv", tmp_path / "rejects.csv"
    file.write_text(HEADER + GOOD + BAD)

    with pytest.raises(CommandError) as error:
        call_command("import_orders", file, format="retour-csv", store="linden", rejects=rejects)

    assert error.value.returncode == 1
    assert str(error.value) == (f"Rejected 1 orders (1 rows); the reasons are in {rejects}.")
    assert rejects.read_text().splitlines() == [
        "line,reason," + HEADER.strip(),
        "3,quantity: Must be at least 1; this is 0.," + BAD.strip(),
    ]
    assert Order.objects.get().reference == "1"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["orders.csv", "rejects.csv"]


def test_rejects_of_an_earlier_run_go_once_all_is_in(store: Store, tmp_path: Path) -> None:
    file, rejects = tmp_path / "orders.csv", tmp_path / "rejects.csv"
    rejects.write_text("old")
    file.write_text(HEADER + GOOD)

    call_command("import_orders", file, format="retour-csv", store="linden", rejects=rejects)

    assert not rejects.exists()


def test_unreadable_file_changes_nothing(store: Store, tmp_path: Path) -> None:
    file, rejects = tmp_path / "orders.csv", tmp_path / "rejects.csv"
    rejects.write_text("old")
    file.write_bytes(b"\x89PNG\r\n")

    with pytest.raises(CommandError, match=r"Line 1 is not UTF-8 text\. Nothing was imported\."):
        call_command("import_orders", file, format="retour-csv", store="linden", rejects=rejects)

    assert rejects.read_text() == "old"


def test_unknown_store_and_missing_file_are_told(store: Store, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no store “moon”"):
        call_command("import_orders", tmp_path / "no", format="shopify", store="moon")
    with pytest.raises(CommandError, match="No such file or directory"):
        call_command(
            "import_orders",
            tmp_path / "no",
            format="shopify",
            store="linden",
            rejects=tmp_path / "rejects.csv",
        )


def test_rejects_never_overwrite_the_file_itself(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(HEADER + GOOD)

    with pytest.raises(CommandError, match="need a file of their own"):
        call_command("import_orders", file, format="retour-csv", store="linden", rejects=file)

    assert file.read_text() == HEADER + GOOD
