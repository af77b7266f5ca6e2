"""What objects and fields say about themselves."""

from __future__ import annotations

from langchain_sfconnect.localorg.engine import Engine

GLOBAL_KEYS = {
    "activateable",
    "associateEntityType",
    "associateParentEntity",
    "createable",
    "custom",
    "customSetting",
    "deepCloneable",
    "deletable",
    "deprecatedAndHidden",
    "feedEnabled",
    "hasSubtypes",
    "isInterface",
    "isSubtype",
    "keyPrefix",
    "label",
    "labelPlural",
    "layoutable",
    "mergeable",
    "mruEnabled",
    "name",
    "queryable",
    "replicateable",
    "retrieveable",
    "searchable",
    "triggerable",
    "undeletable",
    "updateable",
    "urls",
}
OBJECT_KEYS = GLOBAL_KEYS | {
    "actionOverrides",
    "childRelationships",
    "compactLayoutable",
    "defaultImplementation",
    "extendedBy",
    "extendsInterfaces",
    "fields",
    "implementedBy",
    "implementsInterfaces",
    "listviewable",
    "lookupLayoutable",
    "namedLayoutInfos",
    "networkScopeFieldName",
    "recordTypeInfos",
    "searchLayoutable",
    "sobjectDescribeOption",
    "supportedScopes",
}
FIELD_KEYS = {
    "aggregatable",
    "aiPredictionField",
    "autoNumber",
    "byteLength",
    "calculated",
    "calculatedFormula",
    "cascadeDelete",
    "caseSensitive",
    "compoundFieldName",
    "controllerName",
    "createable",
    "custom",
    "defaultValue",
    "defaultValueFormula",
    "defaultedOnCreate",
    "dependentPicklist",
    "deprecatedAndHidden",
    "digits",
    "displayLocationInDecimal",
    "encrypted",
    "externalId",
    "extraTypeInfo",
    "filterable",
    "filteredLookupInfo",
    "formulaTreatNullNumberAsZero",
    "groupable",
    "highScaleNumber",
    "htmlFormatted",
    "idLookup",
    "inlineHelpText",
    "label",
    "length",
    "mask",
    "maskType",
    "name",
    "nameField",
    "namePointing",
    "nillable",
    "permissionable",
    "picklistValues",
    "polymorphicForeignKey",
    "precision",
    "queryByDistance",
    "referenceTargetField",
    "referenceTo",
    "relationshipName",
    "relationshipOrder",
    "restrictedDelete",
    "restrictedPicklist",
    "scale",
    "searchPrefilterable",
    "soapType",
    "sortable",
    "type",
    "unique",
    "updateable",
    "writeRequiresMasterRead",
}
MAIN = ("Account", "Contact", "Opportunity", "Lead", "Case", "Task", "Event", "User")


def fields_of(session, sobject):
    return {field["name"]: field for field in session.describe(sobject)["fields"]}


def test_every_object_answers_every_key(rep):
    summary = rep.describe_global()
    assert (summary["encoding"], summary["maxBatchSize"]) == ("UTF-8", 200)
    assert set(MAIN) <= {item["name"] for item in summary["sobjects"]}
    for item in summary["sobjects"]:
        assert set(item) == GLOBAL_KEYS
        described = rep.describe(item["name"].lower())
        assert set(described) == OBJECT_KEYS
        for field in described["fields"]:
            assert set(field) == FIELD_KEYS, field["name"]


def test_what_a_create_must_give_is_what_salesforce_says(rep):
    def required(sobject):
        fields = rep.describe(sobject)["fields"]
        return {f["name"] for f in fields if f["createable"] and not f["nillable"] and not f["defaultedOnCreate"]}

    assert required("Account") == {"Name"}
    assert required("Contact") == {"LastName"}
    assert required("Lead") == {"LastName", "Company"}
    assert required("Opportunity") == {"Name", "StageName", "CloseDate"}
    assert required("Case") == required("Task") == required("Event") == set()
    assert required("User") == {
        "Username", "LastName", "Email", "Alias", "ProfileId", "TimeZoneSidKey", "LocaleSidKey", "LanguageLocaleKey",
        "EmailEncodingKey",
    }  # fmt: skip


def test_a_picklist_lists_its_values_in_order_with_the_default(rep):
    status = fields_of(rep, "Case")["Status"]
    assert [value["value"] for value in status["picklistValues"]] == ["New", "Working", "Escalated", "Closed"]
    assert [value["value"] for value in status["picklistValues"] if value["defaultValue"]] == ["New"]
    assert status["restrictedPicklist"] is False
    assert fields_of(rep, "Event")["ShowAs"]["restrictedPicklist"] is True


def test_references_tell_where_they_point_and_what_they_are_called(rep):
    who = fields_of(rep, "Task")["WhoId"]
    assert (who["referenceTo"], who["relationshipName"]) == (["Contact", "Lead"], "Who")
    assert who["namePointing"] is who["polymorphicForeignKey"] is True
    owner = fields_of(rep, "Account")["OwnerId"]
    assert (owner["referenceTo"], owner["namePointing"], owner["type"]) == (["User"], False, "reference")


