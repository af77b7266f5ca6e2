"""The tools that tell what an org has: its objects, their fields, its limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import StringConstraints, WithJsonSchema

from langchain_sfconnect.connection import Operation, Result
from langchain_sfconnect.tools.arguments import FieldList, SObjectName, ToolArgs
from langchain_sfconnect.tools.spec import CallContext, Shaped, ToolSpec

SHOWN_OBJECTS = 200
SHOWN_VALUES = 30
SHOWN_CHILDREN = 60


class GlobalDescribeArgs(ToolArgs):
    """Which objects to name."""

    search: Annotated[
        Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)] | None,
        WithJsonSchema({"type": "string", "description": "Part of the API name or label"}),
    ] = None


def shape_global(result: Result, args: GlobalDescribeArgs, _: CallContext) -> Shaped:
    answer = dict(result.data or {})
    wanted = (args.search or "").casefold()
    found = [
        each for each in answer.get("sobjects", ()) if wanted in f"{each.get('name')} {each.get('label')}".casefold()
    ]
    content: dict[str, Any] = {"total": len(found), "objects": [_named(each) for each in found[:SHOWN_OBJECTS]]}
    if len(found) > SHOWN_OBJECTS:
        content["note"] = f"The first {SHOWN_OBJECTS} are shown; use search to narrow."
    return Shaped(content, {**answer, "sobjects": found})


def _named(described: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": described.get("name"), "label": described.get("label")}


GLOBAL = ToolSpec(
    name="salesforce_global_describe",
    description="Find the API names of the org's objects, standard and custom.",
    args=GlobalDescribeArgs,
    build=lambda *_: Operation("GET", "/sobjects"),
    shape=shape_global,
)


class ObjectDescribeArgs(ToolArgs):
    """Which object, and which of its fields."""

    sobject: SObjectName
    fields: FieldList = None


def shape_object(result: Result, args: ObjectDescribeArgs, _: CallContext) -> Shaped:
    answer = dict(result.data or {})
    wanted = {name.casefold() for name in args.fields or ()}
    fields = [each for each in answer.get("fields", ()) if not wanted or str(each.get("name")).casefold() in wanted]
    content: dict[str, Any] = _named(answer) | {"fields": [_field(each, in_detail=bool(wanted)) for each in fields]}
    if wanted:
        missing = wanted - {str(each.get("name")).casefold() for each in fields}
        content |= {"unknown_fields": sorted(missing)} if missing else {}
    else:
        content["child_relationships"] = _children(answer)
    return Shaped(content, answer)


def _field(described: Mapping[str, Any], *, in_detail: bool) -> dict[str, Any]:
    """A field as a model needs it to read and write it; flags are named only where they are out of the ordinary."""
    short: dict[str, Any] = {
        "name": described.get("name"),
        "label": described.get("label"),
        "type": described.get("type"),
    }
    if described.get("createable") and not described.get("nillable") and not described.get("defaultedOnCreate"):
        short["required"] = True
    if not described.get("createable") and not described.get("updateable"):
        short["read_only"] = True
    if described.get("referenceTo"):
        short |= {"refers_to": described["referenceTo"], "relationship": described.get("relationshipName")}
    values = [each.get("value") for each in described.get("picklistValues") or () if each.get("active", True)]
    if values:
        short["values"] = values if in_detail or len(values) <= SHOWN_VALUES else [*values[:SHOWN_VALUES], "…"]
    return short | (_details(described) if in_detail else {})


def _details(described: Mapping[str, Any]) -> dict[str, Any]:
    names = (
        "length",
        "precision",
        "scale",
        "unique",
        "externalId",
        "restrictedPicklist",
        "calculated",
        "inlineHelpText",
    )
    flags = {
        name: False for name in ("createable", "updateable", "filterable", "sortable") if described.get(name) is False
    }
    return {name: described[name] for name in names if described.get(name)} | flags


def _children(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    named = [each for each in answer.get("childRelationships", ()) if each.get("relationshipName")]
    return [{"name": each["relationshipName"], "object": each.get("childSObject")} for each in named[:SHOWN_CHILDREN]]


OBJECT = ToolSpec(
    name="salesforce_object_describe",
    description=(
        "Describe an object: its fields with types, required ones, picklist values and relationships. Name fields to "
        "get only these, in more detail."
    ),
    args=ObjectDescribeArgs,
    build=lambda args, _: Operation("GET", f"/sobjects/{args.sobject}/describe"),
    shape=shape_object,
)


class LimitsArgs(ToolArgs):
    """Nothing."""


LIMITS = ToolSpec(
    name="salesforce_limits_get",
    description="Show the org's API limits, each with its maximum and what remains.",
    args=LimitsArgs,
    build=lambda *_: Operation("GET", "/limits"),
    shape=lambda result, *_: Shaped(result.data or {}, dict(result.data or {})),
)

SPECS = (GLOBAL, OBJECT, LIMITS)
