"""Which secrets are too weak for production, and why; the reasons never show one."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress

from app.core import database_url, redis_url, setting_sources

MIN_SECRET_CHARS = 32
MIN_PASSWORD_CHARS = 12
MIN_DIGITS = 16  # of a password that has no letter
MIN_SECRET_SIGNS = 8
MIN_PASSWORD_SIGNS = 5
# Without what people add to them: digits, signs, capitals.
_KNOWN = frozenset(
    {
        *("abc", "admin", "administrator", "asdf", "asdfgh", "changeit", "changeme", "default", "demo", "dev"),
        *("flower", "foobar", "guest", "headrace", "hello", "letmein", "mypassword", "mysecret", "pass", "passw"),
        *("password", "passwort", "pg", "postgres", "postgresql", "pwd", "qwerty", "redis", "root", "secret"),
        *("service", "superuser", "test", "token", "user", "valkey", "welcome"),
    }
)
_EXAMPLE = re.compile(
    r"change.?(me|this|it)\b|replace.?(me|this|with)|your.?(own|secret|token|key|password)|example|placeholder|insecure|dummy"
    r"|(super|top|very).?secret|<.*>|\.\.\.|\bx{4,}\b",
    re.IGNORECASE,
)


def of_token(text: str) -> str | None:
    """Say why a token or signing key is too weak, or None."""
    if len(text) < MIN_SECRET_CHARS:
        return f"shorter than {MIN_SECRET_CHARS} characters"
    if len(set(text)) < MIN_SECRET_SIGNS or _repeats(text):
        return "it repeats a few characters"
    if _EXAMPLE.search(text):
        return "it looks like an example's"
    return None


def of_password(text: str, *, user: str = "") -> str | None:
    """Say why a password is too weak, or None."""
    bare = re.sub(r"[\W\d_]+", "", text.lower())
    if not text or bare in _KNOWN or _repeats(text) or not (bare or len(text) >= MIN_DIGITS):
        return "its password is missing or a well-known one"
    if user and bare == re.sub(r"[\W\d_]+", "", user.lower()):
        return "its password is the user's name"
    if _EXAMPLE.search(text):
        return "its password looks like an example's"
    if len(text) < MIN_PASSWORD_CHARS:
        return f"its password is shorter than {MIN_PASSWORD_CHARS} characters"
    if len(set(text)) < MIN_PASSWORD_SIGNS:
        return "its password repeats a few characters"
    return None


def of_database(url: str) -> str | None:
    """Say why the password in DATABASE_URL is too weak, or None.

    None is needed beside a client's certificate, a password file, or a socket, where the system says who calls.
    """
    try:
        address = database_url.parse(url)
    except ValueError:
        return None  # which is told for itself
    password = address.password or setting_sources.variable("PGPASSWORD")
    if not password and (address.tls.sslcert or address.passfile or address.hosts[0][0].startswith("/")):
        return None
    return of_password(password, user=address.user)


def of_redis(url: str) -> str | None:
    """Say why the password in REDIS_URL is too weak, or None; none is needed beside a certificate or a socket."""
    try:
        address = redis_url.parse(url)
    except ValueError:
        return None  # which is told for itself
    if not address.password and (address.path or (address.tls and address.tls.ssl_certfile)):
        return None
    return of_password(address.password or "", user=address.username or "")


def of_logins(text: str) -> str | None:
    """Say why one of `user:password,user:password` is too weak, or None."""
    for login in text.split(","):
        user, _, password = login.strip().partition(":")
        if why := of_password(password, user=user):
            return why
    return None


JUDGES: Mapping[str, Callable[[str], str | None]] = {
    "service_token": of_token,
    "service_token_previous": of_token,
    "secret_key": of_token,
    "database_url": of_database,
    "redis_url": of_redis,
    "flower_basic_auth": of_logins,
}


def judge(secrets: Mapping[str, str]) -> dict[str, str]:
    """Return why secrets are too weak, by name; `secrets` has a text for each of JUDGES, "" where it is not set."""
    reasons = {name: why for name, text in secrets.items() if text and (why := JUDGES[name](text))}
    passwords = set(_passwords(secrets["database_url"], secrets["redis_url"]))
    tokens, key = {name: secrets[name] for name in ("service_token", "service_token_previous")}, secrets["secret_key"]
    if key and key in {*tokens.values(), *passwords}:
        reasons.setdefault("secret_key", "it is also another secret; make one of its own")
    for name, token in tokens.items():
        if token and token in passwords:
            reasons.setdefault(name, "it is also a server's password; make one of its own")
    return reasons


def _passwords(database: str, redis: str) -> Iterator[str]:
    with suppress(ValueError):
        yield database_url.parse(database).password or ""
    with suppress(ValueError):
        yield redis_url.parse(redis).password or ""


def _repeats(text: str) -> bool:
    """Say whether a text is a shorter one several times."""
    return text in (text + text)[1:-1]