def test_child_relationships_carry_salesforces_names_and_delete_rules(rep):
    children = {(item["childSObject"], item["field"]): item for item in rep.describe("Account")["childRelationships"]}
    assert children["Contact", "AccountId"]["relationshipName"] == "Contacts"
    assert children["Contact", "AccountId"]["cascadeDelete"] is True
    assert children["Case", "AccountId"]["restrictedDelete"] is True
    assert children["Account", "ParentId"]["relationshipName"] == "ChildAccounts"
    assert children["Account", "MasterRecordId"]["relationshipName"] is None


def test_sizes_and_soap_types_follow_from_the_type(rep):
    fields = fields_of(rep, "Opportunity")
    assert (fields["Amount"]["precision"], fields["Amount"]["scale"], fields["Amount"]["soapType"]) == (
        18, 2, "xsd:double",
    )  # fmt: skip
    assert (fields["Name"]["length"], fields["Name"]["byteLength"], fields["Name"]["nameField"]) == (120, 360, True)
    assert (fields["Id"]["soapType"], fields["Id"]["type"]) == ("tns:ID", "id")
    assert fields["FiscalQuarter"]["digits"] == 8
    assert fields["FiscalQuarter"]["compoundFieldName"] == fields["Fiscal"]["compoundFieldName"] == "Fiscal"
    assert fields_of(rep, "Contact")["FirstName"]["compoundFieldName"] == "Name"


def test_urls_carry_the_sessions_api_version(engine):
    session = engine.session(engine.users()[0]["Id"], api_version="59.0")
    assert session.describe("Account")["urls"]["describe"] == "/services/data/v59.0/sobjects/Account/describe"
    assert session.basic_info("Account")["objectDescribe"]["keyPrefix"] == "001"


def test_a_label_may_differ_from_its_value(rep):
    values = fields_of(rep, "Opportunity")["ForecastCategory"]["picklistValues"]
    assert {item["value"]: item["label"] for item in values} == {
        "Omitted": "Omitted", "Pipeline": "Pipeline", "BestCase": "Best Case", "MostLikely": "Most Likely",
        "Forecast": "Commit", "Closed": "Closed",
    }  # fmt: skip


def test_a_person_is_named_in_parts(rep):
    fields = fields_of(rep, "Contact")
    for name in ("Name", "FirstName", "LastName", "Salutation"):
        assert (fields[name]["extraTypeInfo"], fields[name]["compoundFieldName"]) == ("personname", "Name")
    assert fields["MailingStreet"]["compoundFieldName"] == "MailingAddress"
    assert fields["MailingAddress"]["soapType"] == "urn:address"


def test_a_line_item_belongs_to_its_opportunity(rep):
    field = fields_of(rep, "OpportunityLineItem")["OpportunityId"]
    assert (field["cascadeDelete"], field["relationshipOrder"], field["updateable"]) == (True, 0, False)
    assert fields_of(rep, "Contact")["AccountId"]["relationshipOrder"] is None


def test_an_object_without_record_types_has_the_master_alone(rep):
    (master,) = rep.describe("Account")["recordTypeInfos"]
    assert (master["recordTypeId"], master["developerName"]) == ("012000000000000AAA", "Master")
    assert master["master"] is master["available"] is master["defaultRecordTypeMapping"] is True
    assert rep.describe("Organization")["recordTypeInfos"] == []


def test_scopes_tell_whose_records_can_be_listed(rep):
    assert rep.describe("Opportunity")["supportedScopes"] == [
        {"label": "All opportunities", "name": "everything"}, {"label": "My opportunities", "name": "mine"},
    ]  # fmt: skip
    assert [scope["name"] for scope in rep.describe("Organization")["supportedScopes"]] == ["everything"]


def test_what_cannot_be_counted_or_grouped_says_so(rep):
    fields = fields_of(rep, "Account")
    assert [fields[name]["aggregatable"] for name in ("Name", "Description", "BillingAddress", "BillingStreet")] == [
        True, False, False, True,
    ]  # fmt: skip
    assert fields_of(rep, "ContentNote")["Content"]["soapType"] == "xsd:base64Binary"


def test_a_profile_sees_less_in_its_describe(clock):
    schema = {
        "profiles": {"P": {"objects": {"Lead": {"read": False}, "Opportunity": {"fields": {"Amount": "read"}}}}},
        "users": [{"username": "p@x.example", "last_name": "P", "profile": "P"}],
    }
    engine = Engine(clock=clock, seed=False, schema=schema)
    session = engine.session(engine.user_by_username("p@x.example")["Id"])
    amount = fields_of(session, "Opportunity")["Amount"]
    assert (amount["createable"], amount["updateable"], amount["filterable"]) == (False, False, True)
    assert "Lead" not in {item["name"] for item in session.describe_global()["sobjects"]}
    engine.close()
