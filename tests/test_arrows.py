"""The arrows between the parts point one way, and each outside library has its place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PACKAGE = "langchain_sfconnect"
ROOT = Path(__file__).parents[1] / PACKAGE

# What each part may import of the package. A part is a folder or a module of the package's top level.
ARROWS: dict[str, set[str]] = {
    "errors": set(),
    "_portal": set(),
    "_http": {"_portal"},
    "_transport": {"_http"},
    "conditions": {"errors"},
    "config": {"errors"},
    "connection": {"errors"},
    "stores": {"_portal", "config", "errors"},
    "oauth": {"_http", "conditions", "config", "errors"},
    "salesforce": {"_http", "conditions", "config", "connection", "errors"},
    "accounts": {
        "_http",
        "_portal",
        "conditions",
        "config",
        "connection",
        "errors",
        "oauth",
        "salesforce",
        "stores",
    },
    "tools": {"_portal", "connection", "errors"},
    "toolkit": {"connection", "errors", "tools"},
    "guard": {"_portal", "connection", "errors", "tools"},
    "connect": {
        "_http",
        "_portal",
        "_transport",
        "accounts",
        "config",
        "connection",
        "errors",
        "oauth",
        "salesforce",
        "stores",
        "toolkit",
        "tools",
    },
    # The local org shares no code with the client, or one mistake would pass on both sides. `LocalOrg.app` is a value
    # of the client's, and nothing but that.
    "localorg": {"config"},
    "cli": {"", "connect", "errors", "guard", "localorg", "stores", "tools"},
    "__main__": {"cli", "errors"},
    "": {"accounts", "config", "connect", "errors", "toolkit", "tools"},
}

# Where an outside library may be imported; everywhere else it is a mistake.
LIBRARIES: dict[str, tuple[str, ...]] = {
    "aiohttp": ("_transport.py",),
    "cryptography": ("stores/keys.py", "stores/sealing.py", "localorg/"),
    "httpx": (),
    "jinja2": ("localorg/",),
    "langchain": ("guard/", "cli/"),
    "langchain_core": ("tools/base.py", "toolkit.py", "guard/", "cli/"),
    "langgraph": ("guard/", "cli/"),
    "lark": ("localorg/",),
    "rich": ("cli/",),
    "psycopg": ("stores/postgres.py",),
    "psycopg_pool": ("stores/postgres.py",),
    "sqlite3": ("stores/sqlite", "localorg/"),
    "starlette": ("localorg/",),
    "tenacity": ("salesforce/retry.py",),
    "typer": ("cli/",),
    "uvicorn": ("localorg/",),
}


@dataclass(frozen=True)
class Import:
    path: str  # of the importing file, below the package
    module: str
    runs: bool  # False under TYPE_CHECKING
    at_import: bool  # False inside a function

    def __str__(self) -> str:
        return f"{self.path} imports {self.module}"


def walk(node: ast.AST, *, runs: bool = True, at_import: bool = True) -> Iterator[tuple[ast.AST, bool, bool]]:
    for child in ast.iter_child_nodes(node):
        checking = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test)
        inside = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef))
        yield child, runs and not checking, at_import and not inside
        yield from walk(child, runs=runs and not checking, at_import=at_import and not inside)


def all_imports() -> list[Import]:
    found = []
    for file in sorted(ROOT.rglob("*.py")):
        path = file.relative_to(ROOT).as_posix()
        for node, runs, at_import in walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{path}: relative import"
                names = [f"{node.module}.{alias.name}" for alias in node.names]
                modules = [n if is_module(n) else str(node.module) for n in names]
            elif isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            else:
                continue
            found += [Import(path, module, runs, at_import) for module in modules]
    return found


def is_module(name: str) -> bool:
    path = ROOT.parent / name.replace(".", "/")
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def part_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def part_of_path(path: str) -> str:
    first = path.split("/")[0].removesuffix(".py")
    return "" if first == "__init__" else first


IMPORTS = all_imports()
OURS = [i for i in IMPORTS if i.module.split(".")[0] == PACKAGE]


def test_every_part_has_its_arrows() -> None:
    assert {part_of_path(i.path) for i in OURS} <= set(ARROWS)


def test_no_part_imports_against_the_arrows() -> None:
    wrong = [
        str(i)
        for i in OURS
        if part_of(i.module) != part_of_path(i.path) and part_of(i.module) not in ARROWS[part_of_path(i.path)]
    ]
    assert not wrong


def test_the_arrows_have_no_circle() -> None:
    order: list[str] = []

    def visit(part: str, above: tuple[str, ...]) -> None:
        assert part not in above, f"circle: {' -> '.join([*above, part])}"
        for below in sorted(ARROWS[part]):
            visit(below, (*above, part))
        order.append(part)

    for part in ARROWS:
        visit(part, ())


def test_modules_do_not_import_each_other_in_circles() -> None:
    edges: dict[str, set[str]] = {}
    for i in OURS:
        if i.runs and i.at_import:
            name = f"{PACKAGE}.{i.path.removesuffix('.py').replace('/', '.')}".removesuffix(".__init__")
            edges.setdefault(name, set()).add(i.module)
    done: set[str] = set()

    def visit(module: str, above: tuple[str, ...]) -> None:
        assert module not in above, f"circle: {' -> '.join([*above, module])}"
        if module not in done:
            for below in sorted(edges.get(module, ())):
                visit(below, (*above, module))
            done.add(module)

    for module in sorted(edges):
        visit(module, ())


@pytest.mark.parametrize("library", sorted(LIBRARIES))
def test_a_library_is_imported_in_its_place_only(library: str) -> None:
    wrong = [
        str(i)
        for i in IMPORTS
        if i.runs and i.module.split(".")[0] == library and not i.path.startswith(LIBRARIES[library])
    ]
    assert not wrong


def test_nothing_but_config_reads_the_environment() -> None:
    reading = [
        file.relative_to(ROOT).as_posix()
        for file in ROOT.rglob("*.py")
        if "os.environ" in file.read_text() or "getenv" in file.read_text()
    ]
    assert reading == ["config.py"]


def test_files_and_functions_stay_within_their_budgets() -> None:
    too_long = []
    for file in sorted(ROOT.rglob("*.py")):
        source = file.read_text()
        if source.count("\n") > 400:
            too_long.append(f"{file.relative_to(ROOT)} has more than 400 lines")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.end_lineno is not None:
                docstring = (ast.get_docstring(node) or "").count("\n") + 1 if ast.get_docstring(node) else 0
                if node.end_lineno - node.lineno + 1 - docstring > 40:
                    too_long.append(f"{file.relative_to(ROOT)}: {node.name} has more than 40 lines")
    assert not too_long
