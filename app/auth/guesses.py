"""Who guesses credentials waits ever longer, by the address: at this process at once, at the others by Redis.

A guess is a wrong service token, link or password; a token in a header only where the address has not shown it before,
since a client that goes on with an old one guesses nothing. While an address waits, none of these is looked at, so a
right one looks like a wrong one. Whatever is signed or has 256 bits of its own is no guess, right or wrong: sessions,
API keys, access and refresh tokens. Where a right credential was shown before, to any process, perhaps by others behind
the same address, the wait is short.
"""

import hashlib
import math
import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv6Address, ip_network

from app.auth.known_addresses import KnownAddresses
from app.core import metrics
from app.core.clock import monotonic_s
from app.core.errors import HeadraceError
from app.core.proxies import parse_address

FREE = 5  # guesses of one address before it waits: 1 s, then twice as long after each
FREE_OF_SITE = 50  # of all addresses of an IPv6 site together
FREE_PASSWORDS = 10  # guesses at one account before it waits
FREE_PASSWORDS_HERE = 50  # of one address at all accounts: many people may sign in from one office
LONGEST_S = 900.0
LONGEST_KNOWN_S = 5.0
SAME_WAIT_S = 0.5  # by so much two processes' words of one wait differ at most
KEPT_S = 3600
MOST_KEPT = 64  # guesses of an address
MOST_ADDRESSES = 10_000
_WHENCE = {False: "from this address", True: "for this account, or from this address"}


class Kind(StrEnum):
    """What is guessed."""

    TOKEN = "token"  # noqa: S105 - the service token in a header
    SIGN_IN = "sign_in"  # the service token where somebody signs in
    CODE = "code"  # of a link
    PASSWORD = "password"  # noqa: S105 - of an account
    KEY = "key"  # of the API; this and the following are never guessed
    ACCESS = "access_token"
    REFRESH = "refresh_token"
    LINK = "link"  # of an invite or a reset


class TooManyGuessesError(HeadraceError):
    """The address of this request has guessed; nothing that it sends is looked at for a while."""

    status, code, title = 429, "too_many_guesses", "Too many wrong credentials"


@dataclass(frozen=True, slots=True)
class Scope:
    """What is counted together: an IPv4 address, an IPv6 network of a customer (/64) or of a site (/48), an account.

    `known_as`: what must have shown a right credential for its wait to be short.
    """

    name: str
    free: int
    known_as: str
    is_address: bool = True

    @property
    def target(self) -> str:
        """How the audit log names it."""
        return f"address:{self.name}" if self.is_address else self.name


@lru_cache(maxsize=MOST_ADDRESSES)
def scopes_of(host: str) -> tuple[Scope, ...]:
    """Return what an address counts to, the narrowest first."""
    address = parse_address(host)
    if isinstance(address, IPv6Address):
        networks = (ip_network((address, bits), strict=False) for bits in (64, 48))
        return tuple(_of_address(str(one), free) for one, free in zip(networks, (FREE, FREE_OF_SITE), strict=True))
    return (_of_address("unknown" if address is None else str(address), FREE),)


def _of_address(name: str, free: int) -> Scope:
    return Scope(name, free, name)


def place_of(host: str, account: bytes) -> str:
    """Return the name of an account at an address, from where its user has signed in or not."""
    return f"place:{account.hex()}:{scopes_of(host)[0].name}"


def password_scopes_of(host: str, account: bytes, *, is_known: bool) -> tuple[Scope, ...]:
    """Return what a wrong password counts to; `account` stands for what was typed, whether it exists or not.

    Where the account's user has signed in before he is counted apart, so that nobody who guesses from elsewhere keeps
    him out. A wrong password keeps no program of the same address from its work.
    """
    place = place_of(host, account)
    own = place if is_known else f"account:{account.hex()}"
    here = Scope(f"sign-ins:{scopes_of(host)[0].name}", FREE_PASSWORDS_HERE, place, is_address=False)
    return (Scope(own, FREE_PASSWORDS, place, is_address=False), here)


