"""How often each user has logged in within the last hour; knows nothing of how, or what for."""

from __future__ import annotations

from collections import defaultdict, deque
from datetime import datetime, timedelta
from threading import Lock

from langchain_sfconnect.localorg.clock import Clock

WINDOW = timedelta(hours=1)


class LoginCounter:
    """Logins by user, in a window that moves with the org's clock. Thread-safe."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._logins: defaultdict[str, deque[datetime]] = defaultdict(deque)

    def count(self, user_id: str, *, limit: int | None) -> bool:
        """Count a login; False, and not counted, when the user has had as many as the limit in the last hour."""
        if limit is None:
            return True
        with self._lock:
            logins, now = self._logins[user_id], self._clock.now()
            while logins and logins[0] <= now - WINDOW:
                logins.popleft()
            if len(logins) >= limit:
                return False
            logins.append(now)
            return True
