"""Finds what a name in a query means: a field of the queried object or of one it is joined to; knows no SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from langchain_sfconnect.localorg import errors
from langchain_sfconnect.localorg.errors import OrgError
from langchain_sfconnect.localorg.schema import Field, Schema, SObject
from langchain_sfconnect.localorg.schema.build import field
from langchain_sfconnect.localorg.soql import refusals, tree
from langchain_sfconnect.localorg.soql.dates import Now
from langchain_sfconnect.localorg.soql.exprs import Column, Computed, Join, Link, ObjectType, Value
from langchain_sfconnect.localorg.soql.position import Complaints

MAX_PARENTS = 5
MAX_RELATIONSHIPS = 55
_TYPE = field("Type", "picklist(40)", "N---FGS", "Type")
_OF_ANY_NAMED = {
    item.name.lower(): item
    for item in (
        field("Id", "id(18)", "----FGS", "Name ID"),
        field("Name", "string(255)", "N---FGS", "Name"),
        field("FirstName", "string(40)", "N---FGS", "First Name"),
        field("LastName", "string(80)", "N---FGS", "Last Name"),
        field("Email", "email(80)", "N---FGS", "Email"),
        field("Phone", "phone(40)", "N---FGS", "Phone"),
        field("Title", "string(80)", "N---FGS", "Title"),
        field("Username", "string(80)", "N---FGS", "Username"),
        field("Alias", "string(8)", "N---FGS", "Alias"),
        field("IsActive", "boolean", "N---FGS", "Active"),
        field("UserRoleId", "reference(18)", "N---FGS", "Role ID"),
        field("ProfileId", "reference(18)", "N---FGS", "Profile ID"),
    )
}


@dataclass(frozen=True, slots=True)
class Context:
    """What understanding a query needs beside its text: the schema, the present, the user, and how to complain."""

    schema: Schema
    now: Now
    user_id: str
    complain: Complaints
    include_deleted: bool = False
    api_version: str = "66.0"
    strict: bool = False

    def malformed(self, at: int, text: str) -> OrgError:
        """Return a MALFORMED_QUERY that points at a place in the statement."""
        return self.complain.at(at, errors.malformed_query, text)

    def invalid_field(self, at: int, text: str) -> OrgError:
        """Return an INVALID_FIELD that points at a place in the statement."""
        return self.complain.at(at, errors.invalid_query_field, text)

    def invalid_type(self, at: int, text: str) -> OrgError:
        """Return an INVALID_TYPE that points at a place in the statement."""
        return self.complain.at(at, errors.invalid_query_type, text)


@dataclass(frozen=True, slots=True)
class Found:
    """A value, the relationships walked to reach it, and the object it is a field of; None where several have it."""

    trail: tuple[Link, ...]
    value: Value
    owner: SObject | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A joined table, and the relationships walked to reach it."""

    trail: tuple[Link, ...]
    join: Join


