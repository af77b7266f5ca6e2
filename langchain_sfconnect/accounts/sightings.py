"""Looks in the org for what a create may have left: records of its object, made by its user since it began.

Sends reads only. What it finds is compared field by field with what was sent, in `likeness`. Time is Salesforce's, as
it was when the create was noted and is now, so that no clock of ours need be right.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from langchain_sfconnect._http import CONNECT_TIMEOUT, READ_TIMEOUT, NoAnswer, NotSent
from langchain_sfconnect.accounts.likeness import alike, comparable, may_be
from langchain_sfconnect.accounts.outcome import ANY_OBJECT, Asked, Outcome
from langchain_sfconnect.accounts.vault import Vault
from langchain_sfconnect.connection import Operation
from langchain_sfconnect.errors import SalesforceUnavailable
from langchain_sfconnect.oauth.client import OAuthClient
from langchain_sfconnect.salesforce.client import SalesforceClient
from langchain_sfconnect.stores.base import WriteRecord

# A write's last try begins so long after its mark at the latest.
BEGIN_WITHIN = timedelta(seconds=60)
# And so long after its mark it must be over: connected, and answered or given up.
QUIET = BEGIN_WITHIN + timedelta(seconds=CONNECT_TIMEOUT + READ_TIMEOUT)

MARGIN = timedelta(seconds=30)  # what clocks may differ by after they were compared
OTHERS = timedelta(minutes=15)  # other writes that may have made a record in the window began so long before, or later
MOST = 200

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)?")
# Assignment rules may give a new one of these to somebody else at once, out of its creator's sight.
_MAY_HIDE = frozenset({"lead", "case"})


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a look has shown.

    Attributes:
        match: The one record that must be the create's.
        nothing: Whether there is surely no record of it now.
        over: Whether its request must be over, so that there will be none later.
    """

    match: str | None = None
    nothing: bool = False
    over: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """Whose records a look takes in, and since when.

    Attributes:
        user_id: Who created them.
        since: From this moment on, by Salesforce's clock.
        age: How long ago the create was noted.
        sure: Whether it is known what time Salesforce had then.
    """

    user_id: str
    since: datetime
    age: timedelta
    sure: bool

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
        window, sobject = await self.window(record), _object_of(operation)
        sent = comparable(operation.json)
        if window is None or not sent or not all(map(_NAME.fullmatch, (sobject, *sent))):
            return Sighting()
        over = window.age >= QUIET
        rows = await self._query(record.identifier, sobject, sent, window)
        if rows is None:
            return Sighting(over=over)
        taken, rivals = await self._others(record, sobject, window)
        free = [row for row in rows if row["Id"] not in taken]
        matches = [row for row in free if alike(sent, row)]
        sole = len(matches) == 1 and not any(may_be(rival, matches[0]) for rival in rivals)
        return Sighting(
            matches[0]["Id"] if sole else None, window.sure and not free and not _may_hide(sobject, sent), over
        )

    async def window(self, record: WriteRecord) -> Window | None:
        """Whose records to look at; None if that cannot be told.

        Raises:
            SalesforceUnavailable: Salesforce does not tell its time.
            SealBroken: What was asked cannot be opened.
        """
        asked = (await Outcome.of(record, self.vault.sealer)).asked
        account = await self.vault.load(record.identifier)
        if account.user_id is None or account.user_id != asked.user_id or account.login_url is None:
            return None
        try:
            theirs = await self.oauth.server_time(account.login_url)
        except (NotSent, NoAnswer) as error:
            raise SalesforceUnavailable(f"Salesforce's login host does not answer: {error}.") from None
        if theirs is None:
            return None
        ours = self.vault.clock()
        noted = record.started_at if asked.sure else record.started_at + (theirs - ours)
        sure = asked.sure or abs(theirs - ours) <= MARGIN
        return Window(account.user_id, (noted - MARGIN).astimezone(UTC), theirs - noted, sure)

    async def _query(
        self, identifier: str, sobject: str, sent: Mapping[str, Any], window: Window
    ) -> list[dict[str, Any]] | None:
        """The records of a window; None if there are too many to see them all."""
        # All parts are checked: API names, an id and a time of our own. Deleted records were made, too.
        soql = " ".join(["SELECT Id,", ", ".join(sent), "FROM", sobject, "WHERE", window.condition, f"LIMIT {MOST}"])
        result = await self.salesforce.send(Operation("GET", "/queryAll", params={"q": soql}), identifier=identifier)
        answer = result.data if isinstance(result.data, dict) else {}
        rows: list[dict[str, Any]] = answer.get("records", [])
        return rows if answer.get("done") is True and len(rows) < MOST else None

    async def _others(
        self, record: WriteRecord, sobject: str, window: Window
    ) -> tuple[set[str], list[Mapping[str, Any]]]:
        """The records that came of other writes, and the fields of such as are still open and may claim one.

        Of all accounts: several may belong to the same Salesforce user.
        """
        store, since, after = self.vault.store, record.started_at - OTHERS, ""
        taken: set[str] = set()
        rivals: list[Mapping[str, Any]] = []
        while page := await store.list_writes(record.connection, since=since, after=after, limit=MOST):
            for other in page:
                noted = await Outcome.of(other, self.vault.sealer)
                if other.key == record.key:
                    continue
                taken |= noted.record_ids
                if not other.done and _rivals(noted.asked, sobject, window.user_id):
                    rivals.append(noted.asked.fields)
            after = page[-1].key
        return taken, rivals


def what_to_check(operation: Operation, window: Window | None) -> str:
    """What a person or an agent should look at before they repeat a create."""
    sobject = _object_of(operation)
    if window is None:
        return f"Do not repeat it before you have looked for a new {sobject} with these values."
    look = " ".join(["SELECT Id, CreatedDate FROM", sobject, "WHERE", window.condition])
    return f"Do not repeat it before you have looked: {look}. If none of them holds these values, it did not happen."


def _object_of(operation: Operation) -> str:
    return operation.path.strip("/").split("/")[1]


def _rivals(asked: Asked, sobject: str, user_id: str) -> bool:
    return asked.makes in (ANY_OBJECT, sobject.lower()) and asked.user_id in (None, user_id)


def _may_hide(sobject: str, sent: Mapping[str, Any]) -> bool:
    """Whether a new record may be out of its creator's sight, or of a query's, as articles and events are."""
    name = sobject.lower()
    special = "__" in name and not name.endswith("__c")
    return name in _MAY_HIDE or special or any(field.lower().startswith("owner") for field in sent)
