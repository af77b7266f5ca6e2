"""How answers are written and bodies read: XML, indentation, compression, suffixes, lengths."""

from __future__ import annotations

import gzip
from xml.etree.ElementTree import fromstring

import pytest

from langchain_sfconnect.localorg.rest import bodies

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def account_id(rest):
    return rest.post("/sobjects/Account", json={"Name": "A & B <c>"}).json()["id"]


@pytest.mark.parametrize(
    ("suffix", "accept"),
    [
        (".xml", "*/*"),
        ("", "application/xml"),
        ("", "text/html,application/xml;q=0.9,*/*;q=0.8"),
        (".xml", "application/json"),
    ],
)
def test_a_record_as_xml_is_named_for_its_type(rest, account_id, suffix, accept):
    answer = rest.get(f"/sobjects/Account/{account_id}{suffix}", headers={"Accept": accept})
    assert answer.headers["content-type"] == "application/xml;charset=UTF-8"
    record = fromstring(answer.content)
    assert (record.tag, record.get("type"), record.findtext("Name")) == ("Account", "Account", "A & B <c>")
    nothing = record.find("Industry")
    assert nothing is not None
    assert nothing.get("{http://www.w3.org/2001/XMLSchema-instance}nil") == "true"


def test_a_query_a_result_and_the_versions_as_xml(rest, org):
    xml = {"Accept": "application/xml"}
    found = fromstring(rest.get("/query", params={"q": "SELECT Id, Name FROM Account LIMIT 2"}, headers=xml).content)
    assert (found.tag, found.findtext("totalSize"), len(found.findall("records/Id"))) == ("QueryResult", "2", 2)
    made = fromstring(rest.post("/sobjects/Account", json={"Name": "x"}, headers=xml).content)
    assert (made.tag, made.findtext("success")) == ("Result", "true")
    versions = fromstring(rest.get(f"{org.instance_url}/services/data/", headers=xml).content)
    assert versions.findall("Version/version")[-1].text == "68.0"


@pytest.mark.parametrize("path", ["/nowhere.xml", "/sobjects/Account/nonsense.xml", "/query.xml"])
def test_an_error_as_xml(rest, path):
    answer = rest.get(path)
    errors = fromstring(answer.content)
    assert (errors.tag, [error.tag for error in errors]) == ("Errors", ["Error"])
    assert errors.findtext("Error/errorCode")
    assert errors.findtext("Error/message")


def test_a_json_suffix_changes_nothing(rest, account_id):
    assert (
        rest.get(f"/sobjects/Account/{account_id}.json", headers={"Accept": "application/xml"}).json()["Id"]
        == account_id
    )


@pytest.mark.parametrize(
    ("accepted", "compressed"), [("gzip", True), ("br, gzip;q=0.1", True), ("gzip;q=0", False), ("", False)]
)
def test_answers_of_some_size_are_compressed_when_asked(rest, accepted, compressed):
    answer = rest.get("/sobjects/Account/describe", headers={"Accept-Encoding": accepted})
    assert ("content-encoding" in answer.headers) is compressed
    assert answer.json()["name"] == "Account"
    assert "content-encoding" not in rest.get("/nowhere", headers={"Accept-Encoding": accepted}).headers


def test_a_compressed_body_is_read(org, rest):
    body = gzip.compress(b'{"Name": "Squeezed"}')
    answer = rest.post("/sobjects/Account", content=body, headers={**JSON, "Content-Encoding": "gzip"})
    assert answer.status_code == 201
    assert len(org.query("SELECT Id FROM Account WHERE Name = 'Squeezed'")) == 1


@pytest.mark.parametrize(("content", "encoding", "status"), [(b"{}", "gzip", 400), (b"{}", "br", 415)])
def test_a_body_that_is_not_compressed_as_it_says_is_refused(rest, content, encoding, status):
    answer = rest.post("/sobjects/Account", content=content, headers={**JSON, "Content-Encoding": encoding})
    assert answer.status_code == status
    assert answer.json()[0]["errorCode"]


@pytest.mark.parametrize("content", [b"[" * 1_001, gzip.compress(b"[" * 1_000_000)])
def test_an_enormous_body_is_refused_even_if_it_is_only_enormous_once_unpacked(rest, monkeypatch, content):
    monkeypatch.setattr(bodies, "MOST_BODY", 1_000)
    encoding = {"Content-Encoding": "gzip"} if content.startswith(b"\x1f") else {}
    answer = rest.post("/sobjects/Account", content=content, headers={**JSON, **encoding})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (413, "REQUEST_ENTITY_TOO_LARGE")


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("", 415),
        ("text/plain", 415),
        ("application/xml", 415),
        ("application/json; charset=klingon", 415),
        ("application/json;charset=UTF-8", 201),
        ("APPLICATION/JSON", 201),
    ],
)
def test_a_body_must_say_that_it_is_json(rest, content_type, status):
    headers = {"Content-Type": content_type} if content_type else {}
    assert rest.post("/sobjects/Account", content=b'{"Name": "x"}', headers=headers).status_code == status


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            '{"Name"j1}',
            "Unexpected character ('j' (code 106)): was expecting a colon to separate field name and value at [",
        ),
        ('{Name: "x"}', "Unexpected character ('N' (code 78)): was expecting double-quote to start field name at ["),
        ('{"Name": x}', "Unexpected character ('x' (code 120)): expected a valid value"),
        ('{"Name": "x"', "Unexpected end-of-input: expected close marker for OBJECT at [line:1, column:12]"),
        ('{"Name": "x\ny"}', "Illegal unquoted character ((CTRL-CHAR, code 10))"),
        ('{"Name": "\\q"}', "Unrecognized character escape 'q' (code 113)"),
        ("{\n\n x}", "at [line:3, column:2]"),
    ],
)
def test_what_is_wrong_with_a_json_text_is_said_as_salesforces_parser_says_it(rest, text, words):
    answer = rest.post("/sobjects/Account", content=text.encode(), headers=JSON)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")
    assert words in answer.json()[0]["message"]


@pytest.mark.parametrize("content", [b"", b"   ", b"\n"])
def test_an_empty_body_is_said_to_be_missing(rest, content):
    answer = rest.post("/sobjects/Account", content=content, headers=JSON)
    assert answer.json()[0]["message"] == "The HTTP entity body is required, but this request has no entity body."


def test_uri_and_headers_have_a_greatest_length_together(rest):
    assert rest.get("/limits", headers={"X-Long": "x" * 15_000}).status_code == 200
    refused = rest.get("/limits", headers={"X-Long": "x" * 16_384})
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (431, "REQUEST_HEADER_FIELDS_TOO_LARGE")
    assert rest.get("/limits", params={"q": "x" * 16_384}).status_code == 414
