"""The commands of `sfconnect`: each reads its arguments, calls the package, and prints. Exit code 0: it worked."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from langchain_sfconnect.cli import care, local_org
from langchain_sfconnect.cli.environment import connect_from_env, said_plainly
from langchain_sfconnect.cli.keys import keys
from langchain_sfconnect.errors import MissingExtra

app = typer.Typer(
    name="sfconnect",
    help="Salesforce for LangChain and LangGraph agents.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(keys, name="keys")
app.add_typer(local_org.app, name="local-org")
app.command()(care.doctor)
app.command()(care.serve)


@app.command()
def demo(
    model: Annotated[str | None, typer.Option(help="provider:name of a chat model; scripted by default.")] = None,
) -> None:
    """Watch a sales assistant work in an embedded Salesforce, lose its authorization, and finish."""
    try:
        from langchain_sfconnect.cli.demo import run_demo
        from langchain_sfconnect.cli.stage import Stage
    except ImportError:
        raise MissingExtra("The demo", "agent,cli,local") from None
    raise typer.Exit(0 if run_demo(model, Stage()) else 1)


@app.command()
def accounts(
    status: Annotated[str | None, typer.Option(help="Only those with this status.")] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON, one account a line.")] = False,
) -> None:
    """List the connected accounts of the store the environment names."""
    with connect_from_env() as connect, said_plainly():
        listed = connect.list_accounts(status)
        table = Table("identifier", "status", "reason", "environment", "org", "user", box=None)
        for account in listed:
            if json_output:
                typer.echo(json.dumps({name: _plain(getattr(account, name)) for name in account.__slots__}))
            else:
                shown = (account.status_reason, account.environment, account.org_name, account.username)
                table.add_row(account.identifier, str(account.status), *(value or "" for value in shown))
    if not json_output:
        Console().print(table)


@app.command()
def call(
    tool: Annotated[str, typer.Argument(help="Name of a tool; `sfconnect tools` lists them.")],
    identifier: Annotated[str, typer.Option("--as", help="Whose account.")],
    tool_input: Annotated[str, typer.Argument(metavar="JSON", help="The tool's arguments as a JSON object.")] = "{}",
) -> None:
    """Call a tool as an account and print its full result."""
    try:
        arguments = json.loads(tool_input)
    except ValueError as error:
        raise typer.BadParameter(f"the arguments are not JSON: {error}") from None
    with connect_from_env() as connect, said_plainly():
        typer.echo(json.dumps(connect.execute_tool(tool, identifier=identifier, tool_input=arguments), indent=2))


@app.command()
def tools() -> None:
    """List the 25 tools."""
    from langchain_sfconnect.tools import SPECS

    table = Table("tool", "kind", "what it does", box=None)
    for spec in SPECS.values():
        table.add_row(spec.name, spec.kind, spec.description.split(". ")[0])
    Console().print(table)


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (str, int, tuple)) else value.isoformat()
