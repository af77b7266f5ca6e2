"""The levers: what each path below `/_local/` takes and does. Knows nothing of HTTP but methods and paths."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

from langchain_sfconnect.localorg.administration import Administration
from langchain_sfconnect.localorg.control import PREFIX, bodies, policy, showing
from langchain_sfconnect.localorg.engine import Engine
from langchain_sfconnect.localorg.mishaps import READY

Pull = Callable[[Administration, Any], Any]


@dataclass(frozen=True, slots=True)
class Lever:
    """One thing that can be done.

    Attributes:
        method: The HTTP method.
        name: The path below `/_local/`.
        does: One sentence.
        takes: Its arguments: a JSON object, or the query of a GET or DELETE.
        pull: Does it, and returns what is answered.
    """

    method: Literal["GET", "POST", "PATCH", "DELETE"]
    name: str
    does: str
    takes: type[BaseModel]
    pull: Pull


def _index(org: Administration, _: bodies.Body) -> Any:
    levers = [
        {"method": lever.method, "path": PREFIX + lever.name, "does": lever.does, "takes": _arguments(lever.takes)}
        for lever in LEVERS
    ]
    return {"org": showing.addresses(org), "levers": levers, "ready_faults": list(READY)}


def _arguments(model: type[BaseModel]) -> list[str]:
    return [name if field.is_required() else f"{name}?" for name, field in model.model_fields.items()]


def _policy(org: Administration, wanted: BaseModel) -> Any:
    policy.change(org.policy, wanted)
    return policy.shown(org.policy)


def _reset_policy(org: Administration, _: bodies.Body) -> Any:
    org.policy.reset()
    return policy.shown(org.policy)


def _advance(org: Administration, given: bodies.Advance) -> Any:
    org.clock.advance(given.by)
    return showing.clock(org.clock)


def _freeze(org: Administration, given: bodies.Freeze) -> Any:
    org.clock.freeze(given.at)
    return showing.clock(org.clock)


def _thaw(org: Administration, _: bodies.Body) -> Any:
    org.clock.thaw()
    return showing.clock(org.clock)


def _reset_clock(org: Administration, _: bodies.Body) -> Any:
    org.clock.reset()
    return showing.clock(org.clock)


def _faults(org: Administration, _: bodies.Body) -> Any:
    return [showing.fault(fault) for fault in org.faults]


def _plan(org: Administration, given: bodies.NewFault) -> Any:
    plan = {name: getattr(given, name) for name in type(given).model_fields}
    return showing.fault(org.faults.add(**plan))


def _forget_faults(org: Administration, given: bodies.WhichFault) -> Any:
    if given.number is None:
        org.faults.clear()
    elif not org.faults.remove(given.number):
        raise ValueError(f"There is no fault number {given.number}")
    return _faults(org, given)


def _requests(org: Administration, given: bodies.WhichRequests) -> Any:
    found = org.requests.matching(given.path, method=given.method, user=given.user, status=given.status)
    return [showing.request(entry) for entry in found[-given.last :]]


def _users(org: Administration, _: bodies.Body) -> Any:
    return [showing.user(row) for row in org.users]


def _add_user(org: Administration, given: bodies.NewUser) -> Any:
    return showing.user(org.add_user(**given.model_dump()))


def _activate(org: Administration, given: bodies.User) -> Any:
    org.activate(given.username)


def _deactivate(org: Administration, given: bodies.User) -> Any:
    org.deactivate(given.username)


def _revoke(org: Administration, given: bodies.SomeUser) -> Any:
    org.revoke(given.username)


def _expire_sessions(org: Administration, given: bodies.SomeUser) -> Any:
    org.expire_sessions(given.username)


def _session(org: Administration, given: bodies.SomeUser) -> Any:
    return {"access_token": org.session_token(given.username), "instance_url": org.instance_url}


def _add_app(org: Administration, given: bodies.NewApp) -> Any:
    app = org.add_app(given.name, callbacks=given.callbacks, scopes=given.scopes, public=given.public)
    return {"name": app.name, "client_id": app.key, "client_secret": app.secret, "scopes": app.scopes}


def _allow_callback(org: Administration, given: bodies.NewCallback) -> Any:
    org.allow_callback(given.redirect_uri)


def _rotate_secret(org: Administration, _: bodies.Body) -> Any:
    return {"client_id": org.client_id, "client_secret": org.rotate_secret()}


def _trust_certificate(org: Administration, given: bodies.Certificate) -> Any:
    org.trust_certificate(given.pem)


def _run_as(org: Administration, given: bodies.SomeUser) -> Any:
    org.run_as(given.username)


def _undelete(org: Administration, given: bodies.Record) -> Any:
    org.undelete(given.id, realm=given.realm)


def _empty_recycle_bin(org: Administration, given: bodies.WhichOrg) -> Any:
    org.empty_recycle_bin(realm=given.realm)


def _lock(org: Administration, given: bodies.Record) -> Any:
    _engine(org, given).lock_row(given.id)


def _unlock(org: Administration, given: bodies.Record) -> Any:
    _engine(org, given).unlock_row(given.id)


def _engine(org: Administration, given: bodies.WhichOrg) -> Engine:
    return org.engine if given.realm == "production" else org.sandbox_engine


def _clear_requests(org: Administration, _: bodies.Body) -> Any:
    org.requests.clear()


def _reset(org: Administration, _: bodies.Body) -> Any:
    org.reset()


LEVERS = (
    Lever("GET", "", "Say where the orgs are and list these levers.", bodies.Body, _index),
    Lever("GET", "policy", "Show the policy.", bodies.Body, lambda org, _: policy.shown(org.policy)),
    Lever("PATCH", "policy", "Set switches of the policy.", policy.change_model(), _policy),
    Lever("DELETE", "policy", "Set all switches back.", bodies.Body, _reset_policy),
    Lever("GET", "clock", "Show the time.", bodies.Body, lambda org, _: showing.clock(org.clock)),
    Lever("DELETE", "clock", "Show the machine's time again.", bodies.Body, _reset_clock),
    Lever("POST", "clock/advance", "Move the time.", bodies.Advance, _advance),
    Lever("POST", "clock/freeze", "Stop the clock.", bodies.Freeze, _freeze),
    Lever("POST", "clock/thaw", "Let the clock run on.", bodies.Body, _thaw),
    Lever("GET", "faults", "List the planned faults.", bodies.Body, _faults),
    Lever("POST", "faults", "Plan a fault.", bodies.NewFault, _plan),
    Lever("DELETE", "faults", "Forget one fault, or all.", bodies.WhichFault, _forget_faults),
    Lever("GET", "requests", "List the last requests.", bodies.WhichRequests, _requests),
    Lever("DELETE", "requests", "Forget the requests.", bodies.Body, _clear_requests),
    Lever("GET", "users", "List the users.", bodies.Body, _users),
    Lever("POST", "users", "Add a user.", bodies.NewUser, _add_user),
    Lever("POST", "users/activate", "Let a user in again.", bodies.User, _activate),
    Lever("POST", "users/deactivate", "Keep a user out.", bodies.User, _deactivate),
    Lever("POST", "revoke", "End a user's grants and sessions.", bodies.SomeUser, _revoke),
    Lever("POST", "expire-sessions", "End a user's sessions, or everybody's.", bodies.SomeUser, _expire_sessions),
    Lever("POST", "sessions", "Start a session without any consent.", bodies.SomeUser, _session),
    Lever("POST", "apps", "Install a further app.", bodies.NewApp, _add_app),
    Lever("POST", "callbacks", "Register a callback of the default app.", bodies.NewCallback, _allow_callback),
    Lever("POST", "rotate-secret", "Give the default app a new secret.", bodies.Body, _rotate_secret),
    Lever("POST", "trust-certificate", "Let the default app sign JWTs.", bodies.Certificate, _trust_certificate),
    Lever("POST", "run-as", "Let client credentials act as a user, or as nobody.", bodies.SomeUser, _run_as),
    Lever("POST", "undelete", "Take a record out of the recycle bin.", bodies.Record, _undelete),
    Lever("POST", "empty-recycle-bin", "Delete for good what is in the bin.", bodies.WhichOrg, _empty_recycle_bin),
    Lever("POST", "lock", "Lock a record against writes.", bodies.Record, _lock),
    Lever("POST", "unlock", "Unlock a record.", bodies.Record, _unlock),
    Lever("POST", "reset", "Go back to the start, in every respect.", bodies.Body, _reset),
)
