"""The subrequests of a composite: their URLs checked and completed, and read back as operations. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote

from langchain_sfconnect.connection import Operation
from langchain_sfconnect.errors import InvalidArgument

REFERENCE = re.compile(r"@\{[^{}]*\}")
_BASE = re.compile(r"/services/data/v\d{2,3}\.\d(?=/)")
_PLAIN_TEXT = re.compile(r"""[\s<>"]""")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


def complete_url(url: str, api_version: str) -> str:
    """The URL as Salesforce wants it: beginning with `/services/data/vNN.0`, percent-encoded, references untouched.

    Raises:
        ValueError: It leads elsewhere.
    """
    path, mark, query = url.strip().partition("?")
    if not path or "://" in path or path.startswith("//"):
        raise ValueError("must be relative, such as /sobjects/Account: other hosts are refused")
    base, below = _split(path)
    if below.startswith("/services/"):
        raise ValueError("must lie below /services/data/vNN.0, such as /sobjects/Account: other APIs are refused")
    _check(below)
    return (base or f"/services/data/v{api_version}") + below + mark + _encoded_query(query)


def as_operations(payload: Mapping[str, Any]) -> Iterator[Operation]:
    """The subrequests of a built composite, each as the operation that it would be alone.

    Raises:
        InvalidArgument: A URL gives a parameter twice, so that it cannot be told which one counts.
    """
    for subrequest in payload.get("compositeRequest", ()):
        path, _, query = subrequest["url"].partition("?")
        pairs = parse_qsl(query, keep_blank_values=True)
        if len(dict(pairs)) < len(pairs):
            raise InvalidArgument("A subrequest's URL gives a parameter twice.", fields=["composite_request"])
        yield Operation(
            subrequest["method"],
            _without_braces(_split(path)[1]),
            kind="read" if subrequest["method"] == "GET" else "write",
            idempotent=subrequest["method"] == "GET",
            params=dict(pairs),
            json=subrequest.get("body"),
        )


def _split(path: str) -> tuple[str, str]:
    base = _BASE.match(path)
    return (base[0], path[base.end() :]) if base else ("", "/" + path.removeprefix("/"))


def _check(path: str) -> None:
    try:
        Operation("GET", _without_braces(path))
    except InvalidArgument:
        raise ValueError("is not a path below /services/data, such as /sobjects/Account or /query?q=…") from None


def _without_braces(path: str) -> str:
    """References percent-encoded: they mean the same, and are no characters of a path."""
    return REFERENCE.sub(lambda reference: quote(reference[0], safe="@."), path)


def _encoded_query(query: str) -> str:
    """The query percent-encoded: whole if it was written as plain text, else only what was forgotten."""
    if _PLAIN_TEXT.search(REFERENCE.sub("", query)):
        name, _, value = query.partition("=")
        return f"{name}={_encoded(value, safe='')}"
    return _encoded(_STRAY_PERCENT.sub("%25", query), safe="/?&=%+,:;!$'()*[]~@")


def _encoded(text: str, *, safe: str) -> str:
    parts, references = REFERENCE.split(text), [*REFERENCE.findall(text), ""]
    return "".join(quote(part, safe=safe) + reference for part, reference in zip(parts, references, strict=True))
