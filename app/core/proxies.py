"""From where a request comes: address, scheme and host, read through the proxies that are trusted, and no other.

The address is the right-most one that is no trusted proxy's: what stands to its left the client may have written.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.types import ASGIApp, Receive, Scope, Send

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
UNIX = "unix"  # a proxy that reaches us through a Unix socket, which has no address
MOST_HOPS = 32
MOST_ADDRESS_CHARS = 100  # with a zone and a port; what is longer would only be remembered
MOST_CHARS = 4096  # of Forwarded, which is read from its beginning
SCHEMES = frozenset({"http", "https"})
HEADERS = frozenset({b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto"})
# Where uvicorn's own reading of these headers is on, it trusts this machine; what it put there has no port.
_REWRITTEN_PORT = 0
_LOOPBACK = "127.0.0.1"
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}(:\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:\d{1,5})?")
_PAIR = re.compile(r'\s*([A-Za-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s";,]*))\s*')


@dataclass(frozen=True, slots=True)
class _Hop:
    """What a proxy says of the request that it got; None where it says nothing that can be read."""

    address: Address | None
    scheme: str | None = None
    host: str | None = None


def parse_trusted(text: str) -> str:
    """Return an address, a network or `unix` in its usual form. Raises: ValueError."""
    if text == UNIX:
        return text
    try:
        return str(ip_network(text))
    except ValueError as error:
        raise ValueError(f"{text!r} is no address, network or {UNIX!r} ({error})") from None


def parse_address(text: str) -> Address | None:
    """Return an address without a port, brackets or zone, an IPv4 one where IPv6 only carries it; None: it is none."""
    return _parse_address(text) if len(text) <= MOST_ADDRESS_CHARS else None


@lru_cache(maxsize=4096)
def _parse_address(text: str) -> Address | None:
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found


class TrustedProxies:
    """ASGI middleware, outside of everything that asks who the client is."""

    def __init__(self, app: ASGIApp, *, trusted: Iterable[str]) -> None:
        """Wrap an application; `trusted` is as `parse_trusted` returns it."""
        self._app = app
        self._unix = UNIX in trusted
        self._networks = tuple(ip_network(one) for one in trusted if one != UNIX)
        self._trusts = lru_cache(maxsize=4096)(self._find)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on as its client sent it to the first trusted proxy."""
        if scope["type"] != "lifespan":
            self._settle(scope)
        await self._app(scope, receive, send)

    def _find(self, address: Address | None) -> bool:
        return address is not None and any(
            address in network for network in self._networks if network.version == address.version
        )

    def _settle(self, scope: Scope) -> None:
        client = scope.get("client")
        peer = parse_address(client[0]) if client else None
        is_rewritten = client is not None and client[1] == _REWRITTEN_PORT
        if is_rewritten:
            peer = parse_address(_LOOPBACK)
            scope["client"], scope["scheme"] = (_LOOPBACK, _REWRITTEN_PORT), "http"
        if not (self._trusts(peer) if client else self._unix):
            return
        said: dict[bytes, list[str]] = {}
        for name, value in scope["headers"]:
            if name in HEADERS:
                said.setdefault(name, []).append(value.decode("latin-1"))
        if said:
            self._apply(scope, peer, {name: ",".join(values) for name, values in said.items()})

    def _apply(self, scope: Scope, peer: Address | None, said: Mapping[bytes, str]) -> None:
        found = [self._first_untrusted(hops) for hops in (_read_forwarded(said), _read_x_forwarded(said)) if hops]
        if len({hop.address for hop in found}) > 1:  # the client wrote one, nobody knows which: it counts as the proxy
            return
        hop = found[0] if found else _Hop(None)
        if hop.address not in {None, peer}:
            scope["client"] = (str(hop.address), _REWRITTEN_PORT)
        # Beside no address they come from a proxy that only ends TLS.
        scheme = hop.scheme if found else _last(said.get(b"x-forwarded-proto"))
        host = hop.host if found else _last(said.get(b"x-forwarded-host"))
        if scheme and scheme.lower() in SCHEMES:
            scope["scheme"] = scheme.lower()
        if host and _HOST.fullmatch(host):
            others = [one for one in scope["headers"] if one[0] != b"host"]
            scope["headers"] = [(b"host", host.encode("latin-1")), *others]

    def _first_untrusted(self, hops: Sequence[_Hop]) -> _Hop:
        """Return the hop that the outermost trusted proxy speaks of; it has no address if that cannot be read."""
        chosen = hops[-1]
        for hop in reversed(hops):
            if hop.address is None:
                break
            chosen = hop
            if not self._trusts(hop.address):
                break
        return chosen


def _last(listed: str | None) -> str | None:
    return None if listed is None else listed.rpartition(",")[2].strip()


def _read_x_forwarded(said: Mapping[bytes, str]) -> list[_Hop]:
    """Read X-Forwarded-For; each hop has the scheme and host in its place of a list as long, else the last of it."""
    if b"x-forwarded-for" not in said:
        return []
    addresses = _last_parts(said[b"x-forwarded-for"])

    def beside(name: bytes) -> Sequence[str | None]:
        listed = said.get(name)
        if listed is not None and listed.count(",") == said[b"x-forwarded-for"].count(","):
            return _last_parts(listed)
        return [_last(listed)] * len(addresses)

    found = zip(addresses, beside(b"x-forwarded-proto"), beside(b"x-forwarded-host"), strict=True)
    return [_Hop(parse_address(address), scheme, host) for address, scheme, host in found]


def _last_parts(listed: str) -> list[str]:
    """Return the last parts of a list, as many as hops are looked at; a client may have written any number before."""
    return [part.strip() for part in listed.rsplit(",", MOST_HOPS)[-MOST_HOPS:]]


def _read_forwarded(said: Mapping[bytes, str]) -> list[_Hop]:
    """Read RFC 7239; what is badly formed has no address, so nothing to its left counts."""
    if b"forwarded" not in said:
        return []
    if len(said[b"forwarded"]) > MOST_CHARS:
        return [_Hop(None)]
    hops = []
    for element in _split_quoted(said[b"forwarded"], ","):
        pairs = [_PAIR.fullmatch(part) for part in _split_quoted(element, ";") if part.strip()]
        values = {pair[1].lower(): pair[2] if pair[2] is not None else pair[3] for pair in pairs if pair}
        address = parse_address(values.get("for", "")) if all(pairs) else None
        hops.append(_Hop(address, values.get("proto"), values.get("host")))
    return hops


def _split_quoted(text: str, separator: str) -> list[str]:
    """Split where a separator stands outside of quotes."""
    parts, quoted, escaped, start = [], False, False, 0
    for at, char in enumerate(text):
        if escaped:
            escaped = False
        elif quoted and char == "\\":
            escaped = True
        elif char == '"':
            quoted = not quoted
        elif char == separator and not quoted:
            parts.append(text[start:at])
            start = at + 1
    return [*parts, text[start:]]
