"""Makes HTTP requests that nobody sensible would send: nearly right ones, twisted ones, and any bytes at all."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import quote

VERSIONS = ("v68.0", "v58.0", "v52.0", "v51.0", "v45.0", "v36.0", "v31.0", "v30.0", "v69.0", "vx", "v\u0666.0")
METHODS = ("GET", "GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "get", "PROPFIND", "\u212a")
OBJECTS = ("Account", "Contact", "Opportunity", "Account", "contact", "Case", "Lead", "Report", "Product2", "Nothing")
WORDS = (
    "sobjects", "query", "queryAll", "search", "parameterizedSearch", "limits", "recordCount", "composite", "batch",
    "tree", "analytics", "reports", "dashboards", "describe", "layouts", "compactLayouts", "listviews", "recent",
    "deleted", "updated", "status", "instances", "Account", "contact", "Opportunity", "Case", "Lead", "User", "Report",
    "Dashboard", "Product2", "Id", "Name", "Email", "quickActions", "approvalLayouts", "layout", "tooling", "graph",
)  # fmt: skip
ROUTES = (
    ("GET", "sobjects"), ("GET POST", "sobjects/{o}"), ("GET PATCH DELETE", "sobjects/{o}/{i}"),
    ("POST", "sobjects/{o}"), ("PATCH", "sobjects/{o}/{i}"), ("GET PATCH DELETE", "sobjects/{o}/{f}/{v}"),
    ("PATCH", "sobjects/{o}/Id/{i}"), ("GET", "sobjects/{o}/describe"), ("GET", "sobjects/{o}/describe/layouts"),
    ("GET", "sobjects/{o}/describe/layouts/{i}"), ("GET", "sobjects/{o}/describe/compactLayouts"),
    ("GET", "sobjects/{o}/listviews"), ("GET", "sobjects/{o}/deleted"), ("GET", "sobjects/{o}/updated"),
    ("GET", "compactLayouts"), ("GET", "search/layout"), ("GET", "recent"), ("GET", "query"), ("GET", "query"),
    ("GET", "query/{v}"), ("GET", "queryAll"), ("GET", "search"), ("GET POST", "parameterizedSearch"),
    ("POST", "parameterizedSearch"), ("GET", "limits"), ("GET", "limits/recordCount"), ("POST", "composite"),
    ("POST", "composite"), ("POST", "composite/batch"), ("POST PATCH", "composite/sobjects"),
    ("DELETE", "composite/sobjects"), ("GET POST", "composite/sobjects/{o}"), ("PATCH", "composite/sobjects/{o}/{f}"),
    ("POST", "composite/tree/{o}"), ("GET", "analytics"), ("GET POST", "analytics/reports"),
    ("POST", "analytics/reports/query"), ("GET POST PATCH DELETE", "analytics/reports/{i}"),
    ("POST", "analytics/reports/{i}"), ("POST", "analytics/reports/{i}"), ("GET", "analytics/reports/{i}/describe"),
    ("GET POST", "analytics/reports/{i}/instances"), ("GET DELETE", "analytics/reports/{i}/instances/{i}"),
    ("GET POST PUT", "analytics/dashboards/{i}"), ("GET", "analytics/dashboards/{i}/describe"),
    ("GET", "analytics/dashboards/{i}/status"), ("GET", ""), ("GET", "nowhere"), ("POST", "composite/graph"),
)  # fmt: skip
FIELDS = (
    "Id", "id", "Name", "LastName", "Email", "Amount", "CloseDate", "StageName", "AccountId", "Account", "Nothing",
    "attributes", "IsClosed", "CreatedDate", "Account.Name", "Owner.Name", "Description", "rowid", "",
)  # fmt: skip
COLUMNS = ("Name", "StageName", "Amount", "CLOSE_DATE", "CreatedDate", "IsClosed", "Owner.Name", "Account.Industry")
PARAMETERS = (
    "q", "q", "explain", "columns", "fields", "ids", "allOrNone", "sObjects", "start", "end", "limit", "sobject", "in",
    "Account.fields", "Account.limit", "Account.where", "Account.orderBy", "overallLimit", "offset", "includeDetails",
    "filter1", "loadComponentProperties", "cloneId", "_HttpMethod", "oauth_token", "metadata", "snippet", "where",
)  # fmt: skip
TEXTS = (
    "", "x", "'", "\\", "%", "\x00", "\ud7ff", "\u2028", "@{a.id}", "@{", "@{a[0].b}", "@{a.id}'", "true", "false",
    "null", "1", "-1", "2147483648", "9" * 30, "1e999", "NaN", "2026-11-23", "2026-11-23T10:00:00Z", "0000-00-00",
    "2026-11-23T10:00:00+00:00", "9999-12-31T23:59:59.999+0000", "SELECT Id FROM Account", "SELECT Id, Name FROM",
    "SELECT COUNT() FROM Contact", "SELECT StageName, SUM(Amount) FROM Opportunity GROUP BY StageName", "FIND {acme}",
    "FIND {acme} IN ALL FIELDS RETURNING Account(Id)", "acme", "ALL", "Id,Name", "Name,Nothing", "Account,Contact",
    "PATCH", "DELETE", "/services/data/v66.0/limits", "/services/data/v66.0/sobjects/Account", "v66.0/limits",
    "/services/data/v66.0/query?q=SELECT+Id+FROM+Account", "https://[", "//", "a/b", "..", "%2e%2e", "\U0001f600",
    "TABULAR", "SUMMARY", "MATRIX", "equals", "contains", "RowCount", "s!Amount", "THIS_MONTH", "1 AND (2 OR 3)", "Asc",
)  # fmt: skip
USUAL = (
    ("query", "q=SELECT+Id,Name,(SELECT+Id+FROM+Contacts)+FROM+Account+LIMIT+3"),
    ("queryAll", "q=SELECT+COUNT()+FROM+Lead"),
    ("deleted", "start=2026-11-01T00:00:00Z&end=2027-11-20T00:00:00%2B00:00"), ("updated", "start=x&end=2026-11-20"),
    ("search", "q=FIND+{acme}+RETURNING+Account(Id,Name)"), ("parameterizedSearch", "q=acme&sobject=Account"),
    ("{i}", "includeDetails=true&fields=Id,Name"), ("layout", "q=Account"), ("Layouts", "q=Account,Contact"),
)  # fmt: skip
KEYS = (
    "records", "compositeRequest", "batchRequests", "allOrNone", "haltOnError", "collateSubrequests", "method", "url",
    "referenceId", "body", "richInput", "httpHeaders", "attributes", "type", "id", "Id", "ids", "fields", "Name",
    "LastName", "Contacts", "Amount", "CloseDate", "StageName", "AccountId", "Account", "q", "sobjects", "name",
    "limit", "where", "orderBy", "overallLimit", "reportMetadata", "reportFilters", "column", "operator", "value",
    "groupingsDown", "groupingsAcross", "dateGranularity", "sortAggregate", "sortBy", "sortColumn", "aggregates",
    "detailColumns", "scope", "reportFormat", "reportBooleanFilter", "standardDateFilter", "durationValue",
    "componentIds", "reportType", "buckets",
)  # fmt: skip
HEADERS: Sequence[tuple[str, tuple[str, ...]]] = (
    ("accept", ("application/xml", "*/*;q=x", "text/html", "application/json;q=0,application/xml;q=1.0")),
    ("accept-encoding", ("gzip", "gzip;q=0", "br, gzip;q=1.000")),
    ("content-encoding", ("gzip", "br", "identity")),
    ("if-modified-since", ("Mon, 23 Nov 2026 10:00:00 GMT", "yesterday", "Mon, 99 Nov 99999 10:00:00 GMT", "")),
    ("if-unmodified-since", ("Mon, 23 Nov 2020 10:00:00 GMT", "\xff")),
    ("if-match", ('"x"', "*", "W/")),
    ("if-none-match", ('"x", *', "*")),
    ("sforce-query-options", ("batchSize=200", "batchSize=999999999999", "batchSize=-1")),
    ("sforce-duplicate-rule-header", ("allowSave=true", "allowSave=;;", "x")),
    ("sforce-call-options", ("client=x", "")),
    ("x-prettyprint", ("1", "yes")),
    ("x-long", ("x" * 17_000, "x", "x", "x")),
)
TYPES = (
    "application/json", "application/json", "application/json; charset=utf-16", "application/xml", "", "text/plain",
    "application/json; charset=nonsense", "multipart/form-data", ";;;", "application/x-www-form-urlencoded",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanton:
    """A request: everything as it goes over the wire."""

    method: str
    path: bytes
    query: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


class Maker:
    """Makes requests to an org.

    Args:
        ids: Of records, reports and dashboards that are there, by object; and others.
        token: A good one.
    """

    def __init__(self, ids: Mapping[str, Sequence[str]], token: str) -> None:
        self._ids = ids
        self._any = tuple(record_id for listed in ids.values() for record_id in listed)
        self._token = token

    def make(self, chance: Random) -> Wanton:
        """The next request."""
        methods, route = chance.choice(ROUTES)
        return Wanton(
            method=chance.choice(methods.split()) if chance.random() < 0.85 else chance.choice(METHODS),
            path=self._path(chance, route),
            query=self._query(chance, route),
            headers=self._headers(chance),
            body=self._body(chance, route),
        )

    def _path(self, chance: Random, route: str) -> bytes:
        version = "v66.0" if chance.random() < 0.8 else chance.choice(VERSIONS)
        if chance.random() < 0.9:
            below = self._filled(chance, route)
        else:
            below = "/".join(quote(self._text(chance), safe="") for _ in range(chance.randrange(7)))
        end = chance.choice(("", "", "", "", "", "", "/", ".json", ".xml", "//", "%"))
        if chance.random() < 0.03:
            return bytes(chance.randrange(33, 127) for _ in range(chance.randrange(40)))
        return quote(f"/services/data/{version}/{below}{end}", safe="/%.").encode()

    def _filled(self, chance: Random, route: str) -> str:
        fitting = "Report" if "reports" in route else "Dashboard" if "dashboards" in route else chance.choice(OBJECTS)
        ids = self._ids.get(fitting, self._any) if chance.random() < 0.9 else self._any
        for mark, values in (("{o}", (fitting,)), ("{i}", ids), ("{f}", FIELDS), ("{v}", TEXTS)):
            while mark in route:
                value = chance.choice(values) if chance.random() < 0.9 else self._text(chance)
                route = route.replace(mark, quote(value, safe="") or "-", 1)
        return route

    def _query(self, chance: Random, route: str) -> bytes:
        if chance.random() < 0.01:
            return b"q=" + b"x" * chance.choice((16_000, 17_000, 40_000))
        if chance.random() < 0.6 and (usual := next((item for part, item in USUAL if route.endswith(part)), "")):
            return usual.encode()
        pairs = [(chance.choice(PARAMETERS), self._value(chance)) for _ in range(chance.choice((0, 1, 1, 2, 3)))]
        return "&".join(f"{name}={quote(value, safe=chance.choice(('', '/+%')))}" for name, value in pairs).encode()

    def _headers(self, chance: Random) -> tuple[tuple[bytes, bytes], ...]:
        token = self._token if chance.random() < 0.95 else self._text(chance)
        given = {"authorization": f"{chance.choice(('Bearer', 'Bearer', 'Bearer', 'OAuth'))} {token}"}
        given["content-type"] = chance.choice(TYPES) if chance.random() < 0.3 else "application/json"
        for _ in range(chance.choice((0, 0, 0, 1, 2))):
            name, values = chance.choice(HEADERS)
            given[name] = chance.choice(values)
        return tuple((name.encode(), value.encode("latin-1", "replace")) for name, value in given.items())

    def _body(self, chance: Random, route: str) -> bytes:
        kind = chance.random()
        if kind < 0.1:
            return chance.randbytes(chance.randrange(30))
        if kind < 0.15:
            return gzip.compress(b"{}", mtime=0)
        text = json.dumps(self._document(chance, route))
        return (text[: chance.randrange(len(text) + 1)] if kind < 0.2 else text).encode("utf-8", "replace")

    def _document(self, chance: Random, route: str = "") -> Any:
        fitting = (
            ("composite", self._composite), ("batch", self._batch), ("tree/{o}", self._tree), ("reports", self._report),
            ("analytics/reports/{i}", self._report), ("analytics/reports/query", self._report),
            ("composite/sobjects", self._collection), ("{f}", self._collection), ("sobjects/{o}", self._record),
        )  # fmt: skip
        make = next((made for part, made in fitting if route.endswith(part)), None)
        if make is not None and chance.random() < 0.8:
            return make(chance)
        makers: tuple[Callable[[Random], Any], ...] = (
            self._anything, self._record, self._collection, self._composite, self._batch, self._report, self._tree,
        )  # fmt: skip
        return chance.choice(makers)(chance)

    def _record(self, chance: Random) -> Any:
        usual = {"Name": "x", "LastName": "y", "Id": chance.choice(self._any)}
        given = {name: value for name, value in usual.items() if chance.random() < 0.5}
        return {"attributes": {"type": chance.choice(OBJECTS), "referenceId": self._text(chance)}} | given | {
            chance.choice(FIELDS): self._anything(chance) for _ in range(chance.choice((0, 0, 1, 3)))
        }  # fmt: skip

    def _collection(self, chance: Random) -> Any:
        records = [self._record(chance) for _ in range(chance.choice((0, 1, 3, 201)))]
        return {"allOrNone": chance.choice((True, False, None, "x")), "records": records, "ids": [self._value(chance)],
                "fields": [chance.choice(FIELDS)]}  # fmt: skip

    def _tree(self, chance: Random) -> Any:
        record = self._record(chance)
        for name in ("Contacts", "Opportunities", "Nothing")[: chance.randrange(4)]:
            record[name] = {"records": [self._record(chance)]}
        return {"records": [record]}

    def _composite(self, chance: Random) -> Any:
        count = chance.choice((1, 2, 3, 3, 26))
        return {
            "allOrNone": chance.choice((True, False)),
            "compositeRequest": [self._subrequest(chance, number) for number in range(count)],
        }

    def _subrequest(self, chance: Random, number: int) -> Any:
        return {
            "method": chance.choice(METHODS[:5]),
            "url": self._url(chance),
            "referenceId": f"{chance.choice('abc')}{number}{chance.choice(('', '', '', '-'))}",
            "body": self._document(chance) if chance.random() < 0.3 else self._record(chance),
            "httpHeaders": chance.choice(({}, {}, {}, None, {"If-Match": "*"}, {"Accept": "x"}, "x")),
        }

    def _batch(self, chance: Random) -> Any:
        return {"haltOnError": chance.choice((True, False)), "batchRequests": [
            {"method": chance.choice(METHODS), "url": self._url(chance), "richInput": self._anything(chance)}
            for _ in range(chance.choice((1, 2, 26)))
        ]}  # fmt: skip

    def _report(self, chance: Random) -> Any:
        def pick(*values: str) -> str:
            return chance.choice(values) if chance.random() < 0.9 else self._text(chance)

        def grouping() -> Any:
            part = pick("None", "DAY", "MONTH", "Quarter", "Year", "WEEK")
            return {"name": pick(*COLUMNS), "dateGranularity": part, "sortAggregate": pick("RowCount", "s!Amount")}

        def filtered() -> Any:
            return {
                "column": pick(*COLUMNS),
                "operator": pick("equals", "notEqual", "contains", "notContain", "lessThan", "includes"),
                "value": pick("a", "a,b", "5", "true", "2026-11-23", "THIS_MONTH", ""),
            }

        down, across, filters = (chance.choice((0, 1, 1, 2)) for _ in range(3))
        shape = "MATRIX" if down and across else "SUMMARY" if down else "TABULAR"
        return {
            "reportMetadata": {
                "name": pick("A report"),
                "reportType": {"type": pick("Opportunity", "OpportunityList")},
                "reportFormat": pick(shape),
                "detailColumns": [pick(*COLUMNS) for _ in range(chance.randrange(4))],
                "groupingsDown": [grouping() for _ in range(down)],
                "groupingsAcross": [grouping() for _ in range(across if down else 0)],
                "aggregates": ["RowCount", f"{chance.choice('samxu')}!{pick('Amount', 'Probability', 'CloseDate')}"],
                "reportFilters": [filtered() for _ in range(filters)],
                "reportBooleanFilter": chance.choice((None, None, "1", "1 AND 2", "1 OR 2", self._text(chance))),
                "standardDateFilter": chance.choice(
                    (None, {"column": "CloseDate", "durationValue": pick("THIS_YEAR")})
                ),
                "sortBy": [{"sortColumn": pick(*COLUMNS), "sortOrder": chance.choice(("Asc", "Desc"))}],
            }
        }

    def _url(self, chance: Random) -> str:
        if chance.random() < 0.15:
            return self._text(chance)
        _, route = chance.choice(ROUTES)
        query = self._query(chance, route)[:200].decode()
        return f"/services/data/v{chance.choice((66, 66, 66, 51, 30))}.0/{self._filled(chance, route)}?{query}"

    def _anything(self, chance: Random, depth: int = 3) -> Any:
        kind = chance.randrange(9 if depth else 6)
        if kind == 6:
            return [self._anything(chance, depth - 1) for _ in range(chance.randrange(4))]
        if kind > 6:
            return {chance.choice(KEYS): self._anything(chance, depth - 1) for _ in range(chance.randrange(4))}
        numbers = (0, 1, -1, 5.5, 1e308, 2**70, -0.0)
        return chance.choice((None, True, False, chance.choice(numbers), self._value(chance), self._text(chance)))

    def _value(self, chance: Random) -> str:
        return chance.choice(self._any) if chance.random() < 0.3 else self._text(chance)

    def _text(self, chance: Random) -> str:
        if chance.random() < 0.8:
            return chance.choice(TEXTS)
        return "".join(
            chr(chance.choice((chance.randrange(128), chance.randrange(0xD7FF)))) for _ in range(chance.randrange(9))
        )
