"""The pytest plugin: a running local org for a test, back at its start. Loads nothing until a test asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from langchain_sfconnect.localorg import LocalOrg


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the setting `local_org_schema`."""
    parser.addini("local_org_schema", "a YAML file with objects, fields and rules for the local org of the tests")


@pytest.fixture(scope="session")
def local_org_options(pytestconfig: pytest.Config) -> dict[str, Any]:
    """The arguments `LocalOrg` is made with; override it in a `conftest.py` for other ones."""
    schema = pytestconfig.getini("local_org_schema")
    return {"schema": pytestconfig.rootpath / schema} if schema else {}


@pytest.fixture(scope="session")
def local_org_server(local_org_options: dict[str, Any]) -> Iterator[LocalOrg]:
    """The local org of this session, or of this worker, as the last test left it. Tests want `local_org`."""
    try:
        from langchain_sfconnect.localorg import LocalOrg

        org = LocalOrg(**local_org_options).start()
    except (ImportError, OSError, ValueError) as trouble:
        pytest.fail(f"The fixture local_org cannot be used. {trouble}", pytrace=False)
    yield org
    org.stop()


@pytest.fixture
def local_org(local_org_server: LocalOrg) -> LocalOrg:
    """A running local org at its start: seeded, with its default policy, nothing granted, nothing recorded."""
    local_org_server.reset()
    return local_org_server
