"""Composite: references, rollback, limits, and collections inside."""

from __future__ import annotations

from urllib.parse import quote

import pytest

ROLLED_BACK = "The transaction was rolled back since another operation in the same transaction failed."
BASE = "/services/data/v66.0"


def sub(method: str, path: str, reference_id: str, body=None, **more):
    given = {"method": method, "url": BASE + path, "referenceId": reference_id, **more}
    return given if body is None else {**given, "body": body}


def composite(rest, *subrequests, **more):
    answer = rest.post("/composite", json={"compositeRequest": list(subrequests), **more})
    assert answer.status_code == 200, answer.text
    return answer.json()["compositeResponse"]


def count(org, name: str) -> int:
    return len(org.query(f"SELECT Id FROM Account WHERE Name = '{name}'"))


def test_later_subrequests_use_what_earlier_ones_made(org, rest):
    created, linked, read, queried = composite(
        rest,
        sub("POST", "/sobjects/Account", "refAcc", {"Name": "Referenced"}),
        sub("POST", "/sobjects/Contact", "refCon", {"LastName": "Wong", "AccountId": "@{refAcc.id}"}),
        sub("GET", "/sobjects/Account/@{refAcc.id}?fields=Name", "read"),
        sub("GET", "/query?q=SELECT+Id,Name+FROM+Contact+WHERE+AccountId='@{refAcc.id}'", "q1"),
    )
    account_id = created["body"]["id"]
    assert created == {
        "body": {"id": account_id, "success": True, "errors": []},
        "httpHeaders": {"Location": f"{BASE}/sobjects/Account/{account_id}"},
        "httpStatusCode": 201,
        "referenceId": "refAcc",
    }
    assert read["body"]["Name"] == "Referenced"
    assert [row["Id"] for row in queried["body"]["records"]] == [linked["body"]["id"]]
    assert org.query(f"SELECT AccountId FROM Contact WHERE Id = '{linked['body']['id']}'")[0]["AccountId"] == account_id


def test_references_reach_into_lists_and_keep_the_type_of_what_they_find(org, rest):
    rest.post("/sobjects/Account", json={"Name": "Typed", "AnnualRevenue": 1250, "NumberOfEmployees": None})
    queried, copied = composite(
        rest,
        sub("GET", "/query?q=SELECT+AnnualRevenue,NumberOfEmployees+FROM+Account+WHERE+Name='Typed'", "q"),
        sub(
            "POST",
            "/sobjects/Account",
            "copy",
            {
                "Name": "Copy of @{q.totalSize}",
                "AnnualRevenue": "@{q.records[0].AnnualRevenue}",
                "NumberOfEmployees": "@{q.records[0].NumberOfEmployees}",
            },
        ),
    )
    assert (queried["httpStatusCode"], copied["httpStatusCode"]) == (200, 201)
    row = org.query(f"SELECT Name, AnnualRevenue FROM Account WHERE Id = '{copied['body']['id']}'")[0]
    assert (row["Name"], row["AnnualRevenue"]) == ("Copy of 1", 1250)


