"""Settings: the OAuth app, and what the environment says. The only module that reads environment variables."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import platformdirs

from langchain_sfconnect.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class SalesforceApp:
    """The OAuth app whose name the user sees on the consent screen: an External Client App or Connected App.

    Args:
        client_id: The consumer key.
        client_secret: The consumer secret; None for a public client.
        redirect_uri: The callback URL, exactly as registered.
        scopes: What to ask for. Without `refresh_token` the user must authorize again whenever a session ends.
        login_url: The login host of production orgs, or one org's My Domain.
        sandbox_login_url: The login host of sandboxes.
        api_version: REST API version, such as `66.0`.

    Raises:
        ConfigurationError: A value cannot be right.
    """

    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    redirect_uri: str = "http://localhost:8000/callback"
    scopes: tuple[str, ...] = ("api", "refresh_token", "id")
    login_url: str = "https://login.salesforce.com"
    sandbox_login_url: str = "https://test.salesforce.com"
    api_version: str = "66.0"

    def __post_init__(self) -> None:
        object.__setattr__(self, "scopes", tuple(self.scopes))
        object.__setattr__(self, "login_url", self.login_url.rstrip("/"))
        object.__setattr__(self, "sandbox_login_url", self.sandbox_login_url.rstrip("/"))
        if not self.client_id:
            raise ConfigurationError("SalesforceApp needs a client_id.", hint="It is the consumer key of your app.")
        if "api" not in self.scopes and "full" not in self.scopes:
            raise ConfigurationError("The scopes must contain 'api'.", hint="REST calls are refused without it.")
        if not re.fullmatch(r"\d{2,3}\.0", self.api_version):
            raise ConfigurationError(f"{self.api_version!r} is not an API version.", hint="Give one such as '66.0'.")

    def __reduce__(self) -> NoReturn:
        raise TypeError("A SalesforceApp is not pickled: it holds the client secret.")

    def __deepcopy__(self, memo: object) -> SalesforceApp:
        return self


@dataclass(frozen=True, slots=True)
class Settings:
    """What `SalesforceConnect.from_env` needs, read once from the environment.

    Attributes:
        app: The OAuth app.
        store_url: `memory://`, `sqlite:///path` or `postgresql://…`; None for the user's data directory.
        encryption_keys: Keys as `KeyRing.generate_key()` prints them; empty for a key file beside the SQLite store.
    """

    app: SalesforceApp
    store_url: str | None
    encryption_keys: tuple[str, ...] = field(repr=False)


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read `SFCONNECT_CLIENT_ID`, `…_CLIENT_SECRET`, `…_REDIRECT_URI`, `…_STORE_URL` and `…_ENCRYPTION_KEYS`.

    Args:
        environ: Where to read; the process environment by default.

    Raises:
        ConfigurationError: A required variable is missing; the error names it.
    """
    env = os.environ if environ is None else environ
    if "SFCONNECT_GATEWAY_URL" in env:
        raise ConfigurationError(
            "SFCONNECT_GATEWAY_URL is set, but this version has no gateway client.",
            hint="Unset it and give SFCONNECT_CLIENT_ID, SFCONNECT_CLIENT_SECRET and SFCONNECT_REDIRECT_URI.",
        )
    client_id = env.get("SFCONNECT_CLIENT_ID")
    if not client_id:
        raise ConfigurationError(
            "SFCONNECT_CLIENT_ID is not set.", hint="Set it to the consumer key of your Salesforce app."
        )
    given = {
        "client_secret": env.get("SFCONNECT_CLIENT_SECRET"),
        "redirect_uri": env.get("SFCONNECT_REDIRECT_URI"),
        "login_url": env.get("SFCONNECT_LOGIN_URL"),
        "sandbox_login_url": env.get("SFCONNECT_SANDBOX_LOGIN_URL"),
        "api_version": env.get("SFCONNECT_API_VERSION"),
    }
    app = SalesforceApp(client_id, **{name: value for name, value in given.items() if value})  # type: ignore[arg-type]
    keys = tuple(key.strip() for key in env.get("SFCONNECT_ENCRYPTION_KEYS", "").split(",") if key.strip())
    return Settings(app=app, store_url=env.get("SFCONNECT_STORE_URL") or None, encryption_keys=keys)


def data_directory() -> Path:
    """Where the default store and its key file live: `SFCONNECT_HOME`, or the user's data directory."""
    home = os.environ.get("SFCONNECT_HOME")
    return Path(home) if home else Path(platformdirs.user_data_dir("langchain-sfconnect"))
