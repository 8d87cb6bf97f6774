"""Passwords: how they are hashed, how long that may keep the machine busy, and which are too common."""

import asyncio
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

MIN_CHARS, MAX_CHARS = 8, 1024
AT_ONCE = 4  # each takes 19 MiB and a core for some hundredths of a second: a flood of sign-ins waits here
# Source: OWASP, Password Storage Cheat Sheet.
_HASHER = PasswordHash((Argon2Hasher(memory_cost=19_456, time_cost=2, parallelism=1),))
_COMMON = Path(__file__).with_name("common_passwords.txt")


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    lines = _COMMON.read_text("utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("# "))


def normalised(password: str) -> str:
    """Return what is hashed of a password, however a keyboard composed its letters."""
    return unicodedata.normalize("NFKC", password)


def fault_of(password: str, *, names: tuple[str, ...] = ()) -> str:
    """Return why a password is refused, an empty string if it is not; `names`: what others know of its user."""
    given = normalised(password)
    if not MIN_CHARS <= len(given) <= MAX_CHARS:
        return f"a password has {MIN_CHARS} to {MAX_CHARS} characters"
    plain = given.lower()
    if plain in _common():
        return "this password is among those that everybody tries first; take another"
    if plain in {name.lower() for name in names if name}:
        return "a password is not the user's own name or address"
    return ""


class Passwords:
    """Hashes and checks the passwords of one process, a few at once, beside its event loop."""

    def __init__(self) -> None:
        """Hash nothing yet."""
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._decoy = ""

    async def hash(self, password: str) -> str:
        """Return the argon2id hash of a password."""
        async with self._turns:
            return await asyncio.to_thread(_HASHER.hash, normalised(password))

    async def verify(self, password: str, known: str | None, *, may: Callable[[], None] = lambda: None) -> bool:
        """Say whether a password has this hash. None, of nobody: takes as long, and is false.

        `may` is called when its turn has come, and raises if that may not be looked at any more.
        """
        if known is None and not self._decoy:
            self._decoy = await self.hash("nobody has this password")
        async with self._turns:
            may()
            given = normalised(password[: MAX_CHARS + 1])
            is_right = await asyncio.to_thread(_HASHER.verify, given, self._decoy if known is None else known)
        return is_right and known is not None
