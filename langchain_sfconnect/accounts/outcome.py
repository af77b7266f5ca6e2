"""What is noted of a write, sealed: what was asked and, once known, what Salesforce answered."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from langchain_sfconnect.connection import Operation, Result
from langchain_sfconnect.errors import SealBroken
from langchain_sfconnect.stores.base import WriteRecord
from langchain_sfconnect.stores.sealing import Sealer

ANY_OBJECT = "*"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of Salesforce, and by whom.

    Attributes:
        request: Digest of it.
        makes: The object whose records it may make, in lower case; `ANY_OBJECT`; empty if it makes none.
        fields: Of a create, the values that tell its record from others; only until the outcome is known.
        user_id: As which Salesforce user.
        sure: Whether the write is noted with the time that Salesforce had; else with that of our own clock.
    """

    request: str
    makes: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict, repr=False)
    user_id: str | None = None
    sure: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """One write as noted.

    Attributes:
        asked: What was asked.
        status: HTTP status answered; None while that is not known.
        data: The answer's body.
    """

    asked: Asked
    status: int | None = None
    data: Any = field(default=None, repr=False)

    @property
    def result(self) -> Result:
        """What the caller gets. Only of a write that is done."""
        return Result(self.status or 0, self.data)

    @property
    def record_ids(self) -> frozenset[str]:
        """Which records came of it."""
        return frozenset(_ids(self.data))

    async def sealed_into(self, record: WriteRecord, sealer: Sealer) -> WriteRecord:
        values = json.dumps([asdict(self.asked), self.status, self.data], default=str).encode()
        return replace(record, sealed=await sealer.seal(values, place=place_of_write(record)))

    @classmethod
    async def of(cls, record: WriteRecord, sealer: Sealer) -> Outcome:
        """Open what is noted.

        Raises:
            SealBroken: It does not open, or is no outcome.
        """
        try:
            asked, status, data = json.loads(await sealer.open(record.sealed, place=place_of_write(record)))
            return cls(Asked(**asked), status, data)
        except (ValueError, TypeError):
            raise SealBroken("What is sealed here is no outcome of a write.") from None


def made_by(operation: Operation) -> str:
    """The object whose records an operation may make, as `Asked.makes` has it."""
    parts = operation.path.strip("/").split("/")
    if operation.method == "DELETE" or operation.kind == "read":
        return ""
    if parts[0] != "sobjects" or len(parts) < 2:
        return ANY_OBJECT
    changes_one = operation.method == "PATCH" and len(parts) == 3  # by id; an upsert names a field and its value
    return "" if changes_one else parts[1].lower()


def place_of_write(record: WriteRecord) -> str:
    """Where a write's outcome belongs, and whose and how old it is: authenticated with the sealed bytes."""
    start = record.started_at.timestamp()
    return json.dumps(
        ["write", record.connection, record.identifier, record.key, record.owner, start, record.done],
    )


def _ids(data: Any) -> Iterator[str]:
    """The ids in an answer, also in those that a composite holds."""
    if isinstance(data, Mapping):
        yield from (value for name, value in data.items() if name in ("id", "Id") and isinstance(value, str))
    inner = data.values() if isinstance(data, Mapping) else data if isinstance(data, list) else ()
    for each in inner:
        yield from _ids(each)
