"""The SQL tables, indexes and full-text tables that hold an org's objects; knows no rule of writing or querying."""

from __future__ import annotations

from collections.abc import Iterator

from langchain_sfconnect.localorg.schema import Field, Schema, SObject
from langchain_sfconnect.localorg.schema.model import FieldType, Role

_AFFINITY: dict[FieldType, str] = {
    "boolean": "INTEGER NOT NULL DEFAULT 0", "int": "INTEGER", "double": "REAL", "currency": "REAL", "percent": "REAL",
    "id": "TEXT", "reference": "TEXT", "date": "TEXT", "datetime": "TEXT",
}  # fmt: skip
_SEARCHED: frozenset[FieldType] = frozenset({"string", "textarea", "url", "combobox"})
_AUDIT_USERS = frozenset({"CreatedById", "LastModifiedById", "MasterRecordId"})
_SORTED_CHOICES = frozenset({"StageName", "Status"})
_INDEXED_ROLES: frozenset[Role] = frozenset({"name", "id_lookup", "external_id", "unique", "indexed"})
SEARCH_GROUPS = ("name", "email", "phone", "other")

_SIDE_TABLES = (
    "CREATE TABLE _definitions (record_id TEXT PRIMARY KEY, body TEXT NOT NULL)",
    "CREATE TABLE _viewed (user_id TEXT, record_id TEXT, sobject TEXT, viewed_at TEXT,"
    " PRIMARY KEY (user_id, record_id))",
)


def create_statements(schema: Schema) -> Iterator[str]:
    """Yield the statements that make an empty org."""
    yield from _SIDE_TABLES
    for sobject in schema:
        yield _table(sobject)
        yield from _indexes(sobject)
        if sobject.searchable:
            yield from _full_text(sobject)


def full_text_table(sobject: SObject) -> str:
    """Return the name of the full-text table of an object."""
    return f"_text_{sobject.name}"


def vocabulary_table(sobject: SObject) -> str:
    """Return the name of the table that lists the words of an object's full-text table."""
    return f"_words_{sobject.name}"


def search_groups(sobject: SObject) -> dict[str, list[str]]:
    """Return, per search group, the names of the fields whose words it finds."""
    groups: dict[str, list[str]] = {group: [] for group in SEARCH_GROUPS}
    for item in sobject.stored_fields:
        group = _search_group(sobject, item)
        if group is not None:
            groups[group].append(item.name)
    return groups


def _search_group(sobject: SObject, item: Field) -> str | None:
    if item.type in ("email", "phone"):
        return item.type
    if item.type not in _SEARCHED:
        return None
    return "name" if "name" in item.roles or item.name in sobject.search_names else "other"


def _table(sobject: SObject) -> str:
    columns = ", ".join(_column(item) for item in sobject.stored_fields)
    return f'CREATE TABLE "{sobject.name}" ({columns})'


def _column(item: Field) -> str:
    kind = _AFFINITY.get(item.type, "TEXT" if "case_sensitive" in item.roles else "TEXT COLLATE NOCASE")
    return f'"{item.name}" {kind}' + (" PRIMARY KEY" if item.type == "id" else "")


def _indexes(sobject: SObject) -> Iterator[str]:
    for item in sobject.stored_fields:
        if _wants_index(item):
            yield f'CREATE INDEX "{sobject.name}.{item.name}" ON "{sobject.name}" ("{item.name}")'


def _wants_index(item: Field) -> bool:
    if item.type == "reference":
        return item.name not in _AUDIT_USERS
    return item.type != "id" and (item.name in _SORTED_CHOICES or bool(item.roles & _INDEXED_ROLES))


def _full_text(sobject: SObject) -> Iterator[str]:
    """The triggers keep the words in step with the rows, whoever writes them."""
    groups, text, table = search_groups(sobject), full_text_table(sobject), sobject.name
    yield f'CREATE VIRTUAL TABLE "{text}" USING fts5({", ".join(SEARCH_GROUPS)}, tokenize = "unicode61")'
    yield f'CREATE VIRTUAL TABLE "{vocabulary_table(sobject)}" USING fts5vocab("{text}", row)'
    values = ", ".join(_words(groups[group]) for group in SEARCH_GROUPS)
    into = f'"{text}" (rowid, {", ".join(SEARCH_GROUPS)})'
    insert = " ".join(["INSERT INTO", into, "VALUES", f"(new.rowid, {values});"])
    delete = " ".join(["DELETE FROM", f'"{text}"', "WHERE rowid = old.rowid;"])
    changed = ", ".join(f'"{name}"' for names in groups.values() for name in names)
    yield f'CREATE TRIGGER "{text}_i" AFTER INSERT ON "{table}" BEGIN {insert} END'
    yield f'CREATE TRIGGER "{text}_u" AFTER UPDATE OF {changed} ON "{table}" BEGIN {delete} {insert} END'
    yield f'CREATE TRIGGER "{text}_d" AFTER DELETE ON "{table}" BEGIN {delete} END'


def _words(names: list[str]) -> str:
    return " || ' ' || ".join(f"coalesce(new.\"{name}\", '')" for name in names) or "''"
