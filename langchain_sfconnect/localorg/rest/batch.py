"""`POST /composite/batch`: up to 25 independent calls in one; no references, no transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from langchain_sfconnect.localorg import errors
from langchain_sfconnect.localorg.rest import refusals
from langchain_sfconnect.localorg.rest.call import NOTHING, Call, Reply
from langchain_sfconnect.localorg.rest.routing import Router
from langchain_sfconnect.localorg.rest.subrequests import Address, Subrequest, dispatch, refused

MOST = 25


class Batch:
    """The handler of `/composite/batch`.

    Args:
        router: Where subrequests go; composites are not among them.
    """

    def __init__(self, router: Router) -> None:
        self._router = router

    def __call__(self, call: Call) -> Reply:
        requests, halt = _requests(call), call.flag("haltOnError")
        replies: list[Reply] = []
        for item in requests:
            halted = halt and any(not reply.ok for reply in replies)
            replies.append(refused(refusals.batch_halted()) if halted else self._attempt(call, item))
        results = [{"statusCode": reply.status, "result": reply.body} for reply in replies]
        return Reply(body={"hasErrors": any(not reply.ok for reply in replies), "results": results})

    def _attempt(self, call: Call, item: Mapping[str, Any]) -> Reply:
        try:
            address = Address.of("/" + str(item.get("url", "")).removeprefix("/services/data/").lstrip("/"), "/")
            if float(address.version) > call.release:
                raise refusals.newer_than_its_batch(address.version, call.version)
            subrequest = Subrequest(
                str(item.get("method", "")).upper(), address, item.get("richInput", NOTHING), call.headers
            )
            return dispatch(self._router, call, subrequest)
        except errors.OrgError as refusal:
            return refused(refusal)


def _requests(call: Call) -> list[Mapping[str, Any]]:
    """The requests of the body.

    Raises:
        OrgError: They are no list of objects, or too many.
    """
    requests = call.document().get("batchRequests")
    if not isinstance(requests, list) or not requests or not all(isinstance(item, dict) for item in requests):
        raise errors.json_parser_error("batchRequests must be a list of at least one object")
    if len(requests) > MOST:
        raise refusals.too_many_calls(MOST)
    return requests
