"""What the REST client asks of whoever keeps the tokens. Values and a protocol, nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Access:
    """Permission to send requests to one org for a while.

    Attributes:
        token: Bearer token; never shown.
        instance_url: The only origin it may be sent to.
    """

    token: str = field(repr=False)
    instance_url: str


class TokenProvider(Protocol):
    """Hands out access for an account, fresh enough to use."""

    async def access(self, identifier: str) -> Access:
        """A usable token.

        Raises:
            ReauthorizationRequired: The account has none, and only its user can change that.
        """
        ...

    async def renew(self, identifier: str, *, rejected: str) -> Access:
        """Another token than the one Salesforce just rejected; raises as `access` does."""
        ...
