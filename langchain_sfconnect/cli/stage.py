"""What the demo looks like on screen: headings, speech, tool calls, tables and checks. Decides nothing."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text


class Stage:
    """Prints to a console; plain text when that is a pipe.

    Args:
        console: Where to print.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False, width=None if sys.stdout.isatty() else 110)
        self._scene = 0

    def title(self, text: str, *lines: str) -> None:
        body = Text("\n".join(lines))
        self._console.print(Panel(body, title=f"[bold]{text}[/]", border_style="cyan", padding=(1, 2)))

    def scene(self, text: str) -> None:
        self._scene += 1
        self._console.print()
        self._console.rule(f"[bold cyan]{self._scene}. {text}[/]", align="left", style="cyan")

    def say(self, text: str) -> None:
        self._console.print(Text(text))

    def link(self, text: str, url: str) -> None:
        """A URL in one unbroken line, to click or to copy."""
        self._console.print(Text(f"{text}:"))
        self._console.print(Text(url, style=f"link {url} blue underline"), soft_wrap=True)

    def facts(self, facts: Mapping[str, object]) -> None:
        table = Table(show_header=False, box=None, padding=(0, 2, 0, 2))
        for name, value in facts.items():
            table.add_row(Text(name, style="dim"), Text(str(value)))
        self._console.print(table)

    def messages(self, messages: Sequence[BaseMessage]) -> None:
        for message in messages:
            self._message(message)

    def _message(self, message: BaseMessage) -> None:
        if isinstance(message, HumanMessage):
            self._console.print(Text.assemble(("Rep        ", "bold magenta"), message.text))
        elif isinstance(message, ToolMessage):
            failed = message.status == "error"
            style = "red" if failed else "dim"
            self._console.print(Text.assemble(("  result   ", style), (_short(message.text), style)))
        elif isinstance(message, AIMessage):
            for call in message.tool_calls:
                arguments = _short(json.dumps(call["args"], ensure_ascii=False))
                self._console.print(
                    Text.assemble(("  tool     ", "yellow"), (call["name"], "bold yellow"), f" {arguments}")
                )
            if message.text:
                self._console.print(Text.assemble(("Assistant  ", "bold green"), message.text))

    def pause(self, text: str) -> None:
        self._console.print(Panel(Text(text), title="[bold]paused[/]", border_style="yellow", padding=(0, 2)))

    def check(self, text: str, held: bool) -> None:
        mark, style = ("✓", "green") if held else ("✗", "bold red")
        self._console.print(Text.assemble((f"  {mark} ", style), (text, style)))

    def end(self, text: str, held: bool) -> None:
        self._console.print()
        self._console.print(Panel(Text(text), border_style="green" if held else "red", padding=(0, 2)))


def _short(text: str, length: int = 170) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= length else flat[: length - 1] + "…"
