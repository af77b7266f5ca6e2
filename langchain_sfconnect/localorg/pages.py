"""The few HTML pages of the local org, rendered from templates; knows nothing of what they say."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from starlette.responses import HTMLResponse

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}


@cache
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True)


def page(template: str, *, status: int = 200, **values: object) -> HTMLResponse:
    """An HTML answer that no browser caches and nothing outside is loaded for."""
    return HTMLResponse(_environment().get_template(template).render(values), status_code=status, headers=_HEADERS)
