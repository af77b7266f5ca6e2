"""Revoke, introspect, userinfo, the identity URL and discovery."""

from __future__ import annotations

import pytest


def bearer(tokens: dict[str, str]) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['access_token']}"}


def introspected(org, http, token: str, **changes: str):
    form = {"token": token, "client_id": org.client_id, "client_secret": org.client_secret, **changes}
    return http.post(f"{org.login_url}/services/oauth2/introspect", data=form)


def test_revoking_a_refresh_token_ends_its_grant_and_sessions(org, client, http):
    tokens = client.connect()
    answer = http.post(f"{org.login_url}/services/oauth2/revoke", data={"token": tokens["refresh_token"]})
    assert (answer.status_code, answer.content) == (200, b"")
    assert client.refresh(tokens["refresh_token"]).status_code == 400
    assert http.get(f"{org.instance_url}/services/data/v66.0/limits", headers=bearer(tokens)).status_code == 401


def test_revoking_an_access_token_ends_only_that_session(org, client, http):
    tokens = client.connect()
    url = f"{org.login_url}/services/oauth2/revoke"
    assert http.get(url, params={"token": tokens["access_token"]}).status_code == 200
    assert http.get(f"{org.instance_url}/services/data/v66.0/limits", headers=bearer(tokens)).status_code == 401
    assert client.refresh(tokens["refresh_token"]).status_code == 200


def test_revoking_nothing_known_is_an_invalid_token(org, http):
    answer = http.post(f"{org.login_url}/services/oauth2/revoke", data={"token": "unknown"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_token")


def test_introspection_tells_owner_and_expiry_in_seconds(org, client, http):
    tokens = client.connect()
    body = introspected(org, http, tokens["access_token"]).json()
    assert body["active"] is True
    assert (body["username"], body["sub"], body["client_id"]) == (org.username, tokens["id"], org.client_id)
    assert body["exp"] - body["iat"] == 7200
    assert body["token_type"] == "access_token"


def test_introspection_knows_refresh_tokens(org, client, http):
    body = introspected(org, http, client.connect()["refresh_token"]).json()
    assert (body["active"], body["token_type"]) == (True, "refresh_token")


def test_introspection_of_a_dead_token_says_only_that(org, client, http):
    tokens = client.connect()
    org.revoke()
    for token in (tokens["access_token"], tokens["refresh_token"], "unknown", ""):
        assert introspected(org, http, token).json() == {"active": False}


def test_introspection_does_not_count_as_use(org, client, http):
    token = client.connect()["access_token"]
    first = introspected(org, http, token).json()["exp"]
    assert introspected(org, http, token).json()["exp"] == first


def test_introspection_needs_the_apps_credentials_and_permission(org, client, http):
    token = client.connect()["access_token"]
    assert introspected(org, http, token, client_secret="wrong").status_code == 401
    org.policy.introspection_allowed = False
    assert introspected(org, http, token).status_code == 401


def test_userinfo_describes_the_user(org, client, http):
    tokens = client.connect()
    body = http.get(f"{org.instance_url}/services/oauth2/userinfo", headers=bearer(tokens)).json()
    user = next(user for user in org.users if user["Username"] == org.username)
    assert (body["sub"], body["user_id"], body["preferred_username"]) == (tokens["id"], user["Id"], org.username)
    assert body["organization_id"] == org.engine.organization["Id"]
    assert body["urls"]["rest"] == f"{org.instance_url}/services/data/v{{version}}/"
    assert isinstance(body["utcOffset"], int)
    assert body["active"] is True


@pytest.mark.parametrize(
    ("headers", "text"),
    [({}, "Missing_OAuth_Token"), ({"Authorization": "Bearer nonsense"}, "Bad_OAuth_Token")],
)
def test_userinfo_refuses_in_plain_text(org, http, headers, text):
    answer = http.get(f"{org.instance_url}/services/oauth2/userinfo", headers=headers)
    assert (answer.status_code, answer.text) == (403, text)


def test_the_identity_url_answers_its_owner(org, client, http):
    tokens = client.connect()
    body = http.get(tokens["id"], headers=bearer(tokens)).json()
    assert (body["id"], body["username"], body["active"]) == (tokens["id"], org.username, True)
    again = http.get(tokens["id"], params={"oauth_token": tokens["access_token"]})
    assert again.json()["user_id"] == body["user_id"]


def test_the_identity_url_of_others_is_refused_in_plain_text(org, client, http):
    tokens = client.connect()
    host, org_id, _ = tokens["id"].rsplit("/", 2)
    elsewhere = http.get(f"{host}/00D000000000000AAA/{tokens['id'][-18:]}", headers=bearer(tokens))
    assert (elsewhere.status_code, elsewhere.text) == (403, "Wrong_Org")
    other = http.get(f"{host}/{org_id}/005000000000000AAA", headers=bearer(tokens))
    assert (other.status_code, other.text) == (404, "Bad_Id")


def test_discovery_names_the_endpoints_of_the_host_asked(org, http):
    for host in (org.login_url, org.instance_url, org.sandbox_login_url):
        body = http.get(f"{host}/.well-known/openid-configuration").json()
        assert body["issuer"] == host
        assert body["token_endpoint"] == f"{host}/services/oauth2/token"
