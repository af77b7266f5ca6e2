"""JSON in and out, refused and written as Salesforce does; knows nothing of what it means."""

from __future__ import annotations

import re
from typing import Any

from pydantic_core import from_json, to_json

from langchain_sfconnect.localorg import errors
from langchain_sfconnect.localorg.rest.call import NOTHING

_POSITION = re.compile(r"(.*) at line (\d+) column (\d+)", re.DOTALL)


def parse(body: bytes, content_type: str) -> Any:
    """The JSON value of a body; `NOTHING` when there is none.

    Raises:
        OrgError: It claims to be something else, or is not JSON.
    """
    if not body.strip():
        return NOTHING
    media = content_type.partition(";")[0].strip().lower()
    if media != "application/json":
        raise errors.unsupported_media_type(media or "application/octet-stream")
    try:
        return from_json(body, allow_inf_nan=False, cache_strings="keys")
    except ValueError as wrong:
        raise errors.json_parser_error(_positioned(str(wrong))) from None


def write(value: Any, *, pretty: bool = False) -> bytes:
    """A JSON value as bytes."""
    return to_json(value, indent=2 if pretty else None)


def _positioned(text: str) -> str:
    found = _POSITION.fullmatch(text)
    if found is None:
        return text
    return f"{found[1][:1].upper()}{found[1][1:]} at [line:{found[2]}, column:{found[3]}]"
