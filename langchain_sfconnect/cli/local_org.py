"""`sfconnect local-org`: serves an org, or steers one that is running. Decides nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from langchain_sfconnect.cli.steering import Steering, SteeringFailed
from langchain_sfconnect.errors import MissingExtra

app = typer.Typer(invoke_without_command=True)

Port = Annotated[int, typer.Option(help="The port of the running org.", min=1, max=65535)]
Ca = Annotated[Path | None, typer.Option(help="The certificate of its authority, when it speaks https.")]
DEFAULT_PORT = 8400


@app.callback()
def serve(
    context: typer.Context,
    port: Annotated[int, typer.Option(help="Where to listen; 0 for a free port.", min=0, max=65534)] = DEFAULT_PORT,
    json_output: Annotated[bool, typer.Option("--json", help="Print the addresses as one line of JSON.")] = False,
    path: Annotated[Path | None, typer.Option(help="Keep the data in this file; in memory by default.")] = None,
    schema: Annotated[Path | None, typer.Option(help="A YAML file with further objects, fields and rules.")] = None,
    tls: Annotated[bool, typer.Option("--tls", help="Speak https, with a throw-away authority.")] = False,
    seed: Annotated[bool, typer.Option(help="Fill a new org with a sales pipeline.")] = True,
) -> None:
    """Serve a local org until Ctrl-C, or steer a running one with the commands below."""
    if context.invoked_subcommand is not None:
        return
    try:
        from langchain_sfconnect.localorg.cli import serve as serve_org
        from langchain_sfconnect.localorg.org import LocalOrg
    except ImportError:
        raise MissingExtra("The local org", "local") from None
    try:
        serve_org(LocalOrg(path, port, seed, tls=tls, schema=schema), json_output=json_output)
    except (OSError, ValueError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2 if isinstance(error, ValueError) else 1) from None


@app.command()
def policy(
    switches: Annotated[list[str] | None, typer.Argument(metavar="NAME=VALUE", help="Switches to set.")] = None,
    reset: Annotated[bool, typer.Option("--reset", help="Set all switches back first.")] = False,
    port: Port = DEFAULT_PORT,
    ca: Ca = None,
) -> None:
    """Show the policy, or set switches: rotation=true session_timeout=PT15M."""
    with _steering(port, ca) as org:
        shown = org.clear("policy") if reset else org.look("policy")
        if switches:
            shown = org.pull("policy", dict(_switch(text) for text in switches), method="PATCH")
        _print(shown)


@app.command()
def clock(
    advance: Annotated[str | None, typer.Option(help="Seconds or an ISO 8601 duration, such as PT3H or -PT3H.")] = None,
    freeze: Annotated[
        str | None, typer.Option(help="A moment to stop at, such as 2026-11-23T12:00:00Z; or now.")
    ] = None,
    thaw: Annotated[bool, typer.Option("--thaw", help="Let it run on.")] = False,
    reset: Annotated[bool, typer.Option("--reset", help="Show the machine's time again, first.")] = False,
    port: Port = DEFAULT_PORT,
    ca: Ca = None,
) -> None:
    """Show or move the org's time."""
    with _steering(port, ca) as org:
        if reset:
            org.clear("clock")
        if freeze is not None:
            org.pull("clock/freeze", {} if freeze == "now" else {"at": freeze})
        if thaw:
            org.pull("clock/thaw")
        if advance is not None:
            org.pull("clock/advance", {"by": advance})
        _print(org.look("clock"))


