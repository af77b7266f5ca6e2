"""What the case files cannot tell of searches: shapes, bounds, changing records, and who may see what."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langchain_sfconnect.localorg.engine import Engine
from langchain_sfconnect.localorg.errors import OrgError


def names(session, sosl):
    return [record.get("Name") or record["Id"][:3] for record in session.search(sosl)["searchRecords"]]


def outcome(call, argument):
    try:
        return call(argument)
    except OrgError as error:
        return error


@pytest.fixture
def undone(session):
    """Undoes what a test writes."""
    with session.transaction() as transaction:
        yield
        transaction.rollback()


@pytest.fixture(scope="module")
def crowd():
    """A session on 2,050 accounts and 300 contacts with one word in common."""
    engine = Engine(seed=False)
    session = engine.session(engine.users()[0]["Id"])
    with session.transaction():
        for number in range(2050):
            session.create("Account", {"Name": f"Crowd {number}", "Industry": "Retail"})
        for number in range(300):
            session.create("Contact", {"LastName": f"Crowd {number}"})
    yield session
    engine.close()


BLIND = {
    "profiles": {"Without Mail": {"objects": {"Contact": {"fields": {"Email": "none"}}, "Lead": {"read": False}}}},
    "users": [{"username": "blind@localorg.example", "last_name": "Blind", "profile": "Without Mail"}],
}


@pytest.fixture(scope="module")
def both():
    """Two sessions on the same records: one sees everything, one neither Contact.Email nor leads."""
    engine = Engine(seed=False, schema=BLIND)
    seeing = engine.session(engine.users()[0]["Id"])
    seeing.create("Contact", {"LastName": "Open", "Email": "hidden@secret.example"})
    seeing.create("Lead", {"LastName": "Veiled", "Company": "Curtains"})
    blind = engine.user_by_username("blind@localorg.example")
    yield seeing, engine.session(blind["Id"])
    engine.close()


class TestShapes:
    def test_a_record_carries_its_attributes_first_and_its_parents_inside(self, session):
        (record,) = session.search("FIND {wong} RETURNING Contact(email, lastname, Account.Name)")["searchRecords"]
        assert list(record) == ["attributes", "Email", "LastName", "Account"]
        assert record["attributes"]["type"] == "Contact"
        assert record["Account"]["attributes"]["type"] == "Account"

    def test_labels_come_beside_the_records_for_each_object_asked_for(self, session):
        answer = session.search("FIND {renewal} RETURNING Opportunity(Name), Account WITH METADATA = 'LABELS'")
        assert list(answer) == ["searchRecords", "metadata"]
        opportunity, account = answer["metadata"]["entityetadata"]
        assert opportunity == {"entityName": "Opportunity", "fieldMetadata": [{"name": "Name", "label": "Name"}]}
        assert account["entityName"] == "Account"

    def test_highlights_have_their_field_s_name(self, session):
        (record,) = session.search("FIND {acorn} RETURNING Account(Name) WITH HIGHLIGHT")["searchRecords"]
        assert record["highlight.Name"] == "<mark>Acorn</mark> Supplies"


class TestTheIndex:
    def test_follows_each_write_at_once(self, session, undone):
        lead_id = session.create("Lead", {"LastName": "Zephyr", "Company": "Windmill"})
        assert len(names(session, "FIND {zephyr}")) == 1
        session.update("Lead", lead_id, {"LastName": "Mistral"})
        assert names(session, "FIND {zephyr}") == []
        assert names(session, "FIND {mistral} RETURNING Lead(Name)") == ["Mistral"]
        session.delete("Lead", lead_id)
        assert names(session, "FIND {mistral}") == []

    def test_follows_a_transaction_that_is_rolled_back(self, session):
        with session.transaction() as transaction:
            session.create("Lead", {"LastName": "Sirocco", "Company": "Dunes"})
            transaction.rollback()
        assert names(session, "FIND {sirocco OR dunes}") == []

    def test_finds_a_contact_by_the_name_that_its_account_has_now(self, session, undone):
        account = session.create("Account", {"Name": "Harmattan"})
        session.create("Contact", {"LastName": "Sand", "AccountId": account})
        assert names(session, "FIND {harmattan} RETURNING Contact(Name)") == ["Sand"]
        session.update("Account", account, {"Name": "Levante"})
        assert names(session, "FIND {harmattan} RETURNING Contact(Name)") == []
        assert names(session, "FIND {levante} RETURNING Contact(Name)") == ["Sand"]


class TestProducts:
    def test_are_those_of_a_price_book_where_one_is_named(self, session, undone):
        (standard,) = session.query("SELECT Id FROM Pricebook2 WHERE IsStandard = true")["records"]
        priced = session.create("Product2", {"Name": "Anemometer Mark I", "IsActive": True})
        session.create("Product2", {"Name": "Anemometer Mark II", "IsActive": True})
        entry = {"Pricebook2Id": standard["Id"], "Product2Id": priced, "UnitPrice": 10, "IsActive": True}
        session.create("PricebookEntry", entry)
        search = "FIND {anemometer} RETURNING Product2(Name ORDER BY Name)"
        assert names(session, search) == ["Anemometer Mark I", "Anemometer Mark II"]
        assert names(session, f"{search} WITH PricebookId = '{standard['Id']}'") == ["Anemometer Mark I"]
        assert outcome(session.search, f"{search} WITH PricebookId = 'x'").code == "MALFORMED_SEARCH"


class TestBounds:
    @pytest.mark.parametrize(
        ("returning", "count"),
        [
            ("Account(Name)", 250),
            ("Account", 250),
            ("Account(Name WHERE Industry = 'Retail')", 2000),
            ("Account(Name ORDER BY Name)", 2000),
            ("Account(Name LIMIT 300)", 300),
            ("Account(Name WHERE Industry = 'Retail' OFFSET 2000)", 50),
            ("Account(Name), Contact(Name)", 500),
            ("Account(Name ORDER BY Name), Contact(Name)", 500),
            ("Account(Name LIMIT 1900), Contact(Name)", 2000),
        ],
    )
    def test_of_one_object_and_of_the_whole(self, crowd, returning, count):
        assert len(crowd.search(f"FIND {{crowd}} RETURNING {returning}")["searchRecords"]) == count

    def test_are_shared_among_many_objects(self, crowd):
        others = ", ".join(["Lead", "Opportunity", "Case", "Task", "Event", "Campaign", "User", "Contact"])
        found = crowd.search(f"FIND {{crowd}} RETURNING Account, {others}")["searchRecords"]
        assert len(found) == 2 * (2000 // 9)

    def test_of_highlights_are_25_records_of_an_object(self, crowd):
        found = crowd.search("FIND {crowd} RETURNING Account(Name), Contact(Name) WITH HIGHLIGHT")["searchRecords"]
        assert sum("highlight.Name" in record for record in found) == 50

    def test_of_a_term_with_operators_are_4000_characters(self, session):
        padding = "acme " * 800
        assert names(session, f"FIND {{{padding}OR arzte}} RETURNING Account(Name)") == []
        assert names(session, "FIND {acme OR arzte} RETURNING Account(Name ORDER BY Name)") == [
            "Acme Rockets",
            "Ärzte GmbH",
        ]

    def test_of_any_term_are_10000_characters(self, session):
        assert names(session, f"FIND {{{'acme ' * 1999}}} RETURNING Account(Name)") == ["Acme Rockets"]
        assert names(session, f"FIND {{{'acme ' * 2001}}} RETURNING Account(Name)") == []


class TestWhoMaySeeWhat:
    """A schema that hides things is what a session of a user with fewer permissions works with."""

    @pytest.mark.parametrize("term", ["secret", "secr*", "hid?en", '"secret example"'])
    def test_a_hidden_field_s_words_find_nothing(self, both, term):
        seeing, blind = both
        assert names(seeing, f"FIND {{{term}}} RETURNING Contact(Name)") == ["Open"]
        assert names(blind, f"FIND {{{term}}} RETURNING Contact(Name)") == []
        assert names(blind, f"FIND {{{term}}} IN EMAIL FIELDS") == []
        assert names(blind, "FIND {open} RETURNING Contact(Name)") == ["Open"]

    def test_a_hidden_object_is_not_searched_and_does_not_exist(self, both):
        seeing, blind = both
        assert names(seeing, "FIND {veiled}") == ["00Q"]
        assert names(blind, "FIND {veiled}") == []
        assert outcome(blind.search, "FIND {veiled} RETURNING Lead").code == "INVALID_TYPE"

    def test_a_hidden_field_cannot_be_returned(self, both):
        assert outcome(both[1].search, "FIND {open} RETURNING Contact(Email)").code == "INVALID_FIELD"


PIECES = st.sampled_from(
    re.findall(
        r"\S+",
        """FIND { } {acme} {ac*} {a?me} {"acme rockets"} {acme AND (x OR y)} IN NAME EMAIL ALL FIELDS RETURNING Account
    Account(Name) Contact(Id, Email WHERE Name LIKE 'x%' ORDER BY Name LIMIT 5) ( ) , LIMIT OFFSET 5 0 WITH
    METADATA='LABELS' HIGHLIGHT SNIPPET(target_length=5) DATA CATEGORY NETWORK IN ('x') * ? " ' \\ AND OR NOT \\- -
    ORDER BY WHERE USING ListView=x ListView=Recent toLabel(Industry) FORMAT(Amount) x""",
    )
)
ANY_TEXT = st.text(st.characters(codec=None), max_size=40)
fuzzed = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def answered_or_refused(call, argument):
    result = outcome(call, argument)
    if isinstance(result, OrgError):
        assert 400 <= result.status < 500
        result = result.body()
    assert json.dumps(result)


class TestAnything:
    @given(st.lists(PIECES | ANY_TEXT, max_size=15))
    @fuzzed
    def test_as_a_statement_is_answered_or_refused(self, session, words):
        answered_or_refused(session.search, " ".join(words))

    @given(ANY_TEXT | st.lists(PIECES, max_size=10).map(" ".join))
    @fuzzed
    def test_as_a_term_is_answered_or_refused(self, session, term):
        answered_or_refused(session.search, f"FIND {{{term}}} RETURNING Account(Name), Contact WITH HIGHLIGHT")

    @given(st.text(min_size=2, max_size=30))
    @fuzzed
    def test_escaped_is_found_as_the_words_it_has(self, session, text):
        escaped = "".join(f"\\{char}" if char in "?&|![]{}()^~*:\\\"'+-" else char for char in text)
        answer = outcome(session.search, f"FIND {{{escaped}}} RETURNING Account(Name) WITH HIGHLIGHT")
        assert isinstance(answer, dict) or answer.code == "MALFORMED_SEARCH"
        assert not isinstance(answer, OrgError) or "mismatched character" not in answer.message

    @pytest.mark.parametrize(
        "term",
        [
            "x" * 12_000,
            "acme " * 1000,
            "(" * 500 + "acme" + ")" * 500,
            "acme NOT " * 300 + "x",
            "acme AND NOT " * 40 + "x",
            "*" * 50 + "ab",
            "a*" * 400,
            "a*b? " * 700,
            "acme OR " * 480 + "x",
            "(acme OR (rockets AND " * 45 + "x" + "))" * 45,
        ],
    )
    def test_made_to_exhaust_is_answered_or_refused(self, session, term):
        answered_or_refused(session.search, f"FIND {{{term}}} RETURNING Account(Name)")
