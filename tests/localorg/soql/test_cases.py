"""Every case of ``cases/*.soql`` (its README tells the format and the world) answers as written there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from langchain_sfconnect.localorg.errors import OrgError

FOLDER = Path(__file__).parent / "cases"
POSITION = re.compile(r"\A\n.*\n *\^\nERROR at Row:(\d+):Column:(\d+)\n")


def cases() -> Iterator[Any]:
    for path in sorted(FOLDER.glob("*.soql")):
        for block in re.split(r"^### ", path.read_text(), flags=re.MULTILINE)[1:]:
            title, query, *expected = block.rstrip().split("\n")
            yield pytest.param(query.replace("¶", "\n"), expected, id=f"{path.stem}: {title}")


@pytest.mark.parametrize(("query", "expected"), list(cases()))
def test_case(session, query, expected):
    answer = outcome(session, query)
    if expected and expected[0].startswith("!"):
        assert [line[: len(start)] for line, start in zip(answer, expected, strict=True)] == expected, answer
    else:
        assert answer == expected


def outcome(session, query: str) -> list[str]:
    try:
        result = session.query(query)
    except OrgError as error:
        (item,) = error.body()
        assert "fields" not in item
        return [f"! {item['errorCode']} {told(item['message'])}"]
    if re.match(r"select\s+count\(\)", query, re.IGNORECASE):
        assert result["records"] == []
        return [f"rows: {result['totalSize']}"]
    assert result["totalSize"] == len(result["records"])
    return [row(record) for record in result["records"]]


def told(message: str) -> str:
    match = POSITION.match(message)
    return f"{match[1]}:{match[2]} {message[match.end() :]}" if match else f"- {message}"


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
