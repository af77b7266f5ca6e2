"""Keeps the tables of an org's file in step with its schema, and refuses a schema that would lose data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from langchain_sfconnect.localorg import sqltext, tables
from langchain_sfconnect.localorg.database import Database
from langchain_sfconnect.localorg.schema import Field, Schema, SchemaError, SObject
from langchain_sfconnect.localorg.sqltext import Sql

_ADVICE = "declare it as it was, clear it first, or open a new file"


@dataclass(frozen=True, slots=True)
class _Column:
    """A column as the file has it."""

    declaration: str
    length: int


_Table = dict[str, _Column]


def is_founded(database: Database) -> bool:
    """Say whether a database holds an org already."""
    return database.row(Sql("SELECT 1 FROM sqlite_master WHERE name = ?", ("Organization",))) is not None


def known_prefixes(database: Database) -> dict[str, str]:
    """Return the key prefixes that an org's objects have, or had, by API name.

    Raises:
        SchemaError: the file was made by a version that wrote none down.
    """
    if not is_founded(database):
        return {}
    if database.row(Sql("SELECT 1 FROM sqlite_master WHERE name = ?", ("_prefixes",))) is None:
        raise SchemaError("The file", ["it was made by an earlier version of the local org; open a new file"])
    return dict(database.rows(Sql("SELECT sobject, prefix FROM _prefixes")))


def found(database: Database, schema: Schema) -> None:
    """Make the tables of a new org."""
    database.run_script(tables.create_statements(schema))
    _write_down(database, schema)


def raze(database: Database, schema: Schema) -> None:
    """Take all tables of an org away."""
    database.run_script(tables.drop_statements(schema))


def adapt(database: Database, schema: Schema) -> None:
    """Bring the tables of an org that there is in step with a schema that may have changed.

    Raises:
        SchemaError: something that the schema no longer has, or has otherwise, still holds data.
    """
    there = _written_down(database)
    problems = [problem for name, table in there.items() for problem in _losses(database, name, table, schema)]
    if problems:
        raise SchemaError("The schema does not fit the records in the file and", problems)
    for name in there.keys() - {sobject.name for sobject in schema}:
        database.run_script(_drop_table(name))
    for sobject in schema:
        _adapt_object(database, sobject, there.get(sobject.name))
    _write_down(database, schema)


def _written_down(database: Database) -> dict[str, _Table]:
    found: dict[str, _Table] = defaultdict(dict)
    for name, field, declaration, length in database.rows(Sql("SELECT * FROM _columns ORDER BY rowid")):
        found[name][field] = _Column(declaration, length)
    return dict(found)


def _write_down(database: Database, schema: Schema) -> None:
    database.run(Sql("DELETE FROM _columns"))
    columns = (
        (sobject.name, item.name, tables.column_declarations(sobject)[item.name], item.length)
        for sobject in schema
        for item in sobject.stored_fields
    )
    database.run_many("INSERT INTO _columns VALUES (?, ?, ?, ?)", columns)
    prefixes = ((sobject.name, sobject.prefix) for sobject in schema)
    database.run_many("INSERT OR REPLACE INTO _prefixes VALUES (?, ?)", prefixes)


def _losses(database: Database, name: str, table: _Table, schema: Schema) -> Iterator[str]:
    sobject = schema.find(name)
    if sobject is None:
        records = _count(database, name, Sql("1"))
        if records:
            yield f"objects.{name}: no longer declared, but there are {records} records of it; {_ADVICE}"
        return
    for field_name, column in table.items():
        lost = _loss(database, sobject, field_name, column)
        if lost:
            yield f"objects.{name}.fields.{field_name}: {lost}; {_ADVICE}"


def _loss(database: Database, sobject: SObject, name: str, column: _Column) -> str | None:
    field = sobject.field(name)
    if field is None or not _fits(sobject, field, column):
        held = _count(database, sobject.name, _has_value(name, column))
        what = "no longer declared" if field is None else "now of another kind"
        return f"{what}, but {held} records have a value" if held else None
    if field.length < column.length:
        long = _count(database, sobject.name, sqltext.name(name).wrapped("length(", ")") + Sql("> ?", (field.length,)))
        return f"now {field.length} characters long, but {long} records have more" if long else None
    return None


def _fits(sobject: SObject, field: Field, column: _Column) -> bool:
    return tables.column_declarations(sobject).get(field.name) == column.declaration


def _has_value(name: str, column: _Column) -> Sql:
    empty = Sql("<> 0") if "NOT NULL DEFAULT 0" in column.declaration else Sql("IS NOT NULL")
    return sqltext.name(name) + empty


def _count(database: Database, table: str, condition: Sql) -> int:
    row = database.row(Sql("SELECT count(*) FROM") + sqltext.name(table) + Sql("WHERE") + condition)
    return int(row[0]) if row else 0


def _drop_table(name: str) -> Iterator[str]:
    yield from tables.drop_full_text_statements(name)
    yield f'DROP TABLE "{name}"'


def _adapt_object(database: Database, sobject: SObject, table: _Table | None) -> None:
    if table is None:
        database.run_script(tables.object_statements(sobject))
        return
    wanted = tables.column_declarations(sobject)
    gone = [name for name, column in table.items() if wanted.get(name) != column.declaration]
    new = [name for name in wanted if name not in table or name in gone]
    if gone or new:
        database.run_script(tables.drop_full_text_statements(sobject.name))
        database.run_script(_drop_columns(database, sobject, gone))
        database.run_script(f'ALTER TABLE "{sobject.name}" ADD COLUMN "{name}" {wanted[name]}' for name in new)
        database.run_script(tables.full_text_statements(sobject))
    _adapt_indexes(database, sobject)


def _drop_columns(database: Database, sobject: SObject, names: list[str]) -> Iterator[str]:
    """SQLite drops no column that an index mentions."""
    for index, statement in _indexes(database, sobject).items() if names else ():
        if any(f'"{name}"' in statement for name in names):
            yield f'DROP INDEX "{index}"'
    for name in names:
        yield f'ALTER TABLE "{sobject.name}" DROP COLUMN "{name}"'


def _adapt_indexes(database: Database, sobject: SObject) -> None:
    there, wanted = _indexes(database, sobject), tables.index_statements(sobject)
    database.run_script(f'DROP INDEX "{name}"' for name in there if there[name] != wanted.get(name))
    database.run_script(wanted[name] for name in wanted if there.get(name) != wanted[name])


def _indexes(database: Database, sobject: SObject) -> dict[str, str]:
    query = Sql("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = ?",
                (sobject.name,))  # fmt: skip
    return dict(database.rows(query))
