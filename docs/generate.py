"""Writes the generated parts of the documentation: the tools, the status diagram, and the conditions."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from langchain_sfconnect.accounts.status import TRANSITIONS
from langchain_sfconnect.conditions import TABLE, Condition
from langchain_sfconnect.tools import SPECS

ROOT = Path(__file__).resolve().parents[1]


def tools_table() -> str:
    """The 25 tools as a Markdown table."""
    rows = ["| tool | arguments | kind |", "|---|---|---|"]
    for spec in SPECS.values():
        fields = spec.args.model_fields.items()
        arguments = [f"`{name}`" if field.is_required() else f"`{name}?`" for name, field in fields]
        if spec.args.model_config.get("extra") == "allow":
            arguments = [*arguments[:6], "other fields flat"]
        kind = "write, unless every subrequest is a GET" if spec.action == "mixed" else spec.kind
        rows.append(f"| `{spec.name}` | {', '.join(arguments) or 'none'} | {kind} |")
    return "\n".join(rows)


def status_diagram() -> str:
    """The status table as a Mermaid diagram."""
    edges = [
        f"    {status} --> {after}: {event}"
        for status, row in TRANSITIONS.items()
        for event, after in row.items()
        if after is not status
    ]
    return "\n".join(["```mermaid", "stateDiagram-v2", "    [*] --> PENDING_AUTH", *edges, "```"])


def conditions_table() -> str:
    """Every condition, with its signs and what to do."""
    return "\n\n".join(map(_condition, TABLE))


def _condition(row: Condition) -> str:
    facts = (
        ("where", ", ".join(row.where)),
        ("sign", "; ".join(map(str, row.signs))),
        ("account", f"becomes `{row.status}`, with this `status_reason`" if row.status else "stays as it is"),
        ("retryable", "yes" if row.retryable else "no"),
        ("who", row.who),
        ("what to do", row.advice),
    )
    lines = "\n".join(f"| {name} | {said} |" for name, said in facts if said)
    return f"### `{row.name}`\n\n{row.means}\n\n| | |\n|---|---|\n{lines}"


GENERATED = {
    "README.md": ("tools", tools_table),
    "docs/architecture.md": ("status", status_diagram),
    "docs/errors.md": ("conditions", conditions_table),
}


def generate(name: str) -> str:
    """A document with its generated part as the code says it."""
    marker, write = GENERATED[name]
    text = (ROOT / name).read_text()
    begin = f"<!-- {marker}: written by `make docs` -->\n"
    end = f"<!-- end of {marker} -->"
    return re.sub(f"{re.escape(begin)}.*?{re.escape(end)}", lambda _: f"{begin}{write()}\n{end}", text, flags=re.DOTALL)


def main() -> None:
    """Write what is out of date."""
    for name in GENERATED:
        text = generate(name)
        if text != (ROOT / name).read_text():
            (ROOT / name).write_text(text)
            sys.stdout.write(f"wrote {name}\n")


if __name__ == "__main__":
    main()
