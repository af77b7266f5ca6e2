"""More than one app: each with its own secret, callbacks, scopes and rules; new secrets; apps without one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from langchain_sfconnect.localorg.policy import Policy

CALLBACK = "https://other.example/callback"


@pytest.fixture
def app(org):
    return org.add_app("Other app", callbacks=[CALLBACK], scopes=["api", "refresh_token"])


@pytest.fixture
def other(org, client, app, returned):
    """The well-behaved client, as that app."""

    class Other(type(client)):
        def authorization_url(self, **changes):
            given = {"client_id": app.key, "redirect_uri": CALLBACK, "scope": "api refresh_token", **changes}
            return super().authorization_url(**given)

        def token(self, **form):
            return super().token(**{"client_id": app.key, "client_secret": app.secret, **form})

        def redeem(self, code, **changes):
            return super().redeem(code, **{"redirect_uri": CALLBACK, **changes})

    return replace(Other(org, client.http), login_url=client.login_url)


def test_each_app_has_its_own_key_secret_and_callbacks(org, app, other, client, http):
    assert app.key.startswith("3MVG9")
    assert app.key != org.client_id
    assert other.connect()["scope"] == "api refresh_token"
    assert "redirect_uri_mismatch" in http.get(client.authorization_url(redirect_uri=CALLBACK)).text
    assert other.redeem(other.code(), client_secret=org.client_secret).json()["error"] == "invalid_client"


def test_each_app_has_its_own_scopes(org, app, other, returned):
    assert returned(org.approve(other.authorization_url(scope="api full")))["error"] == "invalid_scope"
    assert other.connect(scope=None)["scope"] == "api refresh_token"
    app.scopes = ("api",)
    assert returned(org.approve(other.authorization_url()))["error"] == "invalid_scope"


def test_scopes_taken_from_an_app_stay_with_what_was_granted(app, other, call):
    tokens = other.connect()
    app.scopes = ("refresh_token",)
    assert other.refresh(tokens["refresh_token"]).json()["scope"] == "api refresh_token"
    assert call(tokens["access_token"]).status_code == 200


def test_each_app_has_five_approvals_of_its_own(client, other):
    mine, theirs = client.connect(), [other.connect() for _ in range(6)]
    assert client.refresh(mine["refresh_token"]).status_code == 200
    assert [other.refresh(tokens["refresh_token"]).status_code for tokens in theirs] == [400] + [200] * 5


def test_an_approval_is_for_one_app(org, client, other, person):
    client.connect()
    person.opens(other.authorization_url())
    assert 'value="allow"' in person.logs_in(org.username).text


def test_an_app_can_have_rules_of_its_own(app, client, other, call):
    app.policy = Policy(rotation=True, session_timeout=timedelta(minutes=15))
    tokens, theirs = client.connect(), other.connect()
    assert "refresh_token" in other.refresh(theirs["refresh_token"]).json()
    assert "refresh_token" not in client.refresh(tokens["refresh_token"]).json()
    app.policy.blocked_app = True
    answer = call(theirs["access_token"])
    assert answer.json()[0]["message"] == "This session is not valid for use with the REST API"
    assert call(tokens["access_token"]).status_code == 200
    assert other.refresh(theirs["refresh_token"]).json()["error"] == "app_blocked"


def test_apps_learn_nothing_of_each_others_tokens(org, client, other, http, app):
    tokens = client.connect()
    form = {"client_id": app.key, "client_secret": app.secret}
    url = f"{org.login_url}/services/oauth2/introspect"
    for kind in ("access_token", "refresh_token"):
        assert http.post(url, data={**form, "token": tokens[kind]}).json() == {"active": False}
    assert http.post(url, data={**form, "token": other.connect()["access_token"]}).json()["active"] is True


def test_a_public_app_is_never_asked_for_a_secret(org, client, http):
    app = org.add_app("Mobile", callbacks=["mobile://done"], public=True)
    who = {"client_id": app.key, "redirect_uri": "mobile://done"}
    tokens = client.redeem(client.code(**who), client_secret=None, **who).json()
    assert client.refresh(tokens["refresh_token"], client_id=app.key, client_secret=None).status_code == 200
    assert client.refresh(tokens["refresh_token"], client_id=app.key, client_secret="x").status_code == 400


def test_a_new_secret_ends_what_the_app_was_granted(org, client, other, call):
    tokens, theirs = client.connect(), other.connect()
    before = org.client_secret
    after = org.rotate_secret()
    assert after == org.client_secret != before
    assert not call(tokens["access_token"]).is_success
    dead = {"error": "invalid_grant", "error_description": "expired access/refresh token"}
    assert client.refresh(tokens["refresh_token"]).json() == dead
    assert client.refresh(tokens["refresh_token"], client_secret=before).json()["error"] == "invalid_client"
    assert other.refresh(theirs["refresh_token"]).status_code == 200
    assert client.connect()["access_token"]


def test_salesforces_own_command_line_is_known(org, client):
    who = {"client_id": "PlatformCLI", "redirect_uri": "http://localhost:1717/OauthRedirect"}
    code = client.code(scope="refresh_token api web", **who)
    assert client.redeem(code, client_secret="", **who).status_code == 200


@pytest.mark.parametrize("change", [{"callbacks": ["http://example.com/"]}, {"scopes": ["everything"]}])
def test_what_salesforce_would_not_take_makes_no_app(org, change):
    with pytest.raises(ValueError):  # noqa: PT011 — each says something else
        org.add_app("Bad", **change)


def test_secrets_are_not_shown(app):
    assert app.secret not in repr(app)
