"""What a declaration may say, key by key; knows not whether names in it exist."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from langchain_sfconnect.localorg.schema.declared import refusals
from langchain_sfconnect.localorg.schema.permissions import FieldAccess

_Text = Annotated[str, Field(min_length=1)]
# Lists are not strict, so that Python programs may give tuples.
_Values = Annotated[list[Annotated[str, Field(min_length=1, max_length=255)]], Field(min_length=1, strict=False)]


class Shape(BaseModel):
    """A mapping with known keys and values of the right type, nothing guessed."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_keys(cls, given: Any) -> Any:
        unknown = [str(key) for key in given if key not in cls.model_fields] if isinstance(given, Mapping) else []
        if unknown:
            said = "; ".join(refusals.unknown_word(key, cls.model_fields, "key here") for key in unknown)
            raise PydanticCustomError("unknown_key", "{said}", {"said": said})
        return given


class FieldShape(Shape):
    """What can be said of every field."""

    label: _Text | None = None
    help: _Text | None = None
    required: bool = False


class KeyShape(FieldShape):
    """A field whose value can identify a record."""

    unique: bool = False
    external_id: bool = False


class TextShape(KeyShape):
    type: Literal["text"]
    length: Annotated[int, Field(ge=1, le=255)]
    case_sensitive: bool = False
    default: _Text | None = None


class EmailShape(KeyShape):
    type: Literal["email"]
    case_sensitive: bool = False
    default: _Text | None = None


class PlainShape(FieldShape):
    type: Literal["phone", "url", "textarea"]
    default: _Text | None = None


class LongTextShape(FieldShape):
    type: Literal["long_textarea", "rich_text", "html"]
    length: Annotated[int, Field(ge=256, le=131_072)] = 32_768


class EncryptedShape(FieldShape):
    type: Literal["encrypted", "encrypted_text"]
    length: Annotated[int, Field(ge=1, le=175)] = 175


class NumberShape(KeyShape):
    type: Literal["number", "double"]
    precision: Annotated[int, Field(ge=1, le=18)] = 18
    scale: Annotated[int, Field(ge=0, le=17)] = 0
    default: float | None = None


class IntShape(KeyShape):
    type: Literal["int"]
    precision: Annotated[int, Field(ge=1, le=9)] = 9
    default: int | None = None


class MoneyShape(FieldShape):
    type: Literal["currency", "percent"]
    precision: Annotated[int, Field(ge=1, le=18)] = 18
    scale: Annotated[int, Field(ge=0, le=17)] = 2
    default: float | None = None


class CheckboxShape(FieldShape):
    type: Literal["checkbox", "boolean"]
    default: bool = False


class WhenShape(FieldShape):
    type: Literal["date", "datetime", "time"]


class PicklistShape(FieldShape):
    type: Literal["picklist", "multipicklist"]
    values: _Values
    default: str | None = None
    restricted: bool = False
    labels: dict[str, _Text] = {}


class LookupShape(FieldShape):
    type: Literal["lookup"]
    to: str
    children: _Text | None = None
    on_delete: Literal["clear", "restrict"] | None = None


class MasterShape(FieldShape):
    type: Literal["master_detail"]
    to: str
    children: _Text | None = None
    reparentable: bool = False


class AutoNumberShape(Shape):
    type: Literal["autonumber"]
    label: _Text | None = None
    help: _Text | None = None
    format: str
    first: Annotated[int, Field(ge=0, le=10**9)] = 1
    external_id: bool = False


class GeolocationShape(FieldShape):
    type: Literal["geolocation", "location"]
    scale: Annotated[int, Field(ge=0, le=15)] = 6


AnyField = Annotated[
    TextShape | EmailShape | PlainShape | LongTextShape | EncryptedShape | NumberShape | IntShape | MoneyShape
    | CheckboxShape | WhenShape | PicklistShape | LookupShape | MasterShape | AutoNumberShape | GeolocationShape,
    Field(discriminator="type"),
]  # fmt: skip


class NameTextShape(Shape):
    type: Literal["text"] = "text"
    label: _Text | None = None
    length: Annotated[int, Field(ge=1, le=80)] = 80


class NameNumberShape(Shape):
    type: Literal["autonumber"]
    label: _Text | None = None
    format: str
    first: Annotated[int, Field(ge=0, le=10**9)] = 1


AnyName = Annotated[NameTextShape | NameNumberShape, Field(discriminator="type")]


class ValidationRuleShape(Shape):
    name: _Text
    when: _Text
    message: _Text
    field: str | None = None


class DuplicateRuleShape(Shape):
    name: _Text
    match: Annotated[list[str], Field(min_length=1, strict=False)]
    allow_save: bool = True
    message: _Text = "Use one of these records?"


class RecordTypeShape(Shape):
    developer_name: str
    label: _Text
    active: bool = True
    default: bool = False
    picklists: dict[str, _Values] = {}


class ObjectShape(Shape):
    label: _Text | None = None
    plural: _Text | None = None
    name: AnyName | None = None
    activities: bool = False
    fields: dict[str, AnyField] = {}
    validation_rules: Annotated[list[ValidationRuleShape], Field(strict=False)] = []
    duplicate_rules: Annotated[list[DuplicateRuleShape], Field(strict=False)] = []
    record_types: Annotated[list[RecordTypeShape], Field(strict=False)] = []


class AccessShape(Shape):
    create: bool = True
    read: bool = True
    edit: bool = True
    delete: bool = True
    fields: dict[str, FieldAccess] = {}


class ProfileShape(Shape):
    api_enabled: bool = True
    objects: dict[str, AccessShape] = {}


class UserShape(Shape):
    username: str
    last_name: _Text
    first_name: _Text | None = None
    profile: str


class SchemaShape(Shape):
    objects: dict[str, ObjectShape] = {}
    profiles: dict[str, ProfileShape] = {}
    users: Annotated[list[UserShape], Field(strict=False)] = []


def field_types() -> tuple[str, ...]:
    """Return the words that may stand after `type:` in a field."""
    return tuple(sorted(_types_of(AnyField)))


def _types_of(union: Any) -> set[str]:
    shapes = union.__origin__.__args__
    return {word for shape in shapes for word in shape.model_fields["type"].annotation.__args__}
