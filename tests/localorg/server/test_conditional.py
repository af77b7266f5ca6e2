"""Conditional requests: nothing is sent to who has it, nothing is overwritten by who has not seen the latest."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import pytest


@pytest.fixture
def account_id(rest):
    return rest.post("/sobjects/Account", json={"Name": "Conditional"}).json()["id"]


@pytest.mark.parametrize("path", ["/sobjects", "/sobjects/Account/describe"])
def test_a_describe_that_has_not_changed_is_not_sent_again(rest, path):
    since = rest.get(path).headers["last-modified"]
    again = rest.get(path, headers={"If-Modified-Since": since})
    assert (again.status_code, again.content) == (304, b"")
    assert rest.get(path, headers={"If-Modified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"}).status_code == 200
    assert rest.get(path, headers={"If-Modified-Since": "whenever"}).status_code == 200


def test_a_record_is_sent_again_once_it_has_changed(org, rest, account_id):
    url, since = f"/sobjects/Account/{account_id}", format_datetime(org.clock.now(), usegmt=True)
    assert rest.get(url, headers={"If-Modified-Since": since}).status_code == 304
    org.clock.advance(timedelta(seconds=5))
    rest.patch(url, json={"Name": "Changed"})
    assert rest.get(url, headers={"If-Modified-Since": since}).json()["Name"] == "Changed"


def test_a_write_by_who_knows_an_older_record_is_refused(org, rest, account_id):
    url, since = f"/sobjects/Account/{account_id}", format_datetime(org.clock.now(), usegmt=True)
    assert rest.patch(url, json={"Name": "Mine"}, headers={"If-Unmodified-Since": since}).status_code == 204
    org.clock.advance(timedelta(seconds=5))
    rest.patch(url, json={"Name": "Theirs"})
    for refused in (
        rest.patch(url, json={"Name": "Lost"}, headers={"If-Unmodified-Since": since}),
        rest.delete(url, headers={"If-Unmodified-Since": since}),
    ):
        assert (refused.status_code, refused.json()[0]["errorCode"]) == (412, "PRECONDITION_FAILED")
    assert rest.get(url).json()["Name"] == "Theirs"


def test_an_account_has_a_tag_that_changes_with_it_even_within_a_second(org, rest, account_id):
    url = f"/sobjects/Account/{account_id}"
    tag = rest.get(url).headers["etag"]
    assert rest.get(url, headers={"If-None-Match": f'"other", {tag}'}).status_code == 304
    assert rest.patch(url, json={"Name": "First"}, headers={"If-Match": tag}).status_code == 204
    assert rest.patch(url, json={"Name": "Second"}, headers={"If-Match": tag}).status_code == 412
    assert rest.get(url, headers={"If-None-Match": tag}).json()["Name"] == "First"


def test_other_objects_have_no_tag(rest):
    contact = rest.post("/sobjects/Contact", json={"LastName": "Untagged"}).json()["id"]
    assert "etag" not in rest.get(f"/sobjects/Contact/{contact}").headers
    assert rest.patch(f"/sobjects/Contact/{contact}", json={}, headers={"If-Match": '"x"'}).status_code == 204


def test_a_subrequest_may_be_conditional(rest, account_id):
    sub = {
        "method": "GET",
        "url": f"/services/data/v66.0/sobjects/Account/{account_id}",
        "referenceId": "a",
        "httpHeaders": {"If-None-Match": rest.get(f"/sobjects/Account/{account_id}").headers["etag"]},
    }
    answer = rest.post("/composite", json={"allOrNone": True, "compositeRequest": [sub]}).json()
    assert answer["compositeResponse"][0]["httpStatusCode"] == 304
