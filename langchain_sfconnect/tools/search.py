"""The full-text search tools: SOSL, and a simple search of one object."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints

from langchain_sfconnect.connection import Operation, Result
from langchain_sfconnect.tools import listing, pages
from langchain_sfconnect.tools.arguments import FieldList, SObjectName, ToolArgs
from langchain_sfconnect.tools.compact import compact_records
from langchain_sfconnect.tools.spec import CallContext, Shaped, ToolSpec

_NAMING_FIELDS = {
    "case": ("Id", "CaseNumber", "Subject"),
    "event": ("Id", "Subject"),
    "task": ("Id", "Subject"),
}


class SoslArgs(ToolArgs):
    """A SOSL statement."""

    search_query: pages.Sosl


def shape_search(result: Result, *_: object) -> Shaped:
    answer = dict(result.data or {})
    records = compact_records(answer.get("searchRecords", []), keep_nulls=True, with_type=True)
    content = {"records": records} | ({"note": "Cut to the rows allowed at once."} if answer.get("truncated") else {})
    return Shaped(content, answer)


SOSL = ToolSpec(
    name="salesforce_search_sosl",
    description=(
        "Search text across several objects with SOSL, such as FIND {Acme*} IN NAME FIELDS RETURNING Account(Id, "
        "Name), Contact(Id, Name, Email) LIMIT 20. The search term stands in braces."
    ),
    free_form=True,
    args=SoslArgs,
    build=lambda args, context: pages.statement("search", args.search_query, context.api_version),
    shape=shape_search,
    receive=pages.unwrapped,
)


class ParameterizedSearchArgs(ToolArgs):
    """Words to look for in one object."""

    search_text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=2_000)]
    sobject: SObjectName
    fields: FieldList = None
    limit: Annotated[int, Field(ge=1, le=listing.MAX_LIMIT), BeforeValidator(listing.or_default)] = (
        listing.DEFAULT_LIMIT
    )


def build_parameterized(args: ParameterizedSearchArgs, context: CallContext) -> Operation:
    default = context.policy.readable(args.sobject, _NAMING_FIELDS.get(args.sobject.lower(), ("Id", "Name")))
    fields = ",".join(args.fields or default or ["Id"])
    limit = str(context.policy.clamp(args.limit))
    params = {
        "q": args.search_text,
        "sobject": args.sobject,
        f"{args.sobject}.fields": fields,
        f"{args.sobject}.limit": limit,
    }
    return Operation("GET", "/parameterizedSearch", params=params)


PARAMETERIZED = ToolSpec(
    name="salesforce_search_parameterized",
    description="Search plain words in the records of one object; returns the named fields, or Id and Name.",
    args=ParameterizedSearchArgs,
    build=build_parameterized,
    shape=shape_search,
)

SPECS = (SOSL, PARAMETERIZED)
