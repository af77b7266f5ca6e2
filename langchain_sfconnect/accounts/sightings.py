"""Looks in the org for what a create may have left: records of its object, made by its user since it began.

Sends reads only. What it finds is compared field by field with what was sent, in `likeness`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from langchain_sfconnect._http import NoAnswer, NotSent
from langchain_sfconnect.accounts.likeness import alike, comparable
from langchain_sfconnect.accounts.outcome import Outcome
from langchain_sfconnect.accounts.vault import Vault
from langchain_sfconnect.connection import Operation
from langchain_sfconnect.errors import SalesforceUnavailable
from langchain_sfconnect.oauth.client import OAuthClient
from langchain_sfconnect.salesforce.client import SalesforceClient
from langchain_sfconnect.stores.base import WriteRecord

MARGIN = timedelta(seconds=30)  # what clocks may differ by after they were compared
MOST = 200

# Assignment rules may give a new one of these to somebody else at once, out of its creator's sight.
_MAY_HIDE = frozenset({"lead", "case"})


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a look has shown.

    Attributes:
        match: The one record that must be the create's.
        nothing: Whether there is surely no record of it.
    """

    match: str | None = None
    nothing: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """Whose records a look takes in, and since when.

    Attributes:
        user_id: Who created them.
        since: From this moment on, by Salesforce's clock.
    """

    user_id: str
    since: datetime

    @property
    def condition(self) -> str:
        """As a condition of SOQL."""
        return f"CreatedById = '{self.user_id}' AND CreatedDate >= {self.since.strftime('%Y-%m-%dT%H:%M:%SZ')}"


@dataclass(frozen=True, slots=True)
class Sightings:
    """Looks as the accounts of one vault.

    Args:
        vault: The accounts, and what else is noted of their writes.
        oauth: Tells Salesforce's time.
        salesforce: Sends the queries.
    """

    vault: Vault
    oauth: OAuthClient
    salesforce: SalesforceClient

    async def look(self, record: WriteRecord, operation: Operation) -> Sighting:
        """Look for what a create left.

        Raises:
            SalesforceUnavailable: Salesforce does not answer now.
            SFConnectError: It cannot be looked for, as where a field that was sent may not be read.
        """
        window, sobject = await self.window(record), operation.path.strip("/").split("/")[1]
        sent = comparable(operation.json)
        if window is None or not sent:
            return Sighting()
        rows = await self._query(record.identifier, sobject, sent, window)
        taken, contested = await self._others(record, window)
        free = [row for row in rows if row["Id"] not in taken]
        matches = [row["Id"] for row in free if alike(sent, row)]
        if contested or len(rows) >= MOST:
            return Sighting()
        return Sighting(
            match=matches[0] if len(matches) == 1 else None,
            nothing=not free and sobject.lower() not in _MAY_HIDE,
        )

    async def window(self, record: WriteRecord) -> Window | None:
        """Whose records to look at; None if that cannot be told.

        Raises:
            SalesforceUnavailable: Salesforce does not tell its time.
        """
        account = await self.vault.load(record.identifier)
        if account.user_id is None or account.login_url is None:
            return None
        try:
            theirs = await self.oauth.server_time(account.login_url)
        except (NotSent, NoAnswer) as error:
            raise SalesforceUnavailable(f"Salesforce's login host does not answer: {error}.") from None
        if theirs is None:
            return None
        return Window(account.user_id, (record.started_at + (theirs - self.vault.clock()) - MARGIN).astimezone(UTC))

    async def _query(
        self, identifier: str, sobject: str, sent: Mapping[str, Any], window: Window
    ) -> list[dict[str, Any]]:
        # All parts are checked: API names of the arguments, an id and a time of our own. Deleted ones were made, too.
        soql = " ".join(["SELECT Id,", ", ".join(sent), "FROM", sobject, "WHERE", window.condition, f"LIMIT {MOST}"])
        result = await self.salesforce.send(Operation("GET", "/queryAll", params={"q": soql}), identifier=identifier)
        rows: list[dict[str, Any]] = (result.data or {}).get("records", [])
        return rows

    async def _others(self, record: WriteRecord, window: Window) -> tuple[set[str], bool]:
        """The records that came of other writes, and whether an equal one is still open, so that it may claim any."""
        store, since = self.vault.store, record.started_at - 2 * MARGIN
        request = (await Outcome.of(record, self.vault.sealer)).request
        taken, contested, after = set(), False, ""
        while page := await store.list_writes(
            record.connection, identifier=record.identifier, since=since, after=after, limit=MOST
        ):
            for other in page:
                noted = await Outcome.of(other, self.vault.sealer)
                taken |= {noted.record_id} if noted.record_id and other.key != record.key else set()
                contested = contested or (not other.done and other.key != record.key and noted.request == request)
            after = page[-1].key
        return {each for each in taken if each}, contested


def what_to_check(operation: Operation, window: Window | None) -> str:
    """What a person or an agent should look at before they repeat a create."""
    sobject = operation.path.strip("/").split("/")[1]
    if window is None:
        return f"Do not repeat it before you have looked for a new {sobject} with these values."
    look = " ".join(["SELECT Id, CreatedDate FROM", sobject, "WHERE", window.condition])
    return f"Do not repeat it before you have looked: {look}. If none of them holds these values, it did not happen."
