"""Reports and dashboards: everything below `/analytics`."""

from __future__ import annotations

from functools import partial
from typing import Any

from langchain_sfconnect.localorg import errors
from langchain_sfconnect.localorg.rest import dashboards as rendering
from langchain_sfconnect.localorg.rest import report_metadata, report_results
from langchain_sfconnect.localorg.rest.call import NOTHING, Call, Reply
from langchain_sfconnect.localorg.rest.report_columns import Report

_REPORTS = "SELECT Id, Name FROM Report ORDER BY Name LIMIT 200"
_DASHBOARDS = "SELECT Id, Title FROM Dashboard ORDER BY Title LIMIT 200"


def reports(call: Call) -> Reply:
    """`GET /analytics/reports`: every report is one the user has recently viewed."""
    return Reply(body=[_listed_report(call, row) for row in _rows(call, _REPORTS)])


def describe_report(call: Call) -> Reply:
    """`GET /analytics/reports/{report_id}/describe`."""
    return Reply(body=report_metadata.describe(_report(call), call.base))


def run_report(call: Call) -> Reply:
    """`GET /analytics/reports/{report_id}`, or a POST; filters sent with a POST are not emulated."""
    sent = call.payload if isinstance(call.payload, dict) else {}
    if call.payload is not NOTHING and sent.get("reportMetadata"):
        raise errors.invalid_parameter("The local org runs reports as they are stored: reportMetadata is not emulated")
    details = (call.argument("includeDetails") or "").lower() == "true"
    return Reply(body=_run(call, _report(call), details=details))


def dashboards(call: Call) -> Reply:
    """`GET /analytics/dashboards`."""
    return Reply(body=[_listed_dashboard(call, row) for row in _rows(call, _DASHBOARDS)])


def describe_dashboard(call: Call) -> Reply:
    """`GET /analytics/dashboards/{dashboard_id}/describe`."""
    return Reply(body=_described(call, _dashboard(call)))


def run_dashboard(call: Call) -> Reply:
    """`GET /analytics/dashboards/{dashboard_id}`: the data, and the describe beside it."""
    definition = _dashboard(call)
    body = rendering.results(
        definition,
        _described(call, definition),
        find=partial(_find, call),
        run=lambda report: _run(call, report, details=True),
        now=call.org.engine.clock.now(),
    )
    return Reply(body=body)


def _report(call: Call) -> Report:
    report = _find(call, call.params["report_id"])
    if report is None:
        raise errors.not_found()
    return report


def _find(call: Call, report_id: str) -> Report | None:
    definition = call.org.engine.report_definition(report_id)
    return None if definition is None else Report(call.session, definition)


def _run(call: Call, report: Report, *, details: bool) -> dict[str, Any]:
    return report_results.run(report, call.session, base=call.base, user_id=call.org.user_id, details=details)


def _dashboard(call: Call) -> dict[str, Any]:
    definition = call.org.engine.dashboard_definition(call.params["dashboard_id"])
    if definition is None:
        raise errors.not_found()
    return definition


def _described(call: Call, definition: dict[str, Any]) -> dict[str, Any]:
    users = {user["Id"]: user["Name"] for user in call.org.engine.users()}
    return rendering.describe(
        definition,
        base=call.base,
        running_user=users.get(definition.get("runningUserId"), ""),
        find=partial(_find, call),
        with_properties=(call.argument("loadComponentProperties") or "").lower() != "false",
    )


def _rows(call: Call, query: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = call.session.query(query)["records"]
    return rows


def _listed_report(call: Call, row: dict[str, Any]) -> dict[str, str]:
    address = f"{call.base}/analytics/reports/{row['Id']}"
    return {
        "describeUrl": f"{address}/describe",
        "id": row["Id"],
        "instancesUrl": f"{address}/instances",
        "name": row["Name"],
        "url": address,
    }


def _listed_dashboard(call: Call, row: dict[str, Any]) -> dict[str, str]:
    address = f"{call.base}/analytics/dashboards/{row['Id']}"
    return {"id": row["Id"], "name": row["Title"], "statusUrl": f"{address}/status", "url": address}
