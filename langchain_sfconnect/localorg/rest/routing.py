"""From a path to a handler: a table of segment patterns, tried in order; knows nothing of what handlers do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote

from langchain_sfconnect.localorg import errors
from langchain_sfconnect.localorg.rest.call import Call, Handler, Reply


@dataclass(frozen=True, slots=True)
class Route:
    """A path pattern such as `/sobjects/{sobject}/describe` and its handlers by method."""

    pattern: str
    handlers: Mapping[str, Handler]

    def match(self, segments: Sequence[str]) -> dict[str, str] | None:
        """What the variable segments stand for; None when the path is another."""
        wanted = self.pattern.strip("/").split("/") if self.pattern != "/" else []
        if len(wanted) != len(segments):
            return None
        params: dict[str, str] = {}
        for pattern, segment in zip(wanted, segments, strict=True):
            if pattern.startswith("{"):
                params[pattern[1:-1]] = segment
            elif pattern != segment:
                return None
        return params


class Router:
    """Dispatches calls; the first route that matches wins."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = tuple(routes)

    def dispatch(self, call: Call, raw_path: str) -> Reply:
        """Find the handler and let it answer.

        Args:
            call: The call, still without `params`.
            raw_path: The path below the version, percent-encoded; empty segments do not count.

        Raises:
            OrgError: No such resource, the wrong method, or what the handler refuses.
        """
        segments = split_path(raw_path)
        for route in self._routes:
            params = route.match(segments)
            if params is not None:
                return self._handle(route, replace(call, params=params))
        raise errors.not_found()

    def _handle(self, route: Route, call: Call) -> Reply:
        handler = route.handlers.get(call.method)
        if handler is None:
            allowed = sorted({*route.handlers, *(["HEAD"] if "GET" in route.handlers else [])})
            raise errors.method_not_allowed(call.method, allowed)
        return handler(call)


def split_path(raw_path: str) -> list[str]:
    """The decoded segments of a percent-encoded path: an encoded slash stays within its segment."""
    return [unquote(segment) for segment in raw_path.split("/") if segment]
