"""The few HTML pages of the local org, rendered from templates; knows nothing of what they say."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@cache
def _environment() -> Environment:
    templates = FileSystemLoader(Path(__file__).parent / "templates")
    return Environment(loader=templates, autoescape=True, undefined=StrictUndefined)


def page(template: str, *, status: int = 200, **values: object) -> HTMLResponse:
    """An HTML answer that no browser caches or frames, and that nothing outside is loaded for."""
    return HTMLResponse(_environment().get_template(template).render(values), status_code=status, headers=_HEADERS)
