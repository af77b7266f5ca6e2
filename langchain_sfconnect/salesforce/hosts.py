"""Which hosts may be sent a token, and how what users paste becomes a login host. Knows nothing of HTTP.

Patterns as Salesforce documents its domains. Hosts that Salesforce runs but customers fill with content of their own
(`*.force.com`, `*.site.com`, …) are not on the list: "is this Salesforce?" is not "may it see a token?".
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from langchain_sfconnect.config import SalesforceApp
from langchain_sfconnect.errors import HostNotAllowed

_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_MY_DOMAIN = rf"(?:{_LABEL}\.)+my\.(?:salesforce\.com|salesforce\.mil|sfcrmproducts\.cn)"
_INSTANCE = r"(?:na|eu|ap|cs|um|gs|usa|ind|swe|fra|deu|gbr|aus|can|jpn|bra|sgp|kor|che|ita)\d+\.salesforce\.com"
_ALLOWED = re.compile(rf"(?:login\.salesforce\.com|test\.salesforce\.com|{_MY_DOMAIN}|{_INSTANCE})")

_LIGHTNING = (
    (".lightning.force.com", ".my.salesforce.com"),
    (".lightning.crmforce.mil", ".my.salesforce.mil"),
    (".lightning.sfcrmapps.cn", ".my.sfcrmproducts.cn"),
)
_SANDBOX = re.compile(r"--[a-z0-9-]+\.sandbox\.my\.|\.scratch\.my\.|(?:^|\.)cs\d+\.")


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only mean this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(slots=True)
class HostPolicy:
    """Says of each URL whether credentials may be sent there.

    Plain http on loopback is accepted only where the app's own login URL is on loopback: that is the local org.

    Args:
        app: The app whose login URLs decide about loopback.
    """

    app: SalesforceApp
    _loopback: bool = field(init=False)
    _known: set[str] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        self._loopback = is_loopback(urlsplit(self.app.login_url).hostname or "")
        for url in (self.app.login_url, self.app.sandbox_login_url):
            self.check(url)

    def check(self, url: str) -> None:
        """Return if the URL's origin may be sent credentials.

        Raises:
            HostNotAllowed: It may not.
        """
        origin = "/".join(url.split("/", 3)[:3])
        if origin in self._known:
            return
        if not self._allows(origin):
            raise HostNotAllowed(f"Tokens are not sent to {_shown(origin)}.", fields=["url"])
        if len(self._known) < 10_000:
            self._known.add(origin)

    def _allows(self, origin: str) -> bool:
        try:
            parts = urlsplit(origin)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            return False
        if "@" in parts.netloc or "\\" in origin or not host:
            return False
        if self._loopback and is_loopback(host):
            return parts.scheme in ("http", "https")
        return parts.scheme == "https" and port in (None, 443) and bool(_ALLOWED.fullmatch(host))

    def login_url(self, environment: str) -> str:
        """The login host for `production`, `sandbox`, or a My Domain address as users paste it.

        Raises:
            HostNotAllowed: It is none of these.
        """
        known = {"production": self.app.login_url, "sandbox": self.app.sandbox_login_url}
        if environment in known:
            return known[environment]
        url = environment if "://" in environment else f"https://{environment}"
        try:
            parts = urlsplit(url)
            netloc = parts.netloc.lower()
        except ValueError:
            raise HostNotAllowed("This is not a Salesforce environment.", fields=["environment"]) from None
        for lightning, my_domain in _LIGHTNING:
            if netloc.endswith(lightning):
                netloc = netloc.removesuffix(lightning) + my_domain
        login = f"{parts.scheme}://{netloc}"
        self.check(login)
        return login

    def environment_of(self, *, login_url: str, identity_url: str, instance_url: str) -> str:
        """`sandbox` or `production`, from the strongest sign that needs no query."""
        identity = "/".join(identity_url.split("/", 3)[:3])
        signs = {
            "https://login.salesforce.com": "production",
            "https://test.salesforce.com": "sandbox",
            self.app.sandbox_login_url: "sandbox",
            self.app.login_url: "production",
        }
        if self.app.login_url != self.app.sandbox_login_url and identity in signs:
            return signs[identity]
        if _SANDBOX.search(urlsplit(instance_url).hostname or ""):
            return "sandbox"
        return signs.get(login_url, "production")


def _shown(origin: str) -> str:
    """An origin without the credentials somebody may have pasted with it."""
    scheme, _, netloc = origin.partition("//")
    return repr(f"{scheme}//{netloc.rpartition('@')[2]}"[:200])
