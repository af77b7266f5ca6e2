"""The documents tell the truth: the README's code runs, the notebook runs, what is generated is up to date."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from langchain.agents import create_agent
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langgraph.checkpoint.memory import InMemorySaver
from nbclient import NotebookClient

from langchain_sfconnect import SalesforceConnect
from langchain_sfconnect.guard import SalesforceGuardMiddleware
from langchain_sfconnect.localorg import LocalOrg

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def python_blocks(text: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


def test_the_readmes_ten_lines_run_as_they_stand(capsys: pytest.CaptureFixture[str]) -> None:
    ten_lines = next(block for block in python_blocks(README) if "complete_authorization" in block)
    exec(compile(ten_lines, "README.md", "exec"), {})
    printed = json.loads(capsys.readouterr().out)
    assert len(printed["records"]) == 3
    assert all("Amount" in record for record in printed["records"])


def test_the_code_about_resuming_runs_as_it_stands() -> None:
    blocks = python_blocks((ROOT / "docs" / "resuming.md").read_text())
    pushed: list[Any] = []
    with LocalOrg() as org, SalesforceConnect(org.app, "memory://") as connect:

        def show(urls: Any) -> None:
            for url in urls:
                connect.complete_authorization(org.approve(url), "rep-42")

        connect.get_or_create_account("rep-42")
        name = {"Name": "Written once per question"}
        calls = [{"name": "salesforce_account_create", "args": name, "id": f"call_{turn}"} for turn in range(2)]
        lines = [line for call in calls for line in (AIMessage("", tool_calls=[call]), AIMessage("Done."))]
        names: dict[str, Any] = {
            "agent": create_agent(
                _StandIn(messages=iter(lines)),
                connect.toolkit().get_tools(),
                middleware=[SalesforceGuardMiddleware(connect)],
                context_schema=_Rep,
                checkpointer=InMemorySaver(),
            ),
            "connect": connect,
            "config": {"configurable": {"thread_id": "t"}},
            "rep": _Rep("rep-42"),
            "question": {"messages": [("user", "Create it.")]},
            "show": show,
            "push": lambda config, outcome: pushed.append(outcome),
        }
        for block in blocks:
            exec(compile(block, "docs/resuming.md", "exec"), names)
            if "resumer" not in names:
                org.revoke(org.username)
        names["resumer"].drain()
        assert pushed[0]["messages"][-1].content == "Done."
        assert len(org.query("SELECT Id FROM Account WHERE Name = 'Written once per question'")) == 2


class _StandIn(GenericFakeChatModel):
    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        return self


@dataclass(frozen=True)
class _Rep:
    salesforce_identifier: str


def test_every_python_block_of_the_readme_is_python() -> None:
    for block in python_blocks(README):
        ast.parse(block)


def test_every_name_the_readme_imports_exists() -> None:
    for block in python_blocks(README):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom):
                module = importlib.import_module(str(node.module))
                assert all(hasattr(module, alias.name) for alias in node.names), node.module


def test_the_readme_opens_with_what_it_is_and_the_two_commands() -> None:
    body = README.split("\n", 2)[2]
    assert body.index("make demo") < body.index("make test") < body.index("```python")


@pytest.mark.parametrize("name", ["README.md", "docs/architecture.md", "docs/errors.md"])
def test_what_is_generated_is_up_to_date(name: str) -> None:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    assert generator.generate(name) == (ROOT / name).read_text(), "run: make docs"


def test_the_readme_names_every_tool_and_every_setting() -> None:
    from langchain_sfconnect.tools import SPECS

    for name in SPECS:
        assert f"`{name}`" in README
    config = (ROOT / "langchain_sfconnect" / "config.py").read_text()
    for setting in set(re.findall(r'"(SFCONNECT_[A-Z_]+)"', config)):
        assert setting in README, setting


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom(path: Path) -> None:
    notebook: Any = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert not cell.outputs, "strip the outputs"
            assert cell.execution_count is None
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(ROOT)}}).execute()
    proof = next(cell for cell in notebook.cells if "proof" in cell.metadata.get("tags", []))
    assert "Call Dana back" in str(proof.outputs)
    links = [
        o["data"]["text/html"]
        for c in notebook.cells
        if c.cell_type == "code"
        for o in c.outputs
        if "data" in o and "text/html" in o["data"]
    ]
    assert len(links) == 2
    assert all('target="_blank"' in link and 'rel="noopener noreferrer"' in link for link in links)


def test_the_documents_speak_of_the_project_alone() -> None:
    for file in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*"), *NOTEBOOKS]:
        text = file.read_text()
        assert not re.search(r"/(?:work|tmp|root)/|pypi\.|file://", text), file
