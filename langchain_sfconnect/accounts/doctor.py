"""Finds out why an account does not work, by a few requests that cannot harm it. Knows no table of its own.

The refresh token of a working account is only spent where a lost answer would cost nothing; else the token endpoint is
asked with a token that is nobody's, which tells all that is wrong with the app, the host and the address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from urllib.parse import urlsplit

from langchain_sfconnect._http import NoAnswer, NotSent
from langchain_sfconnect.accounts.account import ConnectedAccount, status_of
from langchain_sfconnect.accounts.grant import Grant
from langchain_sfconnect.accounts.status import AccountStatus
from langchain_sfconnect.accounts.tokens import Tokens
from langchain_sfconnect.accounts.vault import REFRESH_EARLY, Vault
from langchain_sfconnect.conditions import CONDITIONS, Verdict, Where
from langchain_sfconnect.connection import Operation
from langchain_sfconnect.errors import (
    HostNotAllowed,
    OAuthRefused,
    ReauthorizationRequired,
    SalesforceAPIError,
    SalesforceUnavailable,
    SealBroken,
    SFConnectError,
)
from langchain_sfconnect.oauth.client import OAuthClient, TokenRefusal
from langchain_sfconnect.salesforce.client import SalesforceClient
from langchain_sfconnect.stores.base import AccountRecord

PROBE = Operation("GET", "/")
NOBODYS = "sfconnect-doctor-asks-with-a-token-that-is-nobodys"
IDLE_LIMIT = timedelta(days=30)
SKEW_NOTICED = timedelta(minutes=1)

_TOLD = (SalesforceAPIError, OAuthRefused, ReauthorizationRequired, HostNotAllowed)
_SAYS_NOTHING = {"token_request_refused", "request_malformed"}  # what a token that is nobody's may be answered as well
_USAGE = re.compile(r"api-usage=(\d+)/(\d+)")

Severity = Literal["problem", "notice", "ok"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is so, and what to do about it.

    Attributes:
        name: The condition, by its name in docs/errors.md.
        severity: `problem`: the account cannot be used, or soon cannot. `notice`: worth knowing. `ok`: all is well.
        message: What is so.
        advice: What to do.
        who: Who does it: `user`, `admin`, `developer` or `agent`.
    """

    name: str
    severity: Severity
    message: str
    advice: str
    who: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What a live probe found.

    Attributes:
        account: The account as it stands after the probe.
        findings: Problems first; never empty.
    """

    account: ConnectedAccount
    findings: tuple[Finding, ...]

    @property
    def healthy(self) -> bool:
        """Whether there is no problem."""
        return all(finding.severity != "problem" for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Doctor:
    """Examines the accounts of one vault.

    Args:
        vault: The accounts.
        tokens: Gets and renews their tokens.
        oauth: The login hosts.
        salesforce: REST.
    """

    vault: Vault
    tokens: Tokens
    oauth: OAuthClient
    salesforce: SalesforceClient

    async def examine(self, identifier: str) -> Diagnosis:
        """Probe an account, and say what is wrong with it."""
        record = await self.vault.load(identifier)
        active = status_of(record) is AccountStatus.ACTIVE
        found = await (self._active(record) if active else self._login_host(_login_url(record, self.oauth)))
        record = await self.vault.load(identifier)
        return Diagnosis(ConnectedAccount.of(record), _in_order([*_of_status(record), *found]))

    async def _active(self, record: AccountRecord) -> list[Finding]:
        try:
            grant = (await self.vault.open(record.identifier)).usable_grant()
        except (SealBroken, ReauthorizationRequired) as error:
            return _of_error(error, record)
        host = await self._time(grant.login_url)
        rest, failure = await self._rest(record)
        now = await self.vault.open(record.identifier)
        untouched = now.grant is not None and now.grant.access_token == grant.access_token
        told_enough = isinstance(failure, (OAuthRefused, ReauthorizationRequired, SalesforceUnavailable))
        if any(finding.severity == "problem" for finding in host) or told_enough or not untouched:
            return [*host, *rest]
        return [*host, *rest, *await self._renewal(record, grant)]

    async def _login_host(self, login_url: str) -> list[Finding]:
        """What can be known of a login host without any token."""
        host = await self._time(login_url)
        return host if any(f.name != "clock_skew" for f in host) else [*host, *await self._knock(login_url)]

    async def _time(self, login_url: str) -> list[Finding]:
        """Whether the login host is there, and what time it has."""
        try:
            theirs = await self.oauth.server_time(login_url)
        except (NotSent, NoAnswer, HostNotAllowed) as error:
            name = "wrong_login_host" if isinstance(error, HostNotAllowed) else "salesforce_unreachable"
            return [_finding(name, detail=f"The login host is {urlsplit(login_url).netloc}.")]
        ahead = self.vault.clock() - theirs if theirs is not None else timedelta(0)
        if abs(ahead) < SKEW_NOTICED:
            return []
        detail = f"Ours is {abs(ahead).total_seconds():.0f} seconds {'ahead' if ahead > timedelta(0) else 'behind'}."
        return [_finding("clock_skew", "problem" if abs(ahead) >= REFRESH_EARLY else "notice", detail=detail)]

    async def _rest(self, record: AccountRecord) -> tuple[list[Finding], SFConnectError | None]:
        """Whether REST takes the account; a token that is over is renewed, as for every other call."""
        self.tokens.forget_failure(record.identifier)
        try:
            result = await self.salesforce.send(PROBE, identifier=record.identifier)
        except _TOLD as error:
            return _of_error(error, record), error
        return list(_of_usage(result.limit_info or "")), None

    async def _renewal(self, record: AccountRecord, grant: Grant) -> list[Finding]:
        """Whether the token could be renewed when it is over."""
        if grant.refresh_token is None:
            return [_finding("renewal_impossible", "notice")]
        try:
            lives = await self.oauth.grant_lives(grant.login_url, refresh_token=grant.refresh_token)
        except (NotSent, NoAnswer):
            lives = None
        if lives is False or record.rotates is False:  # where tokens do not rotate, a lost answer costs nothing
            try:
                await self.tokens.renew(record.identifier, rejected=grant.access_token, force=True)
            except _TOLD as error:
                return _of_error(error, record)
            return []
        return [_explained(finding, record) for finding in await self._knock(grant.login_url)]

    async def _knock(self, login_url: str) -> list[Finding]:
        """Ask for tokens with a refresh token that is nobody's: refused, of course; the question is how."""
        try:
            await self.oauth.refresh(login_url, refresh_token=NOBODYS)
        except TokenRefusal as refusal:
            condition = refusal.condition(Where.REFRESH)
            expected = condition.verdict in (Verdict.REVOKED, Verdict.IN_FLIGHT) or condition.name in _SAYS_NOTHING
            return [] if expected else [_finding(condition.name, detail=f"It said: {refusal}.")]
        except (NotSent, NoAnswer):
            return [_finding("salesforce_unreachable", detail="The token endpoint gave no answer.")]
        return []


