"""The local org as a process of its own."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import sys

import httpx
import pytest

SERVE = "import sys; from langchain_sfconnect.localorg.cli import serve; serve(int(sys.argv[1]), {json}, None)"
KEYS = {
    "instance_url",
    "login_url",
    "sandbox_login_url",
    "client_id",
    "client_secret",
    "redirect_uri",
    "username",
    "access_token",
}


def serving(port: int, *, as_json: bool) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", SERVE.format(json=as_json), str(port)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_json_comes_first_and_a_signal_ends_it_well(sign):
    with serving(0, as_json=True) as process:
        assert process.stdout is not None
        given = json.loads(process.stdout.readline())
        assert set(given) == KEYS
        headers = {"Authorization": f"Bearer {given['access_token']}"}
        url = f"{given['instance_url']}/services/data/v66.0/query?q=SELECT+COUNT()+FROM+Account"
        assert httpx.get(url, headers=headers).json()["totalSize"] > 0
        process.send_signal(sign)
        assert process.wait(10) == 0


def pair_of_free_ports() -> int:
    """A port that is free together with the next."""
    for _ in range(50):
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            with contextlib.suppress(OSError, OverflowError):
                second.bind(("127.0.0.1", port + 1))
                return port
    pytest.fail("no two free ports beside each other")


def test_a_named_port_is_production_and_the_next_is_the_sandbox():
    port = pair_of_free_ports()
    with serving(port, as_json=False) as process:
        assert process.stdout is not None
        assert "running" in process.stdout.readline()
        assert httpx.get(f"http://127.0.0.1:{port}/services/data").status_code == 200
        assert httpx.get(f"http://127.0.0.1:{port + 1}/services/data").status_code == 200
        process.terminate()
        assert process.wait(10) == 0
