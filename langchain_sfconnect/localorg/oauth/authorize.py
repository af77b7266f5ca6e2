"""The consent page: checks an authorization request, lets a user allow or deny it, sends the answer to the callback."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from langchain_sfconnect.localorg.oauth.apps import SCOPE_LABELS, ClientApp
from langchain_sfconnect.localorg.oauth.desk import Wish
from langchain_sfconnect.localorg.oauth.forms import Parameters, parameters, realm_of
from langchain_sfconnect.localorg.oauth.grants import Consent
from langchain_sfconnect.localorg.pages import page
from langchain_sfconnect.localorg.realm import Realm

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
DENIED = ("access_denied", "end-user denied authorization")


class NotForTheCallback(Exception):
    """A request whose client or redirect URI is wrong: shown to the user, never sent to any callback."""

    def __init__(self, error: str, explanation: str) -> None:
        super().__init__(error)
        self.error = error
        self.explanation = explanation


async def authorize(request: Request) -> Response:
    """`/services/oauth2/authorize`: the consent page, or an error where it belongs."""
    realm, given = realm_of(request), await parameters(request)
    try:
        wish = _addressed(realm.site.app, given)
    except NotForTheCallback as wrong:
        return page("refused.html", status=400, error=wrong.error, explanation=wrong.explanation)
    problem = _problem(realm, given)
    if problem:
        return _answer(wish, error=problem[0], error_description=problem[1])
    return page(
        "consent.html",
        app_name=realm.site.app.name,
        realm=realm.name,
        scopes=[SCOPE_LABELS[scope] for scope in wish.scopes],
        users=realm.active_users(),
        chosen=wish.login_hint or realm.default_user()["Username"],
        request_id=realm.desk.put(wish),
    )


async def decide(request: Request) -> Response:
    """What the consent page's buttons post to."""
    realm, form = realm_of(request), await parameters(request)
    user = realm.engine.user_by_username(form.get("username", ""))
    if form.get("decision") == "allow" and user is None:
        return page("refused.html", status=400, error="unknown user", explanation="Choose one of the users shown.")
    wish = realm.desk.take(form.get("request_id", ""))
    if wish is None:
        explanation = "This page was answered before, or is too old. Start again from the application."
        return page("refused.html", status=400, error="request expired", explanation=explanation)
    if user is None or form.get("decision") != "allow":
        return _answer(wish, error=DENIED[0], error_description=DENIED[1])
    if not user["IsActive"]:
        return _answer(wish, error="inactive_user", error_description="user is inactive")
    return _answer(wish, code=realm.grants.issue_code(_consent(wish, user["Id"], user["Username"])))


async def callback(_: Request) -> Response:
    """Where browsers end that authorize without an application of their own; the code is not printed."""
    return page("callback.html")


def _addressed(app: ClientApp, given: Parameters) -> Wish:
    """The wish as stated; its client and redirect URI are checked, the rest is not."""
    if given.get("client_id") != app.key:
        raise NotForTheCallback("invalid_client_id", "client identifier invalid")
    redirect_uri = given.get("redirect_uri")
    if not redirect_uri:
        raise NotForTheCallback("redirect_uri_missing", "redirect_uri not provided")
    if redirect_uri not in app.callbacks:
        raise NotForTheCallback("redirect_uri_mismatch", "redirect_uri must match configuration")
    return Wish(
        client_id=app.key,
        redirect_uri=redirect_uri,
        scopes=app.narrowed(given.get("scope")) or (),
        state=given.get("state"),
        challenge=given.get("code_challenge"),
        nonce=given.get("nonce"),
        login_hint=given.get("login_hint"),
    )


def _problem(realm: Realm, given: Parameters) -> tuple[str, str] | None:
    """What is wrong with an addressed request, as error and description."""
    policy, challenge = realm.site.policy, given.get("code_challenge")
    if given.get("response_type") != "code":
        return "unsupported_response_type", "response type not supported"
    if policy.blocked_app:
        return "app_blocked", "this app is blocked by admin"
    if realm.site.app.narrowed(given.get("scope")) is None:
        return "invalid_scope", "the requested scope is not allowed"
    if challenge is None and policy.pkce_required:
        return "invalid_request", "missing required code challenge"
    if challenge is not None and not _is_s256(challenge, given.get("code_challenge_method")):
        return "invalid_request", "invalid code challenge"
    if given.get("immediate") == "true" or given.get("prompt") == "none":
        return "immediate_unsuccessful", "end-user interaction required"
    return None


def _is_s256(challenge: str, method: str | None) -> bool:
    return method in (None, "S256") and _CHALLENGE.fullmatch(challenge) is not None


def _consent(wish: Wish, user_id: str, username: str) -> Consent:
    return Consent(
        client_id=wish.client_id,
        redirect_uri=wish.redirect_uri,
        scopes=wish.scopes,
        user_id=user_id,
        username=username,
        challenge=wish.challenge,
        nonce=wish.nonce,
    )


def _answer(wish: Wish, **outcome: str) -> Response:
    """The redirect to the callback; `state` goes back unchanged."""
    if wish.state is not None:
        outcome["state"] = wish.state
    joint = "&" if "?" in wish.redirect_uri else "?"
    return RedirectResponse(f"{wish.redirect_uri}{joint}{urlencode(outcome)}", status_code=302)
