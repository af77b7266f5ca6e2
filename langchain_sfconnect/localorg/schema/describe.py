"""Renders objects and fields as Salesforce's describe calls answer them; knows no records."""

from __future__ import annotations

from typing import Any

from langchain_sfconnect.localorg.schema.model import NUMERIC, ChildRelationship, Field, FieldType, Schema, SObject

MASTER_RECORD_TYPE = "012000000000000AAA"
_SOAP: dict[FieldType, str] = {
    "id": "tns:ID", "reference": "tns:ID", "boolean": "xsd:boolean", "int": "xsd:int", "double": "xsd:double",
    "currency": "xsd:double", "percent": "xsd:double", "date": "xsd:date", "datetime": "xsd:dateTime",
    "address": "urn:address",
}  # fmt: skip
_UNSEARCHED: frozenset[FieldType] = frozenset({"boolean", "textarea", "address"})


def describe_global(schema: Schema, api_version: str) -> dict[str, Any]:
    """Return the answer of `GET /sobjects`."""
    return {
        "encoding": "UTF-8",
        "maxBatchSize": 200,
        "sobjects": [describe_summary(item, api_version) for item in sorted(schema, key=lambda item: item.name)],
    }


def describe(sobject: SObject, api_version: str) -> dict[str, Any]:
    """Return the answer of `GET /sobjects/{name}/describe`."""
    details: dict[str, Any] = {
        "actionOverrides": [],
        "childRelationships": [_child(item) for item in sobject.children],
        "compactLayoutable": sobject.createable,
        "defaultImplementation": None,
        "extendedBy": None,
        "extendsInterfaces": None,
        "fields": [_field(sobject, item) for item in sobject.fields],
        "implementedBy": None,
        "implementsInterfaces": None,
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "recordTypeInfos": _record_types(sobject, api_version),
        "searchLayoutable": sobject.searchable,
        "sobjectDescribeOption": "FULL",
        "supportedScopes": _scopes(sobject),
    }
    summary = describe_summary(sobject, api_version)
    summary["urls"] |= _more_urls(sobject, api_version)
    return dict(sorted((details | summary).items()))


def describe_summary(sobject: SObject, api_version: str) -> dict[str, Any]:
    """Return one object's entry of `GET /sobjects`."""
    return {
        "activateable": False,
        "associateEntityType": None,
        "associateParentEntity": None,
        "createable": sobject.createable,
        "custom": sobject.custom,
        "customSetting": False,
        "deepCloneable": False,
        "deletable": sobject.deletable,
        "deprecatedAndHidden": False,
        "feedEnabled": sobject.searchable,
        "hasSubtypes": False,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": sobject.prefix,
        "label": sobject.label,
        "labelPlural": sobject.plural,
        "layoutable": sobject.createable,
        "mergeable": sobject.name in ("Account", "Case", "Contact", "Lead"),
        "mruEnabled": sobject.searchable,
        "name": sobject.name,
        "queryable": True,
        "replicateable": sobject.field("SystemModstamp") is not None,
        "retrieveable": True,
        "searchable": sobject.searchable,
        "triggerable": sobject.createable,
        "undeletable": sobject.deletable,
        "updateable": sobject.updateable,
        "urls": _urls(sobject, api_version),
    }


def _urls(sobject: SObject, api_version: str) -> dict[str, str]:
    base = f"/services/data/v{api_version}/sobjects/{sobject.name}"
    urls = {"rowTemplate": f"{base}/{{ID}}", "sobject": base, "describe": f"{base}/describe"}
    if sobject.createable:
        parts = {"layouts": "layouts", "compactLayouts": "compactLayouts", "approvalLayouts": "approvalLayouts",
                 "quickActions": "quickActions", "listviews": "listviews"}  # fmt: skip
        urls |= {key: f"{base}/describe/{part}" for key, part in parts.items()}
        urls |= {"quickActions": f"{base}/quickActions", "listviews": f"{base}/listviews"}
    return urls


def _more_urls(sobject: SObject, api_version: str) -> dict[str, str]:
    base = f"/services/data/v{api_version}/sobjects/{sobject.name}"
    return {
        "defaultValues": f"{base}/defaultValues?recordTypeId&fields",
        "uiDetailTemplate": "/{ID}",
        "uiEditTemplate": "/{ID}/e",
        "uiNewRecord": f"/{sobject.prefix}/e",
    }


