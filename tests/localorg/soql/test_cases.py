"""Every case of ``cases/*.soql`` (its README tells the format and the orgs) answers as written there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from langchain_sfconnect.localorg.errors import OrgError

FOLDER = Path(__file__).parent / "cases"
POSITION = re.compile(r"\A\n(?P<snippet>.*)\n(?P<indent> *)\^\nERROR at Row:(?P<row>\d+):Column:(?P<column>\d+)\n")
MARK = "‸"
START = "2026-11-23T10:30:00Z"


@dataclass(frozen=True)
class Circumstances:
    """Under what a query is asked: the lines that begin with @."""

    rows: str = "company"
    at: str = START
    zone: str = ""
    fiscal: int = 1
    user: str = "rep"
    all: bool = False
    order: str = "told"

    def changed(self, line: str) -> Circumstances:
        changes = dict(item.partition("=")[::2] for item in line[1:].split())
        fiscal = int(changes.pop("fiscal", self.fiscal))
        everything = changes.pop("all", None) == "" or self.all
        return replace(self, fiscal=fiscal, all=everything, **changes)


@dataclass(frozen=True)
class Case:
    around: Circumstances
    rows: tuple[str, ...]
    marked: str
    expected: tuple[str, ...]

    @property
    def query(self) -> str:
        return self.marked.replace(MARK, "")

    @property
    def mark(self) -> str:
        """Where the query carries the mark, as row:column."""
        before = self.marked.partition(MARK)[0]
        return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


def cases() -> Iterator[Any]:
    for path in sorted(FOLDER.glob("*.soql")):
        head, *blocks = re.split(r"^### ", path.read_text(), flags=re.MULTILINE)
        usual = Circumstances()
        for line in head.splitlines():
            usual = usual.changed(line) if line.startswith("@") else usual
        for block in blocks:
            title, *lines = block.rstrip().split("\n")
            yield pytest.param(case(usual, lines), id=f"{path.stem}: {title}")


def case(around: Circumstances, lines: list[str]) -> Case:
    rows = []
    while lines and lines[0][:2] in ("@ ", "+ ", "- "):
        line = lines.pop(0)
        if line.startswith("@"):
            around = around.changed(line)
        else:
            rows.append(line)
    query, *expected = lines or [""]
    return Case(around, tuple(rows), query.replace("¶", "\n"), tuple(expected))


@pytest.mark.parametrize("case", list(cases()))
def test_case(world, case):
    around = case.around
    org = world(around.rows)
    at = datetime.fromisoformat(around.at)
    with org.asked(at=at, zone=around.zone, fiscal=around.fiscal, user=around.user) as session:
        org.plant(case.rows)
        query, expected = org.known(case.query), [org.known(line) for line in case.expected]
        if expected and expected[0].startswith("!"):
            check_refusal(session, query, expected[0].replace(MARK, case.mark), around)
        elif expected and expected[0].startswith(('{"attributes"', "= {")):
            check_shapes(session, query, expected)
        else:
            check_rows(session, query, expected, around)


def check_refusal(session, query: str, expected: str, around: Circumstances) -> None:
    with pytest.raises(OrgError) as refused:
        session.query(query, include_deleted=around.all)
    (item,) = refused.value.body()
    assert 400 <= refused.value.status < 500
    assert "fields" not in item
    _, code, place, text = [*expected.split(" ", 3), "", ""][:4]
    told_place, told_text = told(query, item["message"])
    assert item["errorCode"] == code or code == "*"
    assert told_place == place or place in ("", "*"), item["message"]
    assert told_text.startswith(text), item["message"]


def told(query: str, message: str) -> tuple[str, str]:
    """Return place and text of a message; the caret must stand under the place it names."""
    match = POSITION.match(message)
    if match is None:
        assert "ERROR at Row" not in message
        return "-", message
    line = query.split("\n")[int(match["row"]) - 1].rstrip()
    start = int(match["column"]) - 1 - len(match["indent"])
    if "\n" not in query:
        assert line[start:].startswith(match["snippet"].rstrip()), message
    return f"{match['row']}:{match['column']}", message[match.end() :]


def check_shapes(session, query: str, expected: list[str]) -> None:
    """Compare JSON to the letter, the order of its keys included; `=` stands for the whole answer."""
    answer = session.query(query)
    given = [f"= {json.dumps(answer)}"] if expected[0].startswith("=") else list(map(json.dumps, answer["records"]))
    assert given == [re.sub(r"\{.*", lambda text: json.dumps(json.loads(text[0])), line) for line in expected]


def check_rows(session, query: str, expected: list[str], around: Circumstances) -> None:
    answer = session.query(query, include_deleted=around.all)
    if re.match(r"select\s+count\(\s*\)", query, re.IGNORECASE):
        assert answer == {"totalSize": int(expected[0].removeprefix("rows: ")), "done": True, "records": []}
        return
    assert answer["totalSize"] == len(answer["records"])
    given = [row(record) for record in answer["records"]]
    if around.order == "any":
        given, expected = sorted(given), sorted(expected)
    shown = [masked(line, other) for line, other in zip(given, expected, strict=False)] + given[len(expected) :]
    assert shown == expected


def masked(line: str, other: str) -> str:
    """Put `*` for values that a case leaves open."""
    pairs = zip(line.split(" | "), other.split(" | "), strict=False)
    return " | ".join(wanted if wanted == "*" and value != "null" else value for value, wanted in pairs)


def row(record: dict[str, Any]) -> str:
    return " | ".join(value(item) for key, item in record.items() if key != "attributes")


def value(item: Any) -> str:
    if isinstance(item, str):
        return item
    if isinstance(item, dict) and "records" in item:
        assert item["done"] is True
        assert item["totalSize"] == len(item["records"])
        return f"[{', '.join(row(child) for child in item['records'])}]"
    return row(item) if isinstance(item, dict) and "attributes" in item else json.dumps(item)
