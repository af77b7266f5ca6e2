"""What the REST client makes of every kind of answer: one request where one is right, never a second write in doubt."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from langchain_sfconnect._http import Answer as HttpAnswer
from langchain_sfconnect._http import Http, NoAnswer, NotSent
from langchain_sfconnect.connection import Operation
from langchain_sfconnect.errors import (
    AccessRestricted,
    InvalidArgument,
    ReauthorizationRequired,
    SalesforceAPIError,
    SalesforceUnavailable,
    WriteOutcomeUnknown,
)
from langchain_sfconnect.salesforce.auth import Access
from langchain_sfconnect.salesforce.client import SalesforceClient
from langchain_sfconnect.salesforce.retry import RetryPolicy

pytestmark = pytest.mark.anyio

READ = Operation("GET", "/limits")
CREATE = Operation("POST", "/sobjects/Account", kind="write", idempotent=False, json={"Name": "Acme"})
UPDATE = Operation("PATCH", "/sobjects/Account/001000000000001AAA", kind="write", json={"Name": "Acme"})
DELETE = Operation("DELETE", "/sobjects/Account/001000000000001AAA", kind="write")

Answer = httpx.Response | Exception


def error(status: int, code: str, message: str = "message", **more: Any) -> httpx.Response:
    return httpx.Response(status, json=[{"errorCode": code, "message": message, **more}])


EXPIRED = lambda: error(401, "INVALID_SESSION_ID", "Session expired or invalid")  # noqa: E731
LOST = lambda: NoAnswer("reset")  # noqa: E731
HTML = lambda status: httpx.Response(status, text="<html>sorry</html>")  # noqa: E731


@dataclass
class World:
    """A Salesforce that gives prepared answers, and a token provider that counts."""

    answers: list[Answer]
    seen: list[httpx.Request] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    renewals: list[str] = field(default_factory=list)
    renewed: Access | Exception = field(default_factory=lambda: Access("token-2", "https://acme.my.salesforce.com"))

    async def transport_send(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None
    ) -> HttpAnswer:
        self.seen.append(httpx.Request(method, url, headers=dict(headers), content=content))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return HttpAnswer(answer.status_code, answer.headers, answer.content)

    async def access(self, identifier: str) -> Access:
        return Access("token-1", "https://acme.my.salesforce.com")

    async def renew(self, identifier: str, *, rejected: str) -> Access:
        self.renewals.append(rejected)
        if isinstance(self.renewed, Exception):
            raise self.renewed
        return self.renewed

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    async def send(self, operation: Operation) -> Any:
        http = Http(lambda url: None, lambda: Scripted(self))
        client = SalesforceClient(http, self, api_version="66.0", retry=RetryPolicy(sleep=self.sleep))
        try:
            return await client.send(operation, identifier="rep-42")
        finally:
            await http.aclose()


@dataclass
class Scripted:
    """A transport that asks the world."""

    world: World

    async def send(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None) -> HttpAnswer:
        return await self.world.transport_send(method, url, headers, content)

    async def aclose(self) -> None:
        return None


@pytest.fixture
async def world() -> AsyncIterator[Callable[..., World]]:
    made: list[World] = []

    def make(*answers: Answer) -> World:
        made.append(World(list(answers)))
        return made[-1]

    yield make
    assert all(not world.answers for world in made), "an answer was not asked for"


async def test_a_request_carries_version_path_parameters_token_and_body(world: Callable[..., World]) -> None:
    ok = world(httpx.Response(201, json={"id": "001", "success": True}, headers={"Sforce-Limit-Info": "api-usage=1/9"}))
    result = await ok.send(
        Operation("POST", "/a%20b", kind="write", params={"q": "x y"}, json={"N": None}, headers={"X": "1"})
    )
    assert (result.status, result.data["id"], result.limit_info) == (201, "001", "api-usage=1/9")
    request = ok.seen[0]
    assert request.url.raw_path == b"/services/data/v66.0/a%20b?q=x+y"
    assert request.headers["authorization"] == "Bearer token-1"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["x"] == "1"
    assert json.loads(request.content) == {"N": None}


async def test_an_empty_answer_has_no_data(world: Callable[..., World]) -> None:
    assert (await world(httpx.Response(204)).send(UPDATE)).data is None


@pytest.mark.parametrize("operation", [READ, CREATE, UPDATE, DELETE])
async def test_an_expired_session_is_renewed_once_and_the_request_replayed_once(
    world: Callable[..., World], operation: Operation
) -> None:
    salesforce = world(EXPIRED(), httpx.Response(200, json={}))
    await salesforce.send(operation)
    assert salesforce.renewals == ["token-1"]
    assert [r.headers["authorization"] for r in salesforce.seen] == ["Bearer token-1", "Bearer token-2"]


async def test_a_fresh_session_that_is_refused_too_is_an_access_restriction(world: Callable[..., World]) -> None:
    with pytest.raises(AccessRestricted) as caught:
        await world(EXPIRED(), EXPIRED()).send(READ)
    assert caught.value.who == "admin"
    assert caught.value.code == "INVALID_SESSION_ID"


async def test_a_session_without_the_api_scope_is_not_renewed(world: Callable[..., World]) -> None:
    salesforce = world(error(401, "INVALID_SESSION_ID", "This session is not valid for use with the REST API"))
    with pytest.raises(AccessRestricted):
        await salesforce.send(READ)
    assert salesforce.renewals == []


async def test_an_expired_jwt_is_renewed(world: Callable[..., World]) -> None:
    salesforce = world(error(401, "INVALID_AUTH_HEADER", "INVALID_JWT_FORMAT"), httpx.Response(200, json=[]))
    assert (await salesforce.send(READ)).data == []


async def test_a_renewal_that_finds_the_grant_gone_says_so(world: Callable[..., World]) -> None:
    salesforce = world(EXPIRED())
    salesforce.renewed = ReauthorizationRequired("rep-42", "REVOKED")
    with pytest.raises(ReauthorizationRequired):
        await salesforce.send(READ)
    assert len(salesforce.seen) == 1


@pytest.mark.parametrize("lost", [LOST(), NoAnswer("timeout"), HTML(502), HTML(504), error(500, "UNKNOWN_EXCEPTION")])
async def test_a_create_whose_outcome_is_unknown_is_never_repeated(world: Callable[..., World], lost: Answer) -> None:
    salesforce = world(lost)
    with pytest.raises(WriteOutcomeUnknown, match="Do not repeat it"):
        await salesforce.send(CREATE)
    assert len(salesforce.seen) == 1


@pytest.mark.parametrize("operation", [READ, UPDATE, DELETE])
@pytest.mark.parametrize("lost", [LOST, lambda: HTML(502), lambda: error(500, "UNKNOWN_EXCEPTION")])
async def test_what_can_be_repeated_without_harm_is_repeated(
    world: Callable[..., World], operation: Operation, lost: Callable[[], Answer]
) -> None:
    salesforce = world(lost(), lost(), httpx.Response(200, json={}))
    await salesforce.send(operation)
    assert len(salesforce.slept) == 2


@pytest.mark.parametrize("operation", [READ, CREATE, UPDATE, DELETE])
@pytest.mark.parametrize(
    "refused",
    [
        lambda: NotSent("refused"),
        lambda: NotSent("timeout"),
        lambda: error(503, "SERVER_UNAVAILABLE"),
        lambda: error(400, "UNABLE_TO_LOCK_ROW"),
        lambda: error(403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded."),
    ],
)
async def test_what_surely_did_not_happen_is_repeated_even_a_create(
    world: Callable[..., World], operation: Operation, refused: Callable[[], Answer]
) -> None:
    salesforce = world(refused(), httpx.Response(200, json={}))
    await salesforce.send(operation)
    assert len(salesforce.seen) == 2


async def test_a_503_that_is_not_salesforces_own_leaves_a_create_in_doubt(world: Callable[..., World]) -> None:
    with pytest.raises(WriteOutcomeUnknown):
        await world(HTML(503)).send(CREATE)


async def test_tries_are_bounded_and_the_last_error_is_told(world: Callable[..., World]) -> None:
    salesforce = world(*[LOST() for _ in range(4)])
    with pytest.raises(SalesforceUnavailable):
        await salesforce.send(READ)
    salesforce = world(*[LOST() for _ in range(4)])
    with pytest.raises(WriteOutcomeUnknown):
        await salesforce.send(UPDATE)


async def test_an_update_that_was_in_doubt_stays_in_doubt_when_the_next_try_is_not_sent(
    world: Callable[..., World],
) -> None:
    salesforce = world(LOST(), *[NotSent("refused") for _ in range(3)])
    with pytest.raises(WriteOutcomeUnknown):
        await salesforce.send(UPDATE)


async def test_a_delete_that_finds_its_own_work_done_has_succeeded(world: Callable[..., World]) -> None:
    assert (await world(LOST(), error(404, "ENTITY_IS_DELETED")).send(DELETE)).status == 204


async def test_a_delete_of_what_was_deleted_before_is_an_error(world: Callable[..., World]) -> None:
    with pytest.raises(SalesforceAPIError) as caught:
        await world(error(404, "ENTITY_IS_DELETED", "entity is deleted", fields=[])).send(DELETE)
    assert caught.value.code == "ENTITY_IS_DELETED"


async def test_retry_after_is_honoured(world: Callable[..., World]) -> None:
    busy = error(503, "SERVER_UNAVAILABLE")
    busy.headers["Retry-After"] = "7"
    salesforce = world(busy, httpx.Response(200, json={}))
    await salesforce.send(READ)
    assert salesforce.slept == [7.0]


async def test_a_retry_after_longer_than_the_budget_is_not_waited_for(world: Callable[..., World]) -> None:
    busy = error(429, "REQUEST_LIMIT", "slow down")
    busy.headers["Retry-After"] = "3600"
    with pytest.raises(SalesforceAPIError) as caught:
        await world(busy).send(READ)
    assert caught.value.retryable


@pytest.mark.parametrize(
    ("answer", "code", "fields", "who"),
    [
        (error(400, "REQUIRED_FIELD_MISSING", fields=["Name"]), "REQUIRED_FIELD_MISSING", ("Name",), "agent"),
        (error(404, "NOT_FOUND"), "NOT_FOUND", (), "agent"),
        (error(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."), "REQUEST_LIMIT_EXCEEDED", (), "admin"),
        (error(403, "SOMETHING_NEW"), "SOMETHING_NEW", (), "admin"),
        (error(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION"), "FIELD_CUSTOM_VALIDATION_EXCEPTION", (), "agent"),
        (HTML(404), "SALESFORCE_ERROR", (), "agent"),
        (httpx.Response(302, headers={"location": "https://evil.example"}), "SALESFORCE_ERROR", (), "agent"),
        (httpx.Response(400, json={"weird": []}), "SALESFORCE_ERROR", (), "agent"),
        (httpx.Response(400, json=[]), "SALESFORCE_ERROR", (), "agent"),
        (httpx.Response(400, json=["x"]), "SALESFORCE_ERROR", (), "agent"),
    ],
)
async def test_final_errors_are_asked_for_once_and_told_whole(
    world: Callable[..., World], answer: httpx.Response, code: str, fields: tuple[str, ...], who: str
) -> None:
    with pytest.raises(SalesforceAPIError) as caught:
        await world(answer).send(CREATE)
    told = caught.value
    assert (told.code, told.fields, told.who, told.retryable) == (code, fields, who, False)
    assert told.status == answer.status_code


async def test_duplicates_come_with_the_matching_records(world: Callable[..., World]) -> None:
    matches = {"matchResults": [{"matchRecords": [{"record": {"Id": "0038M0000016Wv8QAE"}}]}]}
    with pytest.raises(SalesforceAPIError) as caught:
        await world(error(400, "DUPLICATES_DETECTED", "Use one of these records?", duplicateResut=matches)).send(CREATE)
    assert caught.value.details == {"duplicateResut": matches}
    assert "0038M0000016Wv8QAE" in caught.value.envelope()["error"]["hint"]


async def test_several_errors_are_all_kept(world: Callable[..., World]) -> None:
    body = [{"errorCode": "A", "message": "a"}, {"errorCode": "B", "message": "b"}]
    with pytest.raises(SalesforceAPIError) as caught:
        await world(httpx.Response(400, json=body)).send(CREATE)
    assert caught.value.details == {"errors": [body[1]]}


async def test_an_answer_cut_short_leaves_a_create_in_doubt_and_a_read_repeated(world: Callable[..., World]) -> None:
    with pytest.raises(WriteOutcomeUnknown):
        await world(httpx.Response(201, content=b'{"id": "001')).send(CREATE)
    assert (await world(httpx.Response(200, content=b'{"a"'), httpx.Response(200, json={})).send(READ)).data == {}


async def test_a_body_that_is_no_json_is_refused_before_sending(world: Callable[..., World]) -> None:
    salesforce = world()
    with pytest.raises(InvalidArgument):
        await salesforce.send(Operation("POST", "/x", kind="write", json={"a": object()}))
    assert salesforce.seen == []


async def test_no_error_shows_a_token_or_keeps_the_request(world: Callable[..., World]) -> None:
    for answers in ([LOST()], [error(400, "X")], [EXPIRED(), EXPIRED()], [HTML(502)]):
        with pytest.raises(SalesforceAPIError) as caught:
            await world(*answers).send(CREATE)
        error_: BaseException | None = caught.value
        while error_ is not None:
            assert "token-" not in repr(error_) + str(error_) + str(vars(error_))
            error_ = error_.__cause__ or (None if error_.__suppress_context__ else error_.__context__)


@pytest.mark.parametrize(
    "path",
    [
        "limits",
        "/../oauth2/revoke",
        "/x/../../y",
        "/%2e%2e/y",
        "/x/%2E%2e",
        "//evil.example/x",
        "/a?b",
        "/a#b",
        "/a b",
        "/a%2Fb",
        "/a%5Cb",
        "/a\n",
        "/é",
        "",
    ],
)
def test_a_path_that_could_lead_elsewhere_is_refused(path: str) -> None:
    with pytest.raises(InvalidArgument):
        Operation("GET", path)
