"""Renders objects and fields as Salesforce's describe calls answer them; knows no records."""

from __future__ import annotations

import json
from typing import Any

from langchain_sfconnect.localorg.schema.catalog import Schema
from langchain_sfconnect.localorg.schema.model import COMPOUND, NUMERIC, ChildRelationship, Field, FieldType, SObject
from langchain_sfconnect.localorg.schema.rules import RecordTypeRule

MASTER_RECORD_TYPE = "012000000000000AAA"
_SOAP: dict[FieldType, str] = {
    "id": "tns:ID", "reference": "tns:ID", "boolean": "xsd:boolean", "int": "xsd:int", "double": "xsd:double",
    "currency": "xsd:double", "percent": "xsd:double", "date": "xsd:date", "datetime": "xsd:dateTime",
    "time": "xsd:time", "address": "urn:address", "location": "urn:location", "base64": "xsd:base64Binary",
}  # fmt: skip
_UNCOUNTED: frozenset[FieldType] = frozenset(
    {"boolean", "multipicklist", "address", "location", "base64", "encryptedstring"}
)
_CHOICES: frozenset[FieldType] = frozenset({"boolean", "picklist", "multipicklist", "combobox"})


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
        "undeletable": sobject.deletable and sobject.has_recycle_bin,
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
    if not sobject.createable:
        return []
    base = f"/services/data/v{api_version}/sobjects/{sobject.name}/describe/layouts"
    declared = [_record_type(rule, rule.id_on(sobject.name), base) for rule in sobject.record_types]
    fallback = not any(rule.default for rule in sobject.record_types)
    master = RecordTypeRule("Master", "Master", default=fallback)
    return [*declared, _record_type(master, MASTER_RECORD_TYPE, base)]


def _record_type(rule: RecordTypeRule, record_id: str, layouts: str) -> dict[str, Any]:
    return {
        "active": rule.active,
        "available": rule.active,
        "defaultRecordTypeMapping": rule.default,
        "developerName": rule.developer_name,
        "master": record_id == MASTER_RECORD_TYPE,
        "name": rule.label,
        "recordTypeId": record_id,
        "urls": {"layout": f"{layouts}/{record_id}"},
    }


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
    return dict(
        sorted(
            (_nature(item) | _size(item) | _default(item) | _rights(item) | _links(sobject, item) | _CONSTANT).items()
        )
    )


_CONSTANT: dict[str, Any] = {
    "aiPredictionField": False,
    "calculated": False,
    "calculatedFormula": None,
    "controllerName": None,
    "dependentPicklist": False,
    "deprecatedAndHidden": False,
    "encrypted": False,
    "filteredLookupInfo": None,
    "formulaTreatNullNumberAsZero": False,
    "highScaleNumber": False,
    "referenceTargetField": None,
    "searchPrefilterable": False,
    "writeRequiresMasterRead": False,
}


def _nature(item: Field) -> dict[str, Any]:
    hidden = item.type == "encryptedstring"
    return {
        "autoNumber": item.auto_number is not None,
        "caseSensitive": "case_sensitive" in item.roles,
        "custom": item.custom,
        "displayLocationInDecimal": item.type == "location",
        "externalId": "external_id" in item.roles,
        "htmlFormatted": "html" in item.roles,
        "idLookup": "id_lookup" in item.roles or "external_id" in item.roles,
        "inlineHelpText": item.help,
        "label": item.label,
        "mask": "asterisk" if hidden else None,
        "maskType": "all" if hidden else None,
        "name": item.name,
        "nameField": "name" in item.roles,
        "nillable": item.nillable,
        "picklistValues": _picklist_values(item),
        "queryByDistance": item.type in COMPOUND,
        "restrictedPicklist": item.picklist is not None and item.picklist.restricted,
        "soapType": _SOAP.get(item.type, "xsd:string"),
        "type": item.type,
        "unique": "unique" in item.roles,
    }


def _extra_type(item: Field, compound: str | None) -> str | None:
    if compound == "Name":
        return "personname"
    if item.type != "textarea":
        return None
    return "richtextarea" if "html" in item.roles else "plaintextarea"


def _size(item: Field) -> dict[str, Any]:
    decimal = item.type in NUMERIC and item.type != "int"
    return {
        "byteLength": item.length * (1 if item.type in ("id", "reference") else 3),
        "digits": item.precision if item.type == "int" else 0,
        "length": item.length,
        "precision": item.precision if decimal else 0,
        "scale": item.scale,
    }


def _default(item: Field) -> dict[str, Any]:
    """The default of a custom field is a formula, unless it is one of a few values."""
    formula = item.custom and item.type not in _CHOICES and item.default is not None
    return {
        "defaultValue": None if formula else item.default,
        "defaultValueFormula": json.dumps(item.default) if formula else None,
    }


def _rights(item: Field) -> dict[str, Any]:
    return {
        "aggregatable": item.type not in _UNCOUNTED and (item.type != "textarea" or item.groupable),
        "createable": item.createable,
        "defaultedOnCreate": item.defaulted,
        "filterable": item.filterable,
        "groupable": item.groupable,
        "permissionable": item.permissionable,
        "sortable": item.sortable,
        "updateable": item.updateable,
    }


def _links(sobject: SObject, item: Field) -> dict[str, Any]:
    reference = item.reference
    compound = item.part_of
    if item.type not in COMPOUND and any(other.part_of == item.name for other in sobject.fields):
        compound = item.name
    return {
        "cascadeDelete": reference is not None and reference.order is not None,
        "compoundFieldName": compound,
        "extraTypeInfo": _extra_type(item, compound),
        "namePointing": reference is not None and reference.polymorphic,
        "polymorphicForeignKey": reference is not None and reference.polymorphic,
        "referenceTo": list(reference.targets) if reference else [],
        "relationshipName": reference.relationship if reference else None,
        "relationshipOrder": reference.order if reference else None,
        "restrictedDelete": reference is not None and reference.on_delete == "restrict",
    }


def _picklist_values(item: Field) -> list[dict[str, Any]]:
    if item.picklist is None:
        return []
    return [
        {
            "active": True,
            "defaultValue": value == item.picklist.default,
            "label": item.picklist.labels.get(value, value),
            "validFor": None,
            "value": value,
        }
        for value in item.picklist.values
    ]
