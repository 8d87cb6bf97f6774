"""Why Redis cannot be used, in words for the log and for /health: no host, user, password or text of the server."""

import socket
import ssl

from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    BusyLoadingError,
    MaxConnectionsError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
)


def reason(error: BaseException) -> str:
    """Return half a sentence for an error of a command or of a connection; Redis is `it`."""
    one: BaseException | None = error
    while one is not None:
        if said := next((text for kind, text in _KINDS if isinstance(one, kind)), None):
            return said
        if said := next((text for word, text in _TEXTS.items() if word in str(one).lower()), None):
            return said
        one = one.__cause__ or one.__context__
    return f"it cannot be used ({type(error).__name__})"


_LOGIN = "it refuses the user or the password"
_KINDS: tuple[tuple[type[BaseException], str], ...] = (
    (ReadOnlyError, "it takes no writes: it is a replica"),
    (OutOfMemoryError, "it takes no writes: its memory is full (maxmemory)"),
    (NoPermissionError, "it refuses this user a command, a key or a channel: see its ACL"),
    (AuthenticationError, _LOGIN),
    (AuthorizationError, _LOGIN),
    (BusyLoadingError, "it is still loading its data"),
    (MaxConnectionsError, "it has no connection left"),
    (ssl.SSLCertVerificationError, "its certificate is not trusted: see ssl_ca_certs in REDIS_URL"),
    (ssl.SSLError, "TLS with it fails: does it speak TLS on this port?"),
    (ConnectionRefusedError, "nobody listens where it should"),
    (socket.gaierror, "the name of its host is not known"),
    (FileNotFoundError, "there is no such socket"),
    (TimeoutError, "it gave no answer in time"),
)
_TEXTS = {
    "no master found": "no sentinel knows a master of this name",  # before the others: it quotes what each one said
    "certificate_verify_failed": "its certificate is not trusted: see ssl_ca_certs in REDIS_URL",
    "misconf": "it takes no writes: it cannot save to its disk",
    "noreplicas": "it takes no writes: too few replicas",
    "masterdown": "it has lost its master",
    "max number of clients": "it has no connection left",
    "noauth": _LOGIN,
    "wrongpass": _LOGIN,
    "timeout": "it gave no answer in time",
    "loading": "it is still loading its data",
    "index is out of range": "it has no database of this number",
    "connection closed": "it closed the connection: does it want TLS (rediss://)?",
}
