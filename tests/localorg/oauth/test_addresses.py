"""Where requests come from: ranges at the token endpoint and on requests, and sessions locked to an address."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

HERE, BOTH = ip_network("127.0.0.1/32"), ip_network("127.0.0.0/8")
EXPIRED = [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
RESTRICTED = {"error": "invalid_grant", "error_description": "ip restricted"}


@pytest.fixture
def away(org, client, elsewhere):
    """The client at another address."""
    return type(client)(org, elsewhere, org.login_url)


def test_tokens_are_given_within_the_ranges_only(org, client, away):
    token = client.connect()["refresh_token"]
    org.policy.ip_ranges_at_token = (ip_network("::1/128"), HERE)
    assert client.refresh(token).status_code == 200
    assert away.refresh(token).json() == RESTRICTED
    org.policy.ip_ranges_at_token = (BOTH,)
    assert away.refresh(token).status_code == 200
    org.policy.ip_ranges_at_token = ()
    assert client.refresh(token).json() == RESTRICTED


def test_requests_are_answered_within_the_ranges_only_and_look_expired_elsewhere(org, client, elsewhere, call):
    token = client.connect()["access_token"]
    org.policy.ip_ranges_at_api = (HERE,)
    assert call(token).status_code == 200
    answer = call(token, by=elsewhere)
    assert (answer.status_code, answer.json()) == (401, EXPIRED)
    url = f"{org.instance_url}/services/oauth2/userinfo"
    answer = elsewhere.get(url, headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.text) == (403, "Bad_OAuth_Token")


def test_the_two_kinds_of_range_are_apart(org, client, away, elsewhere, call):
    org.policy.ip_ranges_at_api = (HERE,)
    refreshed = away.refresh(client.connect()["refresh_token"])
    assert refreshed.status_code == 200  # so a refresh succeeds, and what it gives is refused all the same
    assert call(refreshed.json()["access_token"], by=elsewhere).status_code == 401
    assert call(refreshed.json()["access_token"]).status_code == 200


def test_a_locked_session_is_good_where_it_was_given(org, client, away, elsewhere, call):
    tokens = client.connect()
    org.policy.session_locked_to_ip = True
    assert call(tokens["access_token"]).status_code == 200
    assert call(tokens["access_token"], by=elsewhere).json() == EXPIRED
    moved = away.refresh(tokens["refresh_token"]).json()["access_token"]
    assert call(moved, by=elsewhere).status_code == 200
    assert call(moved).json() == EXPIRED


def test_a_session_that_nobody_asked_for_over_a_wire_is_locked_to_nothing(org, elsewhere, call):
    org.policy.session_locked_to_ip = True
    assert call(org.session_token()).status_code == 200
    assert call(org.session_token(), by=elsewhere).status_code == 200


def test_ranges_can_be_set_over_http(org, client, http, elsewhere):
    token = client.connect()["refresh_token"]
    answer = http.patch(f"{org.login_url}/_local/policy", json={"ip_ranges_at_token": ["127.0.0.2/32"]})
    assert answer.status_code == 200, answer.text
    assert client.refresh(token).json() == RESTRICTED
    assert type(client)(org, elsewhere, org.login_url).refresh(token).status_code == 200
