"""Every case of ``cases/*.sosl`` (its README tells the format and the world) answers as written there."""

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
    for path in sorted(FOLDER.glob("*.sosl")):
        for block in re.split(r"^### ", path.read_text(), flags=re.MULTILINE)[1:]:
            title, search, *expected = block.strip("\n").split("\n")
            yield pytest.param(search.replace("¶", "\n"), expected, id=f"{path.stem}: {title}")


@pytest.mark.parametrize(("search", "expected"), list(cases()))
def test_case(session, search, expected):
    answer = outcome(session, search)
    if expected and expected[0].startswith("!"):
        assert [line[: len(start)] for line, start in zip(answer, expected, strict=True)] == expected, answer
    else:
        assert answer == expected


def outcome(session, search: str) -> list[str]:
    try:
        result = session.search(search)
    except OrgError as error:
        (item,) = error.body()
        assert "fields" not in item
        return [f"! {item['errorCode']} {told(item['message'])}"]
    return [record(item) for item in result["searchRecords"]]


def told(message: str) -> str:
    match = POSITION.match(message)
    return f"{match[1]}:{match[2]} {message[match.end() :]}" if match else f"- {message}"


def record(item: dict[str, Any]) -> str:
    if set(item) == {"attributes", "Id"}:
        return f"{item['attributes']['type']} {item['Id'][:3]}"
    return " | ".join(value(part) for key, part in item.items() if key != "attributes")


def value(item: Any) -> str:
    if isinstance(item, dict):
        return record(item)
    return item if isinstance(item, str) else json.dumps(item)