def test_a_failure_halts_what_depends_on_it_and_nothing_else(org, rest):
    failed, halted, independent = composite(
        rest,
        sub("POST", "/sobjects/Account", "bad", {}),
        sub("POST", "/sobjects/Contact", "child", {"LastName": "X", "AccountId": "@{bad.id}"}),
        sub("POST", "/sobjects/Account", "good", {"Name": "Independent"}),
    )
    assert failed["body"][0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert (halted["httpStatusCode"], halted["body"][0]["errorCode"]) == (400, "PROCESSING_HALTED")
    assert halted["body"][0]["message"].startswith("Invalid reference specified. No value for bad.id found in bad.")
    assert independent["httpStatusCode"] == 201
    assert count(org, "Independent") == 1


def test_all_or_none_takes_everything_back_and_the_culprit_keeps_its_own_error(org, rest):
    first, culprit, last = composite(
        rest,
        sub("POST", "/sobjects/Account", "a", {"Name": "Rolled back"}),
        sub("POST", "/sobjects/Contact", "b", {"FirstName": "No last name"}),
        sub("POST", "/sobjects/Account", "c", {"Name": "Rolled back"}),
        allOrNone=True,
    )
    halted = [{"errorCode": "PROCESSING_HALTED", "message": ROLLED_BACK}]
    assert (first["body"], first["httpStatusCode"], first["httpHeaders"]) == (halted, 400, {})
    assert (last["body"], last["httpStatusCode"]) == (halted, 400)
    assert culprit["body"][0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert count(org, "Rolled back") == 0


def test_all_or_none_keeps_everything_when_nothing_fails(org, rest):
    composite(rest, sub("POST", "/sobjects/Account", "a", {"Name": "All kept"}), allOrNone=True)
    assert count(org, "All kept") == 1


@pytest.mark.parametrize(
    "reference", ["@{nobody.id}", "@{a.Id}", "@{a.errors}", "@{a}", "@{a.id.more}", "@{a[0]}", "@{}"]
)
def test_a_reference_to_nothing_is_an_error_of_that_subrequest(rest, reference):
    _, halted = composite(
        rest,
        sub("POST", "/sobjects/Account", "a", {"Name": "Parent"}),
        sub("POST", "/sobjects/Contact", "b", {"LastName": "X", "AccountId": reference}),
    )
    assert (halted["httpStatusCode"], halted["body"][0]["errorCode"]) == (400, "PROCESSING_HALTED")


def test_updates_and_deletes_answer_null_bodies(rest):
    created, updated, deleted = composite(
        rest,
        sub("POST", "/sobjects/Account", "a", {"Name": "Brief"}),
        sub("PATCH", "/sobjects/Account/@{a.id}", "b", {"Industry": "Energy"}),
        sub("DELETE", "/sobjects/Account/@{a.id}", "c"),
    )
    assert created["httpStatusCode"] == 201
    assert [(part["httpStatusCode"], part["body"]) for part in (updated, deleted)] == [(204, None), (204, None)]


def test_a_query_longer_than_a_uri_goes_through_composite(rest):
    long = "SELECT Id FROM Account WHERE Name IN (" + ",".join(f"'{n:04}'" for n in range(3000)) + ") LIMIT 1"
    assert rest.get("/query", params={"q": long}).status_code == 414
    (answer,) = composite(rest, sub("GET", f"/query?q={quote(long)}", "q"))
    assert answer["httpStatusCode"] == 200


def test_a_whole_composite_is_one_call(rest):
    before = int(rest.get("/limits").headers["sforce-limit-info"].split("=")[1].split("/")[0])
    composite(rest, *(sub("GET", "/limits", f"r{n}") for n in range(5)))
    after = int(rest.get("/limits").headers["sforce-limit-info"].split("=")[1].split("/")[0])
    assert after == before + 2


def test_more_than_25_subrequests_or_5_queries_are_refused_as_a_whole(org, rest):
    creates = [sub("POST", "/sobjects/Account", f"r{n}", {"Name": "Too many"}) for n in range(26)]
    for subrequests in (creates, [sub("GET", "/query?q=SELECT+Id+FROM+Account", f"q{n}") for n in range(6)]):
        (answer,) = composite(rest, *subrequests)
        assert (answer["httpStatusCode"], answer["referenceId"]) == (400, None)
        assert answer["body"][0]["errorCode"] == "LIMIT_EXCEEDED"
    assert count(org, "Too many") == 0


@pytest.mark.parametrize(
    "wrong",
    [
        sub("POST", "/sobjects/Account", "has-dash", {"Name": "x"}),
        sub("post", "/sobjects/Account", "a", {"Name": "x"}),
        {"method": "GET", "url": "/sobjects/Account", "referenceId": "a"},
        {"method": "GET", "url": "https://elsewhere.example/services/data/v66.0/limits", "referenceId": "a"},
        {"method": "GET", "url": f"{BASE}/limits"},
        sub("GET", "/limits", "a", httpHeaders={"Authorization": "Bearer x"}),
        "text",
    ],
)
def test_a_malformed_subrequest_fails_the_whole_request(rest, wrong):
    answer = rest.post("/composite", json={"compositeRequest": [sub("GET", "/limits", "ok"), wrong]})
    assert answer.status_code == 400
    assert answer.json()[0]["errorCode"]


def test_composites_do_not_nest(rest):
    (answer,) = composite(rest, sub("POST", "/composite", "a", {"compositeRequest": []}))
    assert answer["httpStatusCode"] == 404


def test_unknown_paths_and_methods_fail_only_their_subrequest(rest):
    unknown, wrong = composite(rest, sub("GET", "/nowhere", "a"), sub("PUT", "/sobjects/Account", "b", {}))
    assert (unknown["httpStatusCode"], wrong["httpStatusCode"]) == (404, 405)


def test_a_collection_inside_all_or_none_shows_success_for_a_record_that_is_gone(org, rest):
    records = [
        {"attributes": {"type": "Account"}, "Name": "Trapped"},
        {"attributes": {"type": "Account"}},
    ]
    collection, sibling = composite(
        rest,
        sub("POST", "/composite/sobjects", "many", {"allOrNone": False, "records": records}),
        sub("POST", "/sobjects/Account", "one", {"Name": "Trapped"}),
        allOrNone=True,
    )
    assert collection["httpStatusCode"] == 200
    assert [outcome["success"] for outcome in collection["body"]] == [True, False]
    assert sibling["body"][0]["message"] == ROLLED_BACK
    assert count(org, "Trapped") == 0


def test_a_reference_to_null_is_null_since_52_and_an_error_before(org, rest):
    def copied(version: str):
        base = f"/services/data/v{version}"
        soql = "SELECT+Site+FROM+Account+WHERE+Site=null+LIMIT+1"
        subrequests = [
            {"method": "GET", "url": f"{base}/query?q={soql}", "referenceId": "q"},
            {
                "method": "POST",
                "url": f"{base}/sobjects/Account",
                "referenceId": "new",
                "body": {"Name": "From null", "Site": "@{q.records[0].Site}"},
            },
        ]
        answer = rest.post(f"{org.instance_url}{base}/composite", json={"compositeRequest": subrequests}).json()
        return answer["compositeResponse"][1]["httpStatusCode"]

    assert (copied("66.0"), copied("52.0"), copied("51.0")) == (201, 201, 400)


def test_an_odd_reference_id_fails_the_request_since_52_only(org, rest):
    def status(version: str) -> int:
        base = f"/services/data/v{version}"
        subrequest = {"method": "GET", "url": f"{base}/limits", "referenceId": "has-dash"}
        return rest.post(f"{org.instance_url}{base}/composite", json={"compositeRequest": [subrequest]}).status_code

    assert (status("52.0"), status("51.0")) == (400, 200)


def test_a_subrequest_speaks_the_version_of_its_own_url(rest):
    old, retired, unknown = composite(
        rest,
        *(
            {"method": "GET", "url": f"/services/data/{version}/sobjects/Account", "referenceId": f"r{place}"}
            for place, version in enumerate(("v58.0", "v20.0", "v99.0"))
        ),
    )
    assert old["body"]["objectDescribe"]["urls"]["sobject"].startswith("/services/data/v58.0/")
    assert (retired["httpStatusCode"], unknown["httpStatusCode"]) == (410, 404)


def test_an_inner_all_or_none_counts_where_the_outer_one_is_off(org, rest):
    def saved(inner: bool, name: str) -> int:
        records = [{"attributes": {"type": "Account"}, "Name": name}, {"attributes": {"type": "Account"}}]
        body = {"allOrNone": inner, "records": records}
        (answer,) = composite(rest, sub("POST", "/composite/sobjects", "many", body))
        assert answer["httpStatusCode"] == 200
        return count(org, name)

    assert (saved(False, "Partly"), saved(True, "Wholly")) == (1, 0)


def test_references_name_their_subrequest_in_its_own_case(rest):
    _, halted = composite(
        rest,
        sub("POST", "/sobjects/Account", "refAcc", {"Name": "Case"}),
        sub("GET", "/sobjects/Account/@{REFACC.id}", "read"),
    )
    assert halted["body"][0]["message"].startswith(
        "Invalid reference specified. No value for REFACC.id found in REFACC."
    )


def test_a_reference_in_a_query_cannot_leave_its_quotes_unseen(rest):
    made, queried = composite(
        rest,
        sub("POST", "/sobjects/Account", "a", {"Name": "Quoted"}),
        sub("GET", "/query?q=SELECT+Name+FROM+Account+WHERE+Id='@{a.id}'&x=@{a.id}", "q"),
    )
    assert made["httpStatusCode"] == 201
    assert [row["Name"] for row in queried["body"]["records"]] == ["Quoted"]


@pytest.mark.parametrize("flag", ["allOrNone", "collateSubrequests"])
def test_flags_must_be_true_or_false(rest, flag):
    answer = rest.post("/composite", json={"compositeRequest": [sub("GET", "/limits", "a")], flag: "yes"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")


def test_a_reference_id_twice_fails_the_request(rest):
    twice = [sub("GET", "/limits", "same")] * 2
    assert rest.post("/composite", json={"compositeRequest": twice}).status_code == 400


def test_queries_collections_and_their_versions_of_paths_count_as_heavy(rest):
    heavy = [sub("GET", f"//query?q=SELECT+Id+FROM+Account+LIMIT+{n}", f"q{n}") for n in range(1, 6)]
    assert len(composite(rest, *heavy, sub("GET", "/sobjects/Account?note=/query", "light"))) == 6
    (refused,) = composite(rest, *heavy, sub("GET", "/composite/sobjects/Account?ids=x&fields=Id", "c"))
    assert refused["body"][0]["errorCode"] == "LIMIT_EXCEEDED"
