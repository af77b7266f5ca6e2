"""A pause survives its process: one process asks, another one, started later, takes the answer.

Run as a program, this file is such a process: `test_restart.py FOLDER say|answer STATUS`.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import langchain_sfconnect
from langchain_sfconnect.guard import ReauthorizationRequest


def step(folder: Path, way: str, status: str) -> dict[str, Any]:
    """Run one step in a process of its own; what it did, as it says."""
    command = [sys.executable, __file__, str(folder), way, status]
    environment = {**os.environ, "PYTHONPATH": str(Path(langchain_sfconnect.__file__).parents[1])}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_another_process_takes_the_answer_and_writes_once(tmp_path: Path) -> None:
    asked = step(tmp_path, "say", "REVOKED")
    assert asked == {"asked": ["rep-42"], "writes": [], "checks": ["rep-42"], "links": ["rep-42"]}
    resumed = step(tmp_path, "answer", "ACTIVE")
    assert resumed == {"asked": [], "writes": [["rep-42", "Acme"]], "checks": ["rep-42"], "links": []}


def main(folder: str, way: str, status: str) -> None:
    agent = _conftest().Agent("create_agent", "sync", Path(folder) / "checkpoints.db").creates("Acme")
    agent.connect.statuses["rep-42"] = status
    result = asyncio.run(agent.say() if way == "say" else agent.answer("done"))
    request = ReauthorizationRequest.find(result)
    report = {
        "asked": [account["identifier"] for account in request.accounts] if request else [],
        "writes": agent.connect.writes,
        "checks": agent.connect.checks,
        "links": agent.connect.links,
    }
    print(json.dumps(report))


def _conftest() -> Any:
    path = Path(__file__).with_name("conftest.py")
    spec = importlib.util.spec_from_file_location("guard_conftest", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main(*sys.argv[1:])
