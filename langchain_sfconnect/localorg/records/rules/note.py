"""Rules of notes: what their content tells about itself."""

from __future__ import annotations

import base64
import html
import re

from langchain_sfconnect.localorg.encoding import encodable
from langchain_sfconnect.localorg.records.change import Change

MAX_PREVIEW = 255
_TAG = re.compile(r"<[^>]*>")


def complete_note(change: Change) -> None:
    """Derive size, preview and kind from the content, which is HTML in base64."""
    row = change.row
    row |= {"FileType": "SNOTE", "FileExtension": "snote"}
    if not change.changed("Content"):
        return
    content = base64.b64decode(row["Content"] or "")
    text = " ".join(html.unescape(_TAG.sub(" ", content.decode("utf-8", "replace"))).split())
    row |= {"ContentSize": len(content), "TextPreview": encodable(text[:MAX_PREVIEW]) or None}
    row["ContentModifiedDate"] = change.writing.stamp
