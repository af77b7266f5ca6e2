"""Authorization codes, good once and for fifteen minutes; in memory, for nobody waits that long over a restart."""

from __future__ import annotations

import secrets
import string
from datetime import datetime, timedelta
from threading import Lock

from langchain_sfconnect.localorg.clock import Clock
from langchain_sfconnect.localorg.oauth import refusals
from langchain_sfconnect.localorg.oauth.values import Consent

LIFETIME = timedelta(minutes=15)
REMEMBERED = 10_000
_ALPHABET = string.ascii_letters + string.digits + "._"


def random_token(length: int) -> str:
    """Random characters of the kind that Salesforce's codes and tokens are made of."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


class CodeBook:
    """The codes of one realm. Thread-safe."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._codes: dict[str, tuple[Consent, datetime] | None] = {}

    def issue(self, consent: Consent) -> str:
        """A code for a consent."""
        code = f"aPrx{random_token(80)}=="
        with self._lock:
            if len(self._codes) >= REMEMBERED:
                del self._codes[next(iter(self._codes))]
            self._codes[code] = (consent, self._clock.now() + LIFETIME)
        return code

    def redeem(self, code: str) -> Consent:
        """Trade a code for its consent; the code is spent even when the rest of the request turns out wrong.

        Raises:
            OAuthRefusal: Unknown, used or expired.
        """
        with self._lock:
            if code not in self._codes:
                raise refusals.invalid_code()
            kept, self._codes[code] = self._codes[code], None
        if kept is None or self._clock.now() >= kept[1]:
            raise refusals.expired_code()
        return kept[0]
