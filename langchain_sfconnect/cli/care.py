"""`sfconnect doctor` says what is wrong with an account, `sfconnect serve` keeps all of them alive. Decides nothing."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
from contextlib import suppress
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from langchain_sfconnect.cli.environment import connect_from_env, said_plainly
from langchain_sfconnect.connect import SalesforceConnect


def doctor(
    identifier: Annotated[str, typer.Argument(help="Whose account.")],
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Probe an account live: what is wrong, what to do, and who does it. Exit code 0: healthy, 1: it has a problem."""
    with connect_from_env() as connect, said_plainly():
        diagnosis = connect.diagnose_account(identifier)
    account = diagnosis.account
    if json_output:
        told: dict[str, Any] = {"identifier": identifier, "status": account.status, "healthy": diagnosis.healthy}
        typer.echo(json.dumps({**told, "findings": [asdict(finding) for finding in diagnosis.findings]}, indent=2))
    else:
        table = Table("", "finding", "what is so", "what to do", "who", box=None, title_justify="left")
        table.title = f"{identifier}: {account.status}"
        for finding in diagnosis.findings:
            table.add_row(finding.severity, finding.name, finding.message, finding.advice, finding.who)
        table.columns[1].no_wrap = True
        Console().print(table)
    raise typer.Exit(0 if diagnosis.healthy else 1)


def serve(
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks at what is due.")] = 60.0,
    warm_for: Annotated[
        float, typer.Option(min=0, help="Hours: tokens of accounts used within this time are kept fresh.")
    ] = 24.0,
    once: Annotated[bool, typer.Option("--once", help="Look once, say what was done, and end.")] = False,
) -> None:
    """Keep accounts alive until SIGTERM or Ctrl-C: renew tokens that are about to die, and grants that lie idle.

    Run it once or many times, beside the workers or instead: they share the work. It ends when what is under way is
    done. With --once the exit code is 1 if an account could not be renewed.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    warm = timedelta(hours=warm_for)
    with said_plainly():
        connect = connect_from_env()
        if not once:
            asyncio.run(_keep(connect, warm, timedelta(seconds=every)))
            return
        with connect:
            report = connect.keep_alive(warm_for=warm)
    typer.echo(f"{report.refreshed} renewed, {report.put_off} put off, {report.failed} failed")
    raise typer.Exit(1 if report.failed else 0)


async def _keep(connect: SalesforceConnect, warm_for: timedelta, every: timedelta) -> None:
    async with connect:
        keeper = asyncio.ensure_future(connect.akeep_alive(warm_for=warm_for, every=every))
        for sign in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(sign, keeper.cancel)
        typer.echo(f"Keeping accounts alive, every {every.total_seconds():g} seconds. Stop with Ctrl-C or SIGTERM.")
        with suppress(asyncio.CancelledError):
            await keeper
    typer.echo("Stopped.")
