"""What an address or a key in a setting may look like, and how it is shown without what is secret in it.

Each `as_…` returns the text as it is used, and raises a ValueError that says what is wrong and never shows a secret.
"""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

# Beside white space, what copying leaves at the ends of a key: signs without a width, and the byte order mark.
_INVISIBLE = (
    "\u00ad\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,252}[A-Za-z0-9_])?\.?")
_PATH = re.compile(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+")
# Where a proxy takes the root path off, nobody could tell these from it.
_OWN_PATHS = frozenset(
    {
        *("api", "v1", "docs", "redoc", "openapi.json", "live", "ready", "health", "metrics", "assets", "signin"),
        *("invite", "reset"),
        *("jobs", "queues", "dead-letters", "files", "providers", "new"),
    }
)
_LAN_ENDS = (".local", ".lan", ".internal", ".home.arpa", ".localhost", ".test")
MASK = "***"
WELL_KNOWN = "/.well-known/openid-configuration"  # Source: OpenID Connect Discovery 1.0, 4
_ORIGIN_FORM = "http(s)://host[:port] of each, such as https://tools.example.org"
_USUAL_PORTS = {"http": 80, "https": 443}


def as_key(text: str) -> str:
    """Return a secret as it can stand in a header, without what copying left at its ends."""
    key = text
    while key != (key := key.strip().strip(_INVISIBLE)):
        pass
    if not (key.isascii() and key.isprintable()):
        raise ValueError("it has a character that no key has, such as a line break or a sign without a width")
    return key


def as_base_url(text: str) -> str:
    """Return the address of a provider's API if it is one."""
    parts = _http(text, "no base URL", "http(s)://host[:port]/path")
    if parts.query or parts.fragment or text.endswith(("?", "#")):
        raise ValueError(
            "no base URL: leave out what begins with ? or #; a provider's query is `query` in providers.toml"
        )
    if parts.username is not None:
        raise ValueError("a key belongs into a variable of its own, not into the URL")
    return text


def as_site(text: str) -> str:
    """Return the address under which browsers find the interface, if it is one."""
    parts = _http(text, "no address of a site", "http(s)://host[:port]")
    if parts.query or parts.fragment or parts.username is not None:
        raise ValueError("no address of a site: write only http(s)://host[:port], without login, ? and #")
    return text


def as_issuer(text: str) -> str:
    """Return an OpenID provider's issuer, if it may be one, without a slash or the document's path at its end."""
    parts = _http(text, "no issuer", "https://host[:port]/path")
    if parts.query or parts.fragment or parts.username is not None:
        raise ValueError("no issuer: write only https://host[:port]/path, without login, ? and #")
    return text.rstrip("/").removesuffix(WELL_KNOWN).rstrip("/")


def as_origin(text: str) -> str:
    """Return the origin of another site's pages as browsers send it, if it is one."""
    what = f"{masked(text)[:80]!r} is no origin"
    parts = _http(text, what, _ORIGIN_FORM)
    host = parts.hostname or ""
    is_alone = text.lower() == f"{parts.scheme}://{parts.netloc}".lower() and "@" not in text and text[-1] != ":"
    if not is_alone or not (_HOST.fullmatch(host) or ":" in host):
        raise ValueError(f"{what}: write {_ORIGIN_FORM}")
    is_usual = parts.port in {None, _USUAL_PORTS[parts.scheme]}
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{'' if is_usual else f':{parts.port}'}"


def as_root_path(text: str) -> str:
    """Return the path under which a proxy shows the interface and the API, without a slash at its end."""
    path = text.rstrip("/")
    if path and not _PATH.fullmatch(path):
        raise ValueError("write a path alone that begins with a slash, such as /headrace")
    if path.split("/")[1:2] and (first := path.split("/")[1]) in _OWN_PATHS:
        raise ValueError(f"a path of Headrace's own begins with /{first}; choose another name, such as /headrace")
    return path


def as_host(text: str) -> str:
    """Return a name or an IP address on which a process listens, if it is one."""
    name = text.strip()
    try:
        ipaddress.ip_address(name)
    except ValueError:
        if not _HOST.fullmatch(name):
            raise ValueError("write a host's name or IP address alone, such as 127.0.0.1 or 0.0.0.0") from None
    return name


def is_exposed(url: str) -> bool:
    """Say whether what is sent to a site crosses networks of strangers as plain text."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme != "http":
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith(_LAN_ENDS)


def masked(text: str) -> str:
    """Return a URL, or what somebody took for one, without login, query and fragment."""
    scheme, between, rest = text.partition("://") if "://" in text else ("", "", text)
    before, at, after = rest.rpartition("@")
    if "?" in before:  # is it a query's or a password's?
        return f"{scheme}{between}{MASK}"
    place, mark, _ = after.partition("?")
    return f"{scheme}{between}{f'{MASK}@' if at else ''}{place.partition('#')[0]}{f'?{MASK}' if mark else ''}"


def _http(text: str, what: str, form: str) -> SplitResult:
    if any(char.isspace() or not char.isprintable() or char in _INVISIBLE for char in text):
        raise ValueError(f"{what}: it has a blank or an invisible sign in it; write {form}")
    try:
        parts = urlsplit(text)
        port, host = parts.port, parts.hostname
    except ValueError:
        raise ValueError(f"{what}: its host or port is none; write {form}") from None
    if parts.scheme not in {"http", "https"} or not host or port == 0:
        raise ValueError(f"{what}: write {form}")
    return parts
