"""JSON in and out, refused and written as Salesforce does; knows nothing of what it means."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from email.message import Message
from typing import Any

from pydantic_core import from_json, to_json

from langchain_sfconnect.localorg import errors
from langchain_sfconnect.localorg.rest import refusals
from langchain_sfconnect.localorg.rest.call import NOTHING
from langchain_sfconnect.localorg.rest.json_errors import described

MOST_BODY = 50_000_000
_GZIP = 31  # zlib's window size that stands for gzip
_CHARSETS = {"utf-8", "utf8", "us-ascii", "iso-8859-1", "utf-16"}


def parse(body: bytes, headers: Mapping[str, str]) -> Any:
    """The JSON value of a body; `NOTHING` when there is none.

    Raises:
        OrgError: It is too large, claims to be something else, or is not JSON.
    """
    plain = _uncompressed(body, headers.get("content-encoding", ""))
    if not plain.strip():
        return NOTHING
    text = _decoded(plain, headers.get("content-type", ""))
    try:
        return from_json(text, allow_inf_nan=False, cache_strings="keys")
    except ValueError as wrong:
        raise errors.json_parser_error(described(str(wrong), text)) from None


def write(value: Any, *, pretty: bool = False) -> bytes:
    """A JSON value as bytes."""
    return to_json(value, indent=2 if pretty else None)


def _uncompressed(body: bytes, encoding: str) -> bytes:
    name = encoding.strip().lower()
    if name not in ("", "identity", "gzip"):
        raise refusals.content_encoding_not_supported(name)
    try:
        plain = zlib.decompressobj(_GZIP).decompress(body, MOST_BODY + 1) if name == "gzip" else body
    except zlib.error:
        raise refusals.not_compressed_as_said() from None
    if len(plain) > MOST_BODY:
        raise refusals.body_too_large(MOST_BODY)
    return plain


def _decoded(body: bytes, content_type: str) -> str:
    header = Message()
    header["Content-Type"] = content_type
    media, charset = header.get_content_type(), str(header.get_param("charset") or "utf-8").lower()
    if not content_type.strip() or media != "application/json":
        named = content_type.partition(";")[0].strip().lower()
        raise errors.unsupported_media_type(named or "application/octet-stream")
    if charset not in _CHARSETS:
        raise errors.unsupported_media_type(content_type.strip())
    try:
        return body.decode(charset)
    except UnicodeDecodeError as wrong:
        byte = body[wrong.start] if wrong.start < len(body) else 0
        raise errors.json_parser_error(f"Invalid UTF-8 start byte 0x{byte:x}") from None
