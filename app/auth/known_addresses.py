"""Where the right token came from: known to this process at once, and to the others by digests in Redis."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterable

from app.core.redis import PREFIX

KNOWN_S = 7 * 86_400  # how long Redis knows an address from which the right token came last
SHARE_AGAIN_S = 600.0  # how old what Redis knows of an address may be that goes on


class KnownAddresses:
    """Names of addresses, those used last, as this process knows them; no call waits for anything."""

    def __init__(self, key: str, most: int, clock: Callable[[], float]) -> None:
        """Know of none. `key`: digests are made with it; another token makes another key, so that it must be shown."""
        self._key = hashlib.sha256(key.encode()).digest()
        self._most = most
        self._clock = clock
        self._shared_at_s: OrderedDict[str, float] = OrderedDict()
        self._unshared: dict[str, None] = {}

    def __contains__(self, name: str) -> bool:
        """Say whether the right token came from there."""
        return name in self._shared_at_s

    def __len__(self) -> int:
        """Return how many this process knows."""
        return len(self._shared_at_s)

    def add(self, name: str) -> None:
        """Note that the right token came from there, to be shared with the others unless that was done a moment ago."""
        now_s = self._clock()
        if now_s - self._shared_at_s.get(name, float("-inf")) >= SHARE_AGAIN_S:
            self._unshared[name] = None
            self.learn(name, now_s)

    def learn(self, name: str, shared_at_s: float | None = None) -> None:
        """Note that others know of an address."""
        self._shared_at_s[name] = self._clock() if shared_at_s is None else shared_at_s
        self._shared_at_s.move_to_end(name)
        while len(self._shared_at_s) > self._most:
            forgotten, _ = self._shared_at_s.popitem(last=False)
            self._unshared.pop(forgotten, None)

    def unshared(self) -> list[str]:
        """Return the names that the others do not know yet."""
        return list(self._unshared)

    def mark_shared(self, names: Iterable[str]) -> None:
        """Note that the others know these names now."""
        for name in names:
            self._unshared.pop(name, None)

    def redis_key(self, name: str) -> str:
        """Return the key that Redis has for a known address, which does not name it."""
        return f"{PREFIX}known:{hashlib.blake2b(name.encode(), key=self._key, digest_size=16).hexdigest()}"
