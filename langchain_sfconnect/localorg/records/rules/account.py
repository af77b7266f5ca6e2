"""Rules of accounts: what keeps one from deletion."""

from __future__ import annotations

from langchain_sfconnect.localorg.records import refusals
from langchain_sfconnect.localorg.records.change import Change
from langchain_sfconnect.localorg.sqltext import Sql


def hold_won_accounts(change: Change) -> None:
    """Keep an account for which a deal was won."""
    won = Sql('SELECT "Name" FROM "Opportunity" WHERE "AccountId" = ? AND "IsWon" = 1', (change.row["Id"],))
    names = [row[0] for row in change.writing.database.rows(won + Sql('AND "IsDeleted" = 0 ORDER BY rowid'))]
    if names:
        raise refusals.has_won(change.row["Name"], names)
