"""One login realm, production or sandbox: its org's data, its grants and its addresses; knows nothing of HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import Any, Literal

from langchain_sfconnect.localorg.clock import Clock
from langchain_sfconnect.localorg.engine import Engine
from langchain_sfconnect.localorg.faults import Faults
from langchain_sfconnect.localorg.journal import RecordedRequest
from langchain_sfconnect.localorg.oauth.apps import ClientApp
from langchain_sfconnect.localorg.oauth.desk import ConsentDesk
from langchain_sfconnect.localorg.oauth.grants import GrantBook
from langchain_sfconnect.localorg.oauth.signing import SigningKey
from langchain_sfconnect.localorg.policy import Policy

RealmName = Literal["production", "sandbox"]
User = dict[str, Any]


@dataclass
class Site:
    """What both realms share: the app, the clock, the rules, and what tests control and observe."""

    app: ClientApp
    clock: Clock = field(default_factory=Clock)
    policy: Policy = field(default_factory=Policy)
    faults: Faults = field(default_factory=Faults)
    journal: list[RecordedRequest] = field(default_factory=list)
    signing_key: SigningKey = field(default_factory=SigningKey)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a realm listens, without trailing slashes."""

    login_url: str
    instance_url: str


class Realm:
    """A realm and its one org.

    Args:
        name: `production` or `sandbox`.
        site: What it shares with the other realm.
        addresses: Where it listens.
        make_engine: Opens the org's data; called once, when the data is first needed.
    """

    def __init__(self, name: RealmName, *, site: Site, addresses: Addresses, make_engine: Callable[[], Engine]) -> None:
        self.name = name
        self.site = site
        self.addresses = addresses
        self.grants = GrantBook(clock=site.clock, policy=site.policy)
        self.desk = ConsentDesk()
        self.requests_today = 0
        self._counting_day = site.clock.today()
        self._make_engine = make_engine
        self._engine: Engine | None = None
        self._lock = Lock()

    @property
    def engine(self) -> Engine:
        """The org's data, opened on first use."""
        with self._lock:
            if self._engine is None:
                self._engine = self._make_engine()
            return self._engine

    @property
    def is_open(self) -> bool:
        """Whether the data has been used yet."""
        return self._engine is not None

    @cached_property
    def org_id(self) -> str:
        """The 18-character id of the org."""
        return str(self.engine.organization["Id"])

    def active_users(self) -> list[User]:
        """The users who can log in."""
        return [user for user in self.engine.users() if user["IsActive"]]

    def default_user(self) -> User:
        """The rep that things are done as when nobody is named."""
        return self.active_users()[0]

    def user_by_id(self, user_id: str) -> User | None:
        """A user by 18-character id."""
        return self.engine.user(user_id)

    def identity_url(self, user_id: str) -> str:
        """The identity URL; its host tells the realm, as on the real login hosts."""
        return f"{self.addresses.login_url}/id/{self.org_id}/{user_id}"

    def spend_request(self) -> bool:
        """Count a REST call against today's; False when there are none left."""
        if self._counting_day != self.site.clock.today():
            self._counting_day, self.requests_today = self.site.clock.today(), 0
        if self.requests_today >= self.site.policy.daily_api_requests:
            return False
        self.requests_today += 1
        return True

    def close(self) -> None:
        """Close the data if it was ever opened."""
        with self._lock:
            if self._engine is not None:
                self._engine.close()
