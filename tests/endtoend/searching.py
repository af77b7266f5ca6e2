"""What is secret, where others can read, and whether the one is found in the other.

Knows neither pytest nor the package: it reads the org's journal, links, callbacks, texts, errors and databases.
"""

from __future__ import annotations

import base64
import json
import sqlite3
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from logging import Handler, LogRecord
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, quote_plus, urlsplit

from langchain_core.tracers import BaseTracer
from langchain_core.tracers.schemas import Run

FORM_SECRETS = ("code", "code_verifier", "refresh_token", "client_secret", "token")
WITH_LINKS = {"checkpoint", "trace", "question"}
"""Where a link may be, and with it its state: it is what the user is asked to open."""
IN_PIECES = {"checkpoint file"}
"""Where a long text lies in pieces, so that a link cannot be told from the state in it."""


@dataclass
class Secrets:
    """Every secret that occurred, with what it is; states apart, because a link carries one."""

    found: dict[str, str] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    links: set[str] = field(default_factory=set)

    def add(self, kind: str, value: str | None) -> None:
        if value:
            self.found.setdefault(value, kind)

    def read_requests(self, requests: Iterable[Any]) -> None:
        """Collect from what arrived at the org."""
        for request in requests:
            self.add("access token", request.token)
            if request.path.startswith("/services/oauth2/") and request.method == "POST":
                form = parse_qs(request.body.decode())
                for name in FORM_SECRETS:
                    self.add(name, form.get(name, [None])[0])

    def read_link(self, url: str) -> None:
        self.links.add(url)
        self.states[parse_qs(urlsplit(url).query)["state"][0]] = "state"

    def read_callback(self, url: str) -> None:
        self.add("code", parse_qs(urlsplit(url).query).get("code", [None])[0])

    def looked_for_in(self, place: str) -> dict[str, str]:
        return self.found if place in IN_PIECES else {**self.states, **self.found}


def forms_of(secret: str) -> set[bytes]:
    """The ways in which a secret is usually written, and the part of an access token behind the org's id."""
    written = {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1], secret.rpartition("!")[2]}
    encoded = {base64.b64encode(secret.encode()), base64.urlsafe_b64encode(secret.encode())}
    return {form.encode() for form in written} | encoded


@dataclass
class Haystack:
    """Everything that others can read, by place."""

    places: dict[str, list[bytes]] = field(default_factory=dict)

    def add(self, place: str, *things: Any) -> None:
        texts = (thing if isinstance(thing, bytes) else str(thing).encode() for thing in things)
        self.places.setdefault(place, []).extend(texts)

    def add_error(self, error: BaseException) -> None:
        """All that an error shows of itself and of those behind it, the suppressed ones too."""
        self.add("exception", *traceback.format_exception(error))
        for each in _chain(error):
            self.add("exception", each, repr(each), each.args, vars(each))

    def add_database(self, place: str, path: Path) -> None:
        """The values in a SQLite file, and the file itself with what lies beside it."""
        database = sqlite3.connect(path)
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            for row in database.execute(f"SELECT * FROM {table}"):
                self.add(place, *row)
        database.close()
        self.add(f"{place} file", *(each.read_bytes() for each in path.parent.glob(f"{path.name}*")))

    def add_postgres(self, place: str, url: str, *, schema: str) -> None:
        """Every column of every table of a schema, as its bytes lie there."""
        import psycopg  # here, because few tests use it
        from psycopg import sql

        with psycopg.connect(url) as connection:
            tables = connection.execute(
                "SELECT table_name FROM information_schema.tables WHERE table_schema = %s", [schema]
            ).fetchall()
            assert tables, f"{schema} has no tables"
            for (table,) in tables:
                what = sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(sql.Identifier(schema, table))
                with connection.cursor().copy(what) as copy:
                    self.add(place, b"".join(map(bytes, copy)))

    def add_log(self, handler: Handler, records: Iterable[LogRecord]) -> None:
        for record in records:
            # This library tells, at DEBUG, every value that the async checkpointer writes.
            place = "checkpoint" if record.name == "aiosqlite" else "log"
            self.add(place, handler.format(record), vars(record))

    def leaks(self, secrets: Secrets) -> set[str]:
        """What was found, and where."""
        return {
            f"{kind} in {place}"
            for place, text in self._texts(secrets)
            for secret, kind in secrets.looked_for_in(place).items()
            if any(form in text for form in forms_of(secret))
        }

    def _texts(self, secrets: Secrets) -> Iterator[tuple[str, bytes]]:
        for place, texts in self.places.items():
            text = b"\0".join(texts)
            for link in secrets.links if place in WITH_LINKS else ():
                text = text.replace(link.encode(), b"(link)")
            yield place, text


def _chain(error: BaseException) -> Iterator[BaseException]:
    chained: BaseException | None = error
    while chained is not None:
        yield chained
        chained = chained.__cause__ or chained.__context__


class RecordingTracer(BaseTracer):
    """Writes down all that a tracing service would be sent."""

    def __init__(self, haystack: Haystack) -> None:
        super().__init__()
        self._haystack = haystack

    def _persist_run(self, run: Run) -> None:
        told = (run.inputs, run.outputs, run.error, run.extra, run.tags, run.events, run.serialized, run.name)
        self._haystack.add("trace", *map(repr, told), run.error)
        for child in run.child_runs:
            self._persist_run(child)
