"""REDIS_URL: each usual form means one thing for the API's client and for Celery's."""

import ssl
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from app.core import broker, redis
from app.core.redis_url import RedisAddress, RedisTls, parse

PLAIN = RedisAddress(hosts=(("h", 6379),), password="p")
TLS = replace(PLAIN, tls=RedisTls())
TWO = RedisAddress(hosts=(("a", 26379), ("b", 1)), master="m", password="p")
FILE = __file__


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://:p@h", PLAIN),
        ("redis://:p@h:6379/0", PLAIN),
        ("REDIS://:p@h/", PLAIN),
        (" redis://:p@h\n", PLAIN),
        ("valkey://:p@h", PLAIN),
        ("redis://h?password=p", PLAIN),
        ("redis://", RedisAddress(hosts=(("localhost", 6379),))),
        ("redis://h:6380/2", RedisAddress(hosts=(("h", 6380),), db=2)),
        ("redis://h?db=2", RedisAddress(hosts=(("h", 6379),), db=2)),
        ("redis://h/1?db=2", RedisAddress(hosts=(("h", 6379),), db=2)),
        ("redis://h?virtual_host=2", RedisAddress(hosts=(("h", 6379),), db=2)),
        ("redis://[::1]:1/0", RedisAddress(hosts=(("::1", 1),))),
        ("redis://user:p@h", replace(PLAIN, username="user")),
        ("redis://user@h?password=p", replace(PLAIN, username="user")),
        ("redis://:p%40%2F+=@h", replace(PLAIN, password="p@/+=")),
        ("redis://:a/b?c#d@h", replace(PLAIN, password="a/b?c#d")),
        ("rediss://:p@h", TLS),
        ("valkeys://:p@h", TLS),
        ("redis://:p@h?ssl=true", TLS),
        ("rediss://:p@h?ssl_cert_reqs=required", TLS),
        ("rediss://:p@h?ssl_cert_reqs=CERT_REQUIRED", TLS),
        ("rediss://:p@h?ssl_cert_reqs=none", replace(TLS, tls=RedisTls(ssl_cert_reqs="none"))),
        ("rediss://:p@h?ssl_cert_reqs=CERT_NONE", replace(TLS, tls=RedisTls(ssl_cert_reqs="none"))),
        ("rediss://:p@h?ssl_check_hostname=False", replace(TLS, tls=RedisTls(ssl_check_hostname=False))),
        (
            f"rediss://:p@h?ssl_ca_certs={FILE}&ssl_certfile={FILE}&ssl_keyfile={FILE}&ssl_password=x",
            replace(TLS, tls=RedisTls(ssl_ca_certs=FILE, ssl_certfile=FILE, ssl_keyfile=FILE, ssl_password="x")),
        ),
        ("unix:///run/r.sock", RedisAddress(path="/run/r.sock")),
        ("unix://user:p@/run/r.sock?db=3", RedisAddress(path="/run/r.sock", db=3, username="user", password="p")),
        ("redis+socket:///run/r.sock?virtual_host=3", RedisAddress(path="/run/r.sock", db=3)),
        ("redis+sentinel://:p@a,b:1/m/2", replace(TWO, db=2)),
        ("redis+sentinel://:p@a,b:1/m", TWO),
        ("redis-sentinel://:p@a,b:1/2?sentinelMasterId=m", replace(TWO, db=2)),
        ("redis-sentinel://:p@a,b:1/2#m", replace(TWO, db=2)),
        ("sentinel://:p@a:26379;sentinel://:p@b:1/2?master_name=m", replace(TWO, db=2)),
        ("sentinel://:p@a/;sentinel://b:1/?master_name=m", TWO),
        ("sentinel://:p@a,b:1/0?service_name=m", TWO),
        (
            "redis+sentinel://user:p@a,b:1/m?sentinel_username=su&sentinel_password=sp",
            replace(TWO, username="user", sentinel_username="su", sentinel_password="sp"),
        ),
        ("rediss+sentinel://:p@a,b:1/m", replace(TWO, tls=RedisTls())),
        ("redis+sentinel://:p@[::1]:2,b:1/m", replace(TWO, hosts=(("::1", 2), ("b", 1)))),
    ],
)
def test_a_url_is_read(url: str, expected: RedisAddress) -> None:
    assert parse(url) == expected


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://:SECRET@h", "http:// is not Redis'"),
        ("h:6379", "it is no URL"),
        ("", "it is no URL"),
        ('"redis://:SECRET@h"', "quotes"),
        ("redis+cluster://:SECRET@h", "cluster mode is not for Celery"),
        ("redis://:SECRET@a,b", "several hosts"),
        ("redis://:SECRET@h:x", "is no host"),
        ("redis://:SECRET@h:0", "0 is no port"),
        ("redis://:SECRET@h/zero", "zero is no database"),
        ("redis://:SECRET@h?ssl_cert_reqs=none", "rediss:// only"),
        ("rediss://:SECRET@h?ssl=false", "write redis:// for none"),
        ("rediss://:SECRET@h?ssl_cert_reqs=maybe", "write required, optional or none"),
        ("rediss://:SECRET@h?ssl_ca_certs=/no/ca.pem", "ssl_ca_certs: /no/ca.pem: no such file"),
        ("rediss://:SECRET@h?sslrootcert=/x", "write ssl_ca_certs"),
        ("redis://:SECRET@h?socket_timeout=5", "Headrace sets it"),
        ("redis://:SECRET@h?ssl_cert_req=none", "rediss:// only"),
        ("rediss://:SECRET@h?ssl_cert_req=none", "did you mean ssl_cert_reqs?"),
        ("redis+sentinel://:SECRET@a,b", "name the master"),
        ("redis+sentinel://:SECRET@a,b/0", "name the master"),
        ("unix://:SECRET@h/run/r.sock", "three slashes"),
        ("unix://", "three slashes"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_words(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=r".+") as raised:
        parse(url)
    assert words in str(raised.value)
    assert "SECRET" not in str(raised.value)


@pytest.fixture
def celery(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """Make a function that returns what Celery would connect with for a URL, without connecting."""
    from app.core.settings import load_settings

    monkeypatch.setenv("CELERY_BROKER_URL", "redis://elsewhere:1/0")
    monkeypatch.setenv("CELERY_BROKER_READ_URL", "redis://elsewhere:1/0")

    def made(url: str) -> Any:
        monkeypatch.setattr(broker, "get_settings", lambda: load_settings(redis_url=url))
        app = broker._Application("tried")
        app.add_defaults(broker._configuration)
        return app.connection_for_read()

    return made


def _celerys(connection: Any) -> dict[str, Any]:
    """Return the arguments of the connections that kombu's channel would open."""
    transport = connection.transport
    channel = object.__new__(transport.Channel)
    channel.connection = transport
    for name, value in connection.transport_options.items():
        if name in transport.Channel.from_transport_options:
            setattr(channel, name, value)
    channel._pool = channel._async_pool = None
    pool = channel._get_pool()
    return {"class": pool.connection_class, **pool.connection_kwargs}


SAME = ("host", "port", "path", "db", "username", "password", "ssl_ca_certs", "ssl_check_hostname", "ssl_certfile")


@pytest.mark.parametrize(
    "url",
    [
        "redis://:p%40@h:1/2",
        "redis://user:p@[::1]:1/2",
        "rediss://h",
        "rediss://user:p@h:1/2",
        f"rediss://:p@h:1/2?ssl_cert_reqs=none&ssl_ca_certs={FILE}&ssl_certfile={FILE}",
        "unix://user:p%2F@/run/a%20b/r.sock?db=3",
        "redis+sentinel://user:p@a,b:1/m/2?sentinel_password=sp",
        "rediss+sentinel://user:p@a,b:1/m/2",
    ],
)
async def test_celery_connects_as_the_api_does(url: str, celery: Any) -> None:
    client = redis.connect(url)
    ours = client.connection_pool.connection_kwargs
    theirs = _celerys(celery(url))
    assert {name: theirs.get(name) for name in SAME} == {name: ours.get(name) for name in SAME}
    tls = parse(url).tls
    assert ("SSL" in theirs["class"].__mro__[0].__name__) is (tls is not None)
    assert ("SSL" in client.connection_pool.connection_class.__name__) is (tls is not None)
    if tls:
        wanted = {"required": ssl.CERT_REQUIRED, "none": ssl.CERT_NONE}[tls.ssl_cert_reqs]
        assert theirs["ssl_cert_reqs"] is wanted
        assert theirs["health_check_interval"] == 5
    await client.aclose()


def test_each_scheme_has_our_transport_and_kombus_derivations(celery: Any) -> None:
    for url, scheme in (("redis://h", "redis"), ("rediss://h", "rediss"), ("redis+sentinel://h/m", "sentinel")):
        connection = celery(url)
        assert connection.transport_cls == scheme  # what Flower and Celery's own branches ask
        assert connection.transport.driver_type == "redis"
        assert type(connection.transport).__module__ == "app.core.transport"
        assert connection.as_uri().startswith(f"{scheme}://:**@h")


def test_the_broker_is_that_of_the_settings_alone(celery: Any) -> None:
    assert celery("redis://h:2/1").hostname == "h"
