"""References of composite: `@{refId.path}` in a subrequest's URL and body, filled from earlier replies. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

_REFERENCE = re.compile(r"@\{([^{}]*)\}")
_STEP = re.compile(r"\.([A-Za-z0-9_]+)|\[([0-9]{1,6})\]")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]*")
Scalar = str | int | float | bool | None


class InvalidReference(Exception):
    """A reference that nothing earlier can fill; the text is Salesforce's."""

    def __init__(self, reference: str) -> None:
        super().__init__(
            f"Invalid reference specified. No value for {reference} found in {_root(reference)}. Provided referenceId "
            f"('{reference}') must start with a letter or a number, and it can contain only letters, numbers and "
            "underscores ('_')."
        )


class References:
    """What earlier subrequests answered, by reference id.

    Args:
        nulls: Whether a reference may find null; before version 52.0 it might not.
    """

    def __init__(self, *, nulls: bool = True) -> None:
        self._nulls = nulls
        self._bodies: dict[str, Any] = {}

    def learn(self, reference_id: str, body: Any) -> None:
        """Remember what a subrequest answered."""
        self._bodies[reference_id] = body

    def fill_url(self, url: str) -> str:
        """The URL with every reference replaced by its value, percent-encoded.

        Raises:
            InvalidReference: A reference has no value.
        """
        return self._interpolated(url, lambda value: quote(_text(value), safe=""))

    def fill_body(self, value: Any) -> Any:
        """The body with every reference in its strings replaced; a string that is one reference takes on its type.

        Raises:
            InvalidReference: A reference has no value.
        """
        if isinstance(value, dict):
            return {name: self.fill_body(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self.fill_body(item) for item in value]
        if not isinstance(value, str):
            return value
        whole = _REFERENCE.fullmatch(value)
        return self._look_up(whole[1]) if whole else self._interpolated(value, _text)

    def _interpolated(self, text: str, written: Callable[[Scalar], str]) -> str:
        return _REFERENCE.sub(lambda match: written(self._look_up(match[1])), text)

    def _look_up(self, reference: str) -> Scalar:
        root = _root(reference)
        value, position = self._bodies.get(root), len(root)
        while position < len(reference):
            step = _STEP.match(reference, position)
            if step is None:
                raise InvalidReference(reference)
            value = _stepped(value, step[1], step[2], reference)
            position = step.end()
        if isinstance(value, dict | list) or root not in self._bodies or reference == root:
            raise InvalidReference(reference)
        if value is None and not self._nulls:
            raise InvalidReference(reference)
        scalar: Scalar = value
        return scalar


def is_reference_id(text: str) -> bool:
    """Whether a subrequest may be called this."""
    return _ID.fullmatch(text) is not None


def _stepped(value: Any, name: str | None, index: str | None, reference: str) -> Any:
    if isinstance(value, dict) and name in value:
        return value[name]
    if isinstance(value, list) and index is not None and int(index) < len(value):
        return value[int(index)]
    raise InvalidReference(reference)


def _root(reference: str) -> str:
    return re.split(r"[.\[]", reference, maxsplit=1)[0]


def _text(value: Scalar) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
