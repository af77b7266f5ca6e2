"""What `import langchain_sfconnect` costs a program that uses LangChain anyway, each time in a fresh process."""

from __future__ import annotations

import json
import subprocess
import sys
from statistics import median

from benchmarks.figures import Figure

TITLE = "Importing"
ROUNDS = 9
HEAVY = ("langchain", "langgraph", "starlette")

BASE_TOOL = "from langchain_core.tools import BaseTool"
OURS = "import langchain_sfconnect"
FIRST_TOOLKIT = """
connect = langchain_sfconnect.SalesforceConnect(langchain_sfconnect.SalesforceApp("bench"), store="memory://")
for tool in connect.toolkit("rep-1").get_tools():
    convert_to_openai_tool(tool)
"""
CONVERTER = "from langchain_core.utils.function_calling import convert_to_openai_tool"

# What is timed, by what the program has done before.
PROGRAMS = {
    "BaseTool": ("", BASE_TOOL),
    "alone": ("", OURS),
    "over BaseTool": (BASE_TOOL, OURS),
    "first toolkit": (f"{BASE_TOOL}\n{CONVERTER}\n{OURS}", FIRST_TOOLKIT),
}


async def measure() -> list[Figure]:
    """Milliseconds of each import, and how many heavy packages come along."""
    times: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for _ in range(ROUNDS):
        for name, (before, timed) in PROGRAMS.items():
            times[name].append(_milliseconds(before, timed))
    took = {name: median(each) for name, each in times.items()}
    return [
        Figure("import BaseTool", took["BaseTool"], "ms"),
        Figure("import langchain_sfconnect alone", took["alone"], "ms"),
        Figure("import langchain_sfconnect after BaseTool", took["over BaseTool"], "ms", at_most=150),
        Figure("a process's first toolkit, 25 tools shown to a model", took["first toolkit"], "ms"),
        Figure(f"of {', '.join(HEAVY)} it loads", _heavy_loaded(), at_most=0),
    ]


def _milliseconds(before: str, timed: str) -> float:
    clock = "__import__('time').perf_counter()"
    return float(_output(f"{before}\nstarted = {clock}\n{timed}\nprint(({clock} - started) * 1e3)"))


def _heavy_loaded() -> int:
    loaded = json.loads(_output(f"{OURS}\nimport json, sys\nprint(json.dumps(list(sys.modules)))"))
    return len(set(HEAVY) & set(loaded))


def _output(program: str) -> str:
    return subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
