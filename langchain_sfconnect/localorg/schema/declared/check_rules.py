"""Checks declared rules, record types, profiles and users against the objects there are; knows no shape of a field."""

from __future__ import annotations

from collections.abc import Mapping

from langchain_sfconnect.localorg.schema.declared import names, refusals, shapes
from langchain_sfconnect.localorg.schema.declared.problems import Problems
from langchain_sfconnect.localorg.schema.model import SObject
from langchain_sfconnect.localorg.schema.permissions import STANDARD_PROFILES

_Objects = Mapping[str, SObject]


def check_rules(shape: shapes.ObjectShape, sobject: SObject, problems: Problems) -> None:
    """Check the rules and record types of one object."""
    _check_validation_rules(shape, sobject, problems.at("validation_rules"))
    _check_duplicate_rules(shape, sobject, problems.at("duplicate_rules"))
    _check_record_types(shape, sobject, problems.at("record_types"))


def _check_validation_rules(shape: shapes.ObjectShape, sobject: SObject, problems: Problems) -> None:
    problems.twice([rule.name for rule in shape.validation_rules], refusals.NAME_TAKEN)
    for number, rule in enumerate(shape.validation_rules):
        if rule.field is not None:
            _check_field_name(rule.field, sobject, problems.at(number, "field"))


def _check_duplicate_rules(shape: shapes.ObjectShape, sobject: SObject, problems: Problems) -> None:
    problems.twice([rule.name for rule in shape.duplicate_rules], refusals.NAME_TAKEN)
    for number, rule in enumerate(shape.duplicate_rules):
        for place, name in enumerate(rule.match):
            _check_field_name(name, sobject, problems.at(number, "match", place))


def _check_field_name(name: str, sobject: SObject, problems: Problems) -> None:
    found = sobject.field(name)
    problems.unless(found is not None and found.name == name and found.stored, f"{name!r}: {refusals.NO_FIELD}")


def _check_record_types(shape: shapes.ObjectShape, sobject: SObject, problems: Problems) -> None:
    problems.twice([rule.developer_name for rule in shape.record_types], refusals.NAME_TAKEN)
    problems.unless(sum(rule.default for rule in shape.record_types) <= 1, refusals.TWO_DEFAULTS)
    for number, rule in enumerate(shape.record_types):
        here = problems.at(number)
        here.at("developer_name").unless(names.is_word(rule.developer_name), refusals.BAD_WORD)
        for name, values in rule.picklists.items():
            field = sobject.field(name)
            picklist = field.picklist if field is not None and field.name == name else None
            at_field = here.at("picklists", name)
            at_field.unless(picklist is not None, refusals.NO_PICKLIST)
            for value in values if picklist is not None else ():
                at_field.unless(picklist and value in picklist.values, f"{value!r}: {refusals.NO_PICKLIST_VALUE}")


def check_profiles(profiles: Mapping[str, shapes.ProfileShape], objects: _Objects, problems: Problems) -> None:
    """Check what profiles are kept from."""
    for name, profile in profiles.items():
        for sobject_name, access in profile.objects.items():
            here = problems.at(name, "objects", sobject_name)
            sobject = objects.get(sobject_name)
            if sobject is None:
                here.add(refusals.NO_TARGET)
                continue
            for field_name in access.fields:
                field = sobject.field(field_name)
                known = field is not None and field.name == field_name
                here.at("fields", field_name).unless(known, refusals.NO_FIELD)
                barred = field is not None and known and not field.permissionable
                here.at("fields", field_name).unless(not barred, refusals.NOT_PERMISSIONABLE)


def check_users(shape: shapes.SchemaShape, problems: Problems) -> None:
    """Check the declared users."""
    problems.twice([user.username for user in shape.users], refusals.USERNAME_TAKEN)
    for number, user in enumerate(shape.users):
        here = problems.at(number)
        here.at("username").unless(
            names.USERNAME.match(user.username) and len(user.username) <= 80, refusals.BAD_USERNAME
        )
        known = user.profile in STANDARD_PROFILES or user.profile in shape.profiles
        here.at("profile").unless(known, f"{user.profile!r}: {refusals.NO_PROFILE}")
