"""`python -m benchmarks [name …]`: runs benchmarks and prints a table of each. Does not know what they measure."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys

from rich.console import Console

from benchmarks import (
    calls,
    crowds,
    guard,
    imports,
    localorg,
    localorg_crowd,
    localorg_million,
    stores,
    tokens,
    toolkits,
)
from benchmarks.figures import Figure, console, table

BENCHMARKS = {
    "calls": calls,
    "crowds": crowds,
    "tokens": tokens,
    "stores": stores,
    "guard": guard,
    "toolkits": toolkits,
    "imports": imports,
    "localorg": localorg,
    "localorg-crowd": localorg_crowd,
    "localorg-million": localorg_million,
}


def main() -> int:
    """Run what the command line asks for; 1 if `--check` was given and a bound is missed, else 0."""
    chosen = _arguments()
    _leave_out_what_is_not_measured()
    screen = console()
    screen.print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}\n")
    figures = [figure for name in chosen.names or BENCHMARKS for figure in _show(name, screen)]
    missed = sum(figure.holds is False for figure in figures)
    bounds = sum(figure.holds is not None for figure in figures)
    screen.print(f"{bounds - missed} of {bounds} bounds hold; the load is now {os.getloadavg()[0]:.1f}.")
    return 1 if chosen.check and missed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measured side by side, as ratios.")
    parser.add_argument(
        "names", nargs="*", metavar="name", help=f"which to run, all by default: {', '.join(BENCHMARKS)}"
    )
    parser.add_argument("--check", action="store_true", help="exit with 1 if a bound is missed")
    chosen = parser.parse_args()
    if unknown := set(chosen.names) - BENCHMARKS.keys():
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    return chosen


def _leave_out_what_is_not_measured() -> None:
    """No traces to LangSmith, and no proxies: even a mere NO_PROXY changes what a call costs some clients."""
    os.environ |= {"LANGSMITH_TRACING": "false", "LANGCHAIN_TRACING_V2": "false"}
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        os.environ.pop(name, None)
        os.environ.pop(name.upper(), None)


def _show(name: str, screen: Console) -> list[Figure]:
    benchmark = BENCHMARKS[name]
    figures: list[Figure] = asyncio.run(benchmark.measure())
    screen.print(table(f"{benchmark.TITLE} ({name})", figures))
    screen.print()
    return figures


if __name__ == "__main__":
    sys.exit(main())