def pause_s(guesses: int, free: int) -> float:
    """Return for how long an address waits after so many guesses."""
    return 0.0 if guesses < free else min(LONGEST_S, 2.0 ** min(guesses - free, 30))


@dataclass(slots=True)
class _Entry:
    """What is known of one scope. `seen`: digests of the last guesses; `since_s`: when its wait was heard of."""

    seen: OrderedDict[bytes, None] = field(default_factory=OrderedDict)
    since_s: float = -math.inf
    until_s: float = -math.inf
    last_s: float = -math.inf


class Guesses:
    """The guesses of all addresses, as this process knows them; no call of it waits for anything."""

    def __init__(self, key: str, token: str = "", clock: Callable[[], float] = monotonic_s) -> None:
        """Know of none. `key`: digests are made with it, so that they are worth nothing elsewhere."""
        self._key = hashlib.sha256(key.encode()).digest()
        self._clock = clock
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self.known = KnownAddresses(f"{key}\0{token}", MOST_ADDRESSES, clock)

    def digest(self, credential: str, kind: Kind) -> bytes:
        """Return what stands for a credential: of a token in a header always the same, so that it counts once."""
        salt = b"" if kind is Kind.TOKEN else secrets.token_bytes(hashlib.blake2b.SALT_SIZE)
        content = credential.encode("utf-8", "replace")
        return hashlib.blake2b(content, key=self._key, salt=salt, digest_size=12).digest()

    def account(self, name: str) -> bytes:
        """Return what stands for an account, by what was typed as its name."""
        return hashlib.blake2b(name.encode("utf-8", "replace"), key=self._key, digest_size=12).digest()

    def check(self, host: str, kind: Kind) -> None:
        """Say that a credential may be looked at. Raises: TooManyGuessesError."""
        if self._entries:
            self.check_scopes(scopes_of(host), kind)

    def check_scopes(self, scopes: Iterable[Scope], kind: Kind) -> None:
        """As `check`, for what else is counted."""
        left_s = max(self._left_s(scope) for scope in scopes)
        if left_s > 0:
            metrics.WRONG_CREDENTIALS.labels(kind, "refused").inc()
            wait_s = math.ceil(left_s)
            raise TooManyGuessesError(
                f"Too many wrong credentials came {_WHENCE[kind is Kind.PASSWORD]}. Try again in {wait_s} s.",
                headers={"Retry-After": str(wait_s)},
            )

    def know(self, host: str) -> None:
        """Remember that the right token came from an address."""
        self.known.add(scopes_of(host)[0].name)

    def count(self, scope: Scope, digest: bytes) -> tuple[int, bool]:
        """Count a wrong credential; return how many guesses there were, and whether this is one more."""
        entry, now_s = self._entry(scope.name), self._clock()
        if now_s - entry.last_s > KEPT_S:
            entry.seen.clear()
        is_new = digest not in entry.seen
        if is_new:
            entry.seen[digest] = None
            entry.last_s = now_s
            self.block(scope.name, pause_s(len(entry.seen), scope.free))
            while len(entry.seen) > MOST_KEPT:
                entry.seen.popitem(last=False)
        return len(entry.seen), is_new

    def block(self, name: str, left_s: float) -> None:
        """Let a scope wait, as this process or another one found; hearing of the same wait again changes nothing."""
        if left_s > 0:
            entry, now_s = self._entry(name), self._clock()
            if now_s + left_s > entry.until_s + SAME_WAIT_S:
                entry.since_s, entry.until_s = now_s, now_s + left_s

    def _entry(self, name: str) -> _Entry:
        entry = self._entries.setdefault(name, _Entry())
        self._entries.move_to_end(name)
        while len(self._entries) > MOST_ADDRESSES:
            self._entries.popitem(last=False)
        return entry

    def _left_s(self, scope: Scope) -> float:
        entry = self._entries.get(scope.name)
        if entry is None:
            return 0.0
        is_known = scope.known_as in self.known
        until_s = min(entry.until_s, entry.since_s + LONGEST_KNOWN_S) if is_known else entry.until_s
        return until_s - self._clock()
