"""What a person sees of an authorization: logs in, allows or denies, and is sent back to the app with the answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from langchain_sfconnect.localorg.oauth import admission, refusals
from langchain_sfconnect.localorg.oauth.apps import SCOPE_LABELS, ClientApp
from langchain_sfconnect.localorg.oauth.desk import Wish
from langchain_sfconnect.localorg.oauth.forms import (
    Parameters,
    address_of,
    is_at_login_host,
    parameters,
    realm_of,
)
from langchain_sfconnect.localorg.oauth.values import Consent
from langchain_sfconnect.localorg.pages import page
from langchain_sfconnect.localorg.realm import Realm, User

LOGIN_PATH, CONSENT_PATH, CALLBACK_PATH = "/_local/login", "/_local/consent", "/_local/callback"


@dataclass(frozen=True, slots=True)
class _Visit:
    """A browser that brought a wish."""

    realm: Realm
    browser: str
    wish: Wish

    @property
    def app(self) -> ClientApp:
        return self.realm.site.apps[self.wish.client_id]

    @property
    def user(self) -> User | None:
        """Who has logged in, and still can."""
        user_id = self.realm.desk.user_of(self.browser)
        user = self.realm.user_by_id(user_id) if user_id else None
        return user if user and user["IsActive"] else None


def begin(request: Request, wish: Wish, *, silent: bool) -> Response:
    """Answer a checked request: with the page that comes next, or at once when nobody is to be asked."""
    realm = realm_of(request)
    visit = _Visit(realm, realm.desk.browser(request.cookies.get(_cookie(realm))), wish)
    user = visit.user
    if silent:
        response = _silent_answer(visit, user)
    elif problem := _login_problem(request, visit):
        response = _login_page(visit, problem=problem)
    elif user is None or wish.prompts & {"login", "select_account"}:
        response = _login_page(visit)
    else:
        response = _next(visit, user)
    return _remembering(request, visit, response)


async def log_in(request: Request) -> Response:
    """What the login page posts to."""
    form = await _posted(request)
    visit = _visit(request, form)
    if visit is None:
        return refused("request expired", refusals.PAGE_EXPIRED)
    problem = _login_problem(request, visit)
    user = visit.realm.user_with_password(form.get("username", ""), form.get("password", ""))
    if problem or user is None:
        return _login_page(visit, username=form.get("username", ""), problem=problem or refusals.LOGIN_FAILED)
    try:
        _check_login(request, visit, user)
    except refusals.OAuthRefusal as refusal:
        return returned(visit.wish, refusal)
    wish = replace(visit.wish, prompts=visit.wish.prompts & {"consent"})
    visit = _Visit(visit.realm, visit.realm.desk.log_in(visit.browser, user["Id"]), wish)
    return _remembering(request, visit, _next(visit, user))


async def decide(request: Request) -> Response:
    """What the consent page's buttons post to."""
    form = await _posted(request)
    visit = _visit(request, form)
    user = visit.user if visit else None
    if visit is None or user is None:
        return refused("request expired", refusals.PAGE_EXPIRED)
    if form.get("decision") == "switch":
        return _login_page(visit)
    if form.get("decision") != "allow":
        return returned(visit.wish, refusals.denied())
    return _allowed(visit, user)


async def callback(_: Request) -> Response:
    """Where browsers end that authorize without an application of their own; the code is not printed."""
    return page("callback.html")


def refused(error: str, explanation: str) -> Response:
    """A page for what must not, or cannot, be sent to a callback."""
    return page("refused.html", status=400, error=error, explanation=explanation)


def returned(wish: Wish, refusal: refusals.OAuthRefusal) -> Response:
    """Send a refusal to the callback."""
    return _redirect(wish, refusal.body())


def _silent_answer(visit: _Visit, user: User | None) -> Response:
    if user is None or not admission.needs_no_consent(visit.realm, visit.app, user, visit.wish.scopes):
        return returned(visit.wish, refusals.interaction_required())
    return _allowed(visit, user)


