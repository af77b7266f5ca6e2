"""Production and sandbox: what one realm gave is nothing at the other."""

from __future__ import annotations


def test_the_identity_url_tells_the_realm(org, client, sandbox_client):
    production, sandbox = client.connect(), sandbox_client.connect()
    assert production["id"].startswith(f"{org.login_url}/id/")
    assert sandbox["id"].startswith(f"{org.sandbox_login_url}/id/")
    assert (production["instance_url"], sandbox["instance_url"]) == (org.instance_url, org.sandbox_instance_url)


def test_a_code_of_one_realm_is_invalid_at_the_other(org, client, sandbox_client):
    answer = client.redeem(sandbox_client.code())
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    answer = sandbox_client.redeem(client.code())
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_a_refresh_token_of_one_realm_is_invalid_at_the_other(client, sandbox_client):
    token = sandbox_client.connect()["refresh_token"]
    answer = client.refresh(token)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert sandbox_client.refresh(token).status_code == 200


def test_an_access_token_of_one_realm_opens_only_its_own_org(org, http, sandbox_client):
    headers = {"Authorization": f"Bearer {sandbox_client.connect()['access_token']}"}
    path = "/services/data/v66.0/query?q=SELECT+IsSandbox+FROM+Organization"
    assert http.get(org.instance_url + path, headers=headers).status_code == 401
    rows = http.get(org.sandbox_instance_url + path, headers=headers).json()["records"]
    assert rows[0]["IsSandbox"] is True


def test_a_my_domain_host_serves_its_own_realms_login(org, http, client):
    my_domain = type(client)(org, http, org.instance_url)
    tokens = my_domain.connect()
    assert tokens["id"].startswith(f"{org.login_url}/id/")
    assert tokens["instance_url"] == org.instance_url


def test_a_login_host_of_its_own_serves_no_data(org, http, client):
    headers = {"Authorization": f"Bearer {client.connect()['access_token']}"}
    assert http.get(f"{org.login_url}/services/data/v66.0/limits", headers=headers).status_code == 404
    assert http.get(f"{org.login_url}/services/data").status_code == 200


def test_revoking_a_user_revokes_in_both_realms(org, client, sandbox_client):
    production, sandbox = client.connect(), sandbox_client.connect()
    org.revoke()
    assert client.refresh(production["refresh_token"]).status_code == 400
    assert sandbox_client.refresh(sandbox["refresh_token"]).status_code == 400
