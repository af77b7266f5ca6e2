"""Where in a statement something is wrong, drawn as Salesforce draws it; knows no grammar."""

from __future__ import annotations

from collections.abc import Callable

from langchain_sfconnect.localorg.errors import OrgError

_BEFORE, _AFTER = 60, 40


def point_at(statement: str, offset: int, text: str) -> str:
    """Return `text` under a snippet of the statement with a caret at `offset` and its row and column."""
    line_start = statement.rfind("\n", 0, offset) + 1
    line_end = statement.find("\n", offset)
    line = statement[line_start : len(statement) if line_end < 0 else line_end]
    column = offset - line_start
    row = statement.count("\n", 0, offset) + 1
    start = _word_start(line, column - _BEFORE)
    snippet = line[start : column + _AFTER]
    return f"\n{snippet}\n{' ' * (column - start)}^\nERROR at Row:{row}:Column:{column + 1}\n{text}"


def _word_start(line: str, index: int) -> int:
    return 0 if index <= 0 else line.find(" ", index) + 1


class Complaints:
    """Makes errors that point into one statement."""

    def __init__(self, statement: str) -> None:
        self.statement = statement

    def at(self, offset: int, error: Callable[[str], OrgError], text: str) -> OrgError:
        """Return `error` with `text` drawn under the place it speaks of."""
        return error(point_at(self.statement, offset, text))
