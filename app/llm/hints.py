"""What a provider says about its limits, in the headers of any answer."""

from collections.abc import Mapping

MAX_HINTS = 32
MAX_CHARS = 100

_PREFIXES = ("x-ratelimit-", "retry-after")


def read(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers about limits, their names in lower case; a server's excess in number or length is dropped."""
    found = {
        name.lower(): value.strip()
        for name, value in headers.items()
        if name.lower().startswith(_PREFIXES) and len(name) <= MAX_CHARS and len(value) <= MAX_CHARS
    }
    return dict(list(found.items())[:MAX_HINTS])