@app.command()
def faults(
    action: Annotated[str | None, typer.Argument(help="A ready fault's name, or a JSON object with its kind.")] = None,
    path: Annotated[str, typer.Option(help="A shell pattern, such as '/sobjects/*'.")] = "*",
    method: Annotated[str | None, typer.Option(help="An HTTP method.")] = None,
    realm: Annotated[str | None, typer.Option(help="production or sandbox; both by default.")] = None,
    times: Annotated[int, typer.Option(help="How many requests it strikes; 0 for all.", min=0)] = 1,
    probability: Annotated[float, typer.Option(help="How likely it strikes one.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Of its dice.")] = 0,
    clear: Annotated[bool, typer.Option("--clear", help="Forget the planned ones first.")] = False,
    port: Port = DEFAULT_PORT,
    ca: Ca = None,
) -> None:
    """List the planned faults, or plan one: faults maintenance --path '/query' --times 3."""
    plan = {"path": path, "method": method, "realm": realm, "probability": probability, "seed": seed}
    with _steering(port, ca) as org:
        if clear:
            org.clear("faults")
        if action is not None:
            org.pull("faults", {"action": _value(action), "times": times or None, **plan})
        _print(org.look("faults"))


@app.command()
def requests(
    path: Annotated[str, typer.Option(help="A shell pattern, such as '*/token'.")] = "*",
    method: Annotated[str | None, typer.Option(help="An HTTP method.")] = None,
    user: Annotated[str | None, typer.Option(help="A username.")] = None,
    status: Annotated[int | None, typer.Option(help="The status answered.")] = None,
    last: Annotated[int, typer.Option(help="How many at most.", min=1)] = 100,
    clear: Annotated[bool, typer.Option("--clear", help="Forget them afterwards.")] = False,
    port: Port = DEFAULT_PORT,
    ca: Ca = None,
) -> None:
    """List what arrived, one request a line; tokens and bodies are not shown."""
    with _steering(port, ca) as org:
        for entry in org.look("requests", path=path, method=method, user=user, status=status, last=last):
            typer.echo(json.dumps(entry, ensure_ascii=False))
        if clear:
            org.clear("requests")


@app.command()
def users(
    add: Annotated[str | None, typer.Option(metavar="USERNAME", help="Add a user.")] = None,
    last_name: Annotated[str, typer.Option(help="Of a user to add.")] = "User",
    profile: Annotated[str, typer.Option(help="Of a user to add.")] = "Standard User",
    deactivate: Annotated[str | None, typer.Option(metavar="USERNAME", help="Keep a user out.")] = None,
    activate: Annotated[str | None, typer.Option(metavar="USERNAME", help="Let a user in again.")] = None,
    port: Port = DEFAULT_PORT,
    ca: Ca = None,
) -> None:
    """List the users; add one, keep one out, let one in."""
    with _steering(port, ca) as org:
        if add is not None:
            org.pull("users", {"username": add, "last_name": last_name, "profile": profile})
        if deactivate is not None:
            org.pull("users/deactivate", {"username": deactivate})
        if activate is not None:
            org.pull("users/activate", {"username": activate})
        _print(org.look("users"))


@app.command()
def revoke(
    username: Annotated[str | None, typer.Argument(help="Whose grants; the default rep's if none is named.")] = None,
    port: Port = DEFAULT_PORT,
    ca: Ca = None,
) -> None:
    """End all grants and sessions of a user, as if the user had revoked the app."""
    with _steering(port, ca) as org:
        org.pull("revoke", {"username": username})


@app.command()
def reset(port: Port = DEFAULT_PORT, ca: Ca = None) -> None:
    """Go back to the start: data, users, grants, apps, policy, clock, faults and requests."""
    with _steering(port, ca) as org:
        org.pull("reset")


@contextmanager
def _steering(port: int, ca: Path | None) -> Iterator[Steering]:
    """The control of a running org; its refusals in one sentence, without a traceback."""
    try:
        yield Steering(port, ca)
    except SteeringFailed as failure:
        typer.echo(str(failure), err=True)
        raise typer.Exit(1) from None


def _switch(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"{text!r} is not NAME=VALUE")
    return name, _value(value)


def _value(text: str) -> Any:
    """JSON where it is JSON, such as `true`, `null` or a number; else the text itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _print(shown: Any) -> None:
    typer.echo(json.dumps(shown, indent=2, ensure_ascii=False))
