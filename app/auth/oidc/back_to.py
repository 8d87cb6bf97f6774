"""Where a browser goes after signing in: a path of ours, and nowhere else. The sign-in page has the same rule.

Both are tried by frontend/src/routes/next.cases.json.
"""

import re

LONGEST_CHARS = 500
HOME = "/"
# Browsers take a backslash for a slash, and drop line ends; a path that begins with two slashes is another host.
_OWN = re.compile(r"/(?![/\\.])[^\s\\\x00-\x1f\x7f]*")
_ODD = re.compile(r"//|/\.|%(?:0[0-9a-f]|1[0-9a-f]|7f|5c)", re.IGNORECASE)


def own_path(given: str | None) -> str:
    """Return a path of ours, the first page for anything else."""
    if given is None or len(given) > LONGEST_CHARS or not _OWN.fullmatch(given):
        return HOME
    return HOME if _ODD.search(given.partition("?")[0].partition("#")[0]) else given
