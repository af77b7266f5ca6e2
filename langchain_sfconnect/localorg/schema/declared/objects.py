"""Makes objects of their declarations: custom ones whole, standard ones with more in them; checks nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from langchain_sfconnect.localorg.schema.build import field, lookup, numbered
from langchain_sfconnect.localorg.schema.declared import shapes
from langchain_sfconnect.localorg.schema.declared.fields import label_of, make_fields
from langchain_sfconnect.localorg.schema.model import AutoNumber, Field, SObject
from langchain_sfconnect.localorg.schema.permissions import DeclaredUser, ObjectAccess, Permissions
from langchain_sfconnect.localorg.schema.rules import DuplicateRule, RecordTypeRule, ValidationRule
from langchain_sfconnect.localorg.schema.standard.common import (
    AUDIT,
    IS_DELETED,
    LAST_ACTIVITY,
    RECORD_ID,
    VIEWED,
    owner,
)

_ACTIVITIES = frozenset({"Task", "Event"})
_RECORD_TYPE = lookup("RecordTypeId", "NCU-FGS", "Record Type ID", "RecordType", up="RecordType")


def plural_of(name: str, shape: shapes.ObjectShape, standard: Mapping[str, SObject]) -> str:
    """Return what many records of a declared object are called."""
    return shape.plural or (standard[name].plural if name in standard else f"{shape.label or label_of(name)}s")


def make_objects(
    declared: Mapping[str, shapes.ObjectShape], standard: Iterable[SObject], prefixes: Mapping[str, str]
) -> Iterator[SObject]:
    """Yield all objects of the org: the standard ones, extended where declared, and the custom ones."""
    known = {item.name: item for item in standard}
    with_activities = [name for name, shape in declared.items() if shape.activities]
    for item in known.values():
        shape = declared.get(item.name, shapes.ObjectShape())
        extended = _extend(item, shape, list(_fields(shape, plural_of(item.name, shape, known))))
        yield _aim_activities(extended, with_activities) if item.name in _ACTIVITIES else extended
    for name, shape in declared.items():
        if name not in known:
            yield _make_custom(name, shape, plural_of(name, shape, known), prefixes[name])


def make_permissions(profiles: Mapping[str, shapes.ProfileShape]) -> dict[str, Permissions]:
    """Return what the declared profiles may do, by their names."""
    return {
        name: Permissions(
            profile.api_enabled,
            {
                sobject: ObjectAccess(access.create, access.read, access.edit, access.delete, access.fields)
                for sobject, access in profile.objects.items()
            },
        )
        for name, profile in profiles.items()
    }


def make_users(users: Iterable[shapes.UserShape]) -> tuple[DeclaredUser, ...]:
    """Return the declared users."""
    return tuple(DeclaredUser(user.username, user.last_name, user.profile, user.first_name) for user in users)


def _make_custom(name: str, shape: shapes.ObjectShape, plural: str, prefix: str) -> SObject:
    fields = list(_fields(shape, plural))
    has_master = any(item.reference is not None and item.reference.order is not None for item in fields)
    standard = (
        RECORD_ID,
        *(() if has_master else (owner("Group", "User"),)),
        IS_DELETED,
        _name_field(shape),
        *AUDIT,
        *((LAST_ACTIVITY,) if shape.activities else ()),
        *VIEWED,
    )
    return _extend(SObject(name, shape.label or label_of(name), plural, prefix, standard), shape, fields)


def _name_field(shape: shapes.ObjectShape) -> Field:
    label = (shape.name.label if shape.name else None) or f"{shape.label} Name"
    if isinstance(shape.name, shapes.NameNumberShape):
        number = AutoNumber(shape.name.format, shape.name.first)
        return numbered("Name", "string(80)", label, number, "name", "id_lookup")
    length = shape.name.length if shape.name else 80
    return field("Name", f"string({length})", "NCUDFGS", label, "name", "id_lookup")


def _fields(shape: shapes.ObjectShape, plural: str) -> Iterator[Field]:
    masters = 0
    for name, declared in shape.fields.items():
        yield from make_fields(name, declared, plural=plural, order=masters)
        masters += isinstance(declared, shapes.MasterShape)


def _extend(sobject: SObject, shape: shapes.ObjectShape, fields: list[Field]) -> SObject:
    typed = bool(shape.record_types) and sobject.field(_RECORD_TYPE.name) is None
    return replace(
        sobject,
        fields=(*sobject.fields, *((_RECORD_TYPE,) if typed else ()), *fields),
        validation_rules=tuple(_validation_rule(rule) for rule in shape.validation_rules),
        duplicate_rules=tuple(_duplicate_rule(rule) for rule in shape.duplicate_rules),
        record_types=tuple(_record_type(rule) for rule in shape.record_types),
    )


def _validation_rule(rule: shapes.ValidationRuleShape) -> ValidationRule:
    return ValidationRule(rule.name, rule.when, rule.message, rule.field)


def _duplicate_rule(rule: shapes.DuplicateRuleShape) -> DuplicateRule:
    return DuplicateRule(rule.name, tuple(rule.match), rule.allow_save, rule.message)


def _record_type(rule: shapes.RecordTypeShape) -> RecordTypeRule:
    picklists = {name: tuple(values) for name, values in rule.picklists.items()}
    return RecordTypeRule(rule.developer_name, rule.label, rule.active, rule.default, picklists)


def _aim_activities(sobject: SObject, targets: list[str]) -> SObject:
    """Let tasks and events be about custom objects too."""

    def aimed(item: Field) -> Field:
        if item.name != "WhatId" or item.reference is None:
            return item
        return replace(item, reference=replace(item.reference, targets=(*item.reference.targets, *targets)))

    return replace(sobject, fields=tuple(aimed(item) for item in sobject.fields))
