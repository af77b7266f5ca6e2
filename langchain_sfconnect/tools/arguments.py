"""The checked types that tool arguments are made of, so that none can change the path or query it lands in.

Knows no LangChain, no tool and no policy.
"""

from __future__ import annotations

import copy
import functools
import json
import math
import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema

from langchain_sfconnect.errors import InvalidArgument

_API_NAME = re.compile(r"[A-Za-z](?:_?_?[A-Za-z0-9])*")
_MAX_NAME = 128
_MAX_FIELDS = 200
_MAX_PROBLEMS = 8


class ToolArgs(BaseModel):
    """Base of all argument models: an unknown argument is an error, and the JSON schema wastes no tokens."""

    model_config = ConfigDict(extra="forbid")

    @classmethod
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """As pydantic's, but terse, and made once per class when called without arguments."""
        if args or kwargs:
            return super().model_json_schema(*args, **kwargs)
        return copy.deepcopy(_terse_schema(cls))


@functools.cache
def _terse_schema(model: type[ToolArgs]) -> dict[str, Any]:
    schema = super(ToolArgs, model).model_json_schema()
    schema.pop("additionalProperties", None)
    for argument in schema.get("properties", {}).values():
        argument.pop("title", None)
        if argument.get("default", ...) is None:
            del argument["default"]
    return schema


def shown(name: object) -> str:
    """A name as it may stand in a message: never long."""
    text = str(name)
    return repr(text if len(text) <= 60 else text[:57] + "...")


def api_name(value: str) -> str:
    """The value, if it is the API name of an object, a field or a relationship.

    Raises:
        ValueError: It is not.
    """
    if len(value) > _MAX_NAME or not _API_NAME.fullmatch(value):
        raise ValueError(
            f"has {shown(value)}, which is not an API name such as Account, StageName, Region__c or ns__Region__c"
        )
    return value


def field_path(value: str) -> str:
    """The value, if it is a field, or a field of a parent such as `Account.Owner.Name`.

    Raises:
        ValueError: It is not.
    """
    steps = value.split(".")
    if len(steps) > 6:
        raise ValueError(f"has {shown(value)}, which goes over more than five relationships")
    return ".".join(map(api_name, steps))


def _field_list(value: Any) -> tuple[str, ...] | None:
    if value is None:
        return None
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, list | tuple) or not all(isinstance(item, str) for item in items):
        raise ValueError("must be API names, comma separated or as a list")
    names = [item.strip() for item in items if item.strip()]
    if len(names) > _MAX_FIELDS:
        raise ValueError(f"names more than {_MAX_FIELDS} fields")
    unique: dict[str, str] = {}
    for name in names:
        unique.setdefault(name.casefold(), field_path(name))
    return tuple(unique.values()) or None


def _iso_date(value: str) -> str:
    try:
        if len(value) == 10:
            return date.fromisoformat(value).isoformat()
    except ValueError:
        pass
    raise ValueError("must be a date in the form YYYY-MM-DD, such as 2026-11-30")


def record_value(value: Any) -> Any:
    """A field's value as Salesforce takes it.

    That is a string, number, boolean or null, or an object such as `{"Ext__c": "A-1"}` that names a related record by
    its external id.

    Raises:
        ValueError: It is something else.
    """
    if isinstance(value, Mapping):
        if not value or len(value) > 5:
            raise ValueError("must name a related record by external id, such as {'Ext__c': 'A-1'}")
        return {api_name(str(name)): _scalar(inner) for name, inner in value.items()}
    return _scalar(value)


def _scalar(value: Any) -> Any:
    if value is None or isinstance(value, str | bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise ValueError("must be a string, number, boolean or null (several picklist values go into one string: 'A;B')")


def record_fields(values: Mapping[str, Any]) -> dict[str, Any]:
    """Checked fields of a record to create or update.

    Raises:
        ValueError: A name is no field, is given twice, or a value does not fit.
    """
    seen: dict[str, str] = {}
    for name in values:
        if name.casefold() in ("id", "attributes", "runtime"):
            raise ValueError(f"must not hold {name!r}: it is not a field that can be written")
        twin = seen.setdefault(api_name(name).casefold(), name)
        if twin != name:
            raise ValueError(f"holds {shown(twin)} twice, with different capitals")
    return {name: _checked_value(name, value) for name, value in values.items()}


def _checked_value(name: str, value: Any) -> Any:
    try:
        return record_value(value)
    except ValueError as error:
        raise ValueError(f"has {name}, which {error}") from None


def parsed_json(value: Any) -> Any:
    """Models often send an object as a JSON string; take both.

    Raises:
        ValueError: It is a string that is not JSON.
    """
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise ValueError("must be an object, or valid JSON text") from None


def _record_fields_argument(value: Any) -> dict[str, Any]:
    fields = parsed_json(value)
    if not isinstance(fields, Mapping) or not all(isinstance(name, str) for name in fields):
        raise ValueError("must be an object of field names and values")
    return record_fields(fields)


def _plain(json_type: str) -> WithJsonSchema:
    """Null is accepted, but not shown: `anyOf` with null costs tokens and tells a model nothing."""
    return WithJsonSchema({"type": json_type})


SObjectName = Annotated[str, AfterValidator(api_name)]
Text = Annotated[str, Field(max_length=131_072)]
OptionalText = Annotated[str | None, Field(max_length=131_072), _plain("string")]
OptionalNumber = Annotated[float | None, Field(allow_inf_nan=False), _plain("number")]
OptionalInteger = Annotated[int | None, _plain("integer")]
_DATE_SCHEMA = WithJsonSchema({"type": "string", "description": "YYYY-MM-DD"})
IsoDate = Annotated[str, AfterValidator(_iso_date), _DATE_SCHEMA]
OptionalIsoDate = Annotated[Annotated[str, AfterValidator(_iso_date)] | None, _DATE_SCHEMA]
FieldList = Annotated[
    tuple[str, ...] | None,
    BeforeValidator(_field_list),
    WithJsonSchema({"type": "string", "description": "Comma separated field API names"}),
]
RecordFieldsObject = Annotated[dict[str, Any], BeforeValidator(_record_fields_argument), _plain("object")]


def as_invalid_argument(error: ValidationError) -> InvalidArgument:
    """What pydantic complains of, as one error that names the arguments and repeats no value."""
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    names = [".".join(str(step)[:60] for step in problem["loc"]) for problem in problems[:_MAX_PROBLEMS]]
    lines = [f"{name or 'The input'} {_complaint(problem)}" for name, problem in zip(names, problems, strict=False)]
    if len(problems) > _MAX_PROBLEMS:
        lines.append(f"and {len(problems) - _MAX_PROBLEMS} more")
    return InvalidArgument(
        "; ".join(lines) + ".",
        hint="Nothing was sent. Correct the named arguments and call again.",
        fields=list(dict.fromkeys(name for name in names if name)),
    )


def _complaint(problem: Mapping[str, Any]) -> str:
    if problem["type"] == "extra_forbidden":
        return "is not an argument of this tool"
    if problem["type"] == "missing":
        return "is required"
    message = str(problem["msg"])
    own = message.removeprefix("Value error, ")
    return own if own != message else f"is refused: {message}"