def _next(visit: _Visit, user: User) -> Response:
    """For somebody who has logged in: the consent page, unless there is nothing to ask."""
    asked = "consent" in visit.wish.prompts
    if not asked and admission.needs_no_consent(visit.realm, visit.app, user, visit.wish.scopes):
        return _allowed(visit, user)
    return page(
        "consent.html",
        app_name=visit.app.name,
        realm=visit.realm.name,
        scopes=[SCOPE_LABELS[scope] for scope in visit.wish.scopes],
        user=user,
        action=CONSENT_PATH,
        display=visit.wish.display,
        request_id=visit.realm.desk.put(visit.wish, visit.browser),
    )


def _allowed(visit: _Visit, user: User) -> Response:
    """A code to the callback, unless the app or its rules keep this user out."""
    wish = visit.wish
    try:
        admission.check_user(visit.realm, visit.app, user)
        admission.check_installed(visit.realm, visit.app, user)
    except refusals.OAuthRefusal as refusal:
        if refusal.error == "invalid_client":
            return refused(f"{refusal.error}: {refusal.description}", refusals.APPROVAL_FAILED)
        return returned(wish, refusal)
    consent = Consent(
        wish.client_id, wish.redirect_uri, wish.scopes, user["Id"], user["Username"], wish.challenge, wish.nonce
    )
    return _redirect(wish, {"code": visit.realm.codes.issue(consent)})


def _login_page(visit: _Visit, *, username: str | None = None, problem: str | None = None) -> Response:
    realm = visit.realm
    return page(
        "login.html",
        app_name=visit.app.name,
        realm=realm.name,
        users=realm.active_users(),
        username=username or visit.wish.login_hint or realm.default_user()["Username"],
        password=realm.site.password,
        problem=problem,
        action=LOGIN_PATH,
        display=visit.wish.display,
        request_id=realm.desk.put(visit.wish, visit.browser),
    )


def _login_problem(request: Request, visit: _Visit) -> str | None:
    """Why nobody at all can log in here."""
    if visit.realm.site.policy_of(visit.app.key).my_domain_only and is_at_login_host(request):
        return f"{refusals.MY_DOMAIN_ONLY} {visit.realm.addresses.instance_url}."
    return None


def _check_login(request: Request, visit: _Visit, user: User) -> None:
    """Check that this user can log in from where the request comes.

    Raises:
        OAuthRefusal: Inactive, outside the ranges, or too often.
    """
    if not user["IsActive"]:
        raise refusals.inactive_user()
    if not visit.realm.site.policy_of(visit.app.key).logs_in_from(address_of(request)):
        raise refusals.ip_restricted()
    admission.count_login(visit.realm, visit.app, user)


async def _posted(request: Request) -> Parameters:
    """The form, which only a page of ours posts; nothing for any other request."""
    return await parameters(request) if request.method == "POST" else {}


def _visit(request: Request, form: Parameters) -> _Visit | None:
    """The wish that a page was shown for, once, and only to the browser that it was shown to."""
    realm = realm_of(request)
    browser = request.cookies.get(_cookie(realm), "")
    wish = realm.desk.take(form.get("request_id", ""), browser)
    if wish is None or wish.client_id not in realm.site.apps:
        return None
    return _Visit(realm, browser, wish)


def _cookie(realm: Realm) -> str:
    """Cookies do not know ports, so each realm needs a name of its own."""
    return f"sid_{realm.name}"


def _remembering(request: Request, visit: _Visit, response: Response) -> Response:
    secure = request.scope["scheme"] == "https"
    response.set_cookie(_cookie(visit.realm), visit.browser, httponly=True, samesite="lax", secure=secure)
    return response


def _redirect(wish: Wish, outcome: dict[str, str]) -> Response:
    """To the callback; `state` goes back unchanged."""
    if wish.state is not None:
        outcome = {**outcome, "state": wish.state}
    joint = "&" if "?" in wish.redirect_uri else "?"
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return RedirectResponse(f"{wish.redirect_uri}{joint}{urlencode(outcome)}", status_code=302, headers=headers)
