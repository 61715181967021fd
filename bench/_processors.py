"""Processor time of programs, read from /proc, so that what else runs does not count."""

import os
from pathlib import Path

from django.conf import settings

_TICK = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> float:
    """Return the seconds of processor time of a process and of all its children, ended ones too."""
    parents = _parents()
    found, new = {pid}, {pid}
    while new:
        new = {each for each, parent in parents.items() if parent in new} - found
        found |= new
    return sum(_used(each) for each in found)


def postgres() -> float:
    """Return the seconds of processor time of the embedded PostgreSQL, all its sessions together.

    Raises FileNotFoundError where the server is another one.
    """
    pid = (settings.VAR_DIR / "postgres" / "data" / "postmaster.pid").read_text().split()[0]
    return family(int(pid))


def resident(pid: int) -> int:
    """Return the memory that a process holds, in MiB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


def _parents() -> dict[int, int]:
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and (words := _words(int(entry.name))):
            found[int(entry.name)] = int(words[1])
    return found


def _used(pid: int) -> float:
    """Return the time of a process and of its ended children."""
    words = _words(pid)
    return sum(int(word) for word in words[11:15]) / _TICK if words else 0.0


def _words(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat from the third on; none for a process that is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
