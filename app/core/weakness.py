"""Which secrets are too weak for production, and why; the reasons never show one."""

import re
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

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
_WITHOUT_PASSWORD = ("sslcert", "sslkey", "ssl_certfile", "ssl_keyfile", "passfile", "service")


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


def of_url(url: str) -> str | None:
    """Say why the password in a server's URL is too weak, or None; one is not needed beside a client's certificate."""
    try:
        parts = urlsplit(url)
        query = parse_qs(parts.query)
    except ValueError:
        return None  # no URL, which is said elsewhere
    if any(name in query for name in _WITHOUT_PASSWORD):
        return None
    password = (query.get("password") or [unquote(parts.password or "")])[0]
    if not password and _is_socket(parts, query):
        return None
    return of_password(password, user=(query.get("user") or [unquote(parts.username or "")])[0])


def of_logins(text: str) -> str | None:
    """Say why one of `user:password,user:password` is too weak, or None."""
    for login in text.split(","):
        user, _, password = login.strip().partition(":")
        if why := of_password(password, user=user):
            return why
    return None


JUDGES: Mapping[str, Callable[[str], str | None]] = {
    "service_token": of_token,
    "secret_key": of_token,
    "database_url": of_url,
    "redis_url": of_url,
    "flower_basic_auth": of_logins,
}


def judge(secrets: Mapping[str, str]) -> dict[str, str]:
    """Return why secrets are too weak, by name; `secrets` has a text for each of JUDGES, "" where it is not set."""
    reasons = {name: why for name, text in secrets.items() if text and (why := JUDGES[name](text))}
    passwords = {one for name in ("database_url", "redis_url") for one in _passwords(secrets[name])}
    token, key = secrets["service_token"], secrets["secret_key"]
    if key and key in {token, *passwords}:
        reasons.setdefault("secret_key", "it is also another secret; make one of its own")
    if token in passwords:
        reasons.setdefault("service_token", "it is also a server's password; make one of its own")
    return reasons


def _passwords(url: str) -> Iterator[str]:
    """Yield the password of a URL, if it has one."""
    try:
        found = urlsplit(url).password
    except ValueError:
        return
    if found:
        yield unquote(found)


def _is_socket(parts: SplitResult, query: dict[str, list[str]]) -> bool:
    """Say whether a URL names a socket of this machine, where PostgreSQL asks the system who calls."""
    host = (query.get("host") or [""])[0] or unquote(parts.hostname or "")
    return host.startswith("/")


def _repeats(text: str) -> bool:
    """Say whether a text is a shorter one several times."""
    return text in (text + text)[1:-1]
