"""What the levers take, as JSON; checked before anything moves."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from langchain_sfconnect.localorg.mishaps import Answer, Latency, Reset, Truncate, ready
from langchain_sfconnect.localorg.realm import RealmName


class Body(BaseModel):
    """A JSON object of known names. This one takes none."""

    model_config = ConfigDict(extra="forbid")


class Advance(Body):
    """How far the clock moves: seconds, or an ISO 8601 duration such as `PT3H`; negative for back."""

    by: timedelta


class Freeze(Body):
    """When the clock stops; now when no moment is given."""

    at: AwareDatetime | None = None


class NewFault(Body):
    """A fault: a ready one by name, or one of kind `latency`, `answer`, `reset` or `truncate`."""

    action: Annotated[
        Latency | Answer | Reset | Truncate,
        Field(discriminator="kind"),
        BeforeValidator(lambda given: ready(given) if isinstance(given, str) else given),
    ]
    path: str = "*"
    method: str | None = None
    realm: RealmName | None = None
    times: int | None = 1
    probability: float = 1.0
    seed: int = 0


class WhichFault(Body):
    """A fault by its number; all of them without."""

    number: int | None = None


class WhichRequests(Body):
    """Traits that the listed requests have; `path` is a shell pattern."""

    path: str = "*"
    method: str | None = None
    user: str | None = None
    status: int | None = None
    last: int = Field(default=100, ge=1)


class SomeUser(Body):
    """A user by name; the default rep, or everybody where that makes sense, without."""

    username: str | None = None


class User(Body):
    """A user by name."""

    username: str


class NewUser(User):
    """A user to add."""

    last_name: str
    first_name: str | None = None
    profile: str = "Standard User"


class NewApp(Body):
    """An app to install; it may ask for every scope when none are named."""

    name: str
    callbacks: list[str] = []
    scopes: list[str] | None = None
    public: bool = False


class NewCallback(Body):
    """A redirect URI of the default app."""

    redirect_uri: str


class Certificate(Body):
    """A certificate or public key."""

    pem: str


class WhichOrg(Body):
    """One of the two orgs."""

    realm: RealmName = "production"


class Record(WhichOrg):
    """A record by its id."""

    id: str
