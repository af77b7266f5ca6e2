"""SOQL over REST: query, queryAll, further pages, plans and columns."""

from __future__ import annotations

import re

from langchain_sfconnect.localorg.rest.call import Call, Reply

MIN_BATCH, MAX_BATCH = 200, 2000
_BATCH = re.compile(r"batchSize\s*=\s*([0-9]{1,9})", re.IGNORECASE)


def query(call: Call) -> Reply:
    """`GET /query?q=…`, or `?explain=…` for the plans instead of the rows."""
    return _query(call, include_deleted=False)


def query_all(call: Call) -> Reply:
    """`GET /queryAll?q=…`: deleted rows too."""
    return _query(call, include_deleted=True)


def more(call: Call) -> Reply:
    """`GET /query/{locator}`."""
    return Reply(body=call.session.query_more(call.params["locator"]))


def _query(call: Call, *, include_deleted: bool) -> Reply:
    plan_of = call.argument("explain")
    if plan_of:
        return Reply(body=call.session.explain(plan_of))
    soql = call.required_argument("q")
    if (call.argument("columns") or "").lower() == "true":
        return Reply(body=call.session.columns(soql))
    size = _batch_size(call.headers.get("sforce-query-options", ""))
    return Reply(body=call.session.query(soql, include_deleted=include_deleted, batch_size=size))


def _batch_size(options: str) -> int:
    """The batch size asked for, within what Salesforce grants."""
    asked = _BATCH.search(options)
    return min(max(int(asked[1]), MIN_BATCH), MAX_BATCH) if asked else MAX_BATCH
