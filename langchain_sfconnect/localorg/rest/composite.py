"""`POST /composite`: up to 25 calls in one, with references between them and one transaction where asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from langchain_sfconnect.localorg import errors
from langchain_sfconnect.localorg.rest import refusals
from langchain_sfconnect.localorg.rest.call import NOTHING, Call, Reply
from langchain_sfconnect.localorg.rest.references import InvalidReference, References, is_reference_id
from langchain_sfconnect.localorg.rest.routing import Router
from langchain_sfconnect.localorg.rest.subrequests import Address, Subrequest, dispatch, refused

MOST, MOST_HEAVY = 25, 5
STRICT_SINCE = 52
"""Since this version an illegal reference id fails the request, and a reference to null is null."""
_METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")
_HEAVY = re.compile(r"/+(query|queryAll|composite/+sobjects)(/|\?|$)")
_NESTED = re.compile(r"/+composite(/+(batch|graph|tree).*)?/*")
_FORBIDDEN_HEADERS = {"accept", "authorization", "content-type"}
Given = Mapping[str, Any]


class Composite:
    """The handler of `/composite`; its subrequests go through the same router as any call.

    Args:
        router: Where subrequests go. It need not know `/composite` itself: composites do not nest.
    """

    def __init__(self, router: Router) -> None:
        self._router = router

    def __call__(self, call: Call) -> Reply:
        call.flag("collateSubrequests")  # they run in order, whatever it says
        given = _checked(call)
        excess = _excess(given)
        if excess is not None:
            return Reply(body={"compositeResponse": [_answer({"referenceId": None}, refused(excess))]})
        replies = self._all_or_none(call, given) if call.flag("allOrNone") else self._one_by_one(call, given)
        return Reply(body={"compositeResponse": [_answer(*pair) for pair in zip(given, replies, strict=True)]})

    def _one_by_one(self, call: Call, given: list[Given]) -> list[Reply]:
        references = References(nulls=call.release >= STRICT_SINCE)
        return [self._attempt(call, subrequest, references) for subrequest in given]

    def _all_or_none(self, call: Call, given: list[Given]) -> list[Reply]:
        """Stop at the first failure and take everything back; the culprit alone keeps its own reply."""
        replies: list[Reply] = []
        references = References(nulls=call.release >= STRICT_SINCE)
        with call.session.transaction() as transaction:
            for subrequest in given:
                replies.append(self._attempt(call, subrequest, references))
                if _failed(replies[-1]):
                    transaction.rollback()
                    return _halted(len(given), culprit=len(replies) - 1, reply=replies[-1])
        return replies

    def _attempt(self, call: Call, given: Given, references: References) -> Reply:
        """Make one call, all or nothing; its body becomes known to later references if it succeeded."""
        try:
            with call.session.transaction():
                reply = dispatch(self._router, call, _filled(given, references))
        except InvalidReference as invalid:
            return refused(errors.processing_halted(str(invalid)))
        except errors.OrgError as refusal:
            return refused(refusal)
        if reply.ok:
            references.learn(given["referenceId"], reply.body)
        return reply


def _filled(given: Given, references: References) -> Subrequest:
    """A subrequest with its references replaced by what they stand for.

    Raises:
        InvalidReference: A reference has no value.
        OrgError: It goes nowhere, or into another composite.
    """
    address = Address.of(references.fill_url(given["url"]))
    if _NESTED.fullmatch(address.below):
        raise errors.not_found()
    payload = references.fill_body(given["body"]) if "body" in given else NOTHING
    headers = {str(name).lower(): str(value) for name, value in (given.get("httpHeaders") or {}).items()}
    return Subrequest(given["method"], address, payload, headers)


def _checked(call: Call) -> list[Given]:
    """The subrequests, each with the parts it needs.

    Raises:
        OrgError: The request as a whole is wrong; nothing has been done.
    """
    given = call.document().get("compositeRequest")
    if not isinstance(given, list) or not given:
        raise errors.json_parser_error("compositeRequest must be a list of at least one subrequest")
    for subrequest in given:
        problem = _problem(subrequest, strict=call.release >= STRICT_SINCE)
        if problem:
            raise errors.json_parser_error(problem)
    ids = [subrequest["referenceId"] for subrequest in given]
    if len(set(ids)) < len(ids):
        raise errors.json_parser_error("Each referenceId must be unique within the request")
    return given


def _problem(subrequest: Any, *, strict: bool) -> str | None:
    if not isinstance(subrequest, dict):
        return "Each subrequest must be an object"
    if subrequest.get("method") not in _METHODS:
        return f"The method of a subrequest must be one of {', '.join(_METHODS)}"
    if not isinstance(subrequest.get("url"), str) or not subrequest["url"].startswith("/services/data/v"):
        return "The url of a subrequest must start with /services/data/vXX.X/"
    reference_id = subrequest.get("referenceId")
    if not isinstance(reference_id, str) or (strict and not is_reference_id(reference_id)):
        return (
            f"Provided referenceId ('{reference_id}') must start with a letter or a number, and it can contain only "
            "letters, numbers and underscores ('_')."
        )
    headers = subrequest.get("httpHeaders") or {}
    if not isinstance(headers, dict) or _FORBIDDEN_HEADERS & {str(name).lower() for name in headers}:
        return "Subrequest headers must not include Accept, Authorization or Content-Type"
    return None


def _excess(given: list[Given]) -> errors.OrgError | None:
    """What there is too much of: subrequests, or those of them that are queries or collections."""
    if len(given) > MOST:
        return refusals.too_many_calls(MOST)
    heavy = sum(_HEAVY.search(subrequest["url"].partition("?")[0]) is not None for subrequest in given)
    return refusals.too_many_calls(MOST_HEAVY, "query or collection") if heavy > MOST_HEAVY else None


def _failed(reply: Reply) -> bool:
    """Whether a reply spoils its transaction: an error, or a collection with a record that failed."""
    records = reply.body if isinstance(reply.body, list) else []
    return not reply.ok or any(isinstance(record, dict) and record.get("success") is False for record in records)


def _halted(count: int, *, culprit: int, reply: Reply) -> list[Reply]:
    halted = refused(refusals.transaction_rolled_back())
    return [reply if position == culprit else halted for position in range(count)]


def _answer(given: Given, reply: Reply) -> dict[str, Any]:
    return {
        "body": reply.body,
        "httpHeaders": dict(reply.headers),
        "httpStatusCode": reply.status,
        "referenceId": given["referenceId"],
    }
