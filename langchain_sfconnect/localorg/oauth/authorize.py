"""The authorization endpoint: checks what an app asks for, and tells mistakes to whom they concern."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response

from langchain_sfconnect.localorg.oauth import clients, consent, refusals
from langchain_sfconnect.localorg.oauth.apps import ClientApp
from langchain_sfconnect.localorg.oauth.desk import Wish
from langchain_sfconnect.localorg.oauth.forms import Parameters, parameters, realm_of
from langchain_sfconnect.localorg.policy import Policy

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_PROMPTS = frozenset(("login", "consent", "select_account"))


async def authorize(request: Request) -> Response:
    """`/services/oauth2/authorize`: the login or consent page, or an error where it belongs."""
    realm, given = realm_of(request), await parameters(request)
    try:
        if request.method == "POST":
            raise refusals.must_use("GET")
        app = clients.known_app(realm, given.get("client_id"))
        wish = _addressed(app, given)
        if realm.site.policy_of(app.key).pkce_required and wish.challenge is None:
            raise refusals.missing_challenge()
    except refusals.OAuthRefusal as refusal:
        return consent.refused(refusal.error, refusal.description)  # never sent to any callback
    problem = _problem(realm.site.policy_of(app.key), app, given)
    if problem is not None:
        return consent.returned(wish, problem)
    silent = given.get("immediate") == "true" or "none" in given.get("prompt", "").split()
    return consent.begin(request, wish, silent=silent)


def _addressed(app: ClientApp, given: Parameters) -> Wish:
    """The wish as stated; its redirect URI is checked, the rest is not.

    Raises:
        OAuthRefusal: The redirect URI is missing, or not one of the app's.
    """
    redirect_uri = given.get("redirect_uri")
    if not redirect_uri:
        raise refusals.redirect_missing()
    if redirect_uri not in app.callbacks:
        raise refusals.redirect_mismatch()
    return Wish(
        client_id=app.key,
        redirect_uri=redirect_uri,
        scopes=app.narrowed(given.get("scope")) or (),
        state=given.get("state"),
        challenge=given.get("code_challenge"),
        nonce=given.get("nonce"),
        login_hint=given.get("login_hint"),
        prompts=_PROMPTS & set(given.get("prompt", "").split()),
        display=given.get("display", "page"),
    )


def _problem(policy: Policy, app: ClientApp, given: Parameters) -> refusals.OAuthRefusal | None:
    """What is wrong with an addressed request, or with the org."""
    challenge = given.get("code_challenge")
    if policy.callback_trouble is not None:
        return refusals.trouble(policy.callback_trouble)
    if given.get("response_type") != "code":
        return refusals.unsupported_response_type()
    if not policy.org_active:
        return refusals.inactive_org()
    if policy.blocked_app:
        return refusals.app_blocked()
    if app.narrowed(given.get("scope")) is None:
        return refusals.invalid_scope()
    if challenge is not None and not _is_s256(challenge, given.get("code_challenge_method")):
        return refusals.invalid_challenge()
    return None


def _is_s256(challenge: str, method: str | None) -> bool:
    return method in (None, "S256") and _CHALLENGE.fullmatch(challenge) is not None
