"""A file opened again with another schema: what is new is added, what would be lost is refused."""

from __future__ import annotations

import pytest

from langchain_sfconnect.localorg.engine import Engine
from langchain_sfconnect.localorg.schema import SchemaError

TEXT = {"type": "text", "length": 40}


def objects(**declared):
    return {"objects": {f"{name}__c": {"label": name, **more} for name, more in declared.items()}}


@pytest.fixture
def open_org(tmp_path, clock):
    """Open the one file of this test with a schema; the org is closed when the next is opened."""
    opened: list[Engine] = []

    def open_with(schema, *, seed: bool = False) -> Engine:
        while opened:
            opened.pop().close()
        opened.append(Engine(str(tmp_path / "org.db"), clock=clock, seed=seed, schema=schema))
        return opened[-1]

    yield open_with
    while opened:
        opened.pop().close()


def session_of(engine: Engine):
    return engine.session(engine.users()[0]["Id"])


def test_new_objects_and_fields_are_added_and_old_records_keep_what_they_have(open_org):
    first = session_of(open_org(objects(A={"fields": {"Old__c": TEXT}})))
    record_id = first.create("A__c", {"Name": "kept", "Old__c": "value"})
    account = first.create("Account", {"Name": "Acme"})

    more = {
        "Old__c": TEXT,
        "New__c": {"type": "text", "length": 9, "external_id": True},
        "Yes__c": {"type": "checkbox"},
    }
    schema = objects(A={"fields": more}, B={"fields": {"A__c": {"type": "lookup", "to": "A__c"}}})
    schema["objects"]["Account"] = {"fields": {"Tier__c": {"type": "int"}}}
    again = session_of(open_org(schema))
    assert again.retrieve("A__c", record_id, ["Name", "Old__c", "New__c", "Yes__c"]) | {"attributes": 0} == {
        "attributes": 0, "Name": "kept", "Old__c": "value", "New__c": None, "Yes__c": False, "Id": record_id,
    }  # fmt: skip
    again.update("A__c", record_id, {"New__c": "n", "Yes__c": True})
    again.update("Account", account, {"Tier__c": 3})
    assert again.retrieve_by("A__c", "New__c", "n", ["Name"])["Name"] == "kept"
    assert again.create("A__c", {"Name": "next"}) > record_id
    child = again.create("B__c", {"Name": "b", "A__c": record_id})
    assert again.query("SELECT A__r.New__c FROM B__c")["records"][0]["A__r"]["New__c"] == "n"
    assert child.startswith("a01")


def test_words_of_old_records_are_found_by_new_and_old_fields(open_org):
    first = session_of(open_org(objects(A={"fields": {"Old__c": TEXT}})))
    record_id = first.create("A__c", {"Name": "one", "Old__c": "lantern"})
    again = session_of(open_org(objects(A={"fields": {"Old__c": TEXT, "New__c": TEXT}})))

    def found(word: str) -> list[str]:
        return [record["Id"] for record in again.search(f"FIND {{{word}}} RETURNING A__c(Id)")["searchRecords"]]

    assert found("lantern") == [record_id]
    again.update("A__c", record_id, {"New__c": "harbour"})
    assert found("lantern") == found("harbour") == [record_id]


def test_an_object_keeps_its_key_prefix_whatever_is_declared_before_it(open_org):
    record_id = session_of(open_org(objects(B={}))).create("B__c", {"Name": "first"})
    engine = open_org(objects(A={}, B={}))
    assert (engine.schema["B__c"].prefix, engine.schema["A__c"].prefix) == ("a00", "a01")
    assert session_of(engine).retrieve("B__c", record_id, ["Name"])["Name"] == "first"


@pytest.mark.parametrize(
    ("changed", "place", "said"),
    [
        (objects(), "objects.A__c", "1 records of it"),
        (objects(A={}), "objects.A__c.fields.Key__c", "1 records have a value"),
        (objects(A={"fields": {"Key__c": {"type": "int"}}}), "objects.A__c.fields.Key__c", "now of another kind"),
        (
            objects(A={"fields": {"Key__c": {**TEXT, "unique": True, "case_sensitive": True}}}),
            "objects.A__c.fields.Key__c",
            "now of another kind",
        ),
        (
            objects(A={"fields": {"Key__c": {"type": "text", "length": 3}}}),
            "objects.A__c.fields.Key__c",
            "now 3 characters long, but 1 records have more",
        ),
    ],
)
def test_what_would_be_lost_is_refused_and_stays(open_org, changed, place, said):
    before = objects(A={"fields": {"Key__c": TEXT}})
    record_id = session_of(open_org(before)).create("A__c", {"Name": "x", "Key__c": "value"})
    with pytest.raises(SchemaError) as caught:
        open_org(changed)
    (problem,) = caught.value.problems
    assert problem.startswith(place)
    assert said in problem
    assert "open a new file" in problem
    assert session_of(open_org(before)).retrieve("A__c", record_id, ["Key__c"])["Key__c"] == "value"


def test_what_nobody_used_may_go_and_come_back_as_something_else(open_org):
    fields = {"Free__c": TEXT, "Sized__c": TEXT, "Flag__c": {"type": "checkbox"}, "Key__c": {**TEXT, "unique": True}}
    record_id = session_of(open_org(objects(A={"fields": fields}, Gone={}))).create("A__c", {"Name": "x"})
    changed = {"Free__c": {"type": "int"}, "Sized__c": {"type": "text", "length": 2}}
    again = session_of(open_org(objects(A={"fields": changed})))
    again.update("A__c", record_id, {"Free__c": 4, "Sized__c": "ab"})
    assert again.retrieve("A__c", record_id, ["Free__c"])["Free__c"] == 4
    assert "Gone__c" not in {item["name"] for item in again.describe_global()["sobjects"]}
    assert "Key__c" not in {field["name"] for field in again.describe("A__c")["fields"]}


def test_rules_profiles_and_record_types_follow_the_schema_and_are_not_planted_twice(open_org):
    def schema(label: str, *, api: bool):
        return {
            "objects": {"Account": {"record_types": [{"developer_name": "Key", "label": label}]}},
            "profiles": {"P": {"api_enabled": api}},
            "users": [{"username": "ann@x.example", "last_name": "Lee", "profile": "P"}],
        }

    open_org(schema("First", api=True))
    again = session_of(open_org(schema("Second", api=False)))
    assert [row["Name"] for row in again.query("SELECT Name FROM RecordType")["records"]] == ["Second"]
    profiles = again.query("SELECT PermissionsApiEnabled FROM Profile WHERE Name = 'P'")["records"]
    assert [row["PermissionsApiEnabled"] for row in profiles] == [False]
    assert again.query("SELECT COUNT() FROM User WHERE Username = 'ann@x.example'")["totalSize"] == 1


def test_the_same_schema_changes_nothing_in_a_file(open_org):
    schema = objects(A={"fields": {"Key__c": TEXT}})

    def content(engine: Engine) -> list[str]:
        return list(engine.database._connection.iterdump())

    before = content(open_org(schema, seed=True))
    assert content(open_org(schema, seed=True)) == before


def test_a_condition_that_is_no_soql_leaves_the_file_as_it_was(open_org):
    session_of(open_org(None)).create("Account", {"Name": "Acme"})
    rule = {"name": "Odd", "when": "Nonsense = 3", "message": "No."}
    with pytest.raises(SchemaError):
        open_org({"objects": {"Account": {"fields": {"X__c": TEXT}, "validation_rules": [rule]}}})
    assert session_of(open_org(None)).query("SELECT COUNT() FROM Account")["totalSize"] == 1
