"""`POST /composite/batch`: up to 25 independent calls in one; no references, no transaction."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from langchain_sfconnect.localorg import errors
from langchain_sfconnect.localorg.rest.call import NOTHING, Call, Reply
from langchain_sfconnect.localorg.rest.routing import Router

MOST = 25
_URL = re.compile(r"(?:/services/data)?/?v(\d{2,3}\.\d)(/.*)", re.DOTALL)
_HALTED = [{"errorCode": "BATCH_PROCESSING_HALTED", "message": "Batch processing halted per request"}]


class Batch:
    """The handler of `/composite/batch`.

    Args:
        router: Where subrequests go; composites are not among them.
    """

    def __init__(self, router: Router) -> None:
        self._router = router

    def __call__(self, call: Call) -> Reply:
        document = call.document()
        requests = document.get("batchRequests")
        if not isinstance(requests, list) or not requests or not all(isinstance(item, dict) for item in requests):
            raise errors.json_parser_error("batchRequests must be a list of at least one object")
        if len(requests) > MOST:
            raise errors.OrgError(400, "LIMIT_EXCEEDED", f"The request can’t contain more than {MOST} operations.")
        replies: list[Reply] = []
        for item in requests:
            halted = document.get("haltOnError") is True and any(not reply.ok for reply in replies)
            replies.append(Reply(status=412, body=_HALTED) if halted else self._attempt(call, item))
        results = [{"statusCode": reply.status, "result": reply.body} for reply in replies]
        return Reply(body={"hasErrors": any(not reply.ok for reply in replies), "results": results})

    def _attempt(self, call: Call, item: Mapping[str, Any]) -> Reply:
        try:
            parts = urlsplit(str(item.get("url", "")))
            address = _URL.fullmatch(parts.path)
            if address is None:
                raise errors.not_found()
            query = parse_qs(parts.query, keep_blank_values=True)
            method, payload = str(item.get("method", "")).upper(), item.get("richInput", NOTHING)
            sub_call = replace(call, method=method, path=address[2], query=query, payload=payload)
            return self._router.dispatch(sub_call, address[2])
        except errors.OrgError as refusal:
            return Reply(status=refusal.status, body=refusal.body())
