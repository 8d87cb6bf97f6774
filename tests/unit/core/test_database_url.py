"""DATABASE_URL: each usual form means one thing for both drivers, and what cannot be kept is refused by name."""

import ssl
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from psycopg import conninfo

from app.core.database_connect import asyncpg_arguments, libpq_arguments
from app.core.database_tls import DatabaseTls, SslMode
from app.core.database_url import DatabaseAddress, parse
from tests.rig.tls import CERTIFICATES

PLAIN = DatabaseAddress(hosts=(("h", 5432),), user="u", password="p", database="d")


@pytest.fixture(autouse=True)
def _nothing_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home without files, and variables of libpq that must change nothing."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("getpass.getuser", lambda: "me")
    monkeypatch.setattr("app.core.database_url.SOCKET_FOLDERS", ())
    for name in ("MODE=disable", "ROOTCERT=/none", "CERT=/none", "KEY=/none", "NEGOTIATION=direct", "CRL=/none"):
        monkeypatch.setenv("PGSSL" + name.partition("=")[0], name.partition("=")[2])
    for name in ("HOST", "HOSTADDR", "PORT", "USER", "DATABASE", "OPTIONS", "APPNAME", "TARGETSESSIONATTRS"):
        monkeypatch.setenv(f"PG{name}", "192.0.2.1" if name == "HOSTADDR" else "1")


