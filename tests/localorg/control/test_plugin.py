"""The pytest plugin as a project meets it: one fixture, a fresh org per test, and no cost where it is not used."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PLUGIN = "langchain_sfconnect.localorg.plugin"
Run = Callable[..., subprocess.CompletedProcess[str]]

CHANGES = """
def test_one_changes_everything(local_org):
    session = local_org.engine.session(local_org.users[0]["Id"])
    session.create("Account", {"Name": "Of the first test"})
    local_org.policy.rotation = True
    local_org.faults.add("maintenance", times=None)


def test_the_next_sees_nothing_of_it(local_org):
    assert local_org.query("SELECT Id FROM Account WHERE Name = 'Of the first test'") == []
    assert len(local_org.query("SELECT Id FROM Account")) > 50
    assert local_org.policy.rotation is False
    assert list(local_org.faults) == []
"""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs pytest on a project of these files, in a process of its own."""

    def go(*options: str, **files: str) -> subprocess.CompletedProcess[str]:
        for name, text in files.items():
            (tmp_path / name.replace("__", ".")).write_text(text)
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-p", PLUGIN, "-q", "-W", "error", "-p", "no:cacheprovider", *options],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            capture_output=True,
            text=True,
            timeout=100,
        )

    return go


def test_each_test_gets_the_org_at_its_start(run: Run) -> None:
    done = run(test_it__py=CHANGES)
    assert "2 passed" in done.stdout, done.stdout


def test_options_of_the_org_come_from_a_fixture_or_a_setting(run: Run) -> None:
    options = """
import pytest

@pytest.fixture(scope="session")
def local_org_options():
    return {"seed": False, "tls": True}
"""
    test = """
def test_it(local_org):
    assert local_org.query("SELECT Id FROM Account") == []
    assert local_org.ca_certificate.exists()
    assert local_org.instance_url.startswith("https://")
"""
    assert "1 passed" in run(conftest__py=options, test_it__py=test).stdout


def test_a_schema_file_is_named_in_the_settings(run: Run) -> None:
    fields = "{Amount__c: {type: currency, precision: 9, scale: 2}}"
    schema = f"objects: {{Invoice__c: {{label: Invoice, plural: Invoices, fields: {fields}}}}}"
    test = """
def test_it(local_org):
    assert local_org.query("SELECT Id, Amount__c FROM Invoice__c") == []
"""
    done = run(pytest__ini="[pytest]\nlocal_org_schema = org.yaml\n", org__yaml=schema, test_it__py=test)
    assert "1 passed" in done.stdout, done.stdout


def test_a_wrong_schema_fails_the_test_with_its_own_words(run: Run) -> None:
    done = run(pytest__ini="[pytest]\nlocal_org_schema = none.yaml\n", test_it__py="def test_it(local_org): pass")
    assert "1 error" in done.stdout
    assert "The fixture local_org cannot be used" in done.stdout
    assert "none.yaml" in done.stdout
    assert "Traceback" not in done.stdout


def test_without_the_extra_only_tests_that_want_an_org_fail_and_nothing_was_loaded_for_the_others(run: Run) -> None:
    test = """
import sys

def test_other():
    heavy = {"starlette", "uvicorn", "trustme", "yaml", "langchain_sfconnect.localorg.org"}
    assert not heavy & set(sys.modules)

def test_it(local_org):
    pass
"""
    done = run(conftest__py="import sys; sys.modules['lark'] = None", test_it__py=test)
    assert "1 passed, 1 error" in done.stdout, done.stdout
    assert "pip install 'langchain-sfconnect[local]'" in done.stdout
    assert "Traceback" not in done.stdout
