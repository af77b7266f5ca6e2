"""The documents tell the truth: the README's code runs, the notebook runs, what is generated is up to date."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

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
