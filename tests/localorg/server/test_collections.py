"""Collections: one operation on many records, each with a result of its own."""

from __future__ import annotations

ROLLED_BACK = "ALL_OR_NONE_OPERATION_ROLLED_BACK"


def account(**fields):
    return {"attributes": {"type": "Account"}, **fields}


def test_each_record_gets_its_own_result_in_order(org, rest):
    answer = rest.post("/composite/sobjects", json={"records": [account(Name="Bulk"), account()]})
    good, bad = answer.json()
    assert answer.status_code == 200
    assert (good["success"], good["errors"]) == (True, [])
    assert bad == {
        "success": False,
        "errors": [
            {
                "statusCode": "REQUIRED_FIELD_MISSING",
                "message": "Required fields are missing: [Name]",
                "fields": ["Name"],
            }
        ],
    }
    assert len(org.query("SELECT Id FROM Account WHERE Name = 'Bulk'")) == 1


def test_all_or_none_takes_the_good_ones_back(org, rest):
    body = {"allOrNone": True, "records": [account(Name="Undone"), account()]}
    good, bad = rest.post("/composite/sobjects", json=body).json()
    assert good["errors"][0]["statusCode"] == ROLLED_BACK
    assert bad["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    assert org.query("SELECT Id FROM Account WHERE Name = 'Undone'") == []


def test_update_retrieve_and_delete_many(org, rest):
    made = rest.post("/composite/sobjects", json={"records": [account(Name="One"), account(Name="Two")]}).json()
    ids = [outcome["id"] for outcome in made]
    updates = {"records": [account(id=ids[0], Industry="Energy"), account(id=ids[1], Industry="Media")]}
    assert [outcome["success"] for outcome in rest.patch("/composite/sobjects", json=updates).json()] == [True, True]
    query = {"ids": ",".join([*ids, "001000000000000AAA"]), "fields": "Name,Industry"}
    rows = rest.get("/composite/sobjects/Account", params=query).json()
    assert [row and row["Industry"] for row in rows] == ["Energy", "Media", None]
    again = rest.post("/composite/sobjects/Account", json={"ids": ids, "fields": ["Name"]}).json()
    assert [row["Name"] for row in again] == ["One", "Two"]
    gone = rest.delete("/composite/sobjects", params={"ids": ",".join([*ids, "zzz"]), "allOrNone": "false"}).json()
    assert [outcome["success"] for outcome in gone] == [True, True, False]


def test_upserting_many_tells_what_was_created(rest):
    made = rest.post("/sobjects/Account", json={"Name": "Upsert me"}).json()["id"]
    body = {"records": [account(Id=made, Name="Upserted"), account(Name="No id")]}
    updated, missing = rest.patch("/composite/sobjects/Account/Id", json=body).json()
    assert (updated["id"], updated["success"], updated["created"]) == (made, True, False)
    assert missing["success"] is False


def test_more_than_200_records_and_records_without_a_type_are_refused(rest):
    many = rest.post("/composite/sobjects", json={"records": [account(Name="x")] * 201})
    assert (many.status_code, many.json()[0]["errorCode"]) == (400, "EXCEEDED_ID_LIMIT")
    (untyped,) = rest.post("/composite/sobjects", json={"records": [{"Name": "x"}]}).json()
    assert untyped["success"] is False
    assert rest.post("/composite/sobjects", json={"records": "x"}).status_code == 400
