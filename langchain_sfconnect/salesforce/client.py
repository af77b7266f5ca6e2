"""Carries out operations: one token, one HTTP request, one result. Knows no store and no OAuth.

A refused session is renewed once and the request replayed once: Salesforce does not execute a request it answers 401.
If the new token is refused too, the token is not the matter but a policy of the org, and nobody is asked to log in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import pydantic_core

from langchain_sfconnect._http import Http, NoAnswer, NotSent
from langchain_sfconnect.conditions import CONDITIONS
from langchain_sfconnect.connection import Operation, Result
from langchain_sfconnect.errors import (
    InvalidArgument,
    SalesforceAPIError,
    SalesforceUnavailable,
    SFConnectError,
    WriteOutcomeUnknown,
)
from langchain_sfconnect.salesforce.auth import Access, TokenProvider
from langchain_sfconnect.salesforce.hearing import TheirClock
from langchain_sfconnect.salesforce.responses import Failure, Fate, as_error, parse_json, read_failure, restricted
from langchain_sfconnect.salesforce.retry import AttemptFailed, RetryPolicy


class _SessionRefused(Exception):
    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(failure.code)


def _always() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class _Errand:
    """One operation on its way, through all its tries.

    Attributes:
        operation: What to send.
        may_begin: Whether a try may still begin.
        doubts: The tries that may have been carried out.
    """

    operation: Operation
    may_begin: Callable[[], bool] = _always
    doubts: list[AttemptFailed] = field(default_factory=list)

    def in_doubt(self, error: SFConnectError) -> SFConnectError:
        """What to raise when the last try failed with this error, but an earlier one may have made the change."""
        if not self.doubts or self.operation.kind == "read" or isinstance(error, WriteOutcomeUnknown):
            return error
        doubt = self.doubts[0].error
        return WriteOutcomeUnknown(f"{doubt.message} Sent again, it was refused: {error.message}")


class SalesforceClient:
    """Sends operations for any account the token provider knows.

    Args:
        http: How to send.
        tokens: Where tokens come from.
        api_version: REST API version, such as `66.0`.
        retry: When to send again.
        their_clock: Told what time Salesforce has.
    """

    def __init__(
        self,
        http: Http,
        tokens: TokenProvider,
        *,
        api_version: str,
        retry: RetryPolicy,
        their_clock: TheirClock | None = None,
    ) -> None:
        self.api_version = api_version
        self._http, self._tokens, self._retry, self._their_clock = http, tokens, retry, their_clock

    async def send(self, operation: Operation, *, identifier: str, may_begin: Callable[[], bool] = _always) -> Result:
        """Carry out one operation as an account.

        Args:
            operation: What to send.
            identifier: Whose account.
            may_begin: Asked before each try; once it says no, nothing more is sent.

        Raises:
            ReauthorizationRequired: The account has no usable grant.
            AccessRestricted: The org refuses a good token.
            WriteOutcomeUnknown: A write was sent and no answer came.
            SalesforceUnavailable: No answer, and nothing was changed.
            SalesforceAPIError: Salesforce's own error.
        """
        errand = _Errand(operation, may_begin)
        try:
            return await self._send(errand, identifier)
        except SFConnectError as error:
            raise errand.in_doubt(error) from None

    async def _send(self, errand: _Errand, identifier: str) -> Result:
        access = await self._tokens.access(identifier)
        try:
            return await self._send_as(access, errand)
        except _SessionRefused as refused:
            if not refused.failure.is_renewable:
                raise as_error(refused.failure) from None
        access = await self._tokens.renew(identifier, rejected=access.token)
        try:
            return await self._send_as(access, errand)
        except _SessionRefused as refused:
            failure = refused.failure
            condition = CONDITIONS["ip_restricted_at_rest"] if failure.is_renewable else failure.condition
            told = "Salesforce refuses this user's fresh session."
            raise restricted(condition, told, code=failure.code) from None

    async def send_as(self, access: Access, operation: Operation) -> Result:
        """Carry out one operation with a token that no account holds yet; raises as `send` does, renews nothing."""
        try:
            return await self._send_as(access, _Errand(operation))
        except _SessionRefused as refused:
            raise as_error(refused.failure) from None

    async def _send_as(self, access: Access, errand: _Errand) -> Result:
        return await self._retry.run(partial(self._attempt, access, errand), errand.operation)

    async def _attempt(self, access: Access, errand: _Errand) -> Result:
        operation, doubts = errand.operation, errand.doubts
        if not errand.may_begin():
            raise SalesforceUnavailable("Salesforce could not be reached in time.")
        try:
            return await self._once(access, operation)
        except AttemptFailed as failed:
            if not failed.happened and doubts:
                # This try changed nothing, but an earlier one may have: the whole is still in doubt.
                raise AttemptFailed(doubts[0].error, happened=True, retry_after=failed.retry_after) from None
            if failed.happened:
                doubts.append(failed)
            raise
        except SalesforceAPIError as error:
            if doubts and operation.method == "DELETE" and error.code == "ENTITY_IS_DELETED":
                return Result(204)  # an earlier try, whose answer was lost, had deleted it
            raise

    async def _once(self, access: Access, operation: Operation) -> Result:
        headers = {**operation.headers, "Authorization": f"Bearer {access.token}"}
        content = None
        if operation.json is not None:
            content = _encode(operation.json)
            headers["Content-Type"] = "application/json"
        url = f"{access.instance_url}/services/data/v{self.api_version}{operation.path}"
        try:
            answer = await self._http.send(
                operation.method, url, params=operation.params, headers=headers, content=content
            )
            if answer.status < 301 or answer.status == 304:
                if self._their_clock is not None:
                    self._their_clock.hear(answer.headers.get("Date"))
                return Result(answer.status, parse_json(answer.content), answer.headers.get("Sforce-Limit-Info"))
        except NotSent as error:
            raise AttemptFailed(
                SalesforceUnavailable(f"Salesforce was not reached: {error}."), happened=False
            ) from None
        except NoAnswer as error:
            raise AttemptFailed(_in_doubt(operation, f"no answer came: {error}"), happened=True) from None
        except ValueError:
            raise AttemptFailed(_in_doubt(operation, "the answer was not whole"), happened=True) from None
        raise _refusal(read_failure(answer.status, answer.content, answer.headers), operation)


def _encode(body: object) -> bytes:
    try:
        return pydantic_core.to_json(body)
    except (ValueError, TypeError):
        raise InvalidArgument("The request body cannot be written as JSON.", fields=["json"]) from None


def _refusal(failure: Failure, operation: Operation) -> Exception:
    if failure.fate is Fate.SESSION:
        return _SessionRefused(failure)
    if failure.fate is Fate.UNKNOWN:
        doubt = _in_doubt(operation, f"Salesforce answered {failure.status}", status=failure.status, code=failure.code)
        return AttemptFailed(doubt, happened=True, retry_after=failure.retry_after)
    if failure.fate is Fate.REFUSED:
        return AttemptFailed(as_error(failure), happened=False, retry_after=failure.retry_after)
    return as_error(failure)


def _in_doubt(operation: Operation, why: str, *, status: int | None = None, code: str = "") -> SalesforceAPIError:
    if operation.kind == "read":
        return SalesforceUnavailable(f"Reading from Salesforce failed: {why}.", code=code or None, status=status)
    return WriteOutcomeUnknown(f"Whether the change was made is not known: {why}.", status=status)
