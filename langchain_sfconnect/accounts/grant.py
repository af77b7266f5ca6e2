"""A grant: the tokens of an account and the hosts they may be sent to, sealed together.

The hosts are inside the seal, so a changed row cannot direct a token elsewhere.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import NoReturn

from langchain_sfconnect.errors import SealBroken
from langchain_sfconnect.stores.base import AccountRecord
from langchain_sfconnect.stores.sealing import Sealer


@dataclass(frozen=True, slots=True)
class Grant:
    """What one consent gave us.

    Attributes:
        access_token: Bearer token.
        refresh_token: None where Salesforce gave none.
        instance_url: Origin of the REST API the access token is for.
        login_url: Origin of the login host the refresh token belongs to.
    """

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    instance_url: str
    login_url: str

    def shares_a_token_with(self, other: Grant) -> bool:
        """Whether revoking this grant would end something of the other."""
        if self.refresh_token is not None and self.refresh_token == other.refresh_token:
            return True
        return self.access_token == other.access_token

    async def seal(self, sealer: Sealer, place: str) -> bytes:
        values = [self.access_token, self.refresh_token, self.instance_url, self.login_url]
        return await sealer.seal(json.dumps(values).encode(), place=place)

    @classmethod
    async def open(cls, sealer: Sealer, sealed: bytes, place: str) -> Grant:
        """Open a sealed grant.

        Raises:
            SealBroken: It does not open, or is no grant.
        """
        try:
            access_token, refresh_token, instance_url, login_url = json.loads(await sealer.open(sealed, place=place))
        except ValueError:
            raise SealBroken("What is sealed here is no grant.") from None
        return cls(access_token, refresh_token, instance_url, login_url)

    def __reduce__(self) -> NoReturn:
        raise TypeError("A Grant is not pickled: it holds tokens.")


def place_of(record: AccountRecord) -> str:
    """Where an account's grant belongs: authenticated with the sealed bytes.

    The number is one of a kind, so a row's older grant does not open in the place of its newest.
    """
    return json.dumps(["grant", record.connection, record.identifier, record.grant_number])
