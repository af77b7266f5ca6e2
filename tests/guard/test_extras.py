"""The guard's package without the libraries it needs, and the rules its source keeps."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import langchain_sfconnect.guard as guard

SOURCES = sorted(Path(guard.__file__).parent.glob("*.py"))


def run(program: str) -> subprocess.CompletedProcess[str]:
    command, root = [sys.executable, "-c", program], SOURCES[0].parents[2]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("missing", "name"), [("langgraph", "SalesforceGuard"), ("langchain", "SalesforceGuardMiddleware")]
)
def test_a_missing_library_is_answered_with_the_extra_that_brings_it(missing: str, name: str) -> None:
    program = f"import sys; sys.modules[{missing!r}] = None; from langchain_sfconnect.guard import {name}"
    done = run(program)
    assert f"MissingExtra: {name} needs an optional dependency" in done.stderr
    assert "langchain-sfconnect[agent]" in done.stderr


def test_the_node_needs_no_langchain_and_importing_the_package_needs_neither() -> None:
    program = (
        "import sys; import langchain_sfconnect.guard\n"
        "assert not {'langgraph', 'langchain'} & set(sys.modules)\n"
        "from langchain_sfconnect.guard import SalesforceGuard, ReauthorizationRequest\n"
        "assert 'langchain' not in sys.modules"
    )
    done = run(program)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_public_names_are_the_promised_ones() -> None:
    assert dir(guard) == guard.__all__
    assert {"ReauthorizationRequest", "SalesforceGuard", "SalesforceGuardMiddleware"} < set(guard.__all__)
    assert all(hasattr(guard, name) for name in guard.__all__)
    assert not hasattr(guard, "SalesforceGard")


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_nothing_in_the_guard_catches_broadly_enough_to_swallow_an_interrupt(source: Path) -> None:
    tries = [node for node in ast.walk(ast.parse(source.read_text())) if isinstance(node, ast.Try)]
    for node in tries:
        caught = [ast.unparse(each.type) if each.type else "" for each in node.handlers]
        assert not set(caught) & {"", "BaseException"}
        if "Exception" in caught:
            assert (caught[0], ast.unparse(node.handlers[0].body)) == ("GraphBubbleUp", "raise")
