from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_sfconnect.tools.statements import Reading, Unreadable, read_soql, read_sosl


def paths(reading: Reading) -> set[str]:
    return {".".join((str(root), *path)).lower() for root, path in reading.paths}


def test_objects_and_paths_of_a_query_are_found_in_every_clause() -> None:
    reading = read_soql(
        "select a.Name, Owner.Name, COUNT(Id) total from Account a where Parent . Rating = 'Hot' and "
        "CreatedDate > 2026-11-23T10:00:00.5+01:00 and LastActivityDate = LAST_N_DAYS:30 and CloseDate < 2026-11-23 "
        "group by a.Name having MAX(AnnualRevenue) > 1.5e3 order by Site nulls last limit 5"
    )
    assert reading.objects == {"account"}
    found = {
        "account.name",
        "account.owner.name",
        "account.id",
        "account.parent.rating",
        "account.annualrevenue",
        "account.site",
    }
    assert found <= paths(reading)


def test_child_queries_are_read_of_the_object_they_lead_to() -> None:
    reading = read_soql("SELECT Name, (SELECT Email FROM Contacts WHERE Title = 'x') FROM Account")
    assert reading.objects == {"account", "contact"}
    assert {"contact.email", "contact.title", "account.name"} <= paths(reading)


def test_a_child_relationship_nobody_knows_is_told() -> None:
    reading = read_soql("SELECT Id, (SELECT Secret__c FROM Things__r) FROM Account")
    assert reading.unknown == {"Things__r"}
    assert "none.secret__c" in paths(reading)


def test_semi_joins_are_read_of_the_object_they_name() -> None:
    reading = read_soql(
        "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact WHERE Email != null) AND Name LIKE 'a%'"
    )
    assert reading.objects == {"account", "contact"}
    assert "contact.accountid" in paths(reading)


def test_what_stands_in_a_literal_is_not_read() -> None:
    reading = read_soql(r"SELECT Id FROM Account WHERE Name = 'it\'s (SELECT Id FROM Secret__c) FROM Other' LIMIT 1")
    assert reading.objects == {"account"}
    assert not any("secret" in path or "other" in path for path in paths(reading))


def test_taking_all_fields_is_told() -> None:
    assert read_soql("SELECT FIELDS(ALL) FROM Account LIMIT 1").whole == {"account"}
    assert read_soql("SELECT fields ( standard ) FROM Account LIMIT 1").whole == {"account"}


@pytest.mark.parametrize(
    "statement",
    [
        "",
        "SELECT",
        "SELECT Id",
        "SELECT Id FROM",
        "SELECT Id FROM Account, Contact",
        "SELECT Id FROM Account a, a.Contacts c",
        "SELECT Id FROM Account WHERE Name = 'open",
        "SELECT Id FROM Account; SELECT Id FROM Contact",
        "SELECT Id FROM Account /* FROM */",
        "SELECT Id FROM Account) FROM Contact",
        "SELECT (FROM Contact) FROM Account",
        "SELECT Id FROM Account FROM Contact",
        "SELECT TYPEOF What WHEN Account THEN Phone END FROM Event",
        "SELECT (SELECT Id FROM Contacts FROM Account",
        'SELECT Id FROM "Account"',
        "SELECT Id FROM Ac\u0441ount",
        "SELECT Owner.Name FROM Account Owner",
        "SELECT Id FROM Account WHERE Score__c = 1OR Name = null",
        "SELECT Id FROM Opportunity WHERE CloseDate = 2026-11-23OR Name = null",
        "FIND {x}",
        "DELETE FROM Account",
    ],
)
def test_a_query_that_cannot_be_followed_is_refused(statement: str) -> None:
    with pytest.raises(Unreadable):
        read_soql(statement)


names = st.sampled_from(["Id", "Name", "Owner.Name", "Amount__c", "Parent.Parent.Name", "ns__X__r.Y__c"])
literals = st.text(st.characters(exclude_characters="'\\", exclude_categories=["Cs"])).map(lambda text: f"'{text}'")


@given(st.lists(names, min_size=1), st.sampled_from(["Account", "My__c"]), names, literals)
def test_no_literal_hides_what_is_selected(fields: list[str], sobject: str, condition: str, literal: str) -> None:
    reading = read_soql(f"SELECT {', '.join(fields)} FROM {sobject} WHERE {condition} = {literal}")
    assert reading.objects == {sobject.lower()}
    assert {f"{sobject}.{path}".lower() for path in [*fields, condition]} <= paths(reading)


@given(st.text())
def test_reading_any_text_ends_in_a_reading_or_a_refusal(text: str) -> None:
    for read in (read_soql, read_sosl):
        for statement in (text, f"SELECT {text} FROM Account", f"FIND {{x}} RETURNING Account({text})"):
            try:
                assert isinstance(read(statement), Reading)
            except Unreadable:
                continue


def test_objects_and_fields_of_a_search_are_found() -> None:
    reading = read_sosl(
        r"find {a\} RETURNING Lead} in all fields "
        "returning Account(Id, Owner.Name where Rating = 'Hot' limit 3), Contact"
    )
    assert reading.objects == {"account", "contact"}
    assert {"account.id", "account.owner.name", "account.rating"} <= paths(reading)
    assert not reading.everything


def test_a_search_that_names_no_object_goes_over_all() -> None:
    assert read_sosl("FIND {Acme} IN NAME FIELDS LIMIT 5").everything


@pytest.mark.parametrize(
    "statement",
    [
        "FIND Acme RETURNING Account",
        "FIND {a} b} RETURNING Account",
        "FIND {a} RETURNING",
        "FIND {a} RETURNING Account(Id",
        "FIND {a} RETURNING Account Contact",
        "FIND {a} RETURNING Account(Id) WITH SNIPPET(target_length=120)",
        "FIND {a} RETURNING Account(Id)) , Contact(Id",
        "FIND {a} RETURNING Account(Id) LIMIT 5 RETURNING Contact",
    ],
)
def test_a_search_that_cannot_be_followed_is_refused(statement: str) -> None:
    with pytest.raises(Unreadable):
        read_sosl(statement)
