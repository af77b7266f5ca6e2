"""`POST /composite`: up to 25 calls in one, with references between them and one transaction where asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from langchain_sfconnect.localorg import errors
from langchain_sfconnect.localorg.rest.call import NOTHING, Call, Reply
from langchain_sfconnect.localorg.rest.references import InvalidReference, fill_body, fill_url, is_reference_id
from langchain_sfconnect.localorg.rest.routing import Router

MOST, MOST_HEAVY = 25, 5
ROLLED_BACK = "The transaction was rolled back since another operation in the same transaction failed."
_METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")
_HEAVY = re.compile(r"/(query|queryAll|composite/sobjects)(/|\?|$)")
_NESTED = re.compile(r"/composite/?$|/composite/(batch|graph|tree)(/|$)")
_URL = re.compile(r"/services/data/v(\d{2,3}\.\d)(/.*)", re.DOTALL)
_FORBIDDEN_HEADERS = {"accept", "authorization", "content-type"}
Subrequest = Mapping[str, Any]


class Composite:
    """The handler of `/composite`; its subrequests go through the same router as any call.

    Args:
        router: Where subrequests go. It need not know `/composite` itself: composites do not nest.
    """

    def __init__(self, router: Router) -> None:
        self._router = router

    def __call__(self, call: Call) -> Reply:
        document = call.document()
        subrequests = _checked(document.get("compositeRequest"))
        if len(subrequests) > MOST:
            return _too_many(f"The request can’t contain more than {MOST} operations.")
        if sum(_is_heavy(subrequest) for subrequest in subrequests) > MOST_HEAVY:
            return _too_many(f"The request can’t contain more than {MOST_HEAVY} query or collection operations.")
        all_or_none = document.get("allOrNone") is True
        run = self._all_or_none if all_or_none else self._one_by_one
        replies = run(call, subrequests)
        answers = [_answer(sub, reply) for sub, reply in zip(subrequests, replies, strict=True)]
        return Reply(body={"compositeResponse": answers})

    def _one_by_one(self, call: Call, subrequests: list[Subrequest]) -> list[Reply]:
        replies: list[Reply] = []
        bodies: dict[str, Any] = {}
        for subrequest in subrequests:
            replies.append(self._attempt(call, subrequest, bodies))
        return replies

    def _all_or_none(self, call: Call, subrequests: list[Subrequest]) -> list[Reply]:
        """Stop at the first failure and take everything back; the culprit alone keeps its own reply."""
        replies: list[Reply] = []
        bodies: dict[str, Any] = {}
        with call.session.transaction() as transaction:
            for subrequest in subrequests:
                replies.append(self._attempt(call, subrequest, bodies))
                if _failed(replies[-1]):
                    transaction.rollback()
                    return _halted(len(subrequests), culprit=len(replies) - 1, reply=replies[-1])
        return replies

    def _attempt(self, call: Call, subrequest: Subrequest, bodies: dict[str, Any]) -> Reply:
        """Make one call; its body becomes known to later references if it succeeded."""
        try:
            sub_call, raw_path = _as_call(call, subrequest, bodies)
            reply = self._router.dispatch(sub_call, raw_path)
        except InvalidReference as invalid:
            return _refused(errors.processing_halted(str(invalid)))
        except errors.OrgError as refusal:
            return _refused(refusal)
        if reply.ok:
            bodies[subrequest["referenceId"]] = reply.body
        return reply


def _as_call(call: Call, subrequest: Subrequest, bodies: Mapping[str, Any]) -> tuple[Call, str]:
    parts = urlsplit(fill_url(subrequest["url"], bodies))
    address = _URL.fullmatch(parts.path)
    if address is None or _NESTED.search(address[2]):
        raise errors.not_found()
    body = subrequest.get("body", NOTHING)
    headers = {str(name).lower(): str(value) for name, value in (subrequest.get("httpHeaders") or {}).items()}
    sub_call = replace(
        call,
        method=subrequest["method"],
        path=address[2],
        query=parse_qs(parts.query, keep_blank_values=True),
        headers=headers,
        payload=body if body is NOTHING else fill_body(body, bodies),
    )
    return sub_call, address[2]


def _checked(given: Any) -> list[Subrequest]:
    """The subrequests, each with the parts it needs.

    Raises:
        OrgError: The request as a whole is wrong; nothing has been done.
    """
    if not isinstance(given, list) or not given:
        raise errors.json_parser_error("compositeRequest must be a list of at least one subrequest")
    for subrequest in given:
        problem = _problem(subrequest)
        if problem:
            raise errors.json_parser_error(problem)
    ids = [subrequest["referenceId"] for subrequest in given]
    if len(set(ids)) < len(ids):
        raise errors.json_parser_error("Each referenceId must be unique within the request")
    return given


def _problem(subrequest: Any) -> str | None:
    if not isinstance(subrequest, dict):
        return "Each subrequest must be an object"
    if subrequest.get("method") not in _METHODS:
        return f"The method of a subrequest must be one of {', '.join(_METHODS)}"
    if not isinstance(subrequest.get("url"), str) or not subrequest["url"].startswith("/services/data/v"):
        return "The url of a subrequest must start with /services/data/vXX.X/"
    reference_id = subrequest.get("referenceId")
    if not isinstance(reference_id, str) or not is_reference_id(reference_id):
        return (
            f"Provided referenceId ('{reference_id}') must start with a letter or a number, and it can contain only "
            "letters, numbers and underscores ('_')."
        )
    headers = subrequest.get("httpHeaders") or {}
    if not isinstance(headers, dict) or _FORBIDDEN_HEADERS & {str(name).lower() for name in headers}:
        return "Subrequest headers must not include Accept, Authorization or Content-Type"
    return None


def _is_heavy(subrequest: Subrequest) -> bool:
    return _HEAVY.search(subrequest["url"]) is not None


def _failed(reply: Reply) -> bool:
    """Whether a reply spoils its transaction: an error, or a collection with a record that failed."""
    records = reply.body if isinstance(reply.body, list) else []
    return not reply.ok or any(isinstance(record, dict) and record.get("success") is False for record in records)


def _halted(count: int, *, culprit: int, reply: Reply) -> list[Reply]:
    halted = _refused(errors.processing_halted(ROLLED_BACK))
    return [reply if position == culprit else halted for position in range(count)]


def _refused(refusal: errors.OrgError) -> Reply:
    return Reply(status=refusal.status, body=refusal.body())


def _too_many(message: str) -> Reply:
    body = [{"errorCode": "LIMIT_EXCEEDED", "message": message}]
    return Reply(body={"compositeResponse": [_answer({"referenceId": None}, Reply(status=400, body=body))]})


def _answer(subrequest: Subrequest, reply: Reply) -> dict[str, Any]:
    return {
        "body": reply.body,
        "httpHeaders": dict(reply.headers),
        "httpStatusCode": reply.status,
        "referenceId": subrequest["referenceId"],
    }
