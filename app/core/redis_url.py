"""REDIS_URL: what it says, in whichever usual form, and what each library is told for it.

The API's client and Celery's are given the same, from here; neither reads the URL itself, since one takes for granted
what the other ignores. TLS verifies the server by the authorities of this machine unless the URL says otherwise.
"""

import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any
from urllib.parse import quote, unquote, urlencode

from app.core.url_parts import as_bool, readable, shown, split_host, split_query, split_user

PORT, SENTINEL_PORT = 6379, 26379
FORM = "write redis://user:password@host:6379/0, or rediss:// for TLS"
_SERVER = {"redis": False, "rediss": True, "valkey": False, "valkeys": True}
_SOCKET = frozenset({"unix", "redis+socket", "redis+unix", "valkey+unix"})
_SENTINEL = {
    "sentinel": False,
    "sentinels": True,
    "redis+sentinel": False,
    "rediss+sentinel": True,
    "redis-sentinel": False,
    "rediss-sentinel": True,
    "valkey+sentinel": False,
    "valkeys+sentinel": True,
}
_CLUSTER = "cluster mode is not for Celery: write the URL of one server, or of Sentinel"
_OURS = "leave it out: Headrace sets it"
_INSTEAD = {
    **dict.fromkeys(("socket_timeout", "socket_connect_timeout", "socket_keepalive", "timeout"), _OURS),
    **dict.fromkeys(("health_check_interval", "retry_on_timeout", "max_connections", "client_name"), _OURS),
    **dict.fromkeys(("decode_responses", "encoding", "protocol", "visibility_timeout", "global_keyprefix"), _OURS),
    "sslmode": "write ssl_cert_reqs=required or none",
    "sslrootcert": "write ssl_ca_certs",
    "ssl_ca_path": "write ssl_ca_certs, one file",
    "ssl_ca_data": "write ssl_ca_certs, a file",
    "cluster": _CLUSTER,
}
_MASTER_WORDS = ("master_name", "master", "service_name", "sentinelMasterId", "master_set")
_PARAMETERS = (
    "db",
    "ssl_cert_reqs",
    "ssl_check_hostname",
    "ssl_ca_certs",
    "ssl_certfile",
    "ssl_keyfile",
    "master_name",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisTls:
    """TLS by the names that redis-py and kombu share; None for the authorities of this machine."""

    ssl_cert_reqs: str = "required"
    ssl_check_hostname: bool = True
    ssl_ca_certs: str | None = None
    ssl_certfile: str | None = None
    ssl_keyfile: str | None = None
    ssl_password: str | None = field(default=None, repr=False)

    def options(self) -> dict[str, Any]:
        """Return the arguments of redis-py's SSLConnection."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisAddress:
    """Where Redis is. `master` not empty: `hosts` are sentinels, which know where it is. `path`: a unix socket."""

    hosts: tuple[tuple[str, int], ...] = ()
    path: str = ""
    db: int = 0
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: RedisTls | None = None
    master: str = ""
    sentinel_username: str | None = None
    sentinel_password: str | None = field(default=None, repr=False)

    def login(self) -> dict[str, Any]:
        """Return what both libraries call the login and the database."""
        return {"db": self.db, "username": self.username, "password": self.password}

    def sentinel_options(self) -> dict[str, Any]:
        """Return the arguments of a connection to a sentinel."""
        tls = {"ssl": True, **self.tls.options()} if self.tls else {}
        return {"username": self.sentinel_username, "password": self.sentinel_password, **tls}

    def celery(self) -> dict[str, Any]:
        """Return Celery's settings. The URL is one that kombu reads as it is meant; the rest is said beside it."""
        options: dict[str, Any] = {}
        if self.master:
            options = {"master_name": self.master, "sentinel_kwargs": self.sentinel_options()}
        return {
            "broker_url": ";".join(self._kombu_urls()),
            "broker_use_ssl": self.tls.options() | {"ssl_cert_reqs": _REQS[self.tls.ssl_cert_reqs]}
            if self.tls
            else None,
            "broker_transport_options": options,
        }

    def _kombu_urls(self) -> Iterator[str]:
        login = "".join((quote(self.username or "", safe=""), ":", quote(self.password or "", safe=""), "@"))
        login = login if self.username or self.password else ""
        if self.path:
            yield f"redis+socket://{login}{quote(self.path)}?{urlencode({'virtual_host': self.db})}"
        scheme = "sentinel" if self.master else "rediss" if self.tls else "redis"
        for host, port in self.hosts:  # kombu takes login and database from whichever sentinel it turns to
            yield f"{scheme}://{login}{f'[{host}]' if ':' in host else host}:{port}/{self.db}"


_REQS = {"required": ssl.CERT_REQUIRED, "optional": ssl.CERT_OPTIONAL, "none": ssl.CERT_NONE}


def parse(url: str) -> RedisAddress:
    """Read a URL. Raises: ValueError, in words that hold no password and say what to write instead."""
    text = url.strip()
    scheme, separator, rest = text.partition("://")
    scheme = scheme.lower()
    if not separator or scheme not in {*_SERVER, *_SOCKET, *_SENTINEL}:
        raise ValueError(_no_scheme(text, scheme if separator else ""))
    if scheme in _SENTINEL:
        rest = _joined(rest)
    user, password, rest = split_user(rest)
    place, _, query = rest.partition("?")
    place, _, fragment = place.partition("#")
    authority, slash, path = place.partition("/")
    given = dict(split_query(query.partition("#")[0]))
    login: dict[str, Any] = {
        "username": given.pop("username", "") or user or None,
        "password": given.pop("password", "") or password or None,
    }
    if scheme in _SOCKET:
        found = RedisAddress(path=unquote(slash + path), db=_db(given, ""), **login)
        if authority or len(found.path) < 2:  # noqa: PLR2004
            raise ValueError("write three slashes and the socket's path: unix:///run/redis.sock")
    elif scheme in _SENTINEL:
        found = _sentinel(given, authority, unquote(path), fragment, tls=_SENTINEL[scheme], **login)
    else:
        host = split_host(unquote(authority), default_port=PORT) if "," not in authority else None
        if host is None:
            raise ValueError("several hosts: write the URL of one server, or of Sentinel (redis+sentinel://)")
        found = RedisAddress(
            hosts=((host[0] or "localhost", host[1]),),
            db=_db(given, unquote(path)),
            tls=_tls(given, wanted=_SERVER[scheme]),
            **login,
        )
    for name in given:
        raise ValueError(_unknown(name))
    return found


def _no_scheme(text: str, scheme: str) -> str:
    if text[:1] in {"'", '"'}:
        return "leave out the quotes around it"
    if "cluster" in scheme:
        return _CLUSTER
    return f"{scheme}:// is not Redis': {FORM}" if scheme and shown(scheme) == scheme else f"it is no URL: {FORM}"


def _joined(text: str) -> str:
    """Return Celery's form, which has the scheme, and maybe the login, before each sentinel, as one list of hosts."""
    login, hosts, rest = "", [], ""
    for part in re.split(r";\s*[a-z+-]+://", text, flags=re.IGNORECASE):
        before, at, place = part.rpartition("@")
        host = re.split(r"[/?]", place, maxsplit=1)[0]
        login, rest = login or before + at, place[len(host) :].removesuffix("/") or rest
        hosts.append(host)
    return login + ",".join(hosts) + rest


def _sentinel(
    given: dict[str, str], authority: str, path: str, fragment: str, *, tls: bool, **login: Any
) -> RedisAddress:
    names = [given.pop(word) for word in _MASTER_WORDS if word in given]
    parts = [part for part in path.split("/") if part]
    named = [part for part in parts if not part.isdecimal()]
    master = next(filter(None, (*names, fragment, *named)), "")
    if not master:
        raise ValueError("name the master: redis+sentinel://host1:26379,host2:26379/MASTER/0")
    return RedisAddress(
        hosts=tuple(
            (host or "localhost", port)
            for host, port in (split_host(unquote(one), default_port=SENTINEL_PORT) for one in authority.split(","))
        ),
        db=_db(given, next((part for part in parts if part.isdecimal()), "")),
        tls=_tls(given, wanted=tls),
        master=master,
        sentinel_username=given.pop("sentinel_username", None),
        sentinel_password=given.pop("sentinel_password", None),
        **login,
    )


def _db(given: dict[str, str], path: str) -> int:
    text = given.pop("virtual_host", "") or path.strip("/")
    text = given.pop("db", "") or text or "0"
    if not text.isdecimal():
        raise ValueError(f"{shown(text)} is no database: write its number, such as /0")
    return int(text)


def _tls(given: dict[str, str], *, wanted: bool) -> RedisTls | None:
    flags = [as_bool(name, given.pop(name)) for name in ("ssl", "tls") if name in given]
    if not (wanted or any(flags)):
        if name := next((one for one in given if one.startswith("ssl_")), None):
            raise ValueError(f"{name} goes with rediss:// only, which is Redis with TLS")
        return None
    if wanted and not all(flags):
        raise ValueError("rediss:// is Redis with TLS: write redis:// for none")
    requires = given.pop("ssl_cert_reqs", "required").lower().removeprefix("cert_")
    if requires not in _REQS:
        raise ValueError(f"ssl_cert_reqs={shown(requires)} is none: write required, optional or none")
    files = {
        name: readable(name, given.pop(name)) if name in given else None
        for name in ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
    }
    return RedisTls(
        ssl_cert_reqs=requires,
        ssl_check_hostname=as_bool("ssl_check_hostname", given.pop("ssl_check_hostname", "true")),
        ssl_password=given.pop("ssl_password", None),
        **files,
    )


def _unknown(name: str) -> str:
    instead = _INSTEAD.get(name.lower())
    if instead is None:
        close = get_close_matches(name.lower(), _PARAMETERS, n=1)
        instead = f"did you mean {close[0]}?" if close else "redis-py's parameters are, such as db; leave it out"
    return f"{shown(name)} is not known: {instead}"
