"""Checks the declarations of objects: their names, masters and the ways between them; knows no rule and no profile."""

from __future__ import annotations

from collections.abc import Mapping

from langchain_sfconnect.localorg.schema.declared import names, refusals, shapes
from langchain_sfconnect.localorg.schema.declared.check_fields import check_field, check_format, check_name
from langchain_sfconnect.localorg.schema.declared.fields import children_of
from langchain_sfconnect.localorg.schema.declared.objects import plural_of
from langchain_sfconnect.localorg.schema.declared.problems import Problems
from langchain_sfconnect.localorg.schema.model import SObject

_Declared = Mapping[str, shapes.ObjectShape]
_BUILT_IN = (
    "Id", "OwnerId", "IsDeleted", "Name", "RecordTypeId", "CreatedDate", "CreatedById", "LastModifiedDate",
    "LastModifiedById", "SystemModstamp", "LastActivityDate", "LastViewedDate", "LastReferencedDate",
)  # fmt: skip


def check_objects(declared: _Declared, standard: Mapping[str, SObject], problems: Problems) -> None:
    """Check all declared objects, each for itself and then together."""
    problems.twice([*declared, *(name for name in standard if name not in declared)], refusals.ONE_NAME_TWO_CASES)
    objects = {*standard, *declared}
    for name, shape in declared.items():
        here = problems.at(name)
        if name in standard:
            _check_standard(shape, here)
        else:
            _check_custom(name, shape, here)
        _check_fields(shape, standard.get(name), objects, here.at("fields"))
    _check_children(declared, standard, problems)
    _check_masters(declared, problems)


def _check_standard(shape: shapes.ObjectShape, problems: Problems) -> None:
    for key in ("label", "plural", "name"):
        problems.at(key).unless(getattr(shape, key) is None, refusals.STANDARD_IS_GIVEN)
    problems.at("activities").unless(not shape.activities, refusals.STANDARD_IS_GIVEN)
    for name, field in shape.fields.items():
        is_master = isinstance(field, shapes.MasterShape)
        problems.at("fields", name).unless(not is_master, refusals.MASTER_ON_CUSTOM_ONLY)


def _check_custom(name: str, shape: shapes.ObjectShape, problems: Problems) -> None:
    problems.unless(name.endswith("__c"), refusals.NO_STANDARD_OBJECT)
    problems.unless(not name.endswith("__c") or names.is_custom_name(name), refusals.BAD_OBJECT_NAME)
    problems.unless(shape.label, refusals.NO_LABEL)
    if isinstance(shape.name, shapes.NameNumberShape):
        check_format(shape.name.format, problems.at("name"))


def _check_fields(shape: shapes.ObjectShape, sobject: SObject | None, objects: set[str], problems: Problems) -> None:
    standard = [item.name for item in sobject.fields] if sobject is not None else _BUILT_IN
    problems.twice(shape.fields, refusals.ONE_NAME_TWO_CASES)
    for name, field in shape.fields.items():
        check_name(name, standard, problems.at(name))
        check_field(field, objects, problems.at(name))


def _check_children(declared: _Declared, standard: Mapping[str, SObject], problems: Problems) -> None:
    """Two lookups to one parent must not share the name for the way down."""
    seen: set[tuple[str, str]] = set()
    for name, shape in declared.items():
        for field_name, field in shape.fields.items():
            if isinstance(field, shapes.LookupShape | shapes.MasterShape):
                way = (field.to, children_of(field, plural_of(name, shape, standard)).lower())
                problems.at(name, "fields", field_name).unless(way not in seen, refusals.CHILDREN_TAKEN)
                seen.add(way)


def _check_masters(declared: _Declared, problems: Problems) -> None:
    masters = {
        name: [field.to for field in shape.fields.values() if isinstance(field, shapes.MasterShape)]
        for name, shape in declared.items()
    }
    for name, above in masters.items():
        problems.at(name, "fields").unless(len(above) <= 2, refusals.TWO_MASTERS)
        problems.at(name, "fields").unless(name not in _ancestors(name, masters), refusals.OWN_MASTER)


def _ancestors(name: str, masters: Mapping[str, list[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [*masters.get(name, ())]
    while waiting:
        above = waiting.pop()
        if above not in found:
            found.add(above)
            waiting.extend(masters.get(above, ()))
    return found
