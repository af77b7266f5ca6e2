"""Rules of events: start, end and duration must agree, and the days follow from them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from langchain_sfconnect.localorg.moments import read_stamp, stamp
from langchain_sfconnect.localorg.records import refusals
from langchain_sfconnect.localorg.records.change import Change
from langchain_sfconnect.localorg.records.rules.activity import complete_links

MAX_DURATION = timedelta(days=14)
_TIMES = ("StartDateTime", "ActivityDateTime", "EndDateTime", "DurationInMinutes", "ActivityDate", "IsAllDayEvent")


def complete_event(change: Change) -> None:
    """Derive everything that follows from what was given."""
    complete_links(change)
    if not change.changed(*_TIMES):
        return
    start = _start(change)
    end = _end(change, start)
    if end < start:
        raise refusals.field_integrity("End Date Time: an event cannot end before it starts", ("EndDateTime",))
    if end - start > MAX_DURATION:
        raise refusals.field_integrity("Duration: an event can last 14 days at most", ("DurationInMinutes",))
    _place(change, start, end)


def _start(change: Change) -> datetime:
    row = change.row
    if row["IsAllDayEvent"] and row["ActivityDate"] and not change.given & {"StartDateTime", "ActivityDateTime"}:
        return datetime.combine(date.fromisoformat(row["ActivityDate"]), time(), change.writing.zone)
    by_activity = "ActivityDateTime" in change.given and "StartDateTime" not in change.given
    text = row["ActivityDateTime"] if by_activity else row["StartDateTime"]
    if text is None:
        raise refusals.required_missing(["ActivityDate" if row["IsAllDayEvent"] else "StartDateTime"])
    return read_stamp(text)


def _end(change: Change, start: datetime) -> datetime:
    row, given = change.row, change.given
    minutes, end = row["DurationInMinutes"], row["EndDateTime"]
    if {"DurationInMinutes", "EndDateTime"} <= given and minutes is not None and end is not None:
        if read_stamp(end) - start != timedelta(minutes=minutes):
            text = "Duration: the duration does not agree with the start and the end of the event"
            raise refusals.field_integrity(text, ("DurationInMinutes",))
        return read_stamp(end)
    if "EndDateTime" in given and end is not None:
        return read_stamp(end)
    if minutes is not None:
        return start + timedelta(minutes=minutes)
    if row["IsAllDayEvent"]:
        return start + timedelta(days=1)
    raise refusals.required_missing(["DurationInMinutes"])


def _place(change: Change, start: datetime, end: datetime) -> None:
    zone = change.writing.zone
    change.row |= {
        "StartDateTime": stamp(start),
        "ActivityDateTime": stamp(start),
        "EndDateTime": stamp(end),
        "DurationInMinutes": int((end - start).total_seconds() // 60),
        "ActivityDate": start.astimezone(zone).date().isoformat(),
        "EndDate": end.astimezone(zone).date().isoformat(),
    }
