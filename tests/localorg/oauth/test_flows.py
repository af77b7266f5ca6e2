"""The grants without a person at a page: username and password, client credentials, signed assertions."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langchain_sfconnect.localorg.policy import Policy
from langchain_sfconnect.localorg.realm import SECURITY_TOKEN

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ADMINISTRATORS = ("System Administrator",)


def refused(answer, error: str, description: str) -> None:
    assert (answer.status_code, answer.json()) == (400, {"error": error, "error_description": description})


class TestUsernameAndPassword:
    @pytest.fixture
    def log_in(self, org, client):
        def log_in(username: str | None = None, password: str = org.password, **changes):
            return client.token(grant_type="password", username=username or org.username, password=password, **changes)

        return log_in

    def test_they_give_a_session_and_nothing_to_refresh(self, org, log_in, call):
        body = log_in().json()
        assert set(body) == {"access_token", "signature", "instance_url", "id", "token_type", "issued_at"}
        assert body["id"].startswith(f"{org.login_url}/id/")
        assert call(body["access_token"]).status_code == 200

    def test_the_security_token_may_stand_behind_the_password(self, org, log_in):
        assert log_in(password=org.password + SECURITY_TOKEN).status_code == 200
        refused(log_in(password=SECURITY_TOKEN), "invalid_grant", "authentication failure")

    @pytest.mark.parametrize(
        "changes",
        [{"password": "wrong"}, {"password": ""}, {"username": "nobody@localorg.example"}, {"username": "rep"}],
    )
    def test_what_is_wrong_is_not_told(self, log_in, changes):
        refused(log_in(**changes), "invalid_grant", "authentication failure")

    def test_a_deactivated_user_fails_alike(self, org, log_in):
        inactive = next(user for user in org.users if not user["IsActive"])
        refused(log_in(inactive["Username"]), "invalid_grant", "authentication failure")

    def test_username_password_and_secret_are_needed(self, log_in, client):
        refused(client.token(grant_type="password", username="x"), "invalid_request",
                "missing required parameter: password")  # fmt: skip
        refused(log_in(client_secret=None), "invalid_client", "invalid client credentials")

    def test_permitted_users_and_rates_count(self, org, log_in):
        org.policy.admin_approved_profiles = ADMINISTRATORS
        assert log_in().json()["error"] == "invalid_app_access"
        assert log_in("admin@localorg.example").status_code == 200
        org.policy.logins_per_hour = 0
        assert log_in("admin@localorg.example").json()["error"] == "rate_limit_exceeded"

    def test_an_org_can_do_without(self, org, log_in):
        org.policy.grants_allowed = ("authorization_code", "refresh_token")
        refused(log_in(), "unsupported_grant_type", "grant type not supported")

    def test_each_realm_is_logged_in_to_on_its_own(self, org, log_in):
        sandbox = log_in(host=org.sandbox_login_url).json()
        assert sandbox["instance_url"] == org.sandbox_instance_url
        assert sandbox["id"].startswith(f"{org.sandbox_login_url}/id/")


class TestClientCredentials:
    @pytest.fixture
    def app(self, org):
        app = org.add_app("Robot", scopes=["api", "refresh_token", "id"])
        app.run_as = "admin@localorg.example"
        return app

    @pytest.fixture
    def ask(self, org, client, app):
        def ask(**changes):
            given = {"host": org.instance_url, "client_id": app.key, "client_secret": app.secret, **changes}
            return client.token(grant_type="client_credentials", **given)

        return ask

    def test_they_act_as_the_user_that_the_app_names(self, org, ask, call):
        body = ask().json()
        assert body["id"].endswith(org.engine.user_by_username("admin@localorg.example")["Id"])
        assert body["scope"] == "api id"
        assert "refresh_token" not in body
        assert call(body["access_token"]).status_code == 200

    def test_http_basic_will_do(self, org, app, http):
        url = f"{org.instance_url}/services/oauth2/token"
        answer = http.post(url, data={"grant_type": "client_credentials"}, auth=(app.key, app.secret))
        assert answer.status_code == 200

    def test_only_the_orgs_own_host_serves_them(self, org, ask):
        refused(ask(host=org.login_url), "invalid_grant", "request not supported on this domain")

    def test_an_app_that_runs_as_nobody_is_refused(self, app, ask):
        for nobody in (None, "nobody@localorg.example"):
            app.run_as = nobody
            refused(ask(), "invalid_grant", "no client credentials user enabled")

    def test_the_user_must_be_active(self, org, app, ask):
        org.deactivate(app.run_as)
        assert ask().json()["error"] == "inactive_user"

    def test_the_secret_is_needed_whatever_the_policy(self, org, app, ask):
        org.policy.secret_required = False
        app.public = True
        refused(ask(client_secret=None), "invalid_client", "invalid client credentials")


class TestSignedAssertions:
    @pytest.fixture
    def app(self, org, public_pem):
        org.trust_certificate(public_pem)
        org.policy.admin_approved_profiles = ("Standard User",)

    @pytest.fixture
    def show(self, client):
        def show(assertion, **changes):
            return client.token(
                grant_type=JWT_BEARER, assertion=assertion, client_id=None, client_secret=None, **changes
            )

        return show

    def test_they_give_a_session_to_an_app_that_needs_no_secret(self, app, show, assertion, call):
        body = show(assertion()).json()
        assert set(body) == {"access_token", "scope", "instance_url", "id", "token_type"}
        assert "refresh_token" not in body["scope"]
        assert call(body["access_token"]).status_code == 200

    def test_a_certificate_will_do_as_well_as_a_key(self, org, app, show, assertion, signing_key):
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "app")])
        start = datetime(2026, 1, 1, tzinfo=UTC)
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(signing_key.public_key())
        builder = builder.serial_number(1).not_valid_before(start).not_valid_after(start + timedelta(days=9999))
        certificate = builder.sign(signing_key, hashes.SHA256())
        org.trust_certificate(certificate.public_bytes(serialization.Encoding.PEM).decode())
        assert show(assertion()).status_code == 200

    def test_what_is_no_rsa_key_is_not_registered(self, org):
        elliptic = ec.generate_private_key(ec.SECP256R1()).public_key()
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        for pem in ("", "nonsense", elliptic.public_bytes(serialization.Encoding.PEM, form).decode()):
            with pytest.raises(ValueError):  # noqa: PT011 — each says something else
                org.trust_certificate(pem)

    @pytest.mark.parametrize("audience", ["login_url", "instance_url"])
    def test_they_may_name_the_host_they_are_shown_to(self, org, app, show, assertion, audience):
        assert show(assertion(aud=getattr(org, audience))).status_code == 200
        assert show(assertion(aud=[getattr(org, audience) + "/services/oauth2/token"])).status_code == 200

    @pytest.mark.parametrize("audience", [None, 1, "", "https://test.salesforce.com", "https://example.com", {}, [1]])
    def test_an_audience_elsewhere_is_invalid(self, app, show, assertion, audience):
        refused(show(assertion(aud=audience)), "invalid_grant", "audience is invalid")

    def test_the_sandbox_is_an_audience_of_its_own(self, org, app, show, assertion):
        at_sandbox = {"host": org.sandbox_login_url}
        refused(show(assertion(), **at_sandbox), "invalid_grant", "audience is invalid")
        assert show(assertion(aud="https://test.salesforce.com"), **at_sandbox).status_code == 200

    @pytest.mark.parametrize("expiry", [None, "soon", True, 0, -1e400, float("nan")])
    def test_an_expired_one_is_invalid(self, app, show, assertion, expiry):
        refused(show(assertion(exp=expiry)), "invalid_grant", "invalid assertion")

    def test_expiry_in_digits_is_taken_as_well(self, org, app, show, assertion):
        now = int(org.clock.now().timestamp())
        assert show(assertion(exp=str(now + 60))).status_code == 200
        refused(show(assertion(exp=str(now - 60))), "invalid_grant", "invalid assertion")

    def test_expiry_is_by_the_orgs_clock(self, org, app, show, assertion):
        made = assertion()
        org.clock.advance(timedelta(minutes=3))
        refused(show(made), "invalid_grant", "invalid assertion")

    def test_another_key_or_algorithm_is_invalid(self, app, show, assertion, public_pem):
        stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        refused(show(assertion(key=stranger)), "invalid_grant", "invalid assertion")
        refused(show(assertion(algorithm="RS512")), "invalid_grant", "invalid assertion")
        head, claims = ({"alg": "HS256"}, json.loads(base64.urlsafe_b64decode(assertion().split(".")[1] + "==")))
        signing = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in
                           (head, claims))  # fmt: skip
        forged = base64.urlsafe_b64encode(hmac.digest(public_pem.encode(), signing.encode(), hashlib.sha256))
        for signature in (forged.decode().rstrip("="), ""):
            refused(show(f"{signing}.{signature}"), "invalid_grant", "invalid assertion")

    def test_an_app_without_a_certificate_and_an_unknown_app_are_refused(self, org, show, assertion):
        refused(show(assertion()), "invalid_grant", "invalid assertion")
        refused(show(assertion(iss="nobody")), "invalid_client_id", "client identifier invalid")
        refused(show(None), "invalid_request", "missing required parameter: assertion")

    def test_a_user_must_have_approved_the_app_or_be_approved_by_an_administrator(
        self, org, app, client, show, assertion
    ):
        org.policy.admin_approved_profiles = None
        not_approved = ("invalid_grant", "user hasn't approved this consumer")
        refused(show(assertion()), *not_approved)
        client.connect()
        assert show(assertion()).status_code == 200
        org.revoke()
        refused(show(assertion()), *not_approved)
        refused(show(assertion(sub="nobody@localorg.example")), *not_approved)
        org.policy.admin_approved_profiles = ADMINISTRATORS
        refused(show(assertion()), "invalid_app_access", "user is not admin approved to access this app")

    def test_an_inactive_user_is_said_to_be(self, org, app, show, assertion):
        made = assertion()
        org.deactivate(org.username)
        assert show(made).json()["error"] == "inactive_user"

    def test_an_app_can_prove_itself_with_one_instead_of_a_secret(self, org, app, client, assertion):
        org.policy.admin_approved_profiles = None
        proof = {"client_secret": None, "client_assertion_type": ASSERTION_TYPE}
        good = assertion(sub=org.client_id, aud=f"{org.login_url}/services/oauth2/token")
        assert client.redeem(client.code(), client_id=None, client_assertion=good, **proof).status_code == 200
        for bad in (assertion(), assertion(sub=org.client_id, aud="x"), assertion(sub=org.client_id, exp=1), "x", ""):
            answer = client.redeem(client.code(), client_assertion=bad, **proof)
            refused(answer, "invalid_client", "invalid client credentials")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(claims=st.dictionaries(st.sampled_from(["iss", "sub", "aud", "exp", "prn"]), json_values) | json_values)
def test_any_signed_claims_are_refused_without_a_fall(org, client, signing_key, public_pem, claims):
    import jwt

    app = org.add_app("Any")
    app.register_certificate(public_pem)
    app.policy = Policy(admin_approved_profiles=("Standard User",))
    if isinstance(claims, dict):
        claims = {"iss": app.key, "aud": org.login_url, "exp": 1e12, **claims}
    raw = json.dumps(claims).encode()
    signed = jwt.api_jws.encode(raw, signing_key, algorithm="RS256")
    answer = client.token(grant_type=JWT_BEARER, assertion=signed)
    assert answer.status_code == 400
    assert answer.json()["error"] in ("invalid_grant", "invalid_client_id")
