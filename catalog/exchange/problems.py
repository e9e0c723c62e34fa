"""What a reader has to say about a file: errors and warnings at their cells, and the limits it keeps.

Django-free, so that the reader can be tested and measured alone.
"""

from __future__ import annotations

from dataclasses import dataclass

# DESIGN and STACK (trap 13): more than this is no catalog, and may be an attempt to exhaust the server.
MAX_ROWS = 200_000
MAX_COLUMNS = 200
MAX_FILE_BYTES = 50 * 1024 * 1024
MAX_UNPACKED_BYTES = 400 * 1024 * 1024
MAX_CELLS = 3_000_000
# Cells under merged ranges, sheets of a book, characters held: each costs memory of its own.
MAX_COVERED = 1_000_000
MAX_SHEETS = 1_000
MAX_CHARACTERS = 100_000_000
MAX_CELL_CHARACTERS = 32_767
MAX_SECONDS = 120.0
# A report is for people: past this many a file is wrong as a whole.
MAX_PROBLEMS = 500


class UnreadableFile(Exception):  # noqa: N818
    """The file cannot be read at all. Its text is a sentence for the user that says what to do."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One error or warning. Row as Excel numbers it, column as Excel letters it ("E"); None where it is
    the whole sheet's or the whole file's."""

    message: str
    sheet: str | None = None
    row: int | None = None
    column: str | None = None

    def as_dict(self) -> dict[str, str | int | None]:
        """The form in which commands print it."""
        return {"sheet": self.sheet, "row": self.row, "column": self.column, "message": self.message}

    @property
    def cell(self) -> str:
        """The address as Excel shows it, e.g. "E7"; empty where there is none."""
        return f"{self.column or ''}{self.row or ''}" if self.column else ""


def column_letters(number: int) -> str:
    """1 -> "A", 27 -> "AA": how Excel names a column."""
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """The reverse of `column_letters`; 0 for an empty string."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
