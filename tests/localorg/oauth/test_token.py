"""The token endpoint: redeeming codes, and every way it says no."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from ipaddress import ip_network
from typing import get_args
from urllib.parse import parse_qsl
from xml.etree import ElementTree

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from langchain_sfconnect.localorg.policy import Trouble


def refused(answer, error: str, description: str) -> None:
    assert (answer.status_code, answer.json()) == (400, {"error": error, "error_description": description})
    assert answer.headers["cache-control"] == "no-store"


def test_a_code_becomes_tokens_in_salesforces_shape(org, client):
    answer = client.redeem(client.code())
    tokens = answer.json()
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    org_id = org.engine.organization["Id"]
    assert tokens["access_token"].startswith(f"{org_id[:15]}!")
    assert len(tokens["access_token"]) == 112
    assert tokens["refresh_token"].startswith("5Aep861")
    assert tokens["instance_url"] == org.instance_url
    assert tokens["id"].startswith(f"{org.login_url}/id/{org_id}/005")
    assert (tokens["token_type"], set(tokens["scope"].split())) == ("Bearer", {"api", "refresh_token", "id"})
    assert tokens["issued_at"].isdigit()
    assert len(tokens["issued_at"]) == 13
    assert "expires_in" not in tokens
    assert "id_token" not in tokens


def test_the_signature_covers_identity_and_time(org, client):
    tokens = client.connect()
    message = (tokens["id"] + tokens["issued_at"]).encode()
    expected = base64.b64encode(hmac.new(org.client_secret.encode(), message, hashlib.sha256).digest()).decode()
    assert tokens["signature"] == expected


def test_the_access_token_opens_rest(org, client, http):
    token = client.connect()["access_token"]
    answer = http.get(f"{org.instance_url}/services/data/v66.0/limits", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200


def test_without_the_refresh_token_scope_there_is_none(client):
    assert "refresh_token" not in client.connect(scope="api id")


def test_without_named_scopes_the_app_gets_all_of_its_own(client):
    assert {"api", "refresh_token", "full"} <= set(client.connect(scope=None)["scope"].split())


def test_openid_brings_an_id_token_that_the_published_key_verifies(org, client, http):
    def unpacked(part: str) -> bytes:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))

    tokens = client.connect(scope="api openid", nonce="n-1")
    head, claims, signature = tokens["id_token"].split(".")
    key = http.get(f"{org.login_url}/id/keys").json()["keys"][0]
    numbers = (int.from_bytes(unpacked(key[name]), "big") for name in ("e", "n"))
    public = rsa.RSAPublicNumbers(*numbers).public_key()
    public.verify(unpacked(signature), f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256())
    body = json.loads(unpacked(claims))
    assert (body["aud"], body["sub"], body["nonce"]) == (org.client_id, tokens["id"], "n-1")


def test_expires_in_can_be_switched_on(org, client):
    org.policy.expires_in_sent = True
    assert client.connect()["expires_in"] == 7200


def test_jwt_access_tokens_open_rest_and_expire_with_a_message_of_their_own(org, client, http):
    org.policy.jwt_access_tokens = True
    token = client.connect()["access_token"]
    assert token.count(".") == 2
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{org.instance_url}/services/data/v66.0/limits"
    assert http.get(url, headers=headers).status_code == 200
    org.expire_sessions()
    answer = http.get(url, headers=headers)
    assert answer.status_code == 401
    assert answer.json() == [{"errorCode": "INVALID_AUTH_HEADER", "message": "INVALID_JWT_FORMAT"}]


def test_client_credentials_may_come_as_basic_authorization(org, client, http):
    form = {
        "grant_type": "authorization_code",
        "code": client.code(),
        "redirect_uri": org.redirect_uri,
        "code_verifier": client.verifier,
    }
    answer = http.post(f"{org.login_url}/services/oauth2/token", data=form, auth=(org.client_id, org.client_secret))
    assert answer.status_code == 200


def test_a_garbled_basic_header_is_named(org, http):
    answer = http.post(
        f"{org.login_url}/services/oauth2/token",
        data={"grant_type": "refresh_token", "refresh_token": "x"},
        headers={"Authorization": "Basic !!!"},
    )
    assert answer.json()["error"] == "invalid_basic_auth_header"


def test_a_code_works_once(client):
    code = client.code()
    assert client.redeem(code).status_code == 200
    refused(client.redeem(code), "invalid_grant", "expired authorization code")


def test_a_failed_redemption_burns_the_code(client):
    code = client.code()
    assert client.redeem(code, code_verifier="w" * 64).status_code == 400
    refused(client.redeem(code), "invalid_grant", "expired authorization code")


def test_a_code_lives_fifteen_minutes(org, client):
    code = client.code()
    org.clock.advance(timedelta(minutes=15))
    refused(client.redeem(code), "invalid_grant", "expired authorization code")


@pytest.mark.parametrize(
    ("changes", "error", "description"),
    [
        ({"code": "aPrxUnknown=="}, "invalid_grant", "invalid authorization code"),
        ({"code_verifier": "w" * 64}, "invalid_grant", "invalid code verifier"),
        ({"code_verifier": None}, "invalid_grant", "invalid code verifier"),
        ({"redirect_uri": "http://127.0.0.1:1/"}, "redirect_uri_mismatch", "redirect_uri must match configuration"),
        ({"redirect_uri": None}, "invalid_request", "missing required parameter: redirect_uri"),
        ({"client_id": "nobody"}, "invalid_client_id", "client identifier invalid"),
        ({"client_secret": "wrong"}, "invalid_client", "invalid client credentials"),
        ({"client_secret": None}, "invalid_client", "invalid client credentials"),
        ({"code": None}, "invalid_request", "missing required parameter: code"),
        ({"code_verifier": "v" * 63}, "invalid_grant", "invalid code verifier"),
        ({"code_verifier": ""}, "invalid_grant", "invalid code verifier"),
        ({"grant_type": "implicit"}, "unsupported_grant_type", "grant type not supported"),
        ({"grant_type": None}, "unsupported_grant_type", "grant type not supported"),
    ],
)
def test_each_mistake_is_refused_in_salesforces_words(client, changes, error, description):
    form = {"grant_type": "authorization_code", "code": client.code(), "redirect_uri": client.org.redirect_uri}
    refused(client.token(**{**form, "code_verifier": client.verifier, **changes}), error, description)


def test_a_get_is_told_to_post(org, http):
    refused(http.get(f"{org.login_url}/services/oauth2/token"), "invalid_request", "must use HTTP POST")


def test_the_secret_is_a_switch_for_codes_and_another_for_refreshes(org, client):
    org.policy.secret_required = False
    tokens = client.redeem(client.code(), client_secret=None).json()
    assert client.redeem(client.code(), client_secret="wrong").json()["error"] == "invalid_client"
    assert client.refresh(tokens["refresh_token"], client_secret=None).json()["error"] == "invalid_client"
    org.policy.secret_required_at_refresh = False
    assert client.refresh(tokens["refresh_token"], client_secret=None).status_code == 200
    assert client.refresh(tokens["refresh_token"], client_secret="wrong").json()["error"] == "invalid_client"
    org.policy.secret_required = True
    assert client.redeem(client.code(), client_secret=None).json()["error"] == "invalid_client"


@pytest.mark.parametrize(
    ("switch", "error", "description"),
    [
        ({"ip_allowed_at_token": False}, "invalid_grant", "ip restricted"),
        ({"ip_ranges_at_token": (ip_network("10.0.0.0/8"),)}, "invalid_grant", "ip restricted"),
        ({"blocked_app": True}, "app_blocked", "this app is blocked by admin"),
        ({"app_propagated": False}, "invalid_client_id", "client identifier invalid"),
        ({"org_active": False}, "inactive_org", "organization is inactive, locked or suspended"),
        ({"my_domain_only": True}, "invalid_grant", "authentication failure"),
        ({"logins_per_hour": 0}, "rate_limit_exceeded", "login rate exceeded"),
        (
            {"admin_approved_profiles": ("System Administrator",)},
            "invalid_app_access",
            "user is not admin approved to access this app",
        ),
        ({"grants_allowed": ("client_credentials",)}, "unsupported_grant_type", "grant type not supported"),
        ({"token_trouble": "unknown_error"}, "unknown_error", "retry your request"),
        ({"token_trouble": "app_not_found"}, "app_not_found", "external client app is not installed in this org"),
        *(
            ({"token_trouble": trouble}, trouble, None)
            for trouble in get_args(Trouble)
            if trouble not in ("unknown_error", "app_not_found")
        ),
    ],
)
@pytest.mark.parametrize("grant_type", ["authorization_code", "refresh_token"])
def test_what_an_administrator_has_switched_is_answered(org, client, grant_type, switch, error, description):
    code, token = client.code(), client.connect()["refresh_token"]
    vars(org.policy).update(switch)
    answer = client.redeem(code) if grant_type == "authorization_code" else client.refresh(token)
    assert answer.status_code == 400
    assert answer.json()["error"] == error
    assert answer.json()["error_description"] == (description or answer.json()["error_description"]) != ""
    org.policy.reset()
    assert client.refresh(token).status_code == 200  # none of them ends a grant


def test_logins_of_an_hour_run_out_and_come_back(org, client):
    org.policy.logins_per_hour = 3
    token = client.connect()["refresh_token"]  # the login and the code
    assert client.refresh(token).status_code == 200
    refused(client.refresh(token), "rate_limit_exceeded", "login rate exceeded")
    org.clock.advance(timedelta(minutes=59))
    assert client.refresh(token).status_code == 400
    org.clock.advance(timedelta(minutes=1))
    assert client.refresh(token).status_code == 200


def test_a_code_of_another_app_is_invalid(org, client):
    other = org.add_app("Other")
    answer = client.redeem(client.code(), client_id=other.key, client_secret=other.secret)
    refused(answer, "invalid_grant", "invalid authorization code")


def test_parameters_may_stand_in_the_query_but_the_form_goes_first(org, client, http):
    url = f"{org.login_url}/services/oauth2/token"
    form = {"client_id": org.client_id, "client_secret": org.client_secret, "redirect_uri": org.redirect_uri}
    rest = {"grant_type": "authorization_code", "code": client.code(), "code_verifier": client.verifier}
    assert http.post(url, params={**form, "code": "wrong"}, data=rest).status_code == 200


TOKEN_KEYS = {"access_token", "refresh_token", "signature", "scope", "instance_url", "id", "token_type", "issued_at"}


@pytest.mark.parametrize(
    ("params", "headers", "content_type"),
    [
        ({"format": "xml"}, {}, "application/xml"),
        ({}, {"Accept": "application/xml"}, "application/xml"),
        ({}, {"Accept": "text/xml;q=0.9, application/json;q=0.1"}, "application/xml"),
        ({"format": "urlencoded"}, {}, "application/x-www-form-urlencoded"),
        ({}, {"Accept": "application/x-www-form-urlencoded"}, "application/x-www-form-urlencoded"),
        ({"format": "json"}, {"Accept": "application/xml"}, "application/json"),
        ({"format": "yaml"}, {"Accept": "image/png, */*"}, "application/json"),
        ({}, {}, "application/json"),
    ],
)
def test_answers_and_refusals_come_in_the_format_asked_for(org, client, http, params, headers, content_type):
    def read(answer) -> dict[str, str]:
        assert answer.headers["content-type"].partition(";")[0] == content_type
        assert answer.headers["cache-control"] == "no-store"
        if "xml" in content_type:
            root = ElementTree.fromstring(answer.content)
            assert root.tag == "OAuth"
            return {item.tag: item.text for item in root}
        return answer.json() if "json" in content_type else dict(parse_qsl(answer.text))

    form = {
        "grant_type": "authorization_code",
        "code": client.code(),
        "redirect_uri": org.redirect_uri,
        "code_verifier": client.verifier,
        "client_id": org.client_id,
        "client_secret": org.client_secret,
        **params,
    }
    url = f"{org.login_url}/services/oauth2/token"
    good, bad = (http.post(url, data=form, headers=headers) for _ in range(2))
    assert (good.status_code, set(read(good))) == (200, TOKEN_KEYS)
    assert (bad.status_code, read(bad)["error_description"]) == (400, "expired authorization code")
