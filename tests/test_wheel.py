"""The wheel is whole, and works with the core dependencies alone."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Everything that only extras bring.
OPTIONAL = ["langchain", "langgraph", "starlette", "uvicorn", "lark", "jinja2", "multipart", "typer", "rich", "psycopg"]

CORE = """
import sys
for name in {optional!r}:
    sys.modules[name] = None
import langchain_sfconnect, langchain_sfconnect.stores
assert langchain_sfconnect.__file__.startswith({unpacked!r}), langchain_sfconnect.__file__
[getattr(langchain_sfconnect, name) for name in langchain_sfconnect.__all__]
connect = langchain_sfconnect.SalesforceConnect(langchain_sfconnect.SalesforceApp("id"), "memory://")
connect.get_or_create_account("rep-42")
assert len(connect.toolkit("rep-42").get_tools()) == 25
print(connect.authorization_link("rep-42").url.split("?")[0])
for name in ("stores", "guard", "localorg"):
    module = __import__("langchain_sfconnect." + name, fromlist=["x"])
    for public in module.__all__:
        try:
            getattr(module, public)
        except ImportError as error:
            print(error)
connect.close()
"""


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=100)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


def test_the_wheel_holds_everything_the_tree_does_and_nothing_else(unpacked: Path) -> None:
    package = unpacked / "langchain_sfconnect"
    shipped = {path.relative_to(package).as_posix() for path in package.rglob("*") if path.is_file()}
    tree = ROOT / "langchain_sfconnect"
    ours = {
        path.relative_to(tree).as_posix()
        for path in tree.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert shipped == ours | {"cli/sales_assistant.py"}
    assert "py.typed" in shipped
    assert {path.name for path in unpacked.iterdir() if not path.name.endswith("dist-info")} == {"langchain_sfconnect"}


def test_the_wheel_works_with_the_core_dependencies_alone_and_names_missing_extras(unpacked: Path) -> None:
    code = CORE.format(optional=OPTIONAL, unpacked=str(unpacked))
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=unpacked, env={"PYTHONPATH": str(unpacked)}
    )
    assert done.returncode == 0, done.stderr
    assert "https://login.salesforce.com/services/oauth2/authorize" in done.stdout
    assert "langchain-sfconnect[agent]" in done.stdout
    assert "langchain-sfconnect[postgres]" in done.stdout
    assert "langchain-sfconnect[local]" in done.stdout