def _finding(name: str, severity: Severity = "problem", *, detail: str = "") -> Finding:
    condition = CONDITIONS[name]
    return Finding(name, severity, f"{condition.means} {detail}".strip(), condition.advice, condition.who)


def _of_error(error: SFConnectError, record: AccountRecord) -> list[Finding]:
    if isinstance(error, ReauthorizationRequired):
        return []  # the account's status tells it
    name = error.condition if error.condition in CONDITIONS else "request_refused"
    return [_explained(_finding(name or "", detail=error.message), record)]


def _explained(finding: Finding, record: AccountRecord) -> Finding:
    """A finding as what it comes from, where the account itself tells that."""
    if finding.name == "login_refused" and not _is_own_host(record):
        return _finding("wrong_login_host", detail=f"The login host is {urlsplit(record.login_url or '').netloc}.")
    if finding.name == "session_not_for_rest" and record.scopes and not {"api", "full"} & set(record.scopes):
        return _finding("api_scope_missing", detail=f"It contains: {' '.join(record.scopes)}.")
    return finding


def _is_own_host(record: AccountRecord) -> bool:
    return urlsplit(record.login_url or "").netloc == urlsplit(record.instance_url or "").netloc


def _login_url(record: AccountRecord, oauth: OAuthClient) -> str:
    return record.login_url or oauth.app.login_url


def _of_status(record: AccountRecord) -> Iterator[Finding]:
    """What the status of an account tells."""
    status, reason = status_of(record), record.status_reason or ""
    if status is AccountStatus.PENDING_AUTH:
        yield _finding("never_authorized")
    elif status is AccountStatus.PENDING_VERIFICATION:
        yield _finding("not_verified")
    elif status is AccountStatus.DISCONNECTED:
        yield _finding(reason if reason in CONDITIONS else "disconnected")
    elif status is not AccountStatus.ACTIVE:
        yield from _of_end(record, reason if reason in CONDITIONS else "grant_revoked")


def _of_end(record: AccountRecord, name: str) -> Iterator[Finding]:
    """Why a grant ended. Salesforce words many ends alike; what is known here tells some of them apart."""
    idle = record.updated_at - (record.refreshed_at or record.created_at)
    if name == "grant_revoked" and idle >= IDLE_LIMIT:
        yield _finding("grant_idle_expired", detail=f"It had not been renewed for {idle.days} days.")
        return
    yield _finding(name)
    if name == "grant_revoked" and record.rotates:
        yield _finding("grant_rotated_out", "notice")


def _of_usage(limit_info: str) -> Iterator[Finding]:
    """What `Sforce-Limit-Info` tells of the daily quota, the org's or the app's share."""
    for used, most in (map(int, found) for found in _USAGE.findall(limit_info)):
        if most and used * 10 > most * 9:
            spent = used >= most
            name = "daily_limit_spent" if spent else "daily_limit_nearly_spent"
            yield _finding(name, "problem" if spent else "notice", detail=f"{used} of {most} are used.")


def _in_order(findings: list[Finding]) -> tuple[Finding, ...]:
    """Each once, problems first, without what another one explains."""
    named = {finding.name: finding for finding in reversed(findings)}
    if "app_blocked" in named:
        named.pop("session_not_for_rest", None)
    problems = [f for f in reversed(named.values()) if f.severity == "problem"]
    others = [f for f in reversed(named.values()) if f.severity != "problem"]
    return tuple(problems + others) if problems else (*others, _finding("healthy", "ok"))
