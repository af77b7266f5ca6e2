"""The status table: what it promises whatever happens to an account."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_sfconnect import AccountStatus
from langchain_sfconnect.accounts.status import TRANSITIONS, Event, next_status
from langchain_sfconnect.errors import InvalidTransition

events = st.lists(st.sampled_from(Event), max_size=30)


def live(happened: list[Event]) -> list[AccountStatus]:
    """The statuses of an account to which these events happen, as far as they can."""
    statuses = [AccountStatus.PENDING_AUTH]
    for event in happened:
        try:
            statuses.append(next_status(statuses[-1], event))
        except InvalidTransition:
            statuses.append(statuses[-1])
    return statuses


@given(events)
def test_an_account_is_active_only_after_its_user_authorized(happened: list[Event]) -> None:
    statuses = live(happened)
    if AccountStatus.ACTIVE in statuses:
        before = happened[: statuses.index(AccountStatus.ACTIVE)]
        assert Event.AUTHORIZED in before or Event.VERIFIED in before


@given(events)
def test_a_revoked_or_disconnected_account_comes_back_only_through_its_user(happened: list[Event]) -> None:
    statuses = live(happened)
    for event, before, after in zip(happened, statuses, statuses[1:], strict=False):
        if before in (AccountStatus.REVOKED, AccountStatus.DISCONNECTED) and after is not before:
            assert event in (Event.AUTHORIZED, Event.ANSWERED, Event.DISCONNECTED)


@given(st.sampled_from(AccountStatus))
def test_every_account_can_be_authorized_and_disconnected(status: AccountStatus) -> None:
    assert next_status(status, Event.AUTHORIZED) is AccountStatus.ACTIVE
    assert next_status(status, Event.DISCONNECTED) is AccountStatus.DISCONNECTED


@given(st.sampled_from(AccountStatus), st.sampled_from(Event))
def test_a_pair_the_table_does_not_list_is_an_error(status: AccountStatus, event: Event) -> None:
    if event in TRANSITIONS[status]:
        assert next_status(status, event) is TRANSITIONS[status][event]
    else:
        with pytest.raises(InvalidTransition, match=f"{status} cannot be {event}"):
            next_status(status, event)


def test_the_table_has_a_row_for_every_status() -> None:
    assert set(TRANSITIONS) == set(AccountStatus)
