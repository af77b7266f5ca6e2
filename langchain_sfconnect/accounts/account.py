"""What users see of an account: values without any token."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from datetime import datetime

from langchain_sfconnect.accounts.status import AccountStatus
from langchain_sfconnect.errors import StoreError
from langchain_sfconnect.stores.base import AccountRecord


@dataclass(frozen=True, slots=True)
class ConnectedAccount:
    """One user's connection to Salesforce. Times are aware UTC; ids have 18 characters.

    Attributes:
        id: Our id of the account.
        identifier: The product's own name for the user.
        connection: The connection it belongs to.
        status: Where it stands.
        status_reason: Why, where there is something to say.
        environment: `production` or `sandbox`; None before the first authorization.
        org_id: The Salesforce org.
        org_name: Its name.
        user_id: The Salesforce user.
        username: Their Salesforce username.
        instance_url: Origin of the org's REST API.
        scopes: Granted scopes.
        token_expires_at: When the present access token expires.
        created_at: When the account was made here.
        updated_at: When it last changed.
        last_used_at: About when it was last used.
    """

    id: str
    identifier: str
    connection: str
    status: AccountStatus
    status_reason: str | None
    environment: str | None
    org_id: str | None
    org_name: str | None
    user_id: str | None
    username: str | None
    instance_url: str | None
    scopes: tuple[str, ...]
    token_expires_at: datetime | None
    created_at: datetime
    updated_at: datetime
    last_used_at: datetime | None

    @classmethod
    def of(cls, record: AccountRecord) -> ConnectedAccount:
        """The public part of a stored account."""
        shown = {name: getattr(record, name) for name in cls.__slots__ if name != "status"}
        return cls(status=status_of(record), **shown)


def status_of(record: AccountRecord) -> AccountStatus:
    """The status of a stored account.

    Raises:
        StoreError: It is none of ours: something else wrote the record.
    """
    try:
        return AccountStatus(record.status)
    except ValueError:
        raise StoreError(
            f"The account {record.identifier!r} is stored with an unknown status.",
            hint="A newer version of this package may have written it: upgrade, or restore the row.",
        ) from None


@dataclass(frozen=True, slots=True)
class AuthorizationLink:
    """Where a user gives consent. Worth something only to that user, once, until it expires.

    Attributes:
        url: The page to open.
        expires_at: Aware UTC time.
        identifier: Whose account it is for.
        auth_request_id: Names the request in `verify_account_user`; not secret.
    """

    url: str = field(repr=False)
    expires_at: datetime
    identifier: str
    auth_request_id: str

    def _repr_html_(self) -> str:
        """A link to click in a notebook."""
        return (
            f'<a href="{html.escape(self.url, quote=True)}" target="_blank" rel="noopener noreferrer">'
            f"Connect Salesforce for {html.escape(self.identifier)}</a> (until {self.expires_at:%H:%M} UTC)"
        )
