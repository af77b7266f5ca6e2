"""Sends requests to an org's application in this process, and judges whether an answer is one Salesforce could give."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from xml.etree.ElementTree import fromstring

from wanton import Maker, Wanton

from langchain_sfconnect.localorg import LocalOrg
from langchain_sfconnect.localorg.app import Door, LocalOrgApp


class Trial:
    """An org on trial; it need not listen to anything."""

    def __init__(self, org: LocalOrg) -> None:
        self._org = org
        self._app = LocalOrgApp(org, {80: Door(org._realms["production"], login_only=False)})
        self._log = _Log()
        self.outcomes: Counter[str] = Counter()

    @classmethod
    @contextmanager
    def of(cls, org: LocalOrg) -> Iterator[Trial]:
        trial, logger = cls(org), logging.getLogger("langchain_sfconnect")
        logger.addHandler(trial._log)
        org.policy.daily_api_requests = 10**9
        try:
            yield trial
        finally:
            logger.removeHandler(trial._log)

    def maker(self) -> Maker:
        """Makes requests to this org, with ids of what there is and of what there is not."""
        ids = {
            name: [row["Id"] for row in self._org.query(f"SELECT Id FROM {name} ORDER BY Id LIMIT 5")]
            for name in ("Account", "Contact", "Opportunity", "Case", "Lead", "Report", "Dashboard")
        }
        others = ["001000000000000AAA", "0010000000", "nonsense", ids["Account"][0][:15]]
        return Maker({**ids, "": others}, self._org.session_token())

    def judge(self, request: Wanton) -> None:
        """Send a request.

        Raises:
            AssertionError: The answer is none that Salesforce could give.
        """
        self._log.failures.clear()
        status, headers, body = asyncio.run(self._sent(request))
        assert not self._log.failures, self._log.failures[0]
        assert status < 500, body
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        code = "" if status < 300 or request.method == "HEAD" else _error_code(status, headers, body)
        self.outcomes[f"{status} {code}".strip()] += 1

    async def _sent(self, request: Wanton) -> tuple[int, dict[str, str], bytes]:
        sent: list[Any] = []
        body = [{"type": "http.request", "body": request.body, "more_body": False}]

        async def receive() -> Any:
            return body.pop() if body else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http", "root_path": "",
            "method": request.method, "path": request.path.decode("latin-1"), "raw_path": request.path,
            "query_string": request.query, "headers": [(b"host", b"localhost"), *request.headers],
            "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 50_000), "state": {},
        }  # fmt: skip
        await self._app(scope, receive, send)
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in sent[0]["headers"]}
        return sent[0]["status"], headers, b"".join(part.get("body", b"") for part in sent[1:])


class _Log(logging.Handler):
    """Keeps what the org itself calls a failure."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.failures: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.failures.append(logging.Formatter().format(record))


def _error_code(status: int, headers: dict[str, str], body: bytes) -> str:
    """The code of a refusal, wherever Salesforce puts it."""
    if status == 304:
        assert body == b""
        return ""
    if headers["content-type"].startswith("application/xml"):
        found = fromstring(body).find(".//errorCode")
        return "XML" if found is None else str(found.text)
    answer = json.loads(body)
    if status == 300:
        assert all(url.startswith("/services/data/") for url in answer)
        return ""
    if isinstance(answer, dict):
        assert answer["hasErrors"] is True, answer
        assert answer["results"][0]["errors"][0]["statusCode"]
        return "a tree's"
    assert answer[0]["message"] is not None
    return str(answer[0]["errorCode"])
