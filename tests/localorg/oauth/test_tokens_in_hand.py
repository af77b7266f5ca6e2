"""Revoke, introspect, userinfo, the identity URL and discovery."""

from __future__ import annotations

import json
from datetime import timedelta
from xml.etree import ElementTree

import pytest

PATH = "/services/oauth2"


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


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_token_that_is_gone_cannot_be_revoked_again(org, client, http, method):
    url, token = f"{org.login_url}{PATH}/revoke", client.connect()["refresh_token"]
    sent = {"params": {"token": token}} if method == "GET" else {"data": {"token": token}}
    assert http.request(method, url, **sent).status_code == 200
    again = http.request(method, url, **sent)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_token")
    assert again.headers["cache-control"] == "no-store"


def test_a_kind_of_token_that_there_is_not_is_named(org, client, http):
    data = {"token": client.connect()["access_token"], "token_type_hint": "cookie"}
    answer = http.post(f"{org.login_url}{PATH}/revoke", data=data)
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_token_type")


def test_a_script_is_told_by_its_callback(org, client, http):
    def revoked(**params: str) -> str:
        answer = http.get(f"{org.login_url}{PATH}/revoke", params=params)
        assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, "application/javascript")
        return answer.text

    token = client.connect()["access_token"]
    assert revoked(token=token, callback="app.done") == "app.done({});"
    assert revoked(token=token, callback="$_1") == '$_1({"error": "invalid_token"});'


@pytest.mark.parametrize("callback", ["alert(1)", "", "a b", "1a", "a..b", "a;b", "é"])
def test_a_callback_is_a_name_and_nothing_is_revoked_without(org, client, http, call, callback):
    token = client.connect()["access_token"]
    answer = http.get(f"{org.login_url}{PATH}/revoke", params={"token": token, "callback": callback})
    assert answer.status_code == 400
    assert call(token).status_code == 200


def test_the_refresh_token_of_one_realm_is_unknown_to_the_other(org, client, http):
    token = client.connect()["refresh_token"]
    answer = http.post(f"{org.sandbox_login_url}{PATH}/revoke", data={"token": token})
    assert answer.status_code == 400
    assert client.refresh(token).status_code == 200


def test_introspection_is_a_post(org, http):
    answer = http.get(f"{org.login_url}{PATH}/introspect", params={"token": "x"})
    assert (answer.status_code, answer.json()["error_description"]) == (400, "must use HTTP POST")


def test_introspection_follows_a_sliding_session(org, client, http, call):
    token = client.connect()["access_token"]
    first = introspected(org, http, token).json()
    org.clock.advance(timedelta(minutes=61))
    call(token)
    second = introspected(org, http, token).json()
    assert second["iat"] == first["iat"]
    assert 3600 <= second["exp"] - first["exp"] <= 3720


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


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_userinfo_takes_the_token_in_header_query_or_form(org, client, http, method):
    tokens = client.connect()
    url, parameter = f"{org.instance_url}{PATH}/userinfo", {"access_token": tokens["access_token"]}
    answers = [http.request(method, url, headers=bearer(tokens)), http.request(method, url, params=parameter)]
    if method == "POST":
        answers.append(http.post(url, data=parameter))
    assert {answer.json()["preferred_username"] for answer in answers} == {org.username}


def test_a_dead_session_or_user_is_a_bad_token(org, client, http):
    tokens = client.connect()
    for end in (org.expire_sessions, lambda: org.deactivate(org.username)):
        url = f"{org.instance_url}{PATH}/userinfo"
        assert http.get(url, headers=bearer(tokens)).status_code == 200
        end()
        assert http.get(url, headers=bearer(tokens)).text == "Bad_OAuth_Token"
        tokens = client.connect()


def test_the_identity_url_speaks_xml_and_to_scripts(org, client, http):
    tokens = client.connect()

    def identity(accept: str | None = None, **params: str):
        headers = {**bearer(tokens), **({"Accept": accept} if accept else {})}
        return http.get(tokens["id"], headers=headers, params=params)

    for answer in (identity(format="xml"), identity("application/xml")):
        root = ElementTree.fromstring(answer.content)
        assert (root.tag, root.findtext("username"), root.findtext("active")) == ("user", org.username, "true")
        assert root.find("photos").findtext("picture").startswith(org.instance_url)
        assert answer.headers["content-type"].startswith("application/xml")
    script = identity(format="jsonp", callback="show.it")
    assert script.headers["content-type"].startswith("application/javascript")
    assert json.loads(script.text.removeprefix("show.it(").removesuffix(");"))["username"] == org.username
    for callback in ({}, {"callback": "alert(1)//"}):
        answer = identity(format="jsonp", **callback)
        assert (answer.status_code, answer.text) == (406, "Invalid_Callback")


@pytest.mark.parametrize(
    ("version", "shown"), [(None, "v{version}"), ("latest", "v68.0"), ("58.0", "v58.0"), ("58", "v58.0")]
)
def test_the_identity_url_fills_the_version_in(org, client, http, version, shown):
    tokens = client.connect()
    answer = http.get(tokens["id"], headers=bearer(tokens), params={"version": version} if version else {})
    assert answer.json()["urls"]["rest"] == f"{org.instance_url}/services/data/{shown}/"


@pytest.mark.parametrize("version", ["", "newest", "58.0.1", "-1", "٥٨"])
def test_a_version_that_is_none_is_not_acceptable(client, http, version):
    tokens = client.connect()
    answer = http.get(tokens["id"], headers=bearer(tokens), params={"version": version})
    assert (answer.status_code, answer.text) == (406, "Invalid_Version")


def test_another_users_identity_is_shown_as_not_asserted_while_that_user_is_active(org, client, http):
    tokens = client.connect()
    users = {user["IsActive"]: user["Id"] for user in org.users if user["Username"] != org.username}
    own = http.get(tokens["id"], headers=bearer(tokens)).json()
    other = http.get(tokens["id"].rpartition("/")[0] + f"/{users[True]}", headers=bearer(tokens))
    assert (own["asserted_user"], other.json()["asserted_user"]) == (True, False)
    gone = http.get(tokens["id"].rpartition("/")[0] + f"/{users[False]}", headers=bearer(tokens))
    assert (gone.status_code, gone.text) == (404, "Inactive")


def test_discovery_names_the_endpoints_of_the_host_asked(org, http):
    for host in (org.login_url, org.instance_url, org.sandbox_login_url):
        body = http.get(f"{host}/.well-known/openid-configuration").json()
        assert body["issuer"] == host
        for name in ("authorization", "token", "revocation", "userinfo", "introspection"):
            assert body[f"{name}_endpoint"].startswith(f"{host}{PATH}/")
            assert http.get(body[f"{name}_endpoint"]).status_code != 404
        assert http.get(body["jwks_uri"]).json()["keys"]
        configuration = http.get(f"{host}/.well-known/auth-configuration").json()
        assert (configuration["Url"], configuration["AuthProviders"]) == (host, [])
        assert configuration["OrgId"].startswith("00D")
