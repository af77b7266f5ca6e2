"""Marks the found words in texts, as highlights and as snippets; knows no object and no full-text index."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator

_WORD = re.compile(r"\w+")


class Marker:
    """Marks words, whatever their case and accents, with `<mark>`.

    Args:
        texts: The words and phrases that were looked for.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._words = {_folded(word) for text in texts for word in _WORD.findall(text)}

    def highlight(self, text: str) -> str | None:
        """Return a text as HTML with its found words marked, or None when it has none of them."""
        if next(self._found(text), None) is None:
            return None
        pieces, at = [], 0
        for match in self._found(text):
            pieces += [html.escape(text[at : match.start()], quote=False), f"<mark>{match[0]}</mark>"]
            at = match.end()
        return "".join([*pieces, html.escape(text[at:], quote=False)])

    def snippet(self, text: str, length: int) -> str | None:
        """Return about `length` characters around the first found word, marked, or None when there is none."""
        first = next(self._found(text), None)
        if first is None:
            return None
        start = max(0, min(first.start() - length // 3, len(text) - length))
        start = 0 if start == 0 else text.find(" ", start, first.start() + 1) + 1 or first.start()
        end = max(start + length, first.end())
        end = len(text) if end >= len(text) else max(text.rfind(" ", start, end), first.end())
        marked = self.highlight(text[start:end]) or ""
        return f"{'...' if start else ''}{marked}{'...' if end < len(text) else ''}"

    def _found(self, text: str) -> Iterator[re.Match[str]]:
        return (match for match in _WORD.finditer(text) if _folded(match[0]) in self._words)


def _folded(word: str) -> str:
    decomposed = unicodedata.normalize("NFD", word.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))
