"""The table of REST resources, below `/services/data/vNN.0`."""

from __future__ import annotations

from langchain_sfconnect.localorg.rest import analytics, collections, limits, query, search, sobjects, tree
from langchain_sfconnect.localorg.rest.batch import Batch
from langchain_sfconnect.localorg.rest.call import Call, Reply
from langchain_sfconnect.localorg.rest.composite import Composite
from langchain_sfconnect.localorg.rest.routing import Route, Router

_ADVERTISED = ("analytics", "composite", "limits", "parameterizedSearch", "query", "queryAll", "search", "sobjects")


def resources(call: Call) -> Reply:
    """`GET /`: what there is."""
    body = {name: f"{call.base}/{name}" for name in _ADVERTISED}
    return Reply(body={**body, "identity": call.org.identity_url})


def composite_resources(call: Call) -> Reply:
    """`GET /composite`."""
    return Reply(body={name: f"{call.base}/composite/{name}" for name in ("batch", "sobjects", "tree")})


SINGLE = (
    Route("/", {"GET": resources}),
    Route("/sobjects", {"GET": sobjects.describe_global}),
    Route("/sobjects/{sobject}", {"GET": sobjects.basic_info, "POST": sobjects.create}),
    Route("/sobjects/{sobject}/describe", {"GET": sobjects.describe}),
    Route(
        "/sobjects/{sobject}/{record_id}",
        {"GET": sobjects.retrieve, "PATCH": sobjects.update, "DELETE": sobjects.delete},
    ),
    Route(
        "/sobjects/{sobject}/{field}/{value}",
        {"GET": sobjects.retrieve_by, "PATCH": sobjects.upsert, "DELETE": sobjects.delete_by},
    ),
    Route("/query", {"GET": query.query}),
    Route("/query/{locator}", {"GET": query.more}),
    Route("/queryAll", {"GET": query.query_all}),
    Route("/queryAll/{locator}", {"GET": query.more}),
    Route("/search", {"GET": search.search}),
    Route("/parameterizedSearch", {"GET": search.parameterized_get, "POST": search.parameterized_post}),
    Route("/limits", {"GET": limits.limits}),
    Route("/limits/recordCount", {"GET": limits.record_count}),
    Route(
        "/composite/sobjects", {"POST": collections.create, "PATCH": collections.update, "DELETE": collections.delete}
    ),
    Route("/composite/sobjects/{sobject}", {"GET": collections.retrieve, "POST": collections.retrieve}),
    Route("/composite/sobjects/{sobject}/{field}", {"PATCH": collections.upsert}),
    Route("/composite/tree/{sobject}", {"POST": tree.create}),
    Route("/analytics/reports", {"GET": analytics.reports}),
    Route("/analytics/reports/{report_id}", {"GET": analytics.run_report, "POST": analytics.run_report}),
    Route("/analytics/reports/{report_id}/describe", {"GET": analytics.describe_report}),
    Route("/analytics/dashboards", {"GET": analytics.dashboards}),
    Route("/analytics/dashboards/{dashboard_id}", {"GET": analytics.run_dashboard}),
    Route("/analytics/dashboards/{dashboard_id}/describe", {"GET": analytics.describe_dashboard}),
)


def make_router() -> Router:
    """The router of HTTP calls: every resource, and what combines them."""
    single = Router(SINGLE)
    combined = (
        Route("/composite", {"GET": composite_resources, "POST": Composite(single)}),
        Route("/composite/batch", {"POST": Batch(single)}),
    )
    return Router([*SINGLE, *combined])
