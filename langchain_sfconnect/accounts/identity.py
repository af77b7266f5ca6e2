"""Who a fresh grant belongs to: org, user and environment, asked of Salesforce once per consent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from langchain_sfconnect.connection import Operation, Result
from langchain_sfconnect.errors import SFConnectError
from langchain_sfconnect.oauth.client import OAuthClient
from langchain_sfconnect.oauth.token import TokenResponse
from langchain_sfconnect.salesforce.auth import Access
from langchain_sfconnect.salesforce.hosts import HostPolicy

ORGANIZATION = Operation("GET", "/query", params={"q": "SELECT Id, Name, IsSandbox FROM Organization"})


@dataclass(frozen=True, slots=True)
class Inquiry:
    """Finds out what a grant is for. Only the token response is trusted to be there; the rest is best effort.

    Args:
        oauth: Asked for the user.
        send_as: Sends one operation with a given token.
        hosts: Reads the environment from host names.
    """

    oauth: OAuthClient
    send_as: Callable[[Access, Operation], Awaitable[Result]]
    hosts: HostPolicy

    async def facts(self, token: TokenResponse, login_url: str) -> dict[str, Any]:
        """The identity fields of an account record."""
        user = await self.oauth.userinfo(token.instance_url, access_token=token.access_token)
        organization = await self._organization(token)
        return {
            "org_id": token.org_id or user.get("organization_id") or organization.get("Id"),
            "org_name": organization.get("Name"),
            "user_id": token.user_id or user.get("user_id"),
            "username": user.get("preferred_username"),
            "environment": self._environment(token, login_url, organization),
            "instance_url": token.instance_url,
            "login_url": login_url,
            "scopes": list(token.scopes),
        }

    async def _organization(self, token: TokenResponse) -> Mapping[str, Any]:
        try:
            result = await self.send_as(Access(token.access_token, token.instance_url), ORGANIZATION)
            record = result.data["records"][0]
        except (SFConnectError, LookupError, TypeError):
            return {}  # users without the permission to read it can be connected all the same
        return record if isinstance(record, dict) else {}

    def _environment(self, token: TokenResponse, login_url: str, organization: Mapping[str, Any]) -> str:
        if isinstance(organization.get("IsSandbox"), bool):
            return "sandbox" if organization["IsSandbox"] else "production"
        return self.hosts.environment_of(
            login_url=login_url, identity_url=token.identity_url, instance_url=token.instance_url
        )
