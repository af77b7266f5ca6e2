"""What objects and fields say about themselves."""

from __future__ import annotations

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
