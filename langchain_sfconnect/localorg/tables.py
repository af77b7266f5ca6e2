"""The SQL tables, indexes and full-text tables that hold an org's objects; knows no rule of writing or querying."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from langchain_sfconnect.localorg import sqltext
from langchain_sfconnect.localorg.ranking import rank
from langchain_sfconnect.localorg.schema import Field, Schema, SObject
from langchain_sfconnect.localorg.schema.model import FieldType, Role

_AFFINITY: dict[FieldType, str] = {
    "boolean": "INTEGER NOT NULL DEFAULT 0", "int": "INTEGER", "double": "REAL", "currency": "REAL", "percent": "REAL",
    "id": "TEXT NOT NULL PRIMARY KEY", "reference": "TEXT", "date": "TEXT", "datetime": "TEXT", "time": "TEXT",
    "base64": "TEXT", "encryptedstring": "TEXT", "string": "TEXT COLLATE CASELESS", "textarea": "TEXT COLLATE CASELESS",
    "combobox": "TEXT COLLATE CASELESS",
}  # fmt: skip
_SEARCHED: frozenset[FieldType] = frozenset({"string", "textarea", "url", "combobox"})
_AUDIT_USERS = frozenset({"CreatedById", "LastModifiedById", "MasterRecordId"})
# Few values, many records: people count and sum by them, so the index alone must hold what that takes.
_GROUPED = {"StageName": ("StageName", "IsDeleted", "Amount"), "Status": ("Status", "IsDeleted")}
_INDEXED_ROLES: frozenset[Role] = frozenset({"name", "id_lookup", "external_id", "unique", "indexed"})
_TEXT, _WORDS = "_text_{}", "_words_{}"
SearchGroup = Literal["name", "email", "phone", "other"]

_SIDE_TABLES = (
    "CREATE TABLE _columns (sobject TEXT, field TEXT, declaration TEXT NOT NULL, length INTEGER NOT NULL,"
    " PRIMARY KEY (sobject, field))",
    "CREATE TABLE _prefixes (sobject TEXT PRIMARY KEY, prefix TEXT NOT NULL)",
    "CREATE TABLE _numbers (field TEXT PRIMARY KEY, last INTEGER NOT NULL)",
    "CREATE TABLE _definitions (record_id TEXT PRIMARY KEY, body TEXT NOT NULL)",
    "CREATE TABLE _viewed (user_id TEXT, record_id TEXT, sobject TEXT, viewed_at TEXT,"
    " PRIMARY KEY (user_id, record_id))",
    "CREATE TABLE _bin (record_id TEXT PRIMARY KEY, sobject TEXT NOT NULL, root_id TEXT NOT NULL,"
    " deleted_at TEXT NOT NULL, purged INTEGER NOT NULL DEFAULT 0)",
    "CREATE INDEX _bin_root ON _bin (root_id)",
    "CREATE TABLE _cleared (record_id TEXT NOT NULL, field TEXT NOT NULL, parent_id TEXT NOT NULL,"
    " PRIMARY KEY (record_id, field))",
)


def create_statements(schema: Schema) -> Iterator[str]:
    """Yield the statements that make an empty org."""
    yield from _SIDE_TABLES
    for sobject in schema:
        yield from object_statements(sobject)


def drop_statements(schema: Schema) -> Iterator[str]:
    """Yield the statements that undo `create_statements`."""
    for sobject in schema:
        yield from drop_full_text_statements(sobject.name)
        yield f'DROP TABLE "{sobject.name}"'
    yield from (f"DROP TABLE {statement.split()[2]}" for statement in _SIDE_TABLES if "TABLE" in statement)


def object_statements(sobject: SObject) -> Iterator[str]:
    """Yield the statements that make room for the records of one object."""
    columns = ", ".join(f'"{name}" {declaration}' for name, declaration in column_declarations(sobject).items())
    yield f'CREATE TABLE "{sobject.name}" ({columns})'
    yield from index_statements(sobject).values()
    yield from full_text_statements(sobject)


def column_declarations(sobject: SObject) -> dict[str, str]:
    """Return how each stored field of an object is kept, by name."""
    return {item.name: _declaration(item) for item in sobject.stored_fields}


def index_statements(sobject: SObject) -> dict[str, str]:
    """Return the statements that make the indexes of an object, by the names of the indexes."""
    wanted = {f"{sobject.name}.{item.name}": item for item in sobject.stored_fields if _wants_index(item)}
    columns = {name: _index(sobject, item) for name, item in wanted.items()}
    columns |= {f"{name}.rank": _rank(item) for name, item in wanted.items() if item.name in _GROUPED and item.picklist}
    return {name: f'CREATE INDEX "{name}" ON "{sobject.name}" ({held})' for name, held in columns.items()}


def _declaration(item: Field) -> str:
    """Free text is compared in Python; what people group by is compared by SQLite, which knows ASCII only, but fast."""
    return "TEXT" if "case_sensitive" in item.roles else _AFFINITY.get(item.type, "TEXT COLLATE NOCASE")


def _wants_index(item: Field) -> bool:
    if item.type == "reference":
        return item.name not in _AUDIT_USERS
    return item.type != "id" and (item.name in _GROUPED or bool(item.roles & _INDEXED_ROLES))


def _index(sobject: SObject, item: Field) -> str:
    columns = (name for name in _GROUPED.get(item.name, (item.name,)) if sobject.field(name) is not None)
    return ", ".join(f'"{name}"' for name in columns)


def _rank(item: Field) -> str:
    """Picklists are sorted by the order of their choices."""
    return rank(sqltext.name(item.name), item.picklist.values if item.picklist else ()).text


def full_text_table(sobject: SObject) -> str:
    """Return the name of the full-text table of an object."""
    return _TEXT.format(sobject.name)


def vocabulary_table(sobject: SObject) -> str:
    """Return the name of the table that lists the words of an object's full-text table."""
    return _WORDS.format(sobject.name)


