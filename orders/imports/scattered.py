"""Orders whose rows do not stand together, found without keeping the file in memory.

A file is read as a stream, so an order whose rows come in two places would be imported in part and
then be cut down to its other part. The first reading of a file therefore notes the orders' names
in an SQLite database that lives on disk for as long as it is used.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256


class Names:
    """The names of a file's orders, as digests; which of them came more than once."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.count = 0
        connection.execute("PRAGMA cache_size = -2000")  # 2 MB
        connection.execute("CREATE TABLE name (digest BLOB PRIMARY KEY, times INT) WITHOUT ROWID")

    def add(self, name: str) -> None:
        """Note that rows of this order begin; an order without a name has no other place."""
        self.count += 1
        if name:
            self._connection.execute(
                "INSERT INTO name VALUES (?, 1) ON CONFLICT DO UPDATE SET times = times + 1",
                [_digest(name)],
            )

    def is_scattered(self, name: str) -> bool:
        """Whether rows of this order begin in more than one place."""
        found = self._connection.execute(
            "SELECT times FROM name WHERE digest = ?", [_digest(name)]
        ).fetchone()
        return found is not None and found[0] > 1


def _digest(name: str) -> bytes:
    return sha256(name.encode(errors="surrogatepass")).digest()[:16]


@contextmanager
def names() -> Iterator[Names]:
    """Return an empty collection of names that is gone afterwards."""
    connection = sqlite3.connect("")  # a private database in a temporary file
    try:
        yield Names(connection)
    finally:
        connection.close()
