"""What a request's address, scheme and host are behind proxies, trusted and not."""

from collections.abc import Sequence
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from app.core import proxies
from app.core.proxies import TrustedProxies, parse_trusted
from app.core.settings import SettingsError, load_settings

PROXY, NEXT, CLIENT, VICTIM = "10.0.0.1", "10.0.0.2", "203.0.113.7", "198.51.100.1"
TRUSTED = ("10.0.0.0/24", "2001:db8::/64", "unix")
XFF, PROTO, HOST, FORWARDED = "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded"


async def seen(
    *headers: tuple[str, str], peer: tuple[str, int] | None = (PROXY, 4711), trusted: Sequence[str] = TRUSTED
) -> tuple[str | None, str, str]:
    """Return address, scheme and host as the application sees them."""
    found: dict[str, Any] = {}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        found.update(scope)

    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in (("Host", "api:8000"), *headers)]
    scope = {"type": "http", "client": peer, "scheme": "http", "headers": raw}
    await TrustedProxies(app, trusted=trusted)(scope, None, None)  # type: ignore[arg-type]
    hosts = [value.decode() for name, value in found["headers"] if name == b"host"]
    assert len(hosts) == 1
    return found["client"][0] if found["client"] else None, found["scheme"], hosts[0]


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        ([], PROXY),
        ([(XFF, CLIENT)], CLIENT),
        ([(XFF, f"{VICTIM}, {CLIENT}")], CLIENT),  # what the client wrote itself stands to the left
        ([(XFF, f"{CLIENT}, {NEXT}")], CLIENT),
        ([(XFF, f"{VICTIM},{CLIENT} , {NEXT}")], CLIENT),
        ([(XFF, VICTIM), (XFF, CLIENT)], CLIENT),  # two lines are one list
        ([(XFF, f"{NEXT}, 10.0.0.3")], NEXT),  # one of the proxies itself asks
        ([(XFF, f"{CLIENT}:51234")], CLIENT),
        ([(XFF, "[2001:db8:1::9]:443")], "2001:db8:1::9"),
        ([(XFF, "2001:db8:1::9")], "2001:db8:1::9"),
        ([(XFF, f"::ffff:{CLIENT}")], CLIENT),
        ([(XFF, "fe80::1%eth0")], "fe80::1"),
        ([(XFF, "nonsense")], PROXY),
        ([(XFF, f"nonsense, {NEXT}")], NEXT),
        ([(XFF, f"{VICTIM}, unknown, {NEXT}")], NEXT),
        ([(XFF, "")], PROXY),
        ([(XFF, ", ,")], PROXY),
        ([(FORWARDED, f"for={CLIENT}")], CLIENT),
        ([(FORWARDED, f"for={VICTIM}, for={CLIENT};proto=https, for={NEXT}")], CLIENT),
        ([(FORWARDED, 'For="[2001:db8:1::9]:47011"')], "2001:db8:1::9"),
        ([(FORWARDED, f'for="{CLIENT}:80" ; by={NEXT}')], CLIENT),
        ([(FORWARDED, f'for={VICTIM};x="a,b;c\\",", for={CLIENT}')], CLIENT),
        ([(FORWARDED, f'for={VICTIM};x=", for={CLIENT}')], PROXY),  # an open quote swallows the rest
        ([(FORWARDED, "for=unknown")], PROXY),
        ([(FORWARDED, "for=_hidden, for=10.0.0.9")], "10.0.0.9"),
        ([(FORWARDED, f"for={CLIENT}"), (XFF, CLIENT)], CLIENT),
        # A proxy passes on the header that it does not write itself: the client's.
        ([(FORWARDED, f"for={VICTIM}"), (XFF, CLIENT)], PROXY),
        ([(FORWARDED, f"for={CLIENT}"), (XFF, VICTIM)], PROXY),
        ([(FORWARDED, "for=unknown"), (XFF, VICTIM)], PROXY),
        ([(FORWARDED, "proto=https"), (XFF, CLIENT)], PROXY),
    ],
)
async def test_the_address_is_the_right_most_that_no_trusted_proxy_has(
    headers: list[tuple[str, str]], address: str
) -> None:
    assert (await seen(*headers))[0] == address


