"""What one more account costs a process: the time to make its toolkit and show it to a model, and its memory."""

from __future__ import annotations

import gc
import time
import tracemalloc
from statistics import median

from langchain_core.utils.function_calling import convert_to_openai_tool

from benchmarks.figures import Figure
from langchain_sfconnect import SalesforceApp, SalesforceConnect
from langchain_sfconnect.toolkit import SalesforceToolkit

TITLE = "A toolkit for one more account"
TIMED, KEPT = 200, 1000


async def measure() -> list[Figure]:
    """Milliseconds and kilobytes for each toolkit after the first."""
    with SalesforceConnect(SalesforceApp("bench"), store="memory://") as connect:
        _seconds(connect, "rep-0")  # the first makes what all share; see `imports` for it
        each = median(_seconds(connect, f"rep-{number}") for number in range(1, TIMED))
        memory = _bytes_each(connect)
    return [
        Figure("25 tools, each shown to a model", each * 1e3, "ms", at_most=5),
        Figure(f"memory of each, {KEPT:,} kept", memory / 1024, "KB", at_most=60),
    ]


def _bound(connect: SalesforceConnect, identifier: str) -> SalesforceToolkit:
    """A toolkit whose tools were converted, which is what `bind_tools` of a chat model does with each."""
    toolkit = connect.toolkit(identifier)
    for tool in toolkit.get_tools():
        convert_to_openai_tool(tool)
    return toolkit


def _seconds(connect: SalesforceConnect, identifier: str) -> float:
    started = time.perf_counter()
    _bound(connect, identifier)
    return time.perf_counter() - started


def _bytes_each(connect: SalesforceConnect) -> float:
    gc.collect()
    tracemalloc.start()
    try:
        kept = [_bound(connect, f"kept-{number}") for number in range(KEPT)]
        gc.collect()
        return tracemalloc.get_traced_memory()[0] / len(kept)
    finally:
        tracemalloc.stop()
