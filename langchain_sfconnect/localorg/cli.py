"""The local org as a process: prints where it is, serves until it is told to stop."""

from __future__ import annotations

import json
import signal
import sys
from threading import Event
from typing import Any

from langchain_sfconnect.localorg.org import LocalOrg


def serve(org: LocalOrg, *, json_output: bool) -> None:
    """Serve a local org until Ctrl-C or SIGTERM.

    Args:
        org: An org that is not running yet.
        json_output: Print JSON instead of a text: one line with where to connect and as whom, and a second one
            with the authority's certificate when the org speaks https.

    Raises:
        OSError: A port is taken, or the file cannot be used.
        ValueError: The schema is wrong.
    """
    stop = Event()
    previous = {sign: signal.signal(sign, lambda *_: stop.set()) for sign in (signal.SIGINT, signal.SIGTERM)}
    try:
        with org:
            sys.stdout.write(_json(org) if json_output else _text(org))
            sys.stdout.flush()
            stop.wait()
    finally:
        for sign, handler in previous.items():
            signal.signal(sign, handler)


def _json(org: LocalOrg) -> str:
    lines: list[dict[str, Any]] = [
        {
            "instance_url": org.instance_url,
            "login_url": org.login_url,
            "sandbox_login_url": org.sandbox_login_url,
            "client_id": org.client_id,
            "client_secret": org.client_secret,
            "redirect_uri": org.redirect_uri,
            "username": org.username,
            "access_token": org.session_token(),
        }
    ]
    if org.speaks_https:
        lines.append({"ca_certificate": str(org.ca_certificate)})
    return "".join(json.dumps(line) + "\n" for line in lines)


def _text(org: LocalOrg) -> str:
    trust = f"--cacert {org.ca_certificate} " if org.speaks_https else ""
    settings = f"\n  export SSL_CERT_FILE={org.ca_certificate}" if org.speaks_https else ""
    return f"""\
The local org is running. Stop it with Ctrl-C.

  Production   {org.login_url}
  Sandbox      {org.sandbox_login_url}
  REST API     {org.instance_url}/services/data/v66.0
  Control      {org.instance_url}/_local/ (or: sfconnect local-org --help)

To connect to it:

  export SFCONNECT_CLIENT_ID={org.client_id}
  export SFCONNECT_CLIENT_SECRET={org.client_secret}
  export SFCONNECT_REDIRECT_URI={org.redirect_uri}
  export SFCONNECT_LOGIN_URL={org.login_url}
  export SFCONNECT_SANDBOX_LOGIN_URL={org.sandbox_login_url}{settings}

A session of {org.username}, ready to use:

  curl {trust}-H 'Authorization: Bearer {org.session_token()}' \\
    '{org.instance_url}/services/data/v66.0/query?q=SELECT+Name+FROM+Account+LIMIT+5'
"""
