"""From a reply to bytes: JSON or XML, indented, compressed, as the client asked; knows no resource."""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from langchain_sfconnect.localorg.rest import bodies, markup
from langchain_sfconnect.localorg.rest.call import Reply

Format = Literal["json", "xml"]
LEAST_COMPRESSED = 1_400
"""What fits into one packet gains nothing from being smaller."""
_TYPES: Mapping[Format, str] = {"json": "application/json;charset=UTF-8", "xml": "application/xml;charset=UTF-8"}
_MEDIA: Mapping[str, Format] = {"application/json": "json", "application/xml": "xml", "text/xml": "xml", "*/*": "json"}
_EXTERNAL = re.compile(r"[^/]+/+sobjects/+[^/]+/+(?!describe/)[^/]+/+[^/]+")
_SUFFIX = re.compile(r"(?P<path>.+)\.(?P<format>json|xml)")


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes out: a status, headers, and the bytes of the body."""

    status: int
    headers: dict[str, str]
    content: bytes


@dataclass(frozen=True, slots=True)
class Wishes:
    """How the client wants its answer written."""

    format: Format = "json"
    pretty: bool = False
    compressed: bool = False

    @classmethod
    def of(cls, headers: Mapping[str, str], suffix: Format | None) -> Wishes:
        """Read them from the headers; a suffix of the path outdoes `Accept`."""
        return cls(
            format=suffix or _preferred(headers.get("accept", "")),
            pretty=headers.get("x-prettyprint", "").strip().lower() in ("1", "true"),
            compressed=_weight(headers.get("accept-encoding", ""), "gzip") > 0,
        )


def split_suffix(path: str) -> tuple[str, Format | None]:
    """A path that begins with the version, without the `.json` or `.xml` that tells the format.

    The value of an external id may end like that, and stays whole.
    """
    found = _SUFFIX.fullmatch(path)
    if found is None or _EXTERNAL.fullmatch(path):
        return path, None
    return found["path"], "xml" if found["format"] == "xml" else "json"


def write(reply: Reply, wishes: Wishes, headers: Mapping[str, str]) -> Answer:
    """A reply as it goes out.

    Args:
        reply: The reply.
        wishes: How the client wants it.
        headers: Further headers of the answer.
    """
    sent = {**headers, **reply.headers}
    if reply.body is None:
        return Answer(reply.status, sent, b"")
    sent["Content-Type"] = _TYPES[wishes.format]
    as_xml = wishes.format == "xml"
    content = markup.document(reply.body) if as_xml else bodies.write(reply.body, pretty=wishes.pretty)
    if wishes.compressed and len(content) >= LEAST_COMPRESSED:
        sent |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        content = gzip.compress(content, compresslevel=1, mtime=0)
    return Answer(reply.status, sent, content)


def _preferred(accept: str) -> Format:
    """The format that is asked for most; JSON when neither is."""
    best = max(_MEDIA, key=lambda media: (_weight(accept, media), _MEDIA[media] == "json"))
    return _MEDIA[best] if _weight(accept, best) > 0 else "json"


def _weight(header: str, wanted: str) -> float:
    """The weight a list such as `gzip;q=0.5, br` gives to something; 0 when it is not in it."""
    for part in header.lower().split(","):
        name, _, parameters = part.partition(";")
        if name.strip() == wanted:
            quality = re.search(r"\bq\s*=\s*([01](?:\.\d{1,3})?)(?!\d)", parameters)
            return float(quality[1]) if quality else 1.0
    return 0.0
