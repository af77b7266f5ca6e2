"""`sfconnect keys`: make encryption keys, and seal everything anew with the first of them."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from langchain_sfconnect.cli.environment import connect_from_env, said_plainly
from langchain_sfconnect.errors import ConfigurationError
from langchain_sfconnect.stores import KeyRing

keys = typer.Typer(help="Encryption keys of the token store.", no_args_is_help=True)


@keys.command("generate")
def generate_key() -> None:
    """Print a new key for SFCONNECT_ENCRYPTION_KEYS; put it in front of the old ones, then run `keys rotate`."""
    typer.echo(KeyRing.generate_key())


@keys.command("rotate")
def rotate_keys(
    new_key: Annotated[
        bool, typer.Option("--new-key", help="First put a new key into the store's key file; workers notice it.")
    ] = False,
) -> None:
    """Seal all stored tokens anew with the first key, while others read and write. Can be stopped and run again."""
    with connect_from_env() as connect, said_plainly():
        if new_key and not connect.add_key():
            raise ConfigurationError(
                "The encryption keys are not in a key file.",
                hint="Put a new key in front of SFCONNECT_ENCRYPTION_KEYS for every worker, then rotate.",
            )
        with Console(stderr=True).status("Sealing anew …") as status:
            report = connect.rotate_keys(lambda so_far: status.update(f"{so_far.resealed} sealed anew …"))
    typer.echo(f"{report.resealed} sealed anew, {report.left} left to the next run, {report.unreadable} unreadable")
    if report.left or report.unreadable:
        raise typer.Exit(1)
