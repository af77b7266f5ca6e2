"""Reading and writing one record of any object: the operations and answers that several tools share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import ConfigDict, model_validator

from langchain_sfconnect.connection import Operation, Result
from langchain_sfconnect.errors import SalesforceAPIError
from langchain_sfconnect.tools.arguments import ToolArgs, record_fields
from langchain_sfconnect.tools.compact import compact_record
from langchain_sfconnect.tools.spec import Shaped

_WHERE = "WHERE Id = '{}'"


class FlatFields(ToolArgs):
    """Arguments that are fields of a record: common ones typed, all others taken flat by their API name.

    What the caller left out and what the caller set to null differ: only given fields are sent, and null clears.
    """

    model_config = ConfigDict(extra="allow")
    id_argument: ClassVar[str] = ""

    @model_validator(mode="after")
    def _check_other_fields(self) -> FlatFields:
        extra = self.__pydantic_extra__ or {}
        typed = {name.casefold(): name for name in type(self).model_fields}
        for name in extra:
            if name.casefold() in typed:
                raise ValueError(f"has {name[:60]!r}: spell it {typed[name.casefold()]}")
        self.__pydantic_extra__ = record_fields(extra)
        return self

    def given(self) -> dict[str, Any]:
        """The fields that the caller gave, nulls included."""
        return {name: value for name, value in self.model_dump(exclude_unset=True).items() if name != self.id_argument}


class FlatChange(FlatFields):
    """Fields to change on the record that `id_argument` names; there must be at least one."""

    @model_validator(mode="after")
    def _check_change(self) -> FlatChange:
        require_change(self.given())
        return self


def require_change(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields; an update that changes nothing is refused.

    Raises:
        ValueError: There are no fields.
    """
    if not fields:
        raise ValueError("holds nothing to change: give at least one field")
    return fields


def create(sobject: str, fields: Mapping[str, Any]) -> Operation:
    return Operation("POST", f"/sobjects/{sobject}", kind="write", idempotent=False, json=dict(fields))


def get(sobject: str, record_id: str, fields: Sequence[str] | None) -> Operation:
    """Read a record; as a query where fields of parents are wanted, which the record's own resource does not give."""
    if any("." in name for name in fields or ()):
        named = ", ".join(("Id", *(name for name in fields or () if name.casefold() != "id")))
        # All parts are checked: a record id, an API name and field paths.
        return Operation(
            "GET", "/query", params={"q": " ".join(["SELECT", named, "FROM", sobject, _WHERE.format(record_id)])}
        )
    params = {"fields": ",".join(fields)} if fields else {}
    return Operation("GET", f"/sobjects/{sobject}/{record_id}", params=params)


def update(sobject: str, record_id: str, fields: Mapping[str, Any]) -> Operation:
    return Operation("PATCH", f"/sobjects/{sobject}/{record_id}", kind="write", json=dict(fields))


def delete(sobject: str, record_id: str) -> Operation:
    # Repeating a delete is harmless: the second time the record is already in the recycle bin.
    return Operation("DELETE", f"/sobjects/{sobject}/{record_id}", kind="write")


def created(result: Result) -> Shaped:
    answer = dict(result.data or {})
    return Shaped({"id": answer.get("id"), "success": answer.get("success", True)}, answer)


def changed(record_id: str) -> Shaped:
    # Salesforce answers 204 with no body; callers get the shape that a create has.
    answer = {"id": record_id, "success": True}
    return Shaped(answer, {**answer, "errors": []})


def found(result: Result, fields: Sequence[str] | None) -> Shaped:
    """The record, however it was read.

    Raises:
        SalesforceAPIError: It was read by a query, and there is no such record.
    """
    answer = dict(result.data or {})
    record = _only_row(answer["records"]) if "records" in answer else answer
    return Shaped(compact_record(record, keep_nulls=fields is not None), record)


def _only_row(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    if rows:
        return rows[0]
    raise SalesforceAPIError(
        "The requested resource does not exist",
        code="NOT_FOUND",
        status=404,
        hint="Check the id; the record may be deleted or not visible to the user.",
    )
