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
    updated, made_anew = rest.patch("/composite/sobjects/Account/Id", json=body).json()
    assert (updated["id"], updated["success"], updated["created"]) == (made, True, False)
    assert (made_anew["success"], made_anew["created"]) == (True, True)


def test_more_than_200_records_and_records_without_a_type_are_refused(rest):
    many = rest.post("/composite/sobjects", json={"records": [account(Name="x")] * 201})
    assert (many.status_code, many.json()[0]["errorCode"]) == (400, "EXCEEDED_ID_LIMIT")
    (untyped,) = rest.post("/composite/sobjects", json={"records": [{"Name": "x"}]}).json()
    assert untyped["success"] is False
    assert rest.post("/composite/sobjects", json={"records": "x"}).status_code == 400


def test_a_record_updated_twice_in_one_call_is_refused_the_second_time(org, rest):
    made = rest.post("/sobjects/Account", json={"Name": "Twice"}).json()["id"]
    updates = [account(id=made, Industry="Energy"), account(Id=made[:15], Industry="Media"), account(Industry="Other")]
    first, second, nameless = rest.patch("/composite/sobjects", json={"records": updates}).json()
    assert first == {"id": made, "success": True, "errors": []}
    assert second["errors"][0]["statusCode"] == "DUPLICATE_VALUE"
    assert nameless["errors"][0]["statusCode"] == "MISSING_ARGUMENT"
    assert org.query(f"SELECT Industry FROM Account WHERE Id = '{made}'")[0]["Industry"] == "Energy"


def test_an_id_of_another_object_and_an_id_deleted_twice_fail_alone(rest):
    made = rest.post("/sobjects/Account", json={"Name": "Once"}).json()["id"]
    body = {"records": [{"attributes": {"type": "Contact"}, "id": made, "LastName": "x"}]}
    assert rest.patch("/composite/sobjects", json=body).json()[0]["errors"][0]["statusCode"] == "MALFORMED_ID"
    good, again = rest.delete("/composite/sobjects", params={"ids": f"{made},{made}"}).json()
    assert (good["success"], again["errors"][0]["statusCode"]) == (True, "ENTITY_IS_DELETED")


def test_deleting_all_or_none_takes_the_good_ones_back(org, rest):
    made = rest.post("/sobjects/Account", json={"Name": "Stays"}).json()["id"]
    gone = rest.delete("/composite/sobjects", params={"ids": f"{made},001000000000000AAA", "allOrNone": "true"}).json()
    assert gone[0]["errors"][0]["statusCode"] == ROLLED_BACK
    assert len(org.query(f"SELECT Id FROM Account WHERE Id = '{made}'")) == 1


def test_records_of_several_objects_go_together(rest):
    records = [account(Name="Mixed"), {"attributes": {"type": "Contact"}, "LastName": "Mixed"}]
    made = rest.post("/composite/sobjects", json={"records": records}).json()
    assert [outcome["id"][:3] for outcome in made] == ["001", "003"]


def test_several_reasons_are_all_given(rest):
    records = [{"attributes": {"type": "Contact"}, "LastName": "x" * 81, "Email": "no address"}]
    (outcome,) = rest.post("/composite/sobjects", json={"records": records}).json()
    assert {"STRING_TOO_LONG", "INVALID_EMAIL_ADDRESS"} >= {error["statusCode"] for error in outcome["errors"]}
    assert all(set(error) == {"statusCode", "message", "fields"} for error in outcome["errors"])


def test_more_can_be_read_than_written_and_flags_must_be_flags(rest):
    ids = ["001000000000000AAA"] * 201
    body = {"ids": ids, "fields": ["Id"]}
    assert rest.post("/composite/sobjects/Account", json=body).json() == [None] * 201
    assert rest.post("/composite/sobjects/Account", json={**body, "ids": ids * 10}).status_code == 400
    assert rest.post("/composite/sobjects/Account", json={**body, "ids": "x"}).status_code == 400
    flagged = rest.post("/composite/sobjects", json={"records": [], "allOrNone": "true"})
    assert (flagged.status_code, flagged.json()[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")
    assert rest.delete("/composite/sobjects", params={"ids": ",".join(ids)}).status_code == 400
    assert rest.delete("/composite/sobjects").status_code == 400
