"""All objects of an org, and what of them each profile sees; knows no storage and no user."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from langchain_sfconnect.localorg.schema.model import ChildRelationship, Field, SObject
from langchain_sfconnect.localorg.schema.permissions import EVERYTHING, DeclaredUser, Permissions
from langchain_sfconnect.localorg.schema.seen import seen_object, without_blind_mirrors


class Schema:
    """All objects of an org, found by name in any case or by key prefix.

    Args:
        objects: The objects, their child relationships not yet known.
        permissions: What profiles may do, by the name of the profile; a profile that is not named may do everything.
        users: Users that the org has besides those of every new org.
    """

    def __init__(
        self,
        objects: Iterable[SObject],
        *,
        permissions: Mapping[str, Permissions] = MappingProxyType({}),
        users: tuple[DeclaredUser, ...] = (),
    ) -> None:
        declared = tuple(objects)
        self.permissions = permissions
        self.users = users
        children = _children_by_parent(declared)
        complete = [replace(item, children=children.get(item.name, ())) for item in declared]
        self._by_name = {item.name.lower(): item for item in complete}
        self._by_prefix = {item.prefix: item for item in complete}
        self._seen: dict[Permissions, Schema] = {EVERYTHING: self}

    def __iter__(self) -> Iterator[SObject]:
        return iter(self._by_name.values())

    def find(self, name: str) -> SObject | None:
        """Return an object by its name."""
        return self._by_name.get(name.lower())

    def __getitem__(self, name: str) -> SObject:
        return self._by_name[name.lower()]

    def of_id(self, record_id: str) -> SObject | None:
        """Return the object whose key prefix an id carries."""
        return self._by_prefix.get(record_id[:3])

    def targets(self, lookup: Field) -> tuple[SObject, ...]:
        """Return the objects of this org that a lookup may point at."""
        names = lookup.reference.targets if lookup.reference else ()
        return tuple(self._by_name[name.lower()] for name in names if name.lower() in self._by_name)

    def permissions_of(self, profile_name: str) -> Permissions:
        """Return what the users of a profile may do."""
        return self.permissions.get(profile_name, EVERYTHING)

    def seen_by(self, permissions: Permissions) -> Schema:
        """Return the schema without what a profile may not read, and with no more rights than it has."""
        seen = self._seen.get(permissions)
        if seen is None:
            kept = [seen_object(item, permissions.objects.get(item.name)) for item in self]
            seen = Schema(
                without_blind_mirrors([item for item in kept if item is not None]),
                permissions=self.permissions,
                users=self.users,
            )
            self._seen[permissions] = seen
        return seen


def _children_by_parent(objects: Iterable[SObject]) -> dict[str, tuple[ChildRelationship, ...]]:
    found: dict[str, list[ChildRelationship]] = {}
    for child in objects:
        for item in child.fields:
            for target in item.reference.targets if item.reference else ():
                relationship = ChildRelationship(item.reference.children if item.reference else None, child.name, item)
                found.setdefault(target, []).append(relationship)
    return {target: tuple(relationships) for target, relationships in found.items()}
