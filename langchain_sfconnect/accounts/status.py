"""The life of a connected account as one table. Everything that changes a status asks here; nothing else is known here.

A pair of status and event that the table does not list is a programming error, not a state.
"""

from __future__ import annotations

from enum import StrEnum

from langchain_sfconnect.errors import InvalidTransition


class AccountStatus(StrEnum):
    """Where a connected account stands."""

    PENDING_AUTH = "PENDING_AUTH"
    """Its user has not authorized yet."""
    PENDING_VERIFICATION = "PENDING_VERIFICATION"
    """Authorized at a hosted callback; who did it is still to be verified."""
    ACTIVE = "ACTIVE"
    """It can be used."""
    EXPIRED = "EXPIRED"
    """The grant can no longer be renewed: no refresh token, or a rotated one was lost."""
    REVOKED = "REVOKED"
    """Salesforce says that the grant or the user is gone."""
    DISCONNECTED = "DISCONNECTED"
    """We ended it."""


class Event(StrEnum):
    """What can happen to a connected account."""

    AUTHORIZED = "authorized"
    ANSWERED = "answered"
    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    REFRESHED = "refreshed"
    LOST = "lost"
    REVOKED = "revoked"
    DISCONNECTED = "disconnected"


_S, _E = AccountStatus, Event

TRANSITIONS: dict[AccountStatus, dict[Event, AccountStatus]] = {
    _S.PENDING_AUTH: {
        _E.AUTHORIZED: _S.ACTIVE,
        _E.ANSWERED: _S.PENDING_VERIFICATION,
        _E.DISCONNECTED: _S.DISCONNECTED,
    },
    _S.PENDING_VERIFICATION: {
        _E.AUTHORIZED: _S.ACTIVE,
        _E.ANSWERED: _S.PENDING_VERIFICATION,
        _E.VERIFIED: _S.ACTIVE,
        _E.UNVERIFIED: _S.PENDING_AUTH,
        _E.DISCONNECTED: _S.DISCONNECTED,
    },
    _S.ACTIVE: {
        _E.AUTHORIZED: _S.ACTIVE,
        _E.ANSWERED: _S.ACTIVE,  # a working grant keeps working until the new one is verified
        _E.VERIFIED: _S.ACTIVE,
        _E.REFRESHED: _S.ACTIVE,
        _E.LOST: _S.EXPIRED,
        _E.REVOKED: _S.REVOKED,
        _E.DISCONNECTED: _S.DISCONNECTED,
    },
    _S.EXPIRED: {
        _E.AUTHORIZED: _S.ACTIVE,
        _E.ANSWERED: _S.PENDING_VERIFICATION,
        _E.REFRESHED: _S.ACTIVE,  # the answer that was thought lost arrived after all
        _E.REVOKED: _S.REVOKED,
        _E.DISCONNECTED: _S.DISCONNECTED,
    },
    _S.REVOKED: {
        _E.AUTHORIZED: _S.ACTIVE,
        _E.ANSWERED: _S.PENDING_VERIFICATION,
        _E.DISCONNECTED: _S.DISCONNECTED,
    },
    _S.DISCONNECTED: {
        _E.AUTHORIZED: _S.ACTIVE,
        _E.ANSWERED: _S.PENDING_VERIFICATION,
        _E.DISCONNECTED: _S.DISCONNECTED,
    },
}


def next_status(status: AccountStatus, event: Event) -> AccountStatus:
    """The status after an event.

    Raises:
        InvalidTransition: The table does not list this pair.
    """
    try:
        return TRANSITIONS[status][event]
    except KeyError:
        raise InvalidTransition(f"An account that is {status} cannot be {event}.") from None
