"""Free ports below the ephemeral range, apart for each process that tests."""

import os
import socket
from itertools import count

FIRST, LAST = 20_000, 32_000
_next = count(FIRST + (os.getpid() * 97) % (LAST - FIRST))


def free_port() -> int:
    """Return a port that nobody listens on; no two calls give the same one."""
    for candidate in _next:
        port = FIRST + candidate % (LAST - FIRST)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError:
                    continue
                return port
    raise AssertionError
