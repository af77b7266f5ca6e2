"""The local org as a process: prints where it is, serves until it is told to stop."""

from __future__ import annotations

import json
import signal
import sys
from threading import Event
from typing import Any

from langchain_sfconnect.localorg.org import LocalOrg


def serve(port: int, json_output: bool, path: str | None) -> None:
    """Serve a local org until Ctrl-C or SIGTERM.

    Args:
        port: Where the production login host and org listen; the sandbox's listen on the next. 0 for free ports.
        json_output: Print one line of JSON instead of a text.
        path: A file to keep the data in; in memory when None.

    Raises:
        OSError: The port is taken.
    """
    stop = Event()
    previous = {sign: signal.signal(sign, lambda *_: stop.set()) for sign in (signal.SIGINT, signal.SIGTERM)}
    try:
        with LocalOrg(path=path, port=port) as org:
            text = json.dumps(_connection(org)) if json_output else _text(org)
            sys.stdout.write(text + "\n")
            sys.stdout.flush()
            stop.wait()
    finally:
        for sign, handler in previous.items():
            signal.signal(sign, handler)


def _connection(org: LocalOrg) -> dict[str, Any]:
    return {
        "instance_url": org.instance_url,
        "login_url": org.login_url,
        "sandbox_login_url": org.sandbox_login_url,
        "client_id": org.client_id,
        "client_secret": org.client_secret,
        "redirect_uri": org.redirect_uri,
        "username": org.username,
        "access_token": org.session_token(),
    }


def _text(org: LocalOrg) -> str:
    return f"""\
The local org is running. Stop it with Ctrl-C.

  Production   {org.login_url}
  Sandbox      {org.sandbox_login_url}
  REST API     {org.instance_url}/services/data/v66.0

To connect to it:

  export SFCONNECT_CLIENT_ID={org.client_id}
  export SFCONNECT_CLIENT_SECRET={org.client_secret}
  export SFCONNECT_REDIRECT_URI={org.redirect_uri}
  export SFCONNECT_LOGIN_URL={org.login_url}
  export SFCONNECT_SANDBOX_LOGIN_URL={org.sandbox_login_url}

A session of {org.username}, ready to use:

  curl -H 'Authorization: Bearer {org.session_token()}' \\
    '{org.instance_url}/services/data/v66.0/query?q=SELECT+Name+FROM+Account+LIMIT+5'
"""
