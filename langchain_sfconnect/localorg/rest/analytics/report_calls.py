"""The calls below `/analytics/reports`: listing, describing, running, saving and deleting."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from langchain_sfconnect.localorg import errors
from langchain_sfconnect.localorg.rest import refusals
from langchain_sfconnect.localorg.rest.analytics import metadata, results
from langchain_sfconnect.localorg.rest.analytics.columns import Report
from langchain_sfconnect.localorg.rest.analytics.definition import Definition, read, stored
from langchain_sfconnect.localorg.rest.analytics.incoming import overlaid, read_metadata
from langchain_sfconnect.localorg.rest.call import NOTHING, Call, Reply

_LISTED = "SELECT Id, Name FROM Report ORDER BY Name LIMIT 200"
_OBJECTS = {
    "AccountList": "Account",
    "CaseList": "Case",
    "ContactList": "Contact",
    "LeadList": "Lead",
    "OpportunityList": "Opportunity",
}


def listed(call: Call) -> Reply:
    """`GET /analytics/reports`: every report is one the user has recently viewed."""
    return Reply(body=[_listed(call, row) for row in call.session.query(_LISTED)["records"]])


def describe(call: Call) -> Reply:
    """`GET /analytics/reports/{report_id}/describe`."""
    return Reply(body=metadata.describe(Report(call.session, _definition(call)), call.base))


def run(call: Call) -> Reply:
    """`GET /analytics/reports/{report_id}`, or a POST with `reportMetadata` that holds for this run alone."""
    definition = _definition(call)
    if call.method == "POST" and call.payload is not NOTHING and call.document().get("reportMetadata"):
        definition = overlaid(definition, read_metadata(call.document()["reportMetadata"]))
    return _run(call, definition)


def run_unsaved(call: Call) -> Reply:
    """`POST /analytics/reports/query`: run what the metadata describes, without saving it."""
    return _run(call, _new(call))


def create(call: Call) -> Reply:
    """`POST /analytics/reports`, or with `?cloneId=…` a copy of another report."""
    source = call.argument("cloneId")
    given = call.document().get("reportMetadata")
    if source is None:
        definition = _new(call)
    else:
        changes = read_metadata(given or {})
        definition = replace(overlaid(find(call, source), changes), developer_name=changes.developer_name or "")
        if changes.name is None:
            raise refusals.bad_report("reportMetadata.name: a copy needs a name of its own")
    return _saved(call, definition)


def save(call: Call) -> Reply:
    """`PATCH /analytics/reports/{report_id}`."""
    definition = overlaid(_definition(call), read_metadata(call.document().get("reportMetadata")))
    return _saved(call, definition, definition.id)


def delete(call: Call) -> Reply:
    """`DELETE /analytics/reports/{report_id}`."""
    definition = _definition(call)
    call.session.delete("Report", definition.id)
    return Reply(status=204)


def find(call: Call, report_id: str) -> Definition:
    """A report's definition.

    Raises:
        OrgError: NOT_FOUND: there is none, or it has been deleted.
    """
    found = call.org.engine.report_definition(report_id)
    if found is None or "soql_object" not in found:
        raise errors.not_found()
    try:
        call.session.retrieve("Report", found["id"], ["Id"])
    except errors.OrgError:
        raise errors.not_found() from None
    return read(found)


def _definition(call: Call) -> Definition:
    return find(call, call.params["report_id"])


def _new(call: Call) -> Definition:
    """A definition from nothing but the metadata of a request."""
    given = read_metadata(call.document().get("reportMetadata"))
    if given.report_type is None:
        raise refusals.bad_report("reportMetadata.reportType: a report needs a type")
    name = given.report_type.type
    try:
        sobject = call.session.describe(_OBJECTS.get(name, name))["name"]
    except errors.OrgError:
        raise refusals.bad_report(f"The report type {name} is none of this org's") from None
    empty = Definition("", "New Report", "", "TABULAR", name, name, sobject, columns=("Id",))
    return overlaid(empty, given)


def _saved(call: Call, definition: Definition, report_id: str | None = None) -> Reply:
    """Check a definition by resolving it, keep it, and describe it."""
    metadata.describe(Report(call.session, definition), call.base)
    saved = call.org.engine.save_report(stored(definition), call.org.user_id, report_id)
    return Reply(body=metadata.describe(Report(call.session, find(call, saved)), call.base))


def _run(call: Call, definition: Definition) -> Reply:
    details = (call.argument("includeDetails") or "").lower() == "true"
    report = Report(call.session, definition)
    body = results.run(report, call.session, base=call.base, user_id=call.org.user_id, details=details)
    return Reply(body=body)


def _listed(call: Call, row: dict[str, Any]) -> dict[str, str]:
    address = f"{call.base}/analytics/reports/{row['Id']}"
    return {
        "describeUrl": f"{address}/describe",
        "id": row["Id"],
        "instancesUrl": f"{address}/instances",
        "name": row["Name"],
        "url": address,
    }
