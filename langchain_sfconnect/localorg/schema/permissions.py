"""What a profile may do with objects and fields; knows no object and no user."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

FieldAccess = Literal["none", "read", "edit"]


@dataclass(frozen=True, slots=True, eq=False)
class ObjectAccess:
    """What may be done with the records of one object; a field that is not named may be edited."""

    create: bool = True
    read: bool = True
    edit: bool = True
    delete: bool = True
    fields: Mapping[str, FieldAccess] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Permissions:
    """What a profile may do; an object that is not named is allowed.

    Two are equal only when they are the same one, so that a schema can keep what each sees.
    """

    api_enabled: bool = True
    objects: Mapping[str, ObjectAccess] = field(default_factory=dict)


STANDARD_PROFILES = ("System Administrator", "Standard User", "Marketing User")
EVERYTHING = Permissions()


@dataclass(frozen=True, slots=True)
class DeclaredUser:
    """A user whom an org has because its schema says so."""

    username: str
    last_name: str
    profile: str
    first_name: str | None = None
