"""The account methods of SalesforceConnect: sync names and their async twins over one async core. Decides nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

from langchain_sfconnect import _portal
from langchain_sfconnect.accounts.account import AuthorizationLink, ConnectedAccount
from langchain_sfconnect.accounts.doctor import Diagnosis
from langchain_sfconnect.accounts.history import StatusCallback
from langchain_sfconnect.accounts.keeper import WARM_FOR, KeepAliveReport, Keeper
from langchain_sfconnect.accounts.rekey import KeyRotationReport, Rekeying
from langchain_sfconnect.accounts.service import Accounts
from langchain_sfconnect.accounts.waiting import Waiting
from langchain_sfconnect.stores.base import AuditEntry
from langchain_sfconnect.stores.keys import KeyFile, KeyRing


class AccountMethods:
    """Everything one does with connected accounts.

    Args:
        accounts: The async core.
        sleep: Awaited between the passes of a keeper, and between two looks at an account that is waited for.
    """

    def __init__(self, accounts: Accounts, *, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._accounts, self._sleep = accounts, sleep

    def get_or_create_account(self, identifier: str) -> ConnectedAccount:
        """The account of a user of the product, made if there is none; call it at every session's start.

        Raises:
            InvalidArgument: The identifier is not 1 to 255 printable characters.
        """
        return _portal.run(self.aget_or_create_account, identifier)

    async def aget_or_create_account(self, identifier: str) -> ConnectedAccount:
        """Async twin of `get_or_create_account`."""
        return await self._accounts.get_or_create(identifier)

    def get_account(self, identifier: str) -> ConnectedAccount:
        """The account as stored; nothing is asked of Salesforce.

        Raises:
            AccountNotFound: There is none.
        """
        return _portal.run(self.aget_account, identifier)

    async def aget_account(self, identifier: str) -> ConnectedAccount:
        """Async twin of `get_account`."""
        return await self._accounts.get(identifier)

    def list_accounts(
        self, status: str | None = None, *, after: str | None = None, limit: int = 100
    ) -> list[ConnectedAccount]:
        """Accounts by ascending identifier.

        Args:
            status: Only those with this status.
            after: Begin behind this identifier: the last one of the page before.
            limit: At most so many, 1 to 1,000.
        """
        return _portal.run(self.alist_accounts, status, after=after, limit=limit)

    async def alist_accounts(
        self, status: str | None = None, *, after: str | None = None, limit: int = 100
    ) -> list[ConnectedAccount]:
        """Async twin of `list_accounts`."""
        return await self._accounts.list(status, after=after, limit=limit)

    def authorization_link(self, identifier: str, environment: str | None = None) -> AuthorizationLink:
        """Where the user gives consent; the same link while it is unexpired.

        Args:
            identifier: Whose account.
            environment: `production`, `sandbox`, or the org's My Domain address. By default where the account was
                connected before, else production.

        Raises:
            AccountNotFound: There is no such account.
            HostNotAllowed: The environment is not a Salesforce login host.
        """
        return _portal.run(self.aauthorization_link, identifier, environment)

    async def aauthorization_link(self, identifier: str, environment: str | None = None) -> AuthorizationLink:
        """Async twin of `authorization_link`."""
        return await self._accounts.link(identifier, environment)

    def complete_authorization(self, callback_url: str, identifier: str | None = None) -> ConnectedAccount:
        """Make the account ACTIVE with the callback Salesforce sent the user to.

        Args:
            callback_url: The whole URL, with its query.
            identifier: The user who is logged in to the product and came back with it. None where the callback page
                does not know: the grant then waits for `verify_account_user`.

        Raises:
            StateInvalid: The state is unknown, used or expired.
            IdentityMismatch: The link was made for another identifier, or another Salesforce user or org answered.
            AuthorizationDenied: The user pressed Deny.
            AuthorizationFailed: Salesforce did not take the code.
            HostNotAllowed: Salesforce named an instance URL that tokens are not sent to.
        """
        return _portal.run(self.acomplete_authorization, callback_url, identifier)

    async def acomplete_authorization(self, callback_url: str, identifier: str | None = None) -> ConnectedAccount:
        """Async twin of `complete_authorization`."""
        return await self._accounts.complete(callback_url, identifier)

    def wait_until_active(self, identifier: str, timeout: timedelta) -> ConnectedAccount:
        """Wait until the account is ACTIVE, and return it; for scripts and notebooks: show the link, then wait.

        It wakes at once when this process completes the authorization, and looks into the store every half second for
        what other processes do.

        Args:
            identifier: Whose account.
            timeout: How long to wait at most.

        Raises:
            AccountNotFound: There is no such account, or it was deleted meanwhile.
            AuthorizationTimeout: The account is not ACTIVE yet; nothing was lost, and one can wait again.
        """
        return _portal.run(self.await_until_active, identifier, timeout)

    async def await_until_active(self, identifier: str, timeout: timedelta) -> ConnectedAccount:
        """Async twin of `wait_until_active`."""
        return await Waiting(self._accounts, self._sleep).until_active(identifier, timeout)

    def verify_account_user(self, auth_request_id: str, identifier: str) -> ConnectedAccount:
        """Say who came back to a hosted callback: PENDING_VERIFICATION becomes ACTIVE.

        Args:
            auth_request_id: `AuthorizationLink.auth_request_id` of the link that was used.
            identifier: The user who is logged in to the product.

        Raises:
            StateInvalid: The request is unknown, unanswered, verified already or expired.
            IdentityMismatch: It belongs to another identifier, or another Salesforce user or org answered.
        """
        return _portal.run(self.averify_account_user, auth_request_id, identifier)

    async def averify_account_user(self, auth_request_id: str, identifier: str) -> ConnectedAccount:
        """Async twin of `verify_account_user`."""
        return await self._accounts.verify(auth_request_id, identifier)

    def refresh_account(self, identifier: str) -> ConnectedAccount:
        """Replace the access token now; a refusal that is not a revocation leaves the account ACTIVE.

        Raises:
            ReauthorizationRequired: The account is not ACTIVE, or its grant turned out to be gone.
            OAuthRefused: An admin or developer must change something.
            SalesforceUnavailable: Try again later.
        """
        return _portal.run(self.arefresh_account, identifier)

    async def arefresh_account(self, identifier: str) -> ConnectedAccount:
        """Async twin of `refresh_account`."""
        return await self._accounts.refresh(identifier)

    def check_account(self, identifier: str) -> ConnectedAccount:
        """Probe Salesforce with the account and return it as it then stands; a dead grant is a status, not an error.

        Raises:
            AccessRestricted: The org refuses a good token.
            SalesforceUnavailable: Salesforce did not answer.
        """
        return _portal.run(self.acheck_account, identifier)

    async def acheck_account(self, identifier: str) -> ConnectedAccount:
        """Async twin of `check_account`."""
        return await self._accounts.check(identifier)

    def diagnose_account(self, identifier: str) -> Diagnosis:
        """Probe the account live and name what is wrong with it, what to do, and who does it.

        It sends a handful of requests and changes no data. A token that is over is renewed, as for every other call;
        while it works, the refresh token is not spent where a lost answer could cost the grant.

        Raises:
            AccountNotFound: There is no such account.
            StoreError: The store cannot be read.
        """
        return _portal.run(self.adiagnose_account, identifier)

    async def adiagnose_account(self, identifier: str) -> Diagnosis:
        """Async twin of `diagnose_account`."""
        return await self._accounts.diagnose(identifier)

    def disconnect_account(self, identifier: str) -> ConnectedAccount:
        """Stop using the account, revoke its grant at Salesforce and forget the tokens.

        If Salesforce cannot be reached, the account is DISCONNECTED with `status_reason` `revocation_unconfirmed`;
        calling again tries the revocation again.
        """
        return _portal.run(self.adisconnect_account, identifier)

    async def adisconnect_account(self, identifier: str) -> ConnectedAccount:
        """Async twin of `disconnect_account`."""
        return await self._accounts.disconnect(identifier)

    def delete_account(self, identifier: str) -> None:
        """Disconnect the account as far as possible, then forget everything about it.

        Raises:
            AccountNotFound: There is none.
        """
        _portal.run(self.adelete_account, identifier)

    async def adelete_account(self, identifier: str) -> None:
        """Async twin of `delete_account`."""
        await self._accounts.delete(identifier)

    def on_status_change(self, callback: StatusCallback) -> Callable[[], None]:
        """Call back whenever this process changes an account's status; the returned function ends it.

        Args:
            callback: Given a `StatusChange` after it was stored. An async function is awaited where the change was
                made; a plain one runs on a thread. What it raises is logged, and changes nothing.
        """
        return self._accounts.vault.listeners.add(callback)

    def audit_trail(self, identifier: str, *, after: int = 0, limit: int = 100) -> list[AuditEntry]:
        """What happened to an account, oldest first: every authorization, revocation, loss and disconnection.

        Args:
            identifier: Whose account; one that was deleted keeps its trail.
            after: Begin behind the entry with this `seq`.
            limit: At most so many, 1 to 1,000.
        """
        return _portal.run(self.aaudit_trail, identifier, after=after, limit=limit)

    async def aaudit_trail(self, identifier: str, *, after: int = 0, limit: int = 100) -> list[AuditEntry]:
        """Async twin of `audit_trail`."""
        return await self._accounts.audit_trail(identifier, after=after, limit=limit)

    def add_key(self) -> bool:
        """Put a new key in front in the key file, if the keys are in one: from now on it seals, in every process."""
        ring = self._accounts.vault.sealer.keys
        if not isinstance(ring, KeyFile):
            return False
        ring.add(KeyRing.generate_key())
        return True

    def rotate_keys(self, progress: Callable[[KeyRotationReport], None] | None = None) -> KeyRotationReport:
        """Seal everything anew with the first of the encryption keys, while others read and write.

        Once nothing is left, the other keys can go. A rotation that was stopped is begun again by calling this again.

        Args:
            progress: Called now and then with the report so far.

        Raises:
            StoreError: The store cannot be read or written.
        """
        return _portal.run(self.arotate_keys, progress)

    async def arotate_keys(self, progress: Callable[[KeyRotationReport], None] | None = None) -> KeyRotationReport:
        """Async twin of `rotate_keys`."""
        return await Rekeying(self._accounts.vault, progress or (lambda report: None)).run()

    def keep_alive(self, *, warm_for: timedelta = WARM_FOR, every: timedelta | None = None) -> KeepAliveReport:
        """Renew tokens that are about to die, and grants that nobody uses before they lie idle for 30 days.

        Args:
            warm_for: Tokens of accounts used within this time are kept fresh; others are renewed when next used.
            every: Do it again and again, with this pause, until interrupted; once by default.

        Raises:
            StoreError: The store cannot be read; not with `every`, which tries again.
        """
        return _portal.run(self.akeep_alive, warm_for=warm_for, every=every)

    async def akeep_alive(self, *, warm_for: timedelta = WARM_FOR, every: timedelta | None = None) -> KeepAliveReport:
        """Async twin of `keep_alive`; with `every` it runs until it is cancelled."""
        keeper = Keeper(self._accounts.vault, self._accounts.tokens, warm_for, self._sleep)
        return await (keeper.tend() if every is None else keeper.run(every=every))
