"""What the URLs of servers have in common: their parts, read leniently, and the words that refuse one.

No word ever shows a password, or what may be a piece of one.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote

TRUE, FALSE = frozenset({"true", "1", "on", "yes"}), frozenset({"false", "0", "off", "no"})
MAX_PORT = 65535
_USER = re.compile(r"([^:/?@,\[\]]*)(?::(.*))?", re.DOTALL)
_HOST = re.compile(r"(?P<name>\[[^\]]*\]|[^:\[\]]*)(?::(?P<port>\d*))?")
_BARE_IPV6 = re.compile(r"[0-9a-f]*:[0-9a-f.]*:[0-9a-f:.]*(%.+)?", re.IGNORECASE)
_PLAIN = re.compile(r"[\w.+-]{1,60}", re.ASCII)


def split_user(text: str) -> tuple[str, str | None, str]:
    """Return user, password (None: no word of one) and the rest of what follows `://`.

    A password may hold what should have been percent-encoded, such as @, / or ?.
    """
    plain = re.split(r"[/?]", text, maxsplit=1)[0]
    if "@" in plain:
        userinfo, _, _ = plain.rpartition("@")
        rest = text[len(userinfo) + 1 :]
    else:
        userinfo, at, rest = text.partition("@")
        user = _USER.fullmatch(userinfo)
        if not at or user is None or user[2] is None or re.match(r"[\d,]*/[^?]*\?[^?]*=", user[2]):
            return "", None, text  # the @ stands in the query
    name, colon, password = userinfo.partition(":")
    return unquote(name), unquote(password) if colon else None, rest


def split_query(query: str) -> list[tuple[str, str]]:
    """Return the parameters that have a value, decoded; a + stays one."""
    pairs = (part.partition("=") for part in query.split("&"))
    return [(unquote(name).strip(), unquote(value)) for name, _, value in pairs if value]


def split_host(text: str, *, default_port: int) -> tuple[str, int]:
    """Return host and port of `host`, `host:port`, `[address]:port` or a bare IPv6 address; the host may be empty."""
    text = text.strip()
    if _BARE_IPV6.fullmatch(text):
        return text, default_port
    found = _HOST.fullmatch(text)
    if found is None:
        raise ValueError(f"{shown(text)} is no host: write host:{default_port}, or [address]:{default_port} for IPv6")
    return found["name"].strip("[]"), as_port(found["port"] or "", default_port=default_port)


def as_port(text: str, *, default_port: int) -> int:
    """Return a port, or the default for an empty text."""
    if not text:
        return default_port
    if not text.isdecimal() or not 0 < int(text) <= MAX_PORT:
        raise ValueError(f"{shown(text)} is no port")
    return int(text)


def as_bool(name: str, value: str) -> bool:
    """Return what a word means."""
    if value.lower() not in TRUE | FALSE:
        raise ValueError(f"{name}: write true or false")
    return value.lower() in TRUE


def one_of(given: dict[str, str], name: str, known: tuple[str, ...]) -> str:
    """Take a parameter out; the first of `known` is the default, and "" stands for none."""
    value = given.pop(name, known[0])
    if value not in known:
        raise ValueError(f"{name}={shown(value)} is none: write {listed(one for one in known if one)}")
    return value


def readable(name: str, path: str) -> str:
    """Return a path as it is when a file is there that can be read."""
    try:
        with Path(path).open("rb"):
            return path
    except OSError as error:
        raise ValueError(f"{name}: {path}: {(error.strerror or 'cannot be read').lower()}") from None


def listed(values: Iterable[str]) -> str:
    """Return values as a sentence has them: a, b or c."""
    *most, last = values
    return f"{', '.join(most)} or {last}" if most else last


def shown(text: str) -> str:
    """Return a piece of a URL as it may be shown: what is no plain word may be part of a password."""
    return text if _PLAIN.fullmatch(text) else "what stands there"
