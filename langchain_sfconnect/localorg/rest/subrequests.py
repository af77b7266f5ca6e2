"""A call inside another call: its address, its version, and the same way to a handler; knows no combining rule."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from langchain_sfconnect.localorg import errors
from langchain_sfconnect.localorg.rest import versions
from langchain_sfconnect.localorg.rest.call import NOTHING, Call, Reply
from langchain_sfconnect.localorg.rest.routing import Router

_PATH = re.compile(r"(?P<version>v\d{1,3}\.\d)(?P<below>/.*)", re.DOTALL | re.ASCII)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a subrequest goes: a version, the percent-encoded path below it, and the query."""

    version: str
    below: str
    query: str

    @classmethod
    def of(cls, url: str, root: str = "/services/data/") -> Address:
        """Read the address of a subrequest.

        Raises:
            OrgError: It is no address of this org, or of a version it does not speak.
        """
        try:
            parts = urlsplit(url)
        except ValueError:
            raise errors.not_found() from None
        found = _PATH.fullmatch(parts.path.removeprefix(root))
        if found is None or parts.scheme or parts.netloc:
            raise errors.not_found()
        return cls(versions.spoken(found["version"]), found["below"], parts.query)


@dataclass(frozen=True, slots=True)
class Subrequest:
    """What a call inside another call asks for."""

    method: str
    address: Address
    payload: Any = NOTHING
    headers: Mapping[str, str] = field(default_factory=dict)


def dispatch(router: Router, call: Call, subrequest: Subrequest) -> Reply:
    """Make a call within another, as its user.

    Raises:
        OrgError: What the handler refuses.
    """
    address = subrequest.address
    session = call.session
    if address.version != call.version:
        session = session.speaking(address.version)
    inner = replace(
        call,
        method=subrequest.method,
        path=address.below,
        version=address.version,
        session=session,
        query=parse_qs(address.query, keep_blank_values=True),
        headers=subrequest.headers,
        payload=subrequest.payload,
    )
    return router.dispatch(inner, address.below)


def refused(refusal: errors.OrgError) -> Reply:
    """A refusal as the reply of a subrequest."""
    return Reply(status=refusal.status, body=refusal.body())
