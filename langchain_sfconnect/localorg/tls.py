"""Certificates for clients that insist on https: a throw-away authority per org; knows nothing of what is served."""

from __future__ import annotations

import ssl
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

import trustme

# Besides loopback, the hosts that some clients insist on and are pointed here from, by a resolver or an adapter.
NAMES = (
    "localhost",
    "127.0.0.1",
    "::1",
    "login.salesforce.com",
    "test.salesforce.com",
    "*.my.salesforce.com",
    "*.develop.my.salesforce.com",
    "*.sandbox.my.salesforce.com",
    "*.scratch.my.salesforce.com",
)


class Certificates:
    """A certificate authority that lives as long as an org does, and the org's certificate. A context manager.

    Only the authority's own certificate stays on disk, in a directory that nobody else can enter; its key never gets
    there, and the server's is there only while OpenSSL reads it.

    Attributes:
        authority: A PEM file with the authority's certificate, for clients to trust.
        server: How the server presents itself.
        client: How a client in this process trusts it.
    """

    def __init__(self) -> None:
        self._directory = TemporaryDirectory(prefix="local-org-")
        try:
            ca = trustme.CA(organization_name="Local org, throw-away")
            self.authority = Path(self._directory.name) / "ca.pem"
            ca.cert_pem.write_to_path(self.authority)
            self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.server.set_alpn_protocols(["http/1.1"])
            with ca.issue_cert(*NAMES).private_key_and_cert_chain_pem.tempfile(self._directory.name) as path:
                self.server.load_cert_chain(path)
            self.client = ssl.create_default_context(cafile=str(self.authority))
        except BaseException:
            self._directory.cleanup()
            raise

    def __enter__(self) -> Certificates:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._directory.cleanup()
