"""Finds what a name in a query means: a field of the queried object or of one it is joined to; knows no SQL."""

from __future__ import annotations

from dataclasses import dataclass

from langchain_sfconnect.localorg import errors
from langchain_sfconnect.localorg.errors import OrgError
from langchain_sfconnect.localorg.schema import Field, Schema, SObject
from langchain_sfconnect.localorg.schema.build import field
from langchain_sfconnect.localorg.soql import tree
from langchain_sfconnect.localorg.soql.dates import Now
from langchain_sfconnect.localorg.soql.plan import Column, Computed, Join, Link, ObjectType, Value
from langchain_sfconnect.localorg.soql.position import Complaints

MAX_PARENTS = 5
MAX_RELATIONSHIPS = 55
_NAME = field("Name", "string(255)", "N---FGS", "Name")
_TYPE = field("Type", "picklist(40)", "N---FGS", "Type")
_OF_ANY_NAMED = frozenset(
    [
        "id",
        "name",
        "firstname",
        "lastname",
        "type",
        "email",
        "phone",
        "title",
        "username",
        "alias",
        "isactive",
        "userroleid",
        "profileid",
    ]
)


@dataclass(frozen=True, slots=True)
class Context:
    """What understanding a query needs beside its text: the schema, the present, the user, and how to complain."""

    schema: Schema
    now: Now
    user_id: str
    complain: Complaints
    include_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A value, and the relationships walked to reach it."""

    trail: tuple[Link, ...]
    value: Value


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
        *relationships, name = self._strip(path.parts)
        if len(relationships) > MAX_PARENTS:
            raise self._complain(path, f"Relationship depth of '{path}' is more than {MAX_PARENTS} levels.")
        trail = self._walk(path, relationships)
        if not trail:
            return Found((), self.own_column(self._field(path, self.root, name)))
        if trail[-1].polymorphic:
            return Found(trail, self._of_any(path, trail[-1], name))
        join = trail[-1].joins[0]
        return self._reach(trail, join, self._field(path, join.sobject, name))

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

    def _walk(self, path: tree.Path, relationships: list[str]) -> tuple[Link, ...]:
        trail: list[Link] = []
        alias, sobject = "t0", self.root
        for name in relationships:
            lookup = None if trail and trail[-1].polymorphic else sobject.parent(name)
            if lookup is None or not self.context.schema.targets(lookup):
                raise self._complain(path, errors.unknown_parent(name))
            trail.append(self._link(alias, lookup))
            alias, sobject = trail[-1].joins[0].alias, trail[-1].joins[0].sobject
        return tuple(trail)

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
            return Found(trail, Computed(item, join.alias))
        if item.mirrors is None:
            return Found(trail, Column(item, ((join.alias, item.name),), outer=bool(trail)))
        relationship, name = item.mirrors
        lookup = join.sobject.parent(relationship)
        assert lookup is not None, f"{join.sobject.name}.{item.name} mirrors an unknown relationship"  # noqa: S101
        link = self._link(join.alias, lookup)
        return Found(trail, Column(item, ((link.joins[0].alias, name),), outer=True))

    def _of_any(self, path: tree.Path, link: Link, name: str) -> Value:
        """The fields that every record with a name has, whatever its object."""
        wanted = name.lower()
        if wanted == "type":
            return ObjectType(_TYPE, link)
        places, shown = [], None
        for join in link.joins:
            item = join.sobject.name_field if wanted == "name" else join.sobject.field(wanted)
            if item is not None and wanted in _OF_ANY_NAMED:
                places.append((join.alias, item.name))
                shown = shown or item
        if shown is None:
            raise self._complain(path, errors.no_such_query_column(name, "Name"))
        return Column(_NAME if wanted == "name" else shown, tuple(places), outer=True)

    def _field(self, path: tree.Path, sobject: SObject, name: str) -> Field:
        item = sobject.field(name)
        if item is None:
            raise self._complain(path, errors.no_such_query_column(name, sobject.name))
        return item

    def _complain(self, path: tree.Path, text: str) -> OrgError:
        return self.context.complain.at(path.at, errors.invalid_query_field, text)