def tls(mode: str, **more: str) -> DatabaseTls:
    return DatabaseTls(sslmode=SslMode(mode), **more)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgres://u:p@h/d", PLAIN),
        ("postgresql://u:p@h:5432/d", PLAIN),
        ("postgresql+asyncpg://u:p@h/d", PLAIN),
        ("postgresql+psycopg://u:p@h/d", PLAIN),
        ("postgresql+psycopg2://u:p@h/d", PLAIN),
        ("POSTGRES://u:p@h/d", PLAIN),
        ("  postgres://u:p@h/d\n", PLAIN),
        ("postgres://u:p@/d?host=h", PLAIN),
        ("postgres:///d?host=h&user=u&password=p", PLAIN),
        ("postgres:///?host=h&user=u&password=p&dbname=d", PLAIN),
        ("postgres://h?user=u&password=p&database=d", PLAIN),
        ("postgres://u:p@h/d?sslmode=", PLAIN),
        ("postgres://u:p@h", replace(PLAIN, database="u")),
        ("postgres://u@h/d", replace(PLAIN, password=None)),
        ("postgres://u:@h/d", replace(PLAIN, password=None)),
        ("postgres://h/d", replace(PLAIN, user="me", password=None)),
        ("postgresql://", replace(PLAIN, hosts=(("localhost", 5432),), user="me", password=None, database="me")),
        ("postgres://u:p@h:6543/d", replace(PLAIN, hosts=(("h", 6543),))),
        ("postgres://u:p@h/d?port=6543", replace(PLAIN, hosts=(("h", 6543),))),
        ("postgres://u:p@[::1]/d", replace(PLAIN, hosts=(("::1", 5432),))),
        ("postgres://u:p@[fd00::2]:6543/d", replace(PLAIN, hosts=(("fd00::2", 6543),))),
        ("postgres://u:p@/d?host=fd00::2", replace(PLAIN, hosts=(("fd00::2", 5432),))),
        ("postgres://u:p@a,b:6543,[::1]:1/d", replace(PLAIN, hosts=(("a", 5432), ("b", 6543), ("::1", 1)))),
        ("postgres://u:p@/d?host=a,b&port=1,2", replace(PLAIN, hosts=(("a", 1), ("b", 2)))),
        ("postgres://u:p@a,b/d?port=7", replace(PLAIN, hosts=(("a", 7), ("b", 7)))),
        ("postgres://u:p@/d?host=a:1&host=b:2", replace(PLAIN, hosts=(("a", 1), ("b", 2)))),
        ("postgres://u:p@%2Frun%2Fpg/d", replace(PLAIN, hosts=(("/run/pg", 5432),))),
        ("postgres://u:p@/d?host=/run/pg&port=2", replace(PLAIN, hosts=(("/run/pg", 2),))),
        ("postgres://u:p%40%2F%3a%25+@h/d", replace(PLAIN, password="p@/:%+")),
        ("postgres://u:p@x#1@h/d", replace(PLAIN, password="p@x#1")),
        ("postgres://u:p/x?y@h/d", replace(PLAIN, password="p/x?y")),
        ("postgres://u:100%sure@h/d", replace(PLAIN, password="100%sure")),
        ("postgres://u%40corp:p@h/d", replace(PLAIN, user="u@corp")),
        ("postgres://u.ref:p@h/d", replace(PLAIN, user="u.ref")),
        ("postgres://h/d?user=u@corp&password=p", replace(PLAIN, user="u@corp")),
        ("postgres://h:5432/d?user=u@corp&password=p", replace(PLAIN, user="u@corp")),
        ("postgres://u:p@h/a%20b", replace(PLAIN, database="a b")),
        ("postgres://u:p@h/d?application_name=x%20y", replace(PLAIN, application_name="x y")),
        ("postgres://u:p@h/d?fallback_application_name=x", replace(PLAIN, application_name="x")),
        ("postgres://u:p@h/d?connect_timeout=15", replace(PLAIN, connect_timeout_s=15)),
        ("postgres://u:p@h/d?options=-csearch_path%3Dx", replace(PLAIN, options="-csearch_path=x")),
        ("postgres://u:p@h/d?target_session_attrs=read-write", replace(PLAIN, target_session_attrs="read-write")),
        ("postgres://u:p@h/d?load_balance_hosts=random", replace(PLAIN, load_balance_hosts="random")),
        ("postgres://u:p@h/d?pgbouncer=true", replace(PLAIN, pgbouncer=True)),
        *((f"postgres://u:p@h/d?sslmode={mode}", replace(PLAIN, tls=tls(mode))) for mode in list(SslMode)[:4]),
        ("postgres://u:p@h/d?sslmode=verify-full", replace(PLAIN, tls=tls("verify-full", sslrootcert="system"))),
        ("postgres://u:p@h/d?sslrootcert=system", replace(PLAIN, tls=tls("verify-full", sslrootcert="system"))),
        ("postgres://u:p@h/d?ssl=require", replace(PLAIN, tls=tls("require"))),
        ("postgres://u:p@h/d?ssl=verify_full", replace(PLAIN, tls=tls("verify-full", sslrootcert="system"))),
        ("postgres://u:p@h/d?ssl=true", replace(PLAIN, tls=tls("require"))),
        ("postgres://u:p@h/d?ssl=false", replace(PLAIN, tls=tls("disable"))),
        ("postgres://u:p@h/d?ssl=true&sslmode=require", replace(PLAIN, tls=tls("require"))),
        (
            "postgres://u:p@h/d?sslmode=require&channel_binding=require",  # as Neon writes it
            replace(PLAIN, tls=tls("verify-full", sslrootcert="system", channel_binding="require")),
        ),
        ("postgres://u:p@h/d?sslmode=require&channel_binding=prefer", replace(PLAIN, tls=tls("require"))),
        (
            "postgres://u:p@h/d?sslmode=require&sslnegotiation=direct",
            replace(PLAIN, tls=tls("require", sslnegotiation="direct")),
        ),
    ],
)
def test_a_url_is_read(url: str, expected: DatabaseAddress) -> None:
    assert parse(url) == expected


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://u:SECRET@h/d", "mysql:// is not PostgreSQL's"),
        ("h/d", "it is no URL"),
        ("", "it is no URL"),
        ("host=h password=SECRET", "it is no URL"),
        ("'postgres://u:SECRET@h/d'", "quotes"),
        ("jdbc:postgresql://h/d?password=SECRET", "leave out the jdbc:"),
        ("postgres://u:SECRET@h:x/d", "is no host"),
        ("postgres://u:SECRET@h:99999/d", "99999 is no port"),
        ("postgres://u:SECRET@[::1/d", "is no host"),
        ("postgres://u:SECRET@a,b/d?port=1,2,3", "3 ports for 2 hosts"),
        ("postgres://u:SECRET@h/d?sslmode=on", "sslmode=on is none: write disable, allow"),
        ("postgres://u:SECRET@h/d?sslmode=no-verify", "write sslmode=require"),
        ("postgres://u:SECRET@h/d?sslmode=require&ssl=false", "contradict"),
        ("postgres://u:SECRET@h/d?sslmode=verify-ca", "needs sslrootcert"),
        ("postgres://u:SECRET@h/d?sslmode=verify-ca&sslrootcert=system", "verify-full only"),
        ("postgres://u:SECRET@h/d?sslmode=verify-full&sslrootcert=/no/ca.pem", "sslrootcert: /no/ca.pem: no such file"),
        ("postgres://u:SECRET@h/d?sslmode=require&sslcert=/no/cert.pem", "sslcert: /no/cert.pem: no such file"),
        ("postgres://u:SECRET@h/d?sslmode=require&sslcert=/etc/passwd", "cannot be used"),
        ("postgres://u:SECRET@h/d?sslnegotiation=direct", "goes with sslmode=require"),
        ("postgres://u:SECRET@h/d?sslmode=disable&channel_binding=require", "TLS only"),
        ("postgres://u:SECRET@h/d?channel_binding=x", "channel_binding=x is none"),
        ("postgres://u:SECRET@h/d?target_session_attrs=standby", "Headrace writes"),
        ("postgres://u:SECRET@h/d?target_session_attrs=x", "there is no such word"),
        ("postgres://u:SECRET@h/d?connect_timeout=0", "whole seconds"),
        ("postgres://u:SECRET@h/d?pgbouncer=maybe", "pgbouncer: write true or false"),
        ("postgres://u:SECRET@h/d?sslmod=require", "sslmod is not known: did you mean sslmode?"),
        ("postgres://u:SECRET@h/d?schema=x", "schema is not known: write options=-csearch_path"),
        ("postgres://u:SECRET@h/d?pool_size=5", "set DATABASE_POOL_SIZE"),
        ("postgres://u:SECRET@h/d?prepared_statement_cache_size=0", "a pooler such as PgBouncer is noticed"),
        ("postgres://u:SECRET@h/d?keepalives_idle=30", "an idle connection is tried"),
        ("postgres://u:SECRET@h/d?plan_cache.mode=x", "options=-cNAME"),
        ("postgres://u:SECRET@h/d?service=x", "service is not known"),
        ("postgres://u:SECRET@h/d?hostaddr=127.0.0.1", "write the address as the host"),
        ("postgres://u:SECRET@h/d?SECRET%40=1", "what stands there is not known"),
        ("postgres://u:SECRET@h/d?gssencmode=require", "gssencmode=require is none"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_words(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=r".+") as raised:
        parse(url)
    assert words in str(raised.value)
    assert "SECRET" not in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """A file of certificates that can be loaded."""
    made = ssl.create_default_context()
    path = tmp_path / "ca.pem"
    path.write_text("".join(ssl.DER_cert_to_PEM_cert(one) for one in made.get_ca_certs(binary_form=True)[:1]), "ascii")
    if not path.stat().st_size:
        pytest.skip("this machine trusts nobody")
    return path


@pytest.mark.parametrize(
    ("mode", "has_root", "enforced", "verifies", "checks_name"),
    [
        ("disable", False, False, False, False),
        ("allow", False, False, False, False),
        ("prefer", False, False, False, False),
        ("require", False, True, False, False),
        ("require", True, True, True, False),
        ("verify-ca", True, True, True, False),
        ("verify-full", True, True, True, True),
        ("verify-full", False, True, True, True),
    ],
)
def test_the_api_enforces_what_libpq_enforces(
    mode: str, has_root: bool, enforced: bool, verifies: bool, checks_name: bool, authority: Path
) -> None:
    root = f"&sslrootcert={authority}" if has_root else ""
    context = asyncpg_arguments(parse(f"postgres://u:p@h/d?sslmode={mode}{root}"))["ssl"]
    assert isinstance(context, ssl.SSLContext) is enforced
    if isinstance(context, ssl.SSLContext):
        assert (context.verify_mode is ssl.CERT_REQUIRED) is verifies
        assert context.check_hostname is checks_name
        assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    else:
        assert context is (False if mode == "disable" else context)
        assert context in (False, mode)


def test_a_file_in_the_home_folder_is_an_authority_as_for_libpq(authority: Path, tmp_path: Path) -> None:
    (tmp_path / ".postgresql").mkdir()
    (tmp_path / ".postgresql" / "root.crt").write_bytes(authority.read_bytes())
    for mode in ("require", "verify-ca", "verify-full"):
        found = parse(f"postgres://u:p@h/d?sslmode={mode}").tls
        assert (found.sslmode, found.sslrootcert) == (mode, str(tmp_path / ".postgresql" / "root.crt"))


def test_both_drivers_are_told_the_same_whatever_the_environment_says() -> None:
    url = (
        "postgres://u:p%40@a,[::1]:6543/d?sslmode=require&application_name=x&options=-cx%3D1&connect_timeout=7"
        "&target_session_attrs=read-write"
    )
    theirs: dict[str, Any] = libpq_arguments(parse(url))
    assert theirs["prepare_threshold"] is None
    # libpq itself knows each of them
    known = conninfo.conninfo_to_dict(conninfo.make_conninfo(**{**theirs, "prepare_threshold": None}))
    wanted = {
        "host": "a,::1",
        "port": "5432,6543",
        "user": "u",
        "password": "p@",
        "dbname": "d",
        "sslmode": "require",
        "application_name": "x",
        "options": "-cx=1",
        "connect_timeout": "7",
        "target_session_attrs": "read-write",
        "sslnegotiation": "postgres",
        "gssencmode": "disable",
    }
    assert {name: known.get(name) for name in wanted} == wanted
    ours = asyncpg_arguments(parse(url))
    expected = {
        "user": "u",
        "password": "p@",
        "database": "d",
        "timeout": 7,
        "direct_tls": False,
        "target_session_attrs": "read-write",
    }
    assert {name: ours[name] for name in expected} == expected


def test_a_client_s_certificate_is_shown_where_tls_is_left_to_the_server(tmp_path: Path) -> None:
    url = f"postgres://u:p@h/d?sslmode=prefer&sslcert={CERTIFICATES}/server.pem&sslkey={CERTIFICATES}/server.key"
    given = asyncpg_arguments(parse(url))
    assert given["ssl"] == "prefer"
    assert f"sslcert={quote(str(CERTIFICATES), safe='')}%2Fserver.pem" in given["dsn"]
    assert asyncpg_arguments(parse("postgres://u:p@h/d"))["dsn"] is None


def test_no_variable_of_libpq_reaches_a_migration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGCONNECT_TIMEOUT", "1")
    with pytest.raises(psycopg.OperationalError, match=r"127\.0\.0\.1.* port 1 failed"):  # not PGHOSTADDR, PGPORT
        psycopg.connect(**libpq_arguments(parse("postgres://u:p@127.0.0.1:1/d?sslmode=prefer")))


def test_nothing_that_is_secret_is_shown() -> None:
    shown = repr(parse("postgres://u:SECRET@h/d?sslpassword=SECRET"))
    assert "SECRET" not in shown