class Scope:
    """The names one FROM clause makes visible. Collects the joins that the names need."""

    def __init__(self, context: Context, root: SObject, alias: str | None = None) -> None:
        self.context = context
        self.root = root
        self._roots = {root.name.lower()} | ({alias.lower()} if alias else set())
        self._aliases: dict[str, tuple[str, ...]] = {}
        self._links: dict[tuple[str, str], Link] = {}
        self._count = 0

    @property
    def links(self) -> tuple[Link, ...]:
        """Every relationship walked so far, parents before their own parents."""
        return tuple(self._links.values())

    def add_alias(self, alias: str, path: tuple[str, ...]) -> None:
        """Let `alias` stand for a relationship path."""
        self._aliases[alias.lower()] = self._strip(path)

    def find(self, path: tree.Path) -> Found:
        """Return what a path means.

        Raises:
            OrgError: INVALID_FIELD, pointing at the path.
        """
        return self._look(path, self._strip(path.parts), Place((), Join("t0", self.root)))

    def find_below(self, path: tree.Path, place: Place) -> Found:
        """Return what a path means that starts at a joined table; errors as in `find`."""
        return self._look(path, path.parts, place)

    def follow(self, path: tree.Path) -> tuple[Link, ...]:
        """Return the relationships that a path without a field walks; errors as in `find`."""
        return self._walk(path, self._strip(path.parts), Place((), Join("t0", self.root)))

    def own_column(self, item: Field) -> Value:
        """Return a field of the queried object itself."""
        return self._reach((), Join("t0", self.root), item).value

    def identity(self, link: Link) -> Column:
        """Return the id of the row a link leads to."""
        id_field = link.joins[0].sobject.fields[0]
        return Column(id_field, tuple((join.alias, "Id") for join in link.joins), outer=True)

    def _strip(self, parts: tuple[str, ...]) -> tuple[str, ...]:
        first = parts[0].lower()
        if len(parts) > 1 and first in self._aliases:
            return (*self._aliases[first], *parts[1:])
        return parts[1:] if len(parts) > 1 and first in self._roots else parts

    def _look(self, path: tree.Path, parts: tuple[str, ...], start: Place) -> Found:
        *relationships, name = parts
        trail = self._walk(path, relationships, start)
        walked = len(trail) > len(start.trail)
        if walked and trail[-1].polymorphic:
            return Found(trail, self._of_any(path, trail[-1], name))
        join = trail[-1].joins[0] if walked else start.join
        return self._reach(trail, join, self._field(path, join.sobject, name))

    def _walk(self, path: tree.Path, names: Sequence[str], start: Place) -> tuple[Link, ...]:
        trail, here = start.trail, start.join
        if len(trail) + len(names) > MAX_PARENTS:
            raise self.context.invalid_field(path.at, refusals.too_deep(path, MAX_PARENTS))
        for index, name in enumerate(names):
            lookup = None if index and trail[-1].polymorphic else here.sobject.parent(name)
            if lookup is None or not self.context.schema.targets(lookup):
                raise self.context.invalid_field(path.at, errors.unknown_parent(name))
            trail = (*trail, self._link(here.alias, lookup))
            here = trail[-1].joins[0]
        return trail

    def _link(self, alias: str, lookup: Field) -> Link:
        key = (alias, lookup.name)
        if key not in self._links:
            if len(self._links) == MAX_RELATIONSHIPS:
                raise errors.query_too_complicated()
            joins = tuple(Join(self._next_alias(), target) for target in self.context.schema.targets(lookup))
            self._links[key] = Link(alias, lookup, joins)
        return self._links[key]

    def _next_alias(self) -> str:
        self._count += 1
        return f"t{self._count}"

    def _reach(self, trail: tuple[Link, ...], join: Join, item: Field) -> Found:
        if item.computed:
            return Found(trail, Computed(item, join.alias), join.sobject)
        if item.mirrors is None:
            return Found(trail, Column(item, ((join.alias, item.name),), outer=bool(trail)), join.sobject)
        relationship, name = item.mirrors
        lookup = join.sobject.parent(relationship)
        assert lookup is not None, f"{join.sobject.name}.{item.name} mirrors an unknown relationship"  # noqa: S101
        link = self._link(join.alias, lookup)
        return Found(trail, Column(item, ((link.joins[0].alias, name),), outer=True), join.sobject)

    def _of_any(self, path: tree.Path, link: Link, name: str) -> Value:
        """The fields that every record with a name has, whatever its object."""
        wanted = name.lower()
        if wanted == "type":
            return ObjectType(_TYPE, link)
        shown = _OF_ANY_NAMED.get(wanted)
        if shown is None:
            raise self.context.invalid_field(path.at, errors.no_such_query_column(name, "Name"))
        places = []
        for join in link.joins:
            item = join.sobject.name_field if wanted == "name" else join.sobject.field(wanted)
            if item is not None and item.stored:
                places.append((join.alias, item.name))
        return Column(shown, tuple(places), outer=True)

    def _field(self, path: tree.Path, sobject: SObject, name: str) -> Field:
        item = sobject.field(name)
        if item is None:
            raise self.context.invalid_field(path.at, errors.no_such_query_column(name, sobject.name))
        return item
