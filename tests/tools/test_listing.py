from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_sfconnect.tools.ids import normalized
from langchain_sfconnect.tools.listing import decode_place, encode_place

LISTS = [("salesforce_accounts_list", "Account"), ("salesforce_opportunities_list", "Opportunity")]
moments = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)).map(
    lambda moment: moment.replace(tzinfo=UTC, microsecond=moment.microsecond // 1000 * 1000)
)
record_ids = st.from_regex(r"001[A-Za-z0-9]{12}", fullmatch=True).map(normalized)


@pytest.mark.parametrize(("tool", "sobject"), LISTS)
def test_a_page_is_one_query_newest_first(caller: Any, tool: str, sobject: str) -> None:
    soql = caller.sent(tool).params["q"]
    assert re.fullmatch(rf"SELECT Id, .*CreatedDate FROM {sobject} ORDER BY CreatedDate DESC, Id DESC LIMIT 21", soql)


def test_the_cursor_continues_after_the_last_record_shown(
    caller: Any, org: Any, records: Any, answer_rows: Any
) -> None:
    page = [
        records(record_id=normalized(f"00100000000000{n}"), CreatedDate=f"2026-11-0{n}T10:00:00.000+0000")
        for n in (3, 2, 1)
    ]
    org.answers["/query"] = answer_rows(*page)
    first = caller.content("salesforce_accounts_list", limit=2)
    assert [record["Id"] for record in first["records"]] == [page[0]["Id"], page[1]["Id"]]
    soql = caller.sent("salesforce_accounts_list", limit=2, cursor=first["cursor"]).params["q"]
    after = (
        f"CreatedDate < 2026-11-02T10:00:00.000Z OR (CreatedDate = 2026-11-02T10:00:00.000Z AND Id < '{page[1]['Id']}')"
    )
    assert f"FROM Account WHERE {after} ORDER BY" in soql


def test_the_last_page_has_no_cursor(caller: Any) -> None:
    message = caller.message("salesforce_accounts_list", limit=1)
    assert "cursor" not in message.content
    assert message.artifact["cursor"] is None


@given(moments, record_ids)
def test_a_cursor_names_the_place_it_was_made_for(moment: datetime, record_id: str) -> None:
    created = moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}+0000"
    cursor = encode_place(created, record_id)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", cursor)
    assert decode_place(cursor) == (moment, record_id)


def test_the_time_zone_of_a_created_date_does_not_matter() -> None:
    record_id = normalized("001000000000001")
    cursor = encode_place("2026-11-01T12:00:00.000+0200", record_id)
    assert decode_place(cursor)[0] == datetime(2026, 11, 1, 10, tzinfo=UTC)
    assert decode_place(cursor)[0].utcoffset() == timedelta(0)


@given(st.text() | st.from_regex(r"[A-Za-z0-9_-]{20,80}", fullmatch=True))
def test_no_other_text_is_a_cursor(text: str) -> None:
    with pytest.raises(ValueError, match="is not a cursor"):
        decode_place(text)


@pytest.mark.parametrize("limit", [0, 201, -1, "many"])
def test_the_limit_has_bounds(caller: Any, org: Any, limit: Any) -> None:
    assert caller.error("salesforce_accounts_list", limit=limit)["fields"] == ["limit"]
    assert org.sent == []


def test_a_limit_of_null_is_the_usual_one(caller: Any) -> None:
    assert caller.sent("salesforce_accounts_list", limit=None).params["q"].endswith("LIMIT 21")
