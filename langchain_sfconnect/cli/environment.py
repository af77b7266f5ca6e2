"""What the commands share: a connection from the environment, and errors said plainly."""

from __future__ import annotations

import typer

from langchain_sfconnect.connect import SalesforceConnect
from langchain_sfconnect.errors import SFConnectError


def connect_from_env() -> SalesforceConnect:
    """The connection that the environment describes; exits with one sentence where it describes none."""
    with said_plainly():
        return SalesforceConnect.from_env()


class said_plainly:  # noqa: N801 - reads as a word in a with statement
    """Our errors as one sentence on standard error and exit code 1, without a traceback."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, SFConnectError):
            typer.echo(f"{error.code}: {error}", err=True)
            raise typer.Exit(1) from None
