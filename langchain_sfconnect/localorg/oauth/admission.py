"""Who may come in: users to an app when they ask for tokens, tokens when they are used. Knows no endpoint."""

from __future__ import annotations

from langchain_sfconnect.localorg import errors
from langchain_sfconnect.localorg.oauth import refusals
from langchain_sfconnect.localorg.oauth.apps import ClientApp
from langchain_sfconnect.localorg.oauth.values import Session, is_jwt
from langchain_sfconnect.localorg.realm import Realm, User


def admit(realm: Realm, token: str, *, address: str) -> Session:
    """The session of an access token that is shown from an address; this counts as use.

    Raises:
        OrgError: The token is not good, or not good from there, or its user or org is inactive, or its app blocked.
    """
    session = realm.sessions.use(token)
    if session is None:
        raise errors.invalid_auth_header("INVALID_JWT_FORMAT") if is_jwt(token) else errors.invalid_session()
    policy = realm.site.policy_of(session.client_id)
    elsewhere = policy.session_locked_to_ip and session.address not in (None, address)
    user = realm.user_by_id(session.user_id)
    if elsewhere or not policy.takes_tokens_from(address) or not policy.org_active or not (user and user["IsActive"]):
        raise errors.invalid_session()
    if policy.blocked_app:
        raise errors.session_not_for_rest()
    return session


def check_user(realm: Realm, app: ClientApp, user: User | None) -> User:
    """The user, if an app may be given tokens for them.

    Raises:
        OAuthRefusal: Inactive, or of a profile that is not admitted.
    """
    if user is None or not user["IsActive"]:
        raise refusals.inactive_user()
    profiles = realm.site.policy_of(app.key).admin_approved_profiles
    if profiles is not None and realm.profile_of(user) not in profiles:
        raise refusals.not_admin_approved()
    return user


def count_login(realm: Realm, app: ClientApp, user: User) -> None:
    """Count a login of a user.

    Raises:
        OAuthRefusal: There were too many within the hour.
    """
    if not realm.logins.count(user["Id"], limit=realm.site.policy_of(app.key).logins_per_hour):
        raise refusals.login_rate_exceeded()


def needs_no_consent(realm: Realm, app: ClientApp, user: User, scopes: tuple[str, ...]) -> bool:
    """Whether a user need not be asked: an administrator has decided, or the user did before."""
    if realm.site.policy_of(app.key).admin_approved_profiles is not None:
        return True
    approved = realm.grants.approved(app.key, user["Id"])
    return bool(approved) and set(scopes) <= approved


def check_installed(realm: Realm, app: ClientApp, user: User) -> None:
    """Check that a user may allow an app.

    Raises:
        OAuthRefusal: The app is not installed, and the user neither allowed it before nor is an administrator.
    """
    if realm.site.policy_of(app.key).app_installed or realm.is_administrator(user):
        return
    if not realm.grants.approved(app.key, user["Id"]):
        raise refusals.app_not_installed()
