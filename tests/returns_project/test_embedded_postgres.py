"""The embedded server, in folders of its own."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from returns_project import embedded_postgres, postgres_identity


@pytest.fixture
def var_dir(tmp_path: Path) -> Iterator[Path]:
    """A folder without a server, below one that is closed to other users."""
    tmp_path.chmod(0o700)
    var_dir = tmp_path / "clone" / "var"
    var_dir.parent.mkdir()
    yield var_dir
    embedded_postgres.stop(var_dir)
    # Below the system's temporary folder if the path of this one is long.
    shutil.rmtree(embedded_postgres.settings(var_dir)["HOST"], ignore_errors=True)


@pytest.fixture
def open_var_dir() -> Iterator[Path]:
    """A folder without a server that every user may pass."""
    parent = Path(tempfile.mkdtemp())
    parent.chmod(0o755)
    yield parent / "var"
    embedded_postgres.stop(parent / "var")
    shutil.rmtree(parent)


def postmaster(var_dir: Path) -> int:
    return int((var_dir / "postgres/data/postmaster.pid").read_text().split()[0])


def query(var_dir: Path, statement: bytes) -> tuple[object, ...] | None:
    entry = embedded_postgres.settings(var_dir)
    with psycopg.connect(
        host=entry["HOST"], user=entry["USER"], dbname=entry["NAME"]
    ) as connection:
        return connection.execute(statement).fetchone()


def modes(folder: Path) -> dict[Path, tuple[int, int, int]]:
    found = {path: path.stat() for path in [folder, *folder.parents]}
    return {path: (stat.st_mode, stat.st_uid, stat.st_gid) for path, stat in found.items()}


def test_settings_touch_nothing(var_dir: Path) -> None:
    embedded_postgres.settings(var_dir)
    assert not var_dir.exists()


def test_server_starts_below_closed_folder_and_leaves_parents_alone(var_dir: Path) -> None:
    before = modes(var_dir.parent)
    embedded_postgres.ensure_running(var_dir)
    found = query(var_dir, b"SELECT current_database(), getdatabaseencoding(), lower('\xc3\x84')")
    assert found == ("retour", "UTF8", "ä")
    assert modes(var_dir.parent) == before
    assert (var_dir / "postgres").stat().st_mode & 0o777 == 0o700


def test_second_call_keeps_the_server_and_is_quick(var_dir: Path) -> None:
    embedded_postgres.ensure_running(var_dir)
    pid = postmaster(var_dir)
    start = time.perf_counter()
    embedded_postgres.ensure_running(var_dir)
    assert time.perf_counter() - start < 0.05
    assert postmaster(var_dir) == pid


def test_processes_that_start_it_together_share_one_server(var_dir: Path) -> None:
    code = "import sys; from pathlib import Path; from returns_project import embedded_postgres"
    code += "; embedded_postgres.ensure_running(Path(sys.argv[1]))"
    command = [sys.executable, "-c", code, str(var_dir)]
    processes = [subprocess.Popen(command) for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    log = (var_dir / "postgres.log").read_text()
    assert log.count("database system is ready to accept connections") == 1
    assert query(var_dir, b"SELECT 1") == (1,)


def test_stop_then_start_keeps_the_data(var_dir: Path) -> None:
    embedded_postgres.ensure_running(var_dir)
    entry = embedded_postgres.settings(var_dir)
    with psycopg.connect(host=entry["HOST"], user=entry["USER"], dbname=entry["NAME"]) as client:
        client.execute("CREATE TABLE kept AS SELECT 42 AS number")
    assert embedded_postgres.stop(var_dir) is True
    assert embedded_postgres.stop(var_dir) is False
    embedded_postgres.ensure_running(var_dir)
    assert query(var_dir, b"SELECT number FROM kept") == (42,)


def test_server_starts_after_a_crash_whose_number_a_stranger_got(var_dir: Path) -> None:
    embedded_postgres.ensure_running(var_dir)
    pid_file = var_dir / "postgres/data/postmaster.pid"
    stale = pid_file.read_text().replace(str(postmaster(var_dir)), str(os.getpid()), 1)
    os.kill(postmaster(var_dir), signal.SIGKILL)
    pid_file.write_text(stale)
    embedded_postgres.ensure_running(var_dir)
    assert query(var_dir, b"SELECT 1") == (1,)
    assert postmaster(var_dir) != os.getpid()


def test_server_without_user_namespaces_runs_as_unprivileged_user(
    open_var_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_identity, "NAMESPACE", ("false",))
    embedded_postgres.ensure_running(open_var_dir)
    assert query(open_var_dir, b"SELECT 1") == (1,)
    owner = Path(f"/proc/{postmaster(open_var_dir)}").stat().st_uid
    assert owner != 0
    assert (open_var_dir / "postgres").stat().st_uid == owner
    assert open_var_dir.stat().st_uid == os.geteuid()


def test_server_without_user_namespaces_passes_a_closed_folder_and_leaves_it_closed(
    var_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_identity, "NAMESPACE", ("false",))
    before = modes(var_dir.parent)
    embedded_postgres.ensure_running(var_dir)
    assert query(var_dir, b"SELECT 1") == (1,)
    assert Path(f"/proc/{postmaster(var_dir)}").stat().st_uid != 0
    assert modes(var_dir.parent) == before
    assert embedded_postgres.stop(var_dir)
    embedded_postgres.ensure_running(var_dir)  # the folder is another user's now
    assert query(var_dir, b"SELECT 1") == (1,)


def test_long_path_gets_a_private_socket_folder(var_dir: Path) -> None:
    deep = var_dir.parent / ("long" * 25) / "var"
    deep.parent.mkdir()
    folder = Path(embedded_postgres.settings(deep)["HOST"])
    assert folder.parent == Path(tempfile.gettempdir())
    embedded_postgres.ensure_running(deep)
    try:
        assert query(deep, b"SELECT 1") == (1,)
        assert folder.stat().st_mode & 0o777 == 0o700
    finally:
        embedded_postgres.stop(deep)
        shutil.rmtree(folder)


def test_without_any_way_to_run_the_message_says_what_to_do(
    var_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_identity, "NAMESPACE", ("false",))
    monkeypatch.setattr(postgres_identity.Identity, "run", refuse)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(postgres_identity.EmbeddedPostgresError, match="Set DATABASE_URL"):
        postgres_identity.choose(0, var_dir)


def test_folder_of_another_user_is_refused(var_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(postgres_identity.EmbeddedPostgresError, match="belongs to root"):
        postgres_identity.choose(0, var_dir)


def refuse(*arguments: object, **options: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.CompletedProcess([], 1)
