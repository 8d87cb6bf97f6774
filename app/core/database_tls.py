"""How PostgreSQL's TLS parameters are meant, and what each driver is given for them. The meaning is libpq's.

Source: PostgreSQL, "SSL Support", table 32.1.
"""

import ssl
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from app.core.url_parts import FALSE, TRUE, listed, one_of, readable, shown

SYSTEM = "system"  # libpq's word for the authorities that this machine trusts
_VERSIONS = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}


class SslMode(StrEnum):
    """libpq's six, the weakest first. The first three do not enforce TLS, the last two verify."""

    DISABLE = "disable"
    ALLOW = "allow"
    PREFER = "prefer"
    REQUIRE = "require"
    VERIFY_CA = "verify-ca"
    VERIFY_FULL = "verify-full"

    @property
    def enforced(self) -> bool:
        """Whether no byte may leave unencrypted."""
        return self in {SslMode.REQUIRE, SslMode.VERIFY_CA, SslMode.VERIFY_FULL}


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseTls:
    """The TLS of a connection. `sslrootcert`: a file, `system`, or empty: the certificate is not verified."""

    sslmode: SslMode = SslMode.PREFER
    sslrootcert: str = ""
    sslcert: str = ""
    sslkey: str = ""
    sslpassword: str = field(default="", repr=False)
    sslcrl: str = ""
    sslnegotiation: str = "postgres"
    channel_binding: str = "prefer"
    min_version: str = "TLSv1.2"
    max_version: str = ""

    def context(self) -> ssl.SSLContext | str | bool:
        """Return asyncpg's `ssl`: False, a word that leaves the choice to the server, or how TLS is enforced."""
        if not self.sslmode.enforced:
            return False if self.sslmode is SslMode.DISABLE else self.sslmode.value
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        made.check_hostname = self.sslmode is SslMode.VERIFY_FULL
        made.verify_mode = ssl.CERT_REQUIRED if self.sslrootcert else ssl.CERT_NONE
        if self.sslrootcert == SYSTEM:
            made.load_default_certs()
        elif self.sslrootcert:
            made.load_verify_locations(cafile=self.sslrootcert)
        if self.sslcrl:
            made.load_verify_locations(cafile=self.sslcrl)
            made.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN
        if self.sslcert:
            made.load_cert_chain(self.sslcert, self.sslkey or None, lambda: self.sslpassword)
        made.minimum_version = _VERSIONS[self.min_version]
        if self.max_version:
            made.maximum_version = _VERSIONS[self.max_version]
        made.set_alpn_protocols(["postgresql"])  # PostgreSQL 17 wants it of direct TLS
        return made

    def libpq(self) -> dict[str, str]:
        """Return libpq's parameters, each of them, so that no PGSSL... variable is asked."""
        return {
            "sslmode": self.sslmode.value,
            "sslrootcert": self.sslrootcert,
            "sslcert": self.sslcert,
            "sslkey": self.sslkey or self.sslcert,
            "sslpassword": self.sslpassword,
            "sslcrl": self.sslcrl,
            "sslnegotiation": self.sslnegotiation,
            "channel_binding": self.channel_binding,
            "ssl_min_protocol_version": self.min_version,
            "ssl_max_protocol_version": self.max_version,
            "gssencmode": "disable",  # asyncpg has none
        }


def take(given: dict[str, str]) -> DatabaseTls:
    """Take the parameters of TLS out of those of a URL. Raises: ValueError."""
    mode, root = _mode_of(given), given.pop("sslrootcert", "")
    if mode is None:  # libpq: the system's authorities make no sense without the host's name
        mode = SslMode.VERIFY_FULL if root == SYSTEM else SslMode.PREFER
    binding = one_of(given, "channel_binding", ("prefer", "disable", "require"))
    if binding == "require" and mode in {SslMode.DISABLE, SslMode.ALLOW}:
        raise ValueError("channel_binding=require goes with TLS only: write sslmode=require")
    if binding == "require" and mode in {SslMode.PREFER, SslMode.REQUIRE}:
        mode = SslMode.VERIFY_FULL  # asyncpg cannot bind; then nobody stands between where the certificate is verified
    given.pop("sslsni", "")
    one_of(given, "gssencmode", ("prefer", "disable"))
    names = ("sslcert", "sslkey", "sslcrl")
    files = {name: readable(name, given.pop(name)) if name in given else _of_home(name) for name in names}
    found = DatabaseTls(
        sslmode=mode,
        sslrootcert=_root(mode, root),
        sslcert=files["sslcert"],
        sslkey=files["sslkey"],
        sslcrl=files["sslcrl"],
        sslpassword=given.pop("sslpassword", ""),
        sslnegotiation=one_of(given, "sslnegotiation", ("postgres", "direct")),
        channel_binding=binding,
        min_version=one_of(given, "ssl_min_protocol_version", tuple(_VERSIONS)),
        max_version=one_of(given, "ssl_max_protocol_version", ("", *_VERSIONS)),
    )
    if found.sslnegotiation == "direct" and not mode.enforced:
        raise ValueError("sslnegotiation=direct goes with sslmode=require, verify-ca or verify-full")
    try:
        found.context()
    except (ssl.SSLError, OSError) as error:
        raise ValueError(f"sslrootcert, sslcert, sslkey or sslcrl cannot be used: {_reason(error)}") from None
    return found


def _mode_of(given: dict[str, str]) -> SslMode | None:
    """Return what sslmode says, or ssl, which is asyncpg's word and that of other languages."""
    modes = {_mode(name, given.pop(name)) for name in ("sslmode", "ssl") if name in given}
    if len(modes) > 1:
        raise ValueError("ssl and sslmode contradict each other: write sslmode alone")
    return next(iter(modes), None)


def _mode(name: str, value: str) -> SslMode:
    word = value.lower().replace("_", "-")
    if name == "ssl" and word in TRUE | FALSE:
        return SslMode.REQUIRE if word in TRUE else SslMode.DISABLE
    try:
        return SslMode(word)
    except ValueError:
        hint = "sslmode=require, which does not verify" if word == "no-verify" else listed(SslMode)
        raise ValueError(f"{name}={shown(value)} is none: write {hint}") from None


def _root(mode: SslMode, named: str) -> str:
    """Return whom to trust: the file that is named, that of the home folder, or who is in question without one."""
    if not mode.enforced:
        return ""
    if named == SYSTEM and mode is not SslMode.VERIFY_FULL:
        raise ValueError("sslrootcert=system goes with sslmode=verify-full only")
    if named:
        return named if named == SYSTEM else readable("sslrootcert", named)
    if found := _of_home("sslrootcert"):
        return found
    if mode is SslMode.VERIFY_CA:
        raise ValueError("sslmode=verify-ca needs sslrootcert=/path/to/ca.pem; else write verify-full, or require")
    return SYSTEM if mode is SslMode.VERIFY_FULL else ""


def _of_home(name: str) -> str:
    """Return the file that libpq takes where none is named, if it is there."""
    file = {"sslrootcert": "root.crt", "sslcert": "postgresql.crt", "sslkey": "postgresql.key", "sslcrl": "root.crl"}
    try:
        path = Path.home() / ".postgresql" / file[name]
        return str(path) if path.is_file() else ""
    except (RuntimeError, OSError):
        return ""


def _reason(error: OSError) -> str:
    reason = getattr(error, "reason", None) or error.strerror or type(error).__name__
    return str(reason).lower().replace("_", " ")