@pytest.mark.parametrize("peer", [(CLIENT, 5), ("10.0.1.1", 5), ("2001:db8:1::1", 5)])
async def test_nobody_else_is_believed(peer: tuple[str, int]) -> None:
    said = [(XFF, VICTIM), (PROTO, "https"), (HOST, "evil.test"), (FORWARDED, f"for={VICTIM};proto=https;host=evil")]
    for header in said:
        assert await seen(header, peer=peer) == (peer[0], "http", "api:8000")
    assert await seen(*said, peer=peer) == (peer[0], "http", "api:8000")
    assert await seen(*said, trusted=()) == (PROXY, "http", "api:8000")


async def test_a_proxy_may_have_an_ipv6_address_or_none() -> None:
    assert (await seen((XFF, CLIENT), peer=("2001:db8::5", 1)))[0] == CLIENT
    assert (await seen((XFF, CLIENT), peer=("::ffff:10.0.0.1", 1)))[0] == CLIENT
    assert (await seen((XFF, CLIENT), peer=None))[0] == CLIENT
    assert (await seen((XFF, CLIENT), peer=None, trusted=(PROXY,)))[0] is None


async def test_what_a_server_made_of_the_headers_by_rules_of_its_own_does_not_count() -> None:
    """uvicorn believes this machine unless it is told not to; such a client has no port."""
    said = (XFF, VICTIM), (PROTO, "https")
    assert (await seen(*said, peer=(VICTIM, 0), trusted=()))[:2] == ("127.0.0.1", "http")
    assert (await seen(*said, peer=(VICTIM, 0), trusted=("127.0.0.1",)))[:2] == (VICTIM, "https")


@pytest.mark.parametrize(
    ("headers", "scheme", "host"),
    [
        ([(PROTO, "https")], "https", "api:8000"),
        ([(XFF, CLIENT), (PROTO, "HTTPS"), (HOST, "headrace.test")], "https", "headrace.test"),
        ([(XFF, f"{CLIENT}, {NEXT}"), (PROTO, "https, http")], "https", "api:8000"),
        ([(XFF, f"{VICTIM}, {CLIENT}"), (PROTO, "https")], "https", "api:8000"),
        ([(XFF, CLIENT), (HOST, "evil.test, headrace.test")], "http", "headrace.test"),
        ([(XFF, CLIENT), (PROTO, "gopher"), (HOST, "a b\r\nX: y")], "http", "api:8000"),
        ([(FORWARDED, f'for={CLIENT};proto=https;host="headrace.test:8443"')], "https", "headrace.test:8443"),
        ([(FORWARDED, f"for={VICTIM};host=evil.test, for={CLIENT};host=headrace.test")], "http", "headrace.test"),
    ],
)
async def test_scheme_and_host_are_those_of_the_same_hop(
    headers: list[tuple[str, str]], scheme: str, host: str
) -> None:
    assert (await seen(*headers))[1:] == (scheme, host)


def test_proxies_are_addresses_or_networks() -> None:
    assert load_settings(trusted_proxies=" 10.0.0.1, 2001:db8::/32,unix,").trusted_proxies == (
        "10.0.0.1/32",
        "2001:db8::/32",
        "unix",
    )
    assert load_settings(trusted_proxies="").trusted_proxies == ()
    for bad in ("*", "proxy.test", "10.0.0.1/8", "10.0.0.1:80", "10.0.0.300"):
        with pytest.raises(SettingsError, match=r"TRUSTED_PROXIES: .*no address, network or 'unix'"):
            load_settings(trusted_proxies=bad)
        with pytest.raises(ValueError, match="no address"):
            parse_trusted(bad)


@pytest.mark.parametrize("header", [XFF, FORWARDED])
async def test_what_a_client_writes_before_the_last_hops_is_not_looked_at(
    header: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[str] = []
    real = proxies.parse_address

    def parse(text: str) -> Any:
        looked_at.append(text)
        return real(text)

    monkeypatch.setattr(proxies, "parse_address", parse)
    each, last = (VICTIM, CLIENT) if header == XFF else (f"for={VICTIM}", f"for={CLIENT}")
    many = ",".join([each] * 4000)
    found = await seen((header, f"{many}, {last}"), (PROTO, ",".join(["https"] * 4001)))
    assert found[0] == (CLIENT if header == XFF else PROXY)
    assert len(looked_at) <= proxies.MOST_HOPS + 1


async def test_what_is_longer_than_an_address_is_not_kept() -> None:
    proxies._parse_address.cache_clear()
    for number in range(20):
        assert (await seen((XFF, f"{'x' * 8000}{number}, {NEXT}")))[0] == NEXT
        assert proxies.parse_address("1" * 8000 + str(number)) is None
    assert proxies._parse_address.cache_info().currsize == 2  # the peer and the next
