"""Settings are read once, wrong ones are refused with what to do, and none is shown."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from langchain_sfconnect import SalesforceApp, SalesforceConnect
from langchain_sfconnect.config import read_settings
from langchain_sfconnect.errors import ConfigurationError
from langchain_sfconnect.stores import KeyRing

WHOLE = {
    "SFCONNECT_CLIENT_ID": "3MVG9.id",
    "SFCONNECT_CLIENT_SECRET": "top secret",
    "SFCONNECT_REDIRECT_URI": "https://app.example/callback",
    "SFCONNECT_STORE_URL": "memory://",
    "SFCONNECT_ENCRYPTION_KEYS": "key-1, key-2,",
    "SFCONNECT_LOGIN_URL": "https://acme.my.salesforce.com/",
    "SFCONNECT_API_VERSION": "67.0",
}


def test_the_environment_is_read_whole() -> None:
    settings = read_settings(WHOLE)
    assert settings.app == SalesforceApp(
        "3MVG9.id",
        "top secret",
        redirect_uri="https://app.example/callback",
        login_url="https://acme.my.salesforce.com",
        api_version="67.0",
    )
    assert settings.store_url == "memory://"
    assert settings.encryption_keys == ("key-1", "key-2")
    assert "top secret" not in repr(settings)
    assert "key-1" not in repr(settings)


def test_only_the_client_id_is_required() -> None:
    settings = read_settings({"SFCONNECT_CLIENT_ID": "id"})
    assert settings.app == SalesforceApp("id")
    assert (settings.store_url, settings.encryption_keys) == (None, ())
    with pytest.raises(ConfigurationError, match="SFCONNECT_CLIENT_ID"):
        read_settings({})


def test_a_gateway_is_refused_rather_than_ignored() -> None:
    with pytest.raises(ConfigurationError, match="SFCONNECT_GATEWAY_URL"):
        read_settings({**WHOLE, "SFCONNECT_GATEWAY_URL": "https://gateway.example"})


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"client_id": ""}, "client_id"),
        ({"scopes": ("id",)}, "'api'"),
        ({"api_version": "66"}, r"66\.0"),
        ({"api_version": "v66.0"}, r"66\.0"),
    ],
)
def test_an_app_that_cannot_work_is_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        SalesforceApp(**{"client_id": "id", **changes})


def test_no_repr_shows_a_secret_and_the_entry_point_is_not_copied_or_pickled() -> None:
    key = KeyRing.generate_key()
    app = SalesforceApp("id", "top secret")
    connect = SalesforceConnect(app, "memory://", [key])
    for shown in (repr(app), str(app), repr(connect), str(connect)):
        assert "top secret" not in shown
        assert key not in shown
    for held in (
        app,
        connect,
        connect.as_connection(),
        connect.toolkit("rep-42"),
        *connect.toolkit("rep-42").get_tools(),
    ):
        with pytest.raises(TypeError):
            pickle.dumps(held)
    with pytest.raises(TypeError):
        copy.deepcopy(connect)
    assert copy.deepcopy(app) is app
