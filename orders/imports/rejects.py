"""The file of rows that did not come in: line number, reason, and the row as it was.

Correct the rows in it and import it in the same format: the first two columns are ignored.
"""

import csv
from typing import IO

from orders.imports.source import Row

COLUMNS = ("line", "reason")


class Rejects:
    """Writes rejected rows as CSV; the header comes with the first row."""

    def __init__(self, file: IO[str]) -> None:
        self._writer = csv.writer(file)
        self.count = 0

    def write(self, row: Row, reason: str) -> None:
        """Write one row."""
        if not self.count:
            self._writer.writerow((*COLUMNS, *(name for name in row.cells if name not in COLUMNS)))
        self.count += 1
        cells = (cell for name, cell in row.cells.items() if name not in COLUMNS)
        self._writer.writerow((row.line, reason, *cells))
