"""`python -m app.probe PORT PATH`: asks a server of this machine for a 200, for health checks.

Imports nothing but http.client: a check that costs a second of computing every few seconds would be a load of its own.
"""

import http.client
import sys

OK = 200
TIMEOUT_S = 4.0


def answers(port: int, path: str) -> bool:
    """Say whether 127.0.0.1 answers a GET with 200 in time."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(not answers(int(sys.argv[1]), sys.argv[2]))
