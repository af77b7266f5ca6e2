"""Custom objects, fields, rules, profiles and users, declared in a file or a mapping: what is made of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from langchain_sfconnect.localorg.clock import Clock
from langchain_sfconnect.localorg.engine import Engine
from langchain_sfconnect.localorg.schema import SchemaError, load_schema

EXAMPLE = Path(__file__).parents[3] / "examples" / "local_org_schema.yaml"
FIELDS = {
    "Text__c": {"type": "text", "length": 40, "default": "none", "help": "What it is"},
    "Key__c": {"type": "text", "length": 12, "external_id": True, "unique": True, "case_sensitive": True},
    "Area__c": {"type": "textarea"},
    "Long__c": {"type": "long_textarea", "length": 1000},
    "Rich__c": {"type": "rich_text"},
    "Number__c": {"type": "number", "precision": 10, "scale": 3},
    "Whole__c": {"type": "int", "default": 7},
    "Money__c": {"type": "currency", "precision": 16, "scale": 2, "required": True, "default": 1.5},
    "Share__c": {"type": "percent", "precision": 5, "scale": 1},
    "Flag__c": {"type": "checkbox", "default": True},
    "Day__c": {"type": "date", "required": True},
    "Moment__c": {"type": "datetime"},
    "Hour__c": {"type": "time"},
    "Mail__c": {"type": "email", "unique": True},
    "Phone__c": {"type": "phone"},
    "Link__c": {"type": "url"},
    "Choice__c": {"type": "picklist", "values": ["A", "B"], "default": "A", "restricted": True, "labels": {"A": "Ay"}},
    "Choices__c": {"type": "multipicklist", "values": ("x", "y")},
    "Account__c": {"type": "lookup", "to": "Account", "children": "Gadgets"},
    "Number_Of__c": {"type": "autonumber", "format": "G-{000}", "first": 5},
    "Spot__c": {"type": "geolocation", "scale": 5},
    "Secret__c": {"type": "encrypted", "length": 20},
}
GADGET = {"objects": {"Gadget__c": {"label": "Gadget", "plural": "Gadgets", "fields": FIELDS}}}


@pytest.fixture
def org(clock: Clock):
    engine = Engine(clock=clock, seed=False, schema=GADGET)
    yield engine
    engine.close()


@pytest.fixture
def session(org: Engine):
    return org.session(org.users()[0]["Id"])


@pytest.fixture
def described(session):
    return {field["name"]: field for field in session.describe("Gadget__c")["fields"]}


def test_a_custom_object_has_the_fields_salesforce_gives_every_custom_object(session, described):
    names = list(described)
    assert names[:9] == [
        "Id", "OwnerId", "IsDeleted", "Name", "CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById",
        "SystemModstamp",
    ]  # fmt: skip
    summary = session.basic_info("gadget__c")["objectDescribe"]
    assert (summary["name"], summary["custom"], summary["keyPrefix"]) == ("Gadget__c", True, "a00")
    assert (summary["label"], summary["labelPlural"]) == ("Gadget", "Gadgets")
    assert (described["Name"]["nillable"], described["Name"]["nameField"], described["Name"]["custom"]) == (
        True, True, False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Text__c", {"type": "string", "length": 40, "byteLength": 120, "defaultValueFormula": '"none"',
                     "defaultValue": None, "defaultedOnCreate": True, "inlineHelpText": "What it is", "label": "Text"}),
        ("Key__c", {"externalId": True, "idLookup": True, "unique": True, "caseSensitive": True}),
        ("Area__c", {"type": "textarea", "length": 255, "extraTypeInfo": "plaintextarea", "filterable": True}),
        ("Long__c", {"type": "textarea", "length": 1000, "filterable": False, "aggregatable": False}),
        ("Rich__c", {"type": "textarea", "length": 32768, "htmlFormatted": True, "extraTypeInfo": "richtextarea"}),
        ("Number__c", {"type": "double", "precision": 10, "scale": 3, "soapType": "xsd:double", "groupable": False}),
        ("Whole__c", {"type": "int", "digits": 9, "precision": 0, "soapType": "xsd:int", "defaultValueFormula": "7"}),
        ("Money__c", {"type": "currency", "precision": 16, "scale": 2, "nillable": False, "defaultedOnCreate": True}),
        ("Share__c", {"type": "percent", "scale": 1}),
        ("Flag__c", {"type": "boolean", "defaultValue": True, "nillable": False, "defaultedOnCreate": True}),
        ("Day__c", {"type": "date", "nillable": False, "defaultedOnCreate": False, "soapType": "xsd:date"}),
        ("Moment__c", {"type": "datetime", "soapType": "xsd:dateTime", "groupable": False}),
        ("Hour__c", {"type": "time", "soapType": "xsd:time"}),
        ("Mail__c", {"type": "email", "length": 80, "unique": True, "caseSensitive": False}),
        ("Phone__c", {"type": "phone", "length": 40}),
        ("Link__c", {"type": "url", "length": 255}),
        ("Choice__c", {"type": "picklist", "restrictedPicklist": True, "defaultValue": "A"}),
        ("Choices__c", {"type": "multipicklist", "length": 4099, "restrictedPicklist": False, "sortable": False}),
        ("Account__c", {"type": "reference", "referenceTo": ["Account"], "relationshipName": "Account__r",
                        "nillable": True, "cascadeDelete": False, "relationshipOrder": None, "soapType": "tns:ID"}),
        ("Number_Of__c", {"type": "string", "autoNumber": True, "createable": False, "length": 30}),
        ("Spot__c", {"type": "location", "createable": False, "soapType": "urn:location", "queryByDistance": True}),
        ("Spot__Latitude__s", {"type": "double", "compoundFieldName": "Spot__c", "createable": True, "custom": True,
                               "precision": 8, "scale": 5}),
        ("Secret__c", {"type": "encryptedstring", "mask": "asterisk", "maskType": "all", "filterable": False,
                       "sortable": False}),
    ],
)  # fmt: skip
def test_every_type_of_field_is_described_as_salesforce_does(described, name, told):
    assert {key: described[name][key] for key in told} == told


def test_a_picklist_shows_labels_and_its_default(described):
    values = described["Choice__c"]["picklistValues"]
    assert [(item["value"], item["label"], item["defaultValue"]) for item in values] == [
        ("A", "Ay", True), ("B", "B", False),
    ]  # fmt: skip


def test_a_record_takes_and_gives_back_a_value_of_every_type(session):
    account = session.create("Account", {"Name": "Acme"})
    given = {
        "Name": "One", "Key__c": "k", "Area__c": "a\nb", "Long__c": "l", "Rich__c": "<b>r</b>", "Number__c": 1.125,
        "Money__c": 3, "Share__c": 12.5, "Flag__c": False, "Day__c": "2026-02-03",
        "Moment__c": "2026-02-03T04:05:06.000+0000", "Hour__c": "04:05:06.000Z", "Mail__c": "a@b.example",
        "Phone__c": "1", "Link__c": "https://x.example", "Choice__c": "B", "Choices__c": "x;y", "Account__c": account,
        "Spot__Latitude__s": 1.5, "Spot__Longitude__s": -2.25,
    }  # fmt: skip
    record_id = session.create("Gadget__c", given)
    assert record_id.startswith("a00")
    stored = session.retrieve("Gadget__c", record_id, [*given, "Text__c", "Whole__c", "Number_Of__c"])
    assert {name: stored[name] for name in given} == given | {"Money__c": 3.0}
    assert (stored["Text__c"], stored["Whole__c"], stored["Number_Of__c"]) == ("none", 7, "G-005")


def test_relationships_are_walked_both_ways_by_their_r_names(session):
    account = session.create("Account", {"Name": "Acme"})
    session.create("Gadget__c", {"Name": "One", "Day__c": "2026-01-01", "Account__c": account})
    (up,) = session.query("SELECT Account__r.Name FROM Gadget__c")["records"]
    assert up["Account__r"]["Name"] == "Acme"
    (down,) = session.query("SELECT (SELECT Name FROM Gadgets__r) FROM Account")["records"]
    assert [child["Name"] for child in down["Gadgets__r"]["records"]] == ["One"]
    children = session.describe("Account")["childRelationships"]
    (told,) = [child for child in children if child["childSObject"] == "Gadget__c"]
    assert (told["field"], told["relationshipName"], told["cascadeDelete"]) == ("Account__c", "Gadgets__r", False)


def test_key_prefixes_count_up_in_the_order_of_declaration():
    objects = {f"Thing{number}__c": {"label": "Thing"} for number in range(64)}
    schema = load_schema({"objects": objects})
    assert [schema[f"Thing{number}__c"].prefix for number in (0, 9, 10, 61, 62, 63)] == [
        "a00", "a09", "a0A", "a0z", "a10", "a11",
    ]  # fmt: skip
    assert schema.of_id("a10000000000001") is schema["thing62__C"]


def test_an_object_with_a_master_has_no_owner_and_goes_with_it():
    lines = {"Order__c": {"type": "master_detail", "to": "Order__c", "children": "Lines"}}
    schema = load_schema({"objects": {"Order__c": {"label": "Order"}, "Line__c": {"label": "Line", "fields": lines}}})
    line = schema["Line__c"]
    assert line.field("OwnerId") is None
    order = line.field("Order__c")
    assert (order.required, order.updateable, order.reference.on_delete, order.reference.order) == (
        True, False, "cascade", 0,
    )  # fmt: skip
    assert schema["Order__c"].child("Lines__r").child == "Line__c"


def test_what_a_lookup_does_on_deletion_follows_whether_it_may_be_empty():
    fields = {
        "Free__c": {"type": "lookup", "to": "Account", "children": "A"},
        "Held__c": {"type": "lookup", "to": "Account", "children": "B", "on_delete": "restrict"},
        "Needed__c": {"type": "lookup", "to": "Account", "children": "C", "required": True},
    }
    sobject = load_schema({"objects": {"X__c": {"label": "X", "fields": fields}}})["X__c"]
    assert [sobject.field(name).reference.on_delete for name in fields] == ["clear", "restrict", "restrict"]


def test_standard_objects_gain_fields_rules_and_record_types():
    schema = load_schema(
        {
            "objects": {
                "Opportunity": {
                    "fields": {"Contract__c": {"type": "text", "length": 20}},
                    "validation_rules": [{"name": "R", "when": "Amount < 0", "message": "No.", "field": "Amount"}],
                    "duplicate_rules": [{"name": "D", "match": ["Name", "Contract__c"], "allow_save": False}],
                    "record_types": [
                        {"developer_name": "New", "label": "New", "picklists": {"Type": ["New Customer"]}}
                    ],
                }
            }
        }
    )
    sobject = schema["Opportunity"]
    assert sobject.field("contract__C").custom
    assert sobject.field("RecordTypeId") is not None
    assert sobject.validation_rules[0].condition == "Amount < 0"
    assert sobject.duplicate_rules[0].match == ("Name", "Contract__c")
    assert sobject.record_types[0].picklists == {"Type": ("New Customer",)}
    assert load_schema(None)["Opportunity"].field("Contract__c") is None


def test_record_types_are_described_beside_the_master_and_are_rows(clock):
    types = [
        {"developer_name": "Pilot", "label": "A pilot"},
        {"developer_name": "Rollout", "label": "Roll-out", "default": True},
        {"developer_name": "Old", "label": "Old", "active": False},
    ]
    engine = Engine(clock=clock, seed=False, schema={"objects": {"Opportunity": {"record_types": types}}})
    session = engine.session(engine.users()[0]["Id"])
    infos = session.describe("Opportunity")["recordTypeInfos"]
    told = ("developerName", "active", "defaultRecordTypeMapping", "master")
    assert [tuple(info[key] for key in told) for info in infos] == [
        ("Pilot", True, False, False), ("Rollout", True, True, False), ("Old", False, False, False),
        ("Master", True, False, True),
    ]  # fmt: skip
    rows = session.query("SELECT Id, Name, IsActive FROM RecordType WHERE SobjectType = 'Opportunity' ORDER BY Name")
    assert {row["Id"]: (row["Name"], row["IsActive"]) for row in rows["records"]} == {
        info["recordTypeId"]: (info["name"], info["active"]) for info in infos if not info["master"]
    }
    engine.close()


def test_activities_can_be_about_an_object_that_says_so(clock):
    schema = {"objects": {"Visit__c": {"label": "Visit", "activities": True}, "Other__c": {"label": "Other"}}}
    engine = Engine(clock=clock, seed=False, schema=schema)
    session = engine.session(engine.users()[0]["Id"])
    (what,) = [field for field in session.describe("Task")["fields"] if field["name"] == "WhatId"]
    assert "Visit__c" in what["referenceTo"]
    assert "Other__c" not in what["referenceTo"]
    visit = session.create("Visit__c", {"Name": "Plant"})
    session.create("Task", {"Subject": "Call", "WhatId": visit})
    (row,) = session.query("SELECT (SELECT Subject FROM Tasks) FROM Visit__c")["records"]
    assert row["Tasks"]["records"][0]["Subject"] == "Call"
    engine.close()


def test_declared_profiles_and_users_are_there(clock):
    schema = {
        "profiles": {"Reader": {"objects": {"Account": {"edit": False}}}, "Mute": {"api_enabled": False}},
        "users": [{"username": "ann@x.example", "first_name": "Ann", "last_name": "Lee", "profile": "Reader"}],
    }  # fmt: skip
    engine = Engine(clock=clock, seed=False, schema=schema)
    user = engine.user_by_username("ANN@x.example")
    assert (user["Name"], user["IsActive"]) == ("Ann Lee", True)
    profiles = engine.session(engine.users()[0]["Id"]).query(
        "SELECT Name, PermissionsApiEnabled FROM Profile WHERE Name IN ('Reader', 'Mute') ORDER BY Name"
    )["records"]
    assert [(row["Name"], row["PermissionsApiEnabled"]) for row in profiles] == [("Mute", False), ("Reader", True)]
    engine.close()


def test_the_example_file_opens_and_works(clock):
    engine = Engine(clock=clock, schema=EXAMPLE)
    session = engine.session(engine.users()[0]["Id"])
    account = session.query("SELECT Id FROM Account LIMIT 1")["records"][0]["Id"]
    project = session.create("Project__c", {"Name": "Rollout", "Account__c": account})
    milestone = session.create("Milestone__c", {"Project__c": project, "Due__c": "2026-12-01"})
    assert session.retrieve("Milestone__c", milestone, ["Name"])["Name"] == "MS-0001"
    engine.close()


def test_a_file_and_a_mapping_say_the_same(tmp_path):
    path = tmp_path / "schema.yaml"
    path.write_text("objects:\n  A__c:\n    label: A\n    fields:\n      B__c: {type: picklist, values: [x, y]}\n")
    same = {"objects": {"A__c": {"label": "A", "fields": {"B__c": {"type": "picklist", "values": ["x", "y"]}}}}}
    from_file, from_mapping = load_schema(str(path))["A__c"], load_schema(same)["A__c"]
    assert [item.name for item in from_file.fields] == [item.name for item in from_mapping.fields]
    assert from_file.field("B__c").picklist == from_mapping.field("B__c").picklist


def test_an_empty_declaration_is_the_standard_schema(tmp_path):
    path = tmp_path / "empty.yaml"
    path.write_text("# nothing yet\n")
    names = {item.name for item in load_schema(None)}
    assert {item.name for item in load_schema({})} == {item.name for item in load_schema(path)} == names


def test_a_condition_that_is_no_soql_is_refused_when_the_org_opens():
    rule = {"name": "Odd", "when": "Nonsense = 3", "message": "No."}
    with pytest.raises(SchemaError, match=r"objects\.Account: .*'Odd'.*Nonsense"):
        Engine(schema={"objects": {"Account": {"validation_rules": [rule]}}})
