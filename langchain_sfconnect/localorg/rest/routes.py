"""The table of REST resources, below `/services/data/vNN.0`."""

from __future__ import annotations

from langchain_sfconnect.localorg.rest import collections, describes, limits, query, search, sobjects, tree
from langchain_sfconnect.localorg.rest.analytics import dashboard_calls, report_calls
from langchain_sfconnect.localorg.rest.batch import Batch
from langchain_sfconnect.localorg.rest.call import Call, Reply
from langchain_sfconnect.localorg.rest.composite import Composite
from langchain_sfconnect.localorg.rest.routing import Route, Router

_ADVERTISED = (
    "analytics",
    "compactLayouts",
    "composite",
    "limits",
    "parameterizedSearch",
    "query",
    "queryAll",
    "recent",
    "search",
    "sobjects",
)


def resources(call: Call) -> Reply:
    """`GET /`: what there is."""
    body = {name: f"{call.base}/{name}" for name in _ADVERTISED}
    return Reply(body={**body, "identity": call.org.identity_url})


def composite_resources(call: Call) -> Reply:
    """`GET /composite`."""
    return Reply(body={name: f"{call.base}/composite/{name}" for name in ("batch", "sobjects", "tree")})


def analytics_resources(call: Call) -> Reply:
    """`GET /analytics`."""
    return Reply(body={name: f"{call.base}/analytics/{name}" for name in ("dashboards", "reports")})


RECORDS = (
    Route("/sobjects", {"GET": describes.describe_global}),
    Route("/sobjects/{sobject}", {"GET": sobjects.basic_info, "POST": sobjects.create}),
    Route("/sobjects/{sobject}/describe", {"GET": describes.describe}),
    Route("/sobjects/{sobject}/describe/layouts", {"GET": describes.layouts}),
    Route("/sobjects/{sobject}/describe/layouts/{record_type}", {"GET": describes.layouts}),
    Route("/sobjects/{sobject}/describe/compactLayouts", {"GET": describes.compact_layouts}),
    Route("/sobjects/{sobject}/describe/approvalLayouts", {"GET": describes.approval_layouts}),
    Route("/sobjects/{sobject}/listviews", {"GET": describes.list_views}),
    Route("/sobjects/{sobject}/quickActions", {"GET": describes.quick_actions}),
    Route("/sobjects/{sobject}/deleted", {"GET": sobjects.deleted}),
    Route("/sobjects/{sobject}/updated", {"GET": sobjects.updated}),
    Route(
        "/sobjects/{sobject}/{record_id}",
        {"GET": sobjects.retrieve, "PATCH": sobjects.update, "DELETE": sobjects.delete},
    ),
    Route(
        "/sobjects/{sobject}/{field}/{value}",
        {"GET": sobjects.retrieve_by, "PATCH": sobjects.upsert, "DELETE": sobjects.delete_by},
    ),
    Route("/compactLayouts", {"GET": describes.primary_compact_layouts}),
    Route("/recent", {"GET": sobjects.recent}),
)
READING = (
    Route("/", {"GET": resources}),
    Route("/query", {"GET": query.query}),
    Route("/query/{locator}", {"GET": query.more}),
    Route("/queryAll", {"GET": query.query_all}),
    Route("/queryAll/{locator}", {"GET": query.more}),
    Route("/search", {"GET": search.search}),
    Route("/search/layout", {"GET": describes.search_layouts}),
    Route("/parameterizedSearch", {"GET": search.parameterized_get, "POST": search.parameterized_post}),
    Route("/limits", {"GET": limits.limits}),
    Route("/limits/recordCount", {"GET": limits.record_count}),
)
COLLECTIONS = (
    Route(
        "/composite/sobjects", {"POST": collections.create, "PATCH": collections.update, "DELETE": collections.delete}
    ),
    Route("/composite/sobjects/{sobject}", {"GET": collections.retrieve, "POST": collections.retrieve}),
    Route("/composite/sobjects/{sobject}/{field}", {"PATCH": collections.upsert}),
    Route("/composite/tree/{sobject}", {"POST": tree.create}),
)
ANALYTICS = (
    Route("/analytics", {"GET": analytics_resources}),
    Route("/analytics/reports", {"GET": report_calls.listed, "POST": report_calls.create}),
    Route("/analytics/reports/query", {"POST": report_calls.run_unsaved}),
    Route(
        "/analytics/reports/{report_id}",
        {
            "GET": report_calls.run,
            "POST": report_calls.run,
            "PATCH": report_calls.save,
            "DELETE": report_calls.delete,
        },
    ),
    Route("/analytics/reports/{report_id}/describe", {"GET": report_calls.describe}),
    Route("/analytics/dashboards", {"GET": dashboard_calls.listed}),
    Route(
        "/analytics/dashboards/{dashboard_id}",
        {
            "GET": dashboard_calls.run,
            "POST": dashboard_calls.run,
            "PUT": dashboard_calls.refresh,
            "DELETE": dashboard_calls.delete,
        },
    ),
    Route("/analytics/dashboards/{dashboard_id}/describe", {"GET": dashboard_calls.describe}),
    Route("/analytics/dashboards/{dashboard_id}/status", {"GET": dashboard_calls.status}),
)


def make_router() -> Router:
    """The router of HTTP calls: every resource, and what combines them."""
    single = (*RECORDS, *READING, *COLLECTIONS, *ANALYTICS)
    inner = Router(single)
    combined = (
        Route("/composite", {"GET": composite_resources, "POST": Composite(inner)}),
        Route("/composite/batch", {"POST": Batch(inner)}),
    )
    return Router([*single, *combined])
