"""The SOQL tools: one for a page at a time, one for everything else that SOQL can do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from langchain_sfconnect.connection import Operation, Result
from langchain_sfconnect.tools import pages
from langchain_sfconnect.tools.arguments import ToolArgs
from langchain_sfconnect.tools.compact import compact_records
from langchain_sfconnect.tools.spec import CallContext, Shaped, ToolSpec

PAGE_ROWS = 200
"""Rows to a page of the query tool: what a model can read. It is the least that Salesforce pages by."""
SHOWN_ROWS = 200
"""Rows of a larger result that the model is shown; the artifact has all."""
DEFAULT_MAX_ROWS, MAX_ROWS = 10_000, 50_000

_PAGE_SIZE = {"Sforce-Query-Options": f"batchSize={PAGE_ROWS}"}


class QueryArgs(ToolArgs):
    """A query, or its next page."""

    query: pages.Soql
    cursor: pages.Locator = None


def build_query(args: QueryArgs, context: CallContext) -> Operation:
    if args.cursor:
        return pages.page(args.cursor, _PAGE_SIZE)
    return pages.statement("query", args.query, context.api_version, headers=_PAGE_SIZE)


def shape_query(result: Result, _args: QueryArgs, _context: CallContext) -> Shaped:
    answer = dict(result.data or {})
    cursor = pages.next_locator(answer)
    records = answer.get("records", [])
    return Shaped(_page_content(answer, records, cursor), {**answer, "cursor": cursor})


def _page_content(answer: Mapping[str, Any], records: list[Any], cursor: str | None) -> dict[str, Any]:
    content = {"total_size": answer.get("totalSize"), "records": compact_records(records, keep_nulls=True)}
    if cursor:
        content["cursor"] = cursor
    if answer.get("truncated"):
        content["note"] = f"Cut to the {len(records)} rows that are allowed at once. Narrow the query, or aggregate."
    return content


QUERY = ToolSpec(
    name="salesforce_query_soql",
    description=(
        "Run a SOQL query, such as SELECT Id, Name, Account.Name FROM Opportunity WHERE IsClosed = false ORDER BY "
        "Amount DESC LIMIT 10. Returns a page of rows, and a cursor if there are more: call again with the same query "
        "and the cursor."
    ),
    free_form=True,
    args=QueryArgs,
    build=build_query,
    shape=shape_query,
    receive=pages.unwrapped,
)


def _or_default(value: Any) -> Any:
    return DEFAULT_MAX_ROWS if value is None else value


class SoqlExecuteArgs(ToolArgs):
    """A query with options."""

    soql_query: pages.Soql
    include_deleted: Annotated[bool, Field(description="Also deleted and archived records")] = False
    all_pages: Annotated[bool, Field(description="Fetch all rows, up to max_rows")] = False
    explain: Annotated[bool, Field(description="Return the query plan instead of rows")] = False
    max_rows: Annotated[int, Field(ge=1, le=MAX_ROWS), BeforeValidator(_or_default)] = DEFAULT_MAX_ROWS

    @model_validator(mode="after")
    def _check_options(self) -> SoqlExecuteArgs:
        if self.explain and (self.include_deleted or self.all_pages):
            raise ValueError("combines explain, which reads no rows, with options about rows: give one or the other")
        return self


def build_soql(args: SoqlExecuteArgs, context: CallContext) -> Operation:
    resource: pages.Resource = "queryAll" if args.include_deleted else "query"
    parameter = "explain" if args.explain else "q"
    return pages.statement(resource, args.soql_query, context.api_version, parameter=parameter)


def next_page(result: Result, args: SoqlExecuteArgs, context: CallContext) -> Operation | None:
    """The page after all that has come, while rows are missing and may be fetched."""
    answer = result.data or {}
    locator = pages.next_locator(answer)
    wanted = args.all_pages and len(answer.get("records", ())) < context.policy.clamp(args.max_rows)
    return pages.page(locator) if wanted and locator else None


def shape_soql(result: Result, args: SoqlExecuteArgs, context: CallContext) -> Shaped:
    answer = dict(result.data or {})
    if args.explain:
        return Shaped({"plans": [_plan(plan) for plan in answer.get("plans", ())]}, answer)
    budget = context.policy.clamp(args.max_rows)
    rows = answer.get("records", [])
    if len(rows) > budget:
        answer |= {"records": rows[:budget], "truncated": True}
    cursor = pages.next_locator(answer)
    records = answer.get("records", [])
    content = _page_content(answer, records[:SHOWN_ROWS], cursor)
    if len(records) > SHOWN_ROWS:
        content["note"] = (
            f"{len(records)} rows were read; the first {SHOWN_ROWS} are shown. Narrow the query, or aggregate."
        )
    return Shaped(content, {**answer, "cursor": cursor})


def _plan(plan: Mapping[str, Any]) -> dict[str, Any]:
    kept = ("leadingOperationType", "sobjectType", "relativeCost", "cardinality", "sobjectCardinality", "fields")
    notes = [note.get("description") for note in plan.get("notes", ())]
    return {name: plan[name] for name in kept if name in plan} | ({"notes": notes} if notes else {})


EXECUTE = ToolSpec(
    name="salesforce_soql_execute",
    description=(
        "Run a SOQL query with options: deleted records, all pages at once, a query plan, or a very long statement. "
        "For ordinary queries use salesforce_query_soql."
    ),
    free_form=True,
    args=SoqlExecuteArgs,
    build=build_soql,
    shape=shape_soql,
    receive=pages.unwrapped,
    next_operation=next_page,
)

SPECS = (QUERY, EXECUTE)
