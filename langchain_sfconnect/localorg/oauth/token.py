"""The token endpoint: who asks, whether the app may, and then the flow; refusals as Salesforce words them."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from langchain_sfconnect.localorg.oauth import clients, flows, refusals
from langchain_sfconnect.localorg.oauth.apps import ClientApp
from langchain_sfconnect.localorg.oauth.forms import Parameters, address_of, is_at_login_host, parameters, realm_of
from langchain_sfconnect.localorg.oauth.replies import answer, wanted_format
from langchain_sfconnect.localorg.policy import Policy
from langchain_sfconnect.localorg.realm import Realm


async def token(request: Request) -> Response:
    """`/services/oauth2/token`."""
    form = await parameters(request)
    wanted = wanted_format(request, form)
    try:
        if request.method != "POST":
            raise refusals.must_use("POST")
        return answer(await _granted(request, form), wanted)
    except refusals.OAuthRefusal as refusal:
        return answer(refusal.body(), wanted, status=refusal.status)


async def _granted(request: Request, form: Parameters) -> dict[str, object]:
    realm, grant_type = realm_of(request), form.get("grant_type", "")
    flow = flows.FLOWS.get(grant_type)
    if flow is None:
        raise refusals.unsupported_grant_type()
    app = _client(request, realm, form)
    asked = flows.TokenRequest(
        realm=realm, app=app, form=form, address=address_of(request), at_login_host=is_at_login_host(request)
    )
    _check_policy(realm.site.policy_of(app.key), grant_type, asked)
    return await flow(asked)


def _client(request: Request, realm: Realm, form: Parameters) -> ClientApp:
    """The app that asks; a bearer assertion names its app, and needs no secret besides."""
    if form["grant_type"] == flows.JWT_BEARER:
        return clients.known_app(realm, flows.issuer(form))
    given = clients.credentials(request, form)
    app = clients.known_app(realm, given.client_id)
    policy = realm.site.policy_of(app.key)
    clients.authenticate(realm, app, given, secret_required=_needs_secret(app, policy, form["grant_type"]))
    return app


def _needs_secret(app: ClientApp, policy: Policy, grant_type: str) -> bool:
    if grant_type == "client_credentials":
        return True
    required = policy.secret_required_at_refresh if grant_type == "refresh_token" else policy.secret_required
    return required and not app.public


def _check_policy(policy: Policy, grant_type: str, asked: flows.TokenRequest) -> None:
    if policy.token_trouble is not None:
        raise refusals.trouble(policy.token_trouble)
    if grant_type not in policy.grants_allowed:
        raise refusals.unsupported_grant_type()
    if not policy.org_active:
        raise refusals.inactive_org()
    if policy.blocked_app:
        raise refusals.app_blocked()
    if not policy.gives_tokens_to(asked.address):
        raise refusals.ip_restricted()
    if policy.my_domain_only and asked.at_login_host:
        raise refusals.authentication_failure()
