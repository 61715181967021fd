"""Who the embedded PostgreSQL runs as: it refuses to run as root, so root needs a stand-in."""

import os
import pwd
import subprocess
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# Maps root to a user that is not root; any number but 0 does.
NAMESPACE = ("unshare", "--user", "--map-user=1000")
# Lets another user pass folders that are closed to it, as root does. Without the bit PostgreSQL's
# own question whether it may read its programs would be answered as if it could not.
PASSING = (
    *("setpriv", "--clear-groups", "--inh-caps=+dac_override", "--ambient-caps=+dac_override"),
    "--securebits=+no_setuid_fixup",
)


class EmbeddedPostgresError(RuntimeError):
    """The embedded server cannot run here; the message says what to do instead."""


@dataclass(frozen=True)
class Identity:
    """Who the server runs as: a command to put in front of it, and arguments for `subprocess`."""

    prefix: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    uid: int | None = None

    def run(self, *command: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a command as this identity and return its result; a failure is not raised."""
        return subprocess.run(
            [*self.prefix, *map(str, command)],
            stdin=subprocess.DEVNULL,
            text=True,
            check=False,
            **{"cwd": "/"} | self.options | options,
        )


def choose(owner: int, *needed: Path) -> Identity:
    """Return who runs the server whose folder belongs to the user id `owner`.

    The server has to reach every path in `needed`. Raises EmbeddedPostgresError, saying what to
    do, when nobody can run it here. Changes nothing.
    """
    if os.geteuid() != 0:
        if owner == os.geteuid():
            return Identity()
        raise EmbeddedPostgresError(
            f"The embedded PostgreSQL belongs to {_user_name(owner)}. Run this command as that"
            " user, or set DATABASE_URL to a PostgreSQL server."
        )
    if owner != 0:
        return _unprivileged(owner, needed)
    # In a user namespace the kernel shows root's own files to a process that is not root.
    inside = Identity(prefix=NAMESPACE)
    with suppress(FileNotFoundError):
        if inside.run("true", stderr=subprocess.DEVNULL).returncode == 0:
            return inside
    return _unprivileged(pwd.getpwnam("nobody").pw_uid, needed)


def _unprivileged(uid: int, needed: tuple[Path, ...]) -> Identity:
    """Return the identity of an existing user: as it is, or able to pass what is closed to it."""
    gid = pwd.getpwuid(uid).pw_gid
    plain = Identity(options={"user": uid, "group": gid, "extra_groups": ()}, uid=uid)
    passing = Identity(prefix=(*PASSING, f"--reuid={uid}", f"--regid={gid}"), uid=uid)
    for identity in (plain, passing):
        if all(_reaches(identity, path) for path in needed):
            return identity
    raise EmbeddedPostgresError(
        "PostgreSQL does not run as root, user namespaces are not allowed here, and"
        f" {_user_name(uid)} cannot reach {needed[0]}. Set DATABASE_URL to a PostgreSQL"
        " server, or move the clone to a folder that every user may pass, such as /srv."
    )


def _reaches(identity: Identity, path: Path) -> bool:
    with suppress(FileNotFoundError):
        return identity.run("test", "-x", path, stderr=subprocess.DEVNULL).returncode == 0
    return False  # the system lacks the program of the identity


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
