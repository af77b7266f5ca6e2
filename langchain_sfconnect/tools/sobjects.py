"""The tools for records of any object, standard or custom."""

from typing import Annotated

from pydantic import AfterValidator

from langchain_sfconnect.tools import records
from langchain_sfconnect.tools.arguments import FieldList, RecordFieldsObject, SObjectName, ToolArgs
from langchain_sfconnect.tools.ids import RecordId
from langchain_sfconnect.tools.spec import ToolSpec


class SObjectCreateArgs(ToolArgs):
    """A new record."""

    sobject_type: SObjectName
    fields: RecordFieldsObject


class SObjectRef(ToolArgs):
    """One record."""

    sobject_type: SObjectName
    record_id: RecordId


class SObjectGetArgs(SObjectRef):
    """One record, whole or some fields of it."""

    fields: FieldList = None


class SObjectUpdateArgs(SObjectRef):
    """Changes to a record."""

    fields: Annotated[RecordFieldsObject, AfterValidator(records.require_change)]


CREATE = ToolSpec(
    name="salesforce_sobject_create",
    description=(
        "Create a record of any object, such as Lead, Case, Task or a custom …__c object. fields maps field API names "
        "to values. Returns the new id."
    ),
    action="create",
    args=SObjectCreateArgs,
    build=lambda args, _: records.create(args.sobject_type, args.fields),
    shape=lambda result, *_: records.created(result),
)

GET = ToolSpec(
    name="salesforce_sobject_get",
    description="Read one record of any object by id: all its fields, or only those named in fields.",
    args=SObjectGetArgs,
    build=lambda args, _: records.get(args.sobject_type, args.record_id, args.fields),
    shape=lambda result, args, _: records.found(result, args.fields),
)

UPDATE = ToolSpec(
    name="salesforce_sobject_update",
    description=(
        "Change fields of a record of any object. fields maps field API names to new values; only these change, and "
        "null clears a field."
    ),
    action="update",
    args=SObjectUpdateArgs,
    build=lambda args, _: records.update(args.sobject_type, args.record_id, args.fields),
    shape=lambda result, args, _: records.changed(args.record_id),
)

DELETE = ToolSpec(
    name="salesforce_sobject_delete",
    description="Move a record of any object to the recycle bin. Only when the user clearly asked for it.",
    action="delete",
    args=SObjectRef,
    build=lambda args, _: records.delete(args.sobject_type, args.record_id),
    shape=lambda result, args, _: records.changed(args.record_id),
)

SPECS = (CREATE, GET, UPDATE, DELETE)
