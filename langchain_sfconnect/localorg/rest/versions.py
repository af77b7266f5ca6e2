"""The API versions the org speaks, as the versions list and as a check."""

from __future__ import annotations

import re

from langchain_sfconnect.localorg import errors
from langchain_sfconnect.localorg.rest import refusals

OLDEST, NEWEST, LAST_RETIRED = 31, 68, 30
_SEASONS = ("Winter", "Spring", "Summer")
_WINTER_11 = 20  # API 20.0 was Winter '11; three releases a year since
_VERSION = re.compile(r"v([0-9]{1,3})\.0")


def listed() -> list[dict[str, str]]:
    """The body of `GET /services/data`, oldest first."""
    return [
        {"label": _label(number), "url": f"/services/data/v{number}.0", "version": f"{number}.0"}
        for number in range(OLDEST, NEWEST + 1)
    ]


def spoken(segment: str) -> str:
    """The version that a path segment such as `v66.0` names.

    Raises:
        OrgError: 410 when it is retired, 404 when there is no such version.
    """
    found = _VERSION.fullmatch(segment)
    if found is None or not 1 <= int(found[1]) <= NEWEST:
        raise errors.not_found()
    if int(found[1]) <= LAST_RETIRED:
        raise refusals.version_retired(segment, OLDEST)
    return f"{int(found[1])}.0"


def _label(number: int) -> str:
    years, season = divmod(number - _WINTER_11, len(_SEASONS))
    return f"{_SEASONS[season]} '{11 + years}"
