"""What the org has left: limits and record counts. Only the daily REST calls are counted; the rest is a fresh org's."""

from __future__ import annotations

from typing import Any

from langchain_sfconnect.localorg.rest.call import Call, Reply

_FRESH = {
    "ActiveScratchOrgs": 3,
    "ConcurrentAsyncGetReportInstances": 200,
    "ConcurrentSyncReportRuns": 20,
    "DailyAsyncApexExecutions": 250_000,
    "DailyBulkApiBatches": 15_000,
    "DailyBulkV2QueryJobs": 10_000,
    "DailyDeliveredPlatformEvents": 10_000,
    "DailyGenericStreamingApiEvents": 10_000,
    "DailyScratchOrgs": 6,
    "DailyStreamingApiEvents": 10_000,
    "DailyWorkflowEmails": 1_000,
    "DataStorageMB": 5,
    "FileStorageMB": 20,
    "HourlyAsyncReportRuns": 1_200,
    "HourlyDashboardRefreshes": 200,
    "HourlyDashboardResults": 5_000,
    "HourlyDashboardStatuses": 999_999_999,
    "HourlyODataCallout": 1_000,
    "HourlySyncReportRuns": 500,
    "MassEmail": 10,
    "SingleEmail": 15,
}


def limits(call: Call) -> Reply:
    """`GET /limits`."""
    daily = {"Max": call.org.requests_max, "Remaining": max(0, call.org.requests_max - call.org.requests_today)}
    body: dict[str, Any] = {name: {"Max": most, "Remaining": most} for name, most in _FRESH.items()}
    body["DailyApiRequests"] = daily
    body["PermissionSets"] = {"Max": 1_500, "Remaining": 1_499, "CreateCustom": {"Max": 1_000, "Remaining": 999}}
    return Reply(body=dict(sorted(body.items())))


def record_count(call: Call) -> Reply:
    """`GET /limits/recordCount?sObjects=…`."""
    return Reply(body=call.session.record_counts(call.names("sObjects")))
