"""The calls below `/analytics/dashboards`: listing, describing, results, status and deleting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from langchain_sfconnect.localorg import errors
from langchain_sfconnect.localorg.rest import refusals
from langchain_sfconnect.localorg.rest.analytics import dashboards, report_calls, results
from langchain_sfconnect.localorg.rest.analytics.columns import Report
from langchain_sfconnect.localorg.rest.analytics.definition import Filter
from langchain_sfconnect.localorg.rest.call import NOTHING, Call, Reply

_LISTED = "SELECT Id, Title FROM Dashboard ORDER BY Title LIMIT 200"
_FILTERS = ("filter1", "filter2", "filter3")


def listed(call: Call) -> Reply:
    """`GET /analytics/dashboards`."""
    return Reply(body=[_listed(call, row) for row in call.session.query(_LISTED)["records"]])


def describe(call: Call) -> Reply:
    """`GET /analytics/dashboards/{dashboard_id}/describe`."""
    bare = (call.argument("loadComponentProperties") or "").lower() == "false"
    find = (lambda _: None) if bare else partial(_report, call, ())
    return Reply(body=_described(call, _definition(call), find, ()))


def run(call: Call) -> Reply:
    """`GET /analytics/dashboards/{dashboard_id}`, or a POST for some of its components: data, and the describe."""
    definition = _definition(call)
    chosen = [value for name in _FILTERS if (value := call.argument(name))]
    find = partial(_report, call, _filters(definition, chosen))
    body = dashboards.results(
        {**definition, "components": _wanted(call, definition)},
        _described(call, definition, find, chosen),
        find=find,
        run=partial(_run, call),
        now=call.org.engine.clock.now(),
    )
    return Reply(body=body)


def status(call: Call) -> Reply:
    """`GET /analytics/dashboards/{dashboard_id}/status`."""
    return Reply(body=dashboards.statuses(_definition(call), call.org.engine.clock.now()))


def refresh(call: Call) -> Reply:
    """`PUT /analytics/dashboards/{dashboard_id}`: the data is always fresh, so there is nothing to wait for."""
    definition = _definition(call)
    return Reply(status=201, body={"statusUrl": f"{call.base}/analytics/dashboards/{definition['id']}/status"})


def delete(call: Call) -> Reply:
    """`DELETE /analytics/dashboards/{dashboard_id}`."""
    definition = _definition(call)
    call.session.delete("Dashboard", definition["id"])
    return Reply(status=204)


def _definition(call: Call) -> dict[str, Any]:
    """A dashboard's definition; one that has been deleted is refused as deleted."""
    found = call.org.engine.dashboard_definition(call.params["dashboard_id"])
    if found is None or "components" not in found:
        raise errors.not_found()
    call.session.retrieve("Dashboard", found["id"], ["Id"])
    return found


def _report(call: Call, more: tuple[Filter, ...], report_id: str) -> Report | None:
    """A component's report with the dashboard's filters on top; None when it is gone."""
    try:
        definition = report_calls.find(call, report_id)
    except errors.OrgError:
        return None
    return Report(call.session, replace(definition, more_filters=more))


def _run(call: Call, report: Report) -> dict[str, Any]:
    return results.run(report, call.session, base=call.base, user_id=call.org.user_id, details=True)


def _filters(definition: dict[str, Any], chosen: Sequence[str]) -> tuple[Filter, ...]:
    """What the chosen options of the dashboard's filters ask for."""
    known = dashboards.options(definition)
    for option_id in chosen:
        if option_id not in known:
            raise refusals.unknown_dashboard_filter(option_id)
    pairs = [known[option_id] for option_id in chosen]
    return tuple(Filter(item["column"], option["operation"], option["value"]) for item, option in pairs)


def _wanted(call: Call, definition: dict[str, Any]) -> list[dict[str, Any]]:
    """The components asked for; all of them when none is named."""
    given = call.document().get("componentIds") if call.method == "POST" and call.payload is not NOTHING else None
    if given is not None and not isinstance(given, list):
        raise refusals.bad_report("componentIds must be a list")
    return [item for item in definition["components"] if not given or item["id"] in given]


def _described(
    call: Call, definition: dict[str, Any], find: dashboards.FindReport, chosen: Sequence[str]
) -> dict[str, Any]:
    running = call.org.engine.user(definition.get("runningUserId") or "") or {}
    return dashboards.describe(
        definition, base=call.base, running_user=running.get("Name", ""), find=find, chosen=chosen
    )


def _listed(call: Call, row: dict[str, Any]) -> dict[str, str]:
    address = f"{call.base}/analytics/dashboards/{row['Id']}"
    return {"id": row["Id"], "name": row["Title"], "statusUrl": f"{address}/status", "url": address}
