"""Makes a new org the sandbox of itself, as a copy of production is: the same records, but an org of its own."""

from __future__ import annotations

from langchain_sfconnect.localorg.engine import Engine
from langchain_sfconnect.localorg.ids import checksum
from langchain_sfconnect.localorg.sqltext import Sql

_POD = "gLS0"  # where ids of production have gL00
_INSTANCE = "USA9S"


def become_sandbox(engine: Engine) -> None:
    """Give the org another id and mark it as a sandbox; one that is marked already stays as it is."""
    organization = engine.organization
    if organization["IsSandbox"]:
        return
    id15 = organization["Id"][:3] + _POD + organization["Id"][7:15]
    values = (id15 + checksum(id15), _INSTANCE)
    engine.database.run(Sql('UPDATE "Organization" SET "Id" = ?, "IsSandbox" = 1, "InstanceName" = ?', values))
