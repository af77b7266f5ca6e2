"""The reports and the dashboard of a new org, and what they show in plain terms; knows no record they are about."""

from __future__ import annotations

from typing import Any

from langchain_sfconnect.localorg.moments import second_stamp
from langchain_sfconnect.localorg.records.writer import blank_row
from langchain_sfconnect.localorg.seed.planter import Planter, Row

FOLDER = "Sales Reports"
_BOARDS = "Sales Dashboards"
_AGE = 200
_TYPES = {"New": "New Customer", "Upgrade": "Existing Customer - Upgrade",
          "Replacement": "Existing Customer - Replacement"}  # fmt: skip


def plant_reports(planter: Planter) -> None:
    """Plant a summary of the open pipeline, a list of new contacts, a matrix of stages, and a dashboard."""
    reports, dashboards = _folder(planter, "Report", FOLDER), _folder(planter, "Dashboard", _BOARDS)
    planter.store("Folder", [reports, dashboards])
    pipeline = _report(planter, "Open Opportunities by Stage", "Summary", "All open deals, grouped by their stage.")
    contacts = _report(planter, "New Contacts This Month", "Tabular", "Contacts added since the month began.")
    matrix = _report(planter, "Opportunities by Stage and Month", "Matrix", "All deals, by stage and closing month.")
    planter.store("Report", [row | {"OwnerId": reports["Id"]} for row in (pipeline, contacts, matrix)])
    dashboard = _dashboard(planter, dashboards["Id"])
    planter.store("Dashboard", [dashboard])
    planter.define(pipeline["Id"], _pipeline_definition(pipeline))
    planter.define(contacts["Id"], _contacts_definition(contacts))
    planter.define(matrix["Id"], _matrix_definition(matrix))
    planter.define(dashboard["Id"], _dashboard_definition(dashboard, pipeline["Id"]))


def _row(planter: Planter, sobject: str, values: Row) -> Row:
    target, manager = planter.schema[sobject], planter.users["manager"]["Id"]
    made = second_stamp(planter.moment(_AGE))
    audit = {"CreatedDate": made, "LastModifiedDate": made, "SystemModstamp": made}
    audit |= {"CreatedById": manager, "LastModifiedById": manager}
    return blank_row(target) | audit | values | {"Id": planter.minter.mint(target.prefix)}


def _folder(planter: Planter, kind: str, name: str) -> Row:
    values = {"Name": name, "DeveloperName": name.replace(" ", "_"), "Type": kind, "AccessType": "Public"}
    return _row(planter, "Folder", values)


def _report(planter: Planter, name: str, layout: str, description: str) -> Row:
    values = {
        "Name": name, "DeveloperName": name.replace(" ", "_"), "Format": layout, "Description": description,
        "FolderName": FOLDER,
    }  # fmt: skip
    return _row(planter, "Report", values)


def _dashboard(planter: Planter, folder_id: str) -> Row:
    values = {
        "Title": "Sales Pipeline", "DeveloperName": "Sales_Pipeline", "Type": "SpecifiedUser",
        "RunningUserId": planter.users["manager"]["Id"], "FolderId": folder_id, "FolderName": _BOARDS,
        "Description": "Where the open deals stand.",
    }  # fmt: skip
    return _row(planter, "Dashboard", values)


def _pipeline_definition(report: Row) -> dict[str, Any]:
    return {
        "id": report["Id"], "name": report["Name"], "developerName": report["DeveloperName"], "format": "SUMMARY",
        "reportType": "Opportunity", "soql_object": "Opportunity",
        "columns": ["Name", "Account.Name", "Amount", "CloseDate", "Owner.Name"], "groupings": ["StageName"],
        "aggregates": ["RowCount", "s!Amount"],
        "filters": [{"column": "IsClosed", "operator": "equals", "value": "false"}], "scope": "organization",
        "dateFilter": {"column": "CloseDate", "durationValue": "CUSTOM"},
    }  # fmt: skip


def _matrix_definition(report: Row) -> dict[str, Any]:
    return {
        "id": report["Id"], "name": report["Name"], "developerName": report["DeveloperName"], "format": "MATRIX",
        "reportType": "Opportunity", "soql_object": "Opportunity", "columns": ["Name", "Amount"],
        "groupings": ["StageName"], "groupingsAcross": [{"name": "CloseDate", "dateGranularity": "MONTH"}],
        "aggregates": ["RowCount", "s!Amount"], "filters": [], "scope": "organization",
        "dateFilter": {"column": "CloseDate", "durationValue": "CUSTOM"},
    }  # fmt: skip


def _contacts_definition(report: Row) -> dict[str, Any]:
    return {
        "id": report["Id"], "name": report["Name"], "developerName": report["DeveloperName"], "format": "TABULAR",
        "reportType": "ContactList", "soql_object": "Contact",
        "columns": ["Name", "Title", "Account.Name", "Email", "CreatedDate"], "groupings": [],
        "aggregates": ["RowCount"], "filters": [], "scope": "organization",
        "dateFilter": {"column": "CreatedDate", "durationValue": "THIS_MONTH"},
    }  # fmt: skip


def _dashboard_definition(dashboard: Row, report_id: str) -> dict[str, Any]:
    def component(number: int, title: str, kind: str) -> dict[str, Any]:
        return {
            "id": f"{dashboard['Id'][:13]}{number:02d}", "title": title, "reportId": report_id,
            "visualizationType": kind,
        }  # fmt: skip

    return {
        "id": dashboard["Id"], "name": dashboard["Title"], "developerName": dashboard["DeveloperName"],
        "folderId": dashboard["FolderId"], "runningUserId": dashboard["RunningUserId"],
        "filters": [{"name": "Type", "column": "Type", "options": _options()}],
        "components": [component(1, "Amount by stage", "Bar"), component(2, "Deals by stage", "Donut")],
    }  # fmt: skip


def _options() -> list[dict[str, str]]:
    return [
        {"id": f"0ICgL000000{number:04d}", "alias": alias, "operation": "equals", "value": value}
        for number, (alias, value) in enumerate(_TYPES.items(), start=1)
    ]
