"""What is noted of a write, sealed: a digest of what was asked and, once known, what Salesforce answered."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

from langchain_sfconnect.connection import Result
from langchain_sfconnect.errors import SealBroken
from langchain_sfconnect.stores.base import WriteRecord
from langchain_sfconnect.stores.sealing import Sealer


@dataclass(frozen=True, slots=True)
class Outcome:
    """One write as noted.

    Attributes:
        request: Digest of what was asked.
        status: HTTP status answered; None while that is not known.
        data: The answer's body.
    """

    request: str
    status: int | None = None
    data: Any = field(default=None, repr=False)

    @property
    def result(self) -> Result:
        """What the caller gets. Only of a write that is done."""
        return Result(self.status or 0, self.data)

    @property
    def record_id(self) -> str | None:
        """Which record came of it, if one did."""
        return self.data.get("id") if isinstance(self.data, dict) else None

    async def sealed_into(self, record: WriteRecord, sealer: Sealer) -> WriteRecord:
        values = json.dumps([self.request, self.status, self.data]).encode()
        return replace(record, sealed=await sealer.seal(values, place=place_of_write(record)))

    @classmethod
    async def of(cls, record: WriteRecord, sealer: Sealer) -> Outcome:
        """Open what is noted.

        Raises:
            SealBroken: It does not open, or is no outcome.
        """
        try:
            request, status, data = json.loads(await sealer.open(record.sealed, place=place_of_write(record)))
        except ValueError:
            raise SealBroken("What is sealed here is no outcome of a write.") from None
        return cls(request, status, data)


def place_of_write(record: WriteRecord) -> str:
    """Where a write's outcome belongs: authenticated with the sealed bytes."""
    return json.dumps(["write", record.connection, record.identifier, record.key, record.done])