def searched_fields(sobject: SObject) -> dict[str, SearchGroup]:
    """Return the fields whose words searches find, each with its search group."""
    return {item.name: group for item in sobject.stored_fields if (group := _search_group(sobject, item)) is not None}


def _search_group(sobject: SObject, item: Field) -> SearchGroup | None:
    if item.type == "email" or item.type == "phone":
        return item.type
    if item.type not in _SEARCHED:
        return None
    return "name" if "name" in item.roles or item.name in sobject.search_names else "other"


def full_text_statements(sobject: SObject) -> Iterator[str]:
    """Yield the statements that make the words of an object's records findable: the ones there are, and those to come.

    The triggers keep the words in step with the rows, whoever writes them.
    """
    if not sobject.searchable:
        return
    text, table = full_text_table(sobject), sobject.name
    columns = [f'"{name}"' for name in searched_fields(sobject)]
    names = ", ".join(columns)
    into = f'"{text}" (rowid, {names})'
    insert = " ".join(["INSERT INTO", into, "VALUES", f"(new.rowid, {', '.join(f'new.{name}' for name in columns)});"])
    delete = " ".join(["DELETE FROM", f'"{text}"', "WHERE rowid = old.rowid;"])
    yield f'CREATE VIRTUAL TABLE "{text}" USING fts5({names}, tokenize = "unicode61")'
    yield f'CREATE VIRTUAL TABLE "{vocabulary_table(sobject)}" USING fts5vocab("{text}", row)'
    yield " ".join(["INSERT INTO", into, f"SELECT rowid, {names}", "FROM", f'"{table}"'])
    yield f'CREATE TRIGGER "{text}_i" AFTER INSERT ON "{table}" BEGIN {insert} END'
    yield f'CREATE TRIGGER "{text}_u" AFTER UPDATE OF {names} ON "{table}" BEGIN {delete} {insert} END'
    yield f'CREATE TRIGGER "{text}_d" AFTER DELETE ON "{table}" BEGIN {delete} END'


def drop_full_text_statements(sobject_name: str) -> Iterator[str]:
    """Yield the statements that undo `full_text_statements`."""
    text = _TEXT.format(sobject_name)
    yield from (f'DROP TRIGGER IF EXISTS "{text}_{when}"' for when in "iud")
    yield f'DROP TABLE IF EXISTS "{_WORDS.format(sobject_name)}"'
    yield f'DROP TABLE IF EXISTS "{text}"'
