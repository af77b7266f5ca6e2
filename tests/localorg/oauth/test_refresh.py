"""Refreshing: rotation, reuse, races, idle and absolute limits, and the sixth approval."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import timedelta

import httpx
import pytest

DEAD = {"error": "invalid_grant", "error_description": "expired access/refresh token"}


def works(org, token: str) -> bool:
    url = f"{org.instance_url}/services/data/v66.0/limits"
    return httpx.get(url, headers={"Authorization": f"Bearer {token}"}, verify=False).status_code == 200


def test_a_refresh_gives_a_new_access_token_and_keeps_the_old_one_alive(org, client):
    tokens = client.connect()
    answer = client.refresh(tokens["refresh_token"]).json()
    assert "refresh_token" not in answer
    assert answer["access_token"] != tokens["access_token"]
    assert works(org, answer["access_token"])
    assert works(org, tokens["access_token"])


def test_a_refresh_works_at_the_my_domain_too(org, client):
    tokens = client.connect()
    assert client.refresh(tokens["refresh_token"], host=org.instance_url).status_code == 200


def test_rotation_returns_a_new_refresh_token(org, client):
    org.policy.rotation = True
    first = client.connect()["refresh_token"]
    second = client.refresh(first).json()["refresh_token"]
    assert second != first
    assert client.refresh(second).status_code == 200


def test_showing_a_rotated_token_ends_the_whole_family(org, client):
    org.policy.rotation = True
    first = client.connect()
    second = client.refresh(first["refresh_token"]).json()
    assert client.refresh(first["refresh_token"]).json() == DEAD
    assert client.refresh(second["refresh_token"]).json() == DEAD
    assert not works(org, second["access_token"])
    assert not works(org, first["access_token"])


def test_of_two_refreshes_at_once_one_is_told_to_wait(org, client):
    org.policy.refresh_duration = timedelta(seconds=0.3)
    refresh_token = client.connect()["refresh_token"]
    start = threading.Barrier(2)

    def refresh() -> dict[str, str]:
        start.wait()
        return client.refresh(refresh_token).json()

    with ThreadPoolExecutor(2) as pool:
        answers = [future.result() for future in [pool.submit(refresh), pool.submit(refresh)]]
    refused = [answer for answer in answers if "error" in answer]
    assert refused == [{"error": "invalid_grant", "error_description": "token request is already being processed"}]
    assert client.refresh(refresh_token).status_code == 200


def test_an_idle_refresh_token_dies_and_use_keeps_it_alive(org, client):
    org.policy.refresh_idle_limit = timedelta(days=30)
    used, idle = client.connect()["refresh_token"], client.connect()["refresh_token"]
    org.clock.advance(timedelta(days=20))
    assert client.refresh(used).status_code == 200
    org.clock.advance(timedelta(days=20))
    assert client.refresh(used).status_code == 200
    assert client.refresh(idle).json() == DEAD


def test_an_absolute_limit_ends_a_grant_however_much_it_is_used(org, client):
    org.policy.refresh_lifetime = timedelta(days=30)
    token = client.connect()["refresh_token"]
    org.clock.advance(timedelta(days=29))
    assert client.refresh(token).status_code == 200
    org.clock.advance(timedelta(days=1))
    assert client.refresh(token).json() == DEAD


def test_immediate_expiry_makes_every_refresh_fail(org, client):
    org.policy.refresh_immediate_expiry = True
    assert client.refresh(client.connect()["refresh_token"]).json() == DEAD


def test_the_sixth_approval_ends_the_first(org, client):
    grants = [client.connect() for _ in range(6)]
    assert client.refresh(grants[0]["refresh_token"]).json() == DEAD
    assert not works(org, grants[0]["access_token"])
    assert all(client.refresh(grant["refresh_token"]).status_code == 200 for grant in grants[1:])


def test_a_user_who_revokes_ends_sessions_and_grants(org, client):
    tokens = client.connect()
    org.revoke(org.username)
    assert not works(org, tokens["access_token"])
    assert client.refresh(tokens["refresh_token"]).json() == DEAD


def test_revoking_leaves_other_users_alone(org, client):
    other = next(u["Username"] for u in org.users if u["IsActive"] and u["Username"] != org.username)
    tokens = client.connect(other)
    org.revoke(org.username)
    assert works(org, tokens["access_token"])


@pytest.mark.parametrize("everybody", [True, False])
def test_expired_sessions_can_be_refreshed(org, client, everybody):
    tokens = client.connect()
    org.expire_sessions(None if everybody else org.username)
    assert not works(org, tokens["access_token"])
    assert works(org, client.refresh(tokens["refresh_token"]).json()["access_token"])


def test_a_session_lives_two_hours_and_use_in_its_second_half_renews_it(org, client):
    token = client.connect()["access_token"]
    org.clock.advance(timedelta(minutes=70))
    assert works(org, token)
    org.clock.advance(timedelta(minutes=70))
    assert works(org, token)
    org.clock.advance(timedelta(minutes=121))
    assert not works(org, token)


def test_a_fixed_session_ends_whatever_its_use(org, client):
    org.policy.sliding = False
    token = client.connect()["access_token"]
    org.clock.advance(timedelta(minutes=70))
    assert works(org, token)
    org.clock.advance(timedelta(minutes=50))
    assert not works(org, token)


def test_a_deactivated_user_can_neither_refresh_nor_call_nor_log_in(org, client, returned):
    user = "amara@localorg.example"
    tokens, code = client.connect(user), client.code(user)
    org.deactivate(user)
    assert client.refresh(tokens["refresh_token"]).json()["error"] == "inactive_user"
    assert client.redeem(code).json()["error"] == "inactive_user"
    assert not works(org, tokens["access_token"])
    assert returned(org.approve(client.authorization_url(), user))["error"] == "inactive_user"
    org.activate(user)
    assert client.refresh(tokens["refresh_token"]).status_code == 200


def test_the_race_can_be_worded_as_before_winter_25(org, client):
    org.policy.refresh_duration, org.policy.old_race_wording = timedelta(seconds=0.3), True
    refresh_token = client.connect()["refresh_token"]
    start = threading.Barrier(2)

    def refresh() -> str | None:
        start.wait()
        return client.refresh(refresh_token).json().get("error_description")

    with ThreadPoolExecutor(2) as pool:
        answers = [future.result() for future in [pool.submit(refresh), pool.submit(refresh)]]
    assert set(answers) == {None, "expired authorization code"}


def test_a_grant_revoked_while_it_is_refreshed_gives_nothing(org, client):
    org.policy.refresh_duration = timedelta(seconds=0.3)
    token = client.connect()["refresh_token"]
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(client.refresh, token) for _ in range(2)]
        first = next(as_completed(both))  # the one that is told to wait, so the other is under way
        org.revoke()
        answers = [future.result().json() for future in both if future is not first]
    assert first.result().json()["error_description"] == "token request is already being processed"
    assert answers == [DEAD]


def test_a_refresh_token_of_another_app_is_dead_there_and_lives_on(org, client):
    other, token = org.add_app("Other"), client.connect()["refresh_token"]
    assert client.refresh(token, client_id=other.key, client_secret=other.secret).json() == DEAD
    assert client.refresh(token).status_code == 200


def test_of_a_chain_of_rotations_each_old_token_ends_the_whole(org, client):
    org.policy.rotation = True
    for shown in range(3):
        chain = [client.connect()["refresh_token"]]
        for _ in range(3):
            chain.append(client.refresh(chain[-1]).json()["refresh_token"])
        assert client.refresh(chain[shown]).json() == DEAD
        assert client.refresh(chain[-1]).json() == DEAD


def test_an_unknown_refresh_token_and_a_missing_one_are_refused(client):
    assert client.refresh("5Aep861Unknown").json() == DEAD
    assert client.token(grant_type="refresh_token").json()["error"] == "invalid_request"


def test_a_restricted_address_is_refused_and_the_grant_survives(org, client):
    token = client.connect()["refresh_token"]
    org.policy.ip_allowed_at_token = False
    assert client.refresh(token).json() == {"error": "invalid_grant", "error_description": "ip restricted"}
    org.policy.ip_allowed_at_token = True
    assert client.refresh(token).status_code == 200
