"""What survives a restart of an org with a file: grants, sessions and approvals, and not one token in plain."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from langchain_sfconnect.localorg import LocalOrg


@pytest.fixture
def start(tmp_path, client, http) -> Callable[[], tuple[LocalOrg, object]]:
    """Start the org of a file; the last one is stopped first."""
    running: list[LocalOrg] = []

    def start() -> tuple[LocalOrg, object]:
        stop()
        running.append(LocalOrg(tmp_path / "org.db", seed=False).start())
        return running[0], type(client)(running[0], http, running[0].login_url)

    def stop() -> None:
        while running:
            running.pop().stop()

    yield start
    stop()


def test_connected_accounts_survive_a_restart(start, http, person):
    org, client = start()
    tokens = client.connect()
    org, client = start()
    answer = http.get(
        f"{org.instance_url}/services/data/v66.0/limits",
        headers={"Authorization": f"Bearer {tokens['access_token']}"},
    )
    assert answer.status_code == 200
    assert client.refresh(tokens["refresh_token"]).status_code == 200
    person.opens(client.authorization_url())
    assert person.logs_in(org.username).status_code == 302  # approved before, so not asked again


def test_rotation_is_remembered_and_a_token_shown_twice_ends_the_family_after_it(start):
    org, client = start()
    org.policy.rotation = True
    first = client.connect()["refresh_token"]
    second = client.refresh(first).json()["refresh_token"]
    org, client = start()
    org.policy.rotation = True
    assert client.refresh(first).status_code == 400
    assert client.refresh(second).status_code == 400


@pytest.mark.parametrize("end", ["revoke", "reset", "rotate_secret"])
def test_what_is_ended_after_a_restart_was_granted_before_it_in_either_realm(start, end):
    org, client = start()
    production, sandbox = client.connect(), type(client)(org, client.http, org.sandbox_login_url).connect()
    org, client = start()
    getattr(org, end)()
    assert client.refresh(production["refresh_token"]).status_code == 400
    assert client.refresh(sandbox["refresh_token"], host=org.sandbox_login_url).status_code == 400


def test_no_token_is_in_any_file(start, tmp_path: Path):
    org, client = start()
    tokens = client.connect()
    org.session_token()
    org.stop()
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert org.client_id.encode() in kept
    for name in ("access_token", "refresh_token"):
        secret = tokens[name].rpartition("!")[2].encode()
        assert secret not in kept
        assert secret[10:40] not in kept
