"""The names of the 25 tools, in the order in which they are documented. Knows nothing else about them."""

from __future__ import annotations

import difflib

TOOL_NAMES: tuple[str, ...] = (
    "salesforce_account_create",
    "salesforce_account_get",
    "salesforce_account_update",
    "salesforce_account_delete",
    "salesforce_accounts_list",
    "salesforce_opportunity_create",
    "salesforce_opportunity_get",
    "salesforce_opportunity_update",
    "salesforce_opportunities_list",
    "salesforce_contact_create",
    "salesforce_contact_get",
    "salesforce_query_soql",
    "salesforce_soql_execute",
    "salesforce_search_sosl",
    "salesforce_search_parameterized",
    "salesforce_sobject_create",
    "salesforce_sobject_get",
    "salesforce_sobject_update",
    "salesforce_sobject_delete",
    "salesforce_composite",
    "salesforce_global_describe",
    "salesforce_object_describe",
    "salesforce_limits_get",
    "salesforce_dashboard_metadata_get",
    "salesforce_report_metadata_get",
)


def suggestion(name: str) -> str:
    """What to say to somebody who used a name that no tool has."""
    near = difflib.get_close_matches(name[:80], TOOL_NAMES, n=3)
    return f"Did you mean {' or '.join(near)}?" if near else f"The tools are: {', '.join(TOOL_NAMES)}."