def _record_types(sobject: SObject, api_version: str) -> list[dict[str, Any]]:
    layout = f"/services/data/v{api_version}/sobjects/{sobject.name}/describe/layouts/{MASTER_RECORD_TYPE}"
    master = {
        "active": True,
        "available": True,
        "defaultRecordTypeMapping": True,
        "developerName": "Master",
        "master": True,
        "name": "Master",
        "recordTypeId": MASTER_RECORD_TYPE,
        "urls": {"layout": layout},
    }
    return [master] if sobject.createable else []


def _scopes(sobject: SObject) -> list[dict[str, str]]:
    scopes = [{"label": f"All {sobject.plural.lower()}", "name": "everything"}]
    if sobject.field("OwnerId") is not None:
        scopes.append({"label": f"My {sobject.plural.lower()}", "name": "mine"})
    return scopes


def _child(relationship: ChildRelationship) -> dict[str, Any]:
    reference = relationship.field.reference
    on_delete = reference.on_delete if reference else "keep"
    return {
        "cascadeDelete": on_delete == "cascade",
        "childSObject": relationship.child,
        "deprecatedAndHidden": False,
        "field": relationship.field.name,
        "junctionIdListNames": [],
        "junctionReferenceTo": [],
        "relationshipName": relationship.name,
        "restrictedDelete": on_delete == "restrict",
    }


def _field(sobject: SObject, item: Field) -> dict[str, Any]:
    return dict(sorted((_nature(item) | _rights(item) | _links(sobject, item) | _CONSTANT).items()))


_CONSTANT: dict[str, Any] = {
    "aiPredictionField": False,
    "calculated": False,
    "calculatedFormula": None,
    "cascadeDelete": False,
    "controllerName": None,
    "defaultValueFormula": None,
    "dependentPicklist": False,
    "deprecatedAndHidden": False,
    "displayLocationInDecimal": False,
    "encrypted": False,
    "filteredLookupInfo": None,
    "formulaTreatNullNumberAsZero": False,
    "highScaleNumber": False,
    "htmlFormatted": False,
    "inlineHelpText": None,
    "mask": None,
    "maskType": None,
    "referenceTargetField": None,
    "relationshipOrder": None,
    "searchPrefilterable": False,
    "writeRequiresMasterRead": False,
}


def _nature(item: Field) -> dict[str, Any]:
    decimal = item.type in NUMERIC and item.type != "int"
    return {
        "autoNumber": "auto_number" in item.roles,
        "byteLength": 18 if item.length == 18 else item.length * 3,
        "caseSensitive": "case_sensitive" in item.roles,
        "custom": item.custom,
        "defaultValue": item.default,
        "digits": item.precision if item.type == "int" else 0,
        "externalId": "external_id" in item.roles,
        "extraTypeInfo": "plaintextarea" if item.type == "textarea" else None,
        "idLookup": "id_lookup" in item.roles or "external_id" in item.roles,
        "label": item.label,
        "length": item.length,
        "name": item.name,
        "nameField": "name" in item.roles,
        "nillable": item.nillable,
        "picklistValues": _picklist_values(item),
        "precision": item.precision if decimal else 0,
        "queryByDistance": item.type == "address",
        "restrictedPicklist": item.picklist is not None and item.picklist.restricted,
        "scale": item.scale,
        "soapType": _SOAP.get(item.type, "xsd:string"),
        "type": item.type,
        "unique": "unique" in item.roles,
    }


def _rights(item: Field) -> dict[str, Any]:
    return {
        "aggregatable": item.type not in _UNSEARCHED,
        "createable": item.createable,
        "defaultedOnCreate": item.defaulted,
        "filterable": item.filterable,
        "groupable": item.groupable,
        "permissionable": item.nillable and (item.createable or item.updateable) and item.part_of is None,
        "sortable": item.sortable,
        "updateable": item.updateable,
    }


def _links(sobject: SObject, item: Field) -> dict[str, Any]:
    reference = item.reference
    compound = item.part_of
    if item.type != "address" and any(other.part_of == item.name for other in sobject.fields):
        compound = item.name
    return {
        "compoundFieldName": compound,
        "namePointing": reference is not None and reference.polymorphic,
        "polymorphicForeignKey": reference is not None and reference.polymorphic,
        "referenceTo": list(reference.targets) if reference else [],
        "relationshipName": reference.relationship if reference else None,
        "restrictedDelete": reference is not None and reference.on_delete == "restrict",
    }


def _picklist_values(item: Field) -> list[dict[str, Any]]:
    if item.picklist is None:
        return []
    return [
        {
            "active": True,
            "defaultValue": value == item.picklist.default,
            "label": value,
            "validFor": None,
            "value": value,
        }
        for value in item.picklist.values
    ]
