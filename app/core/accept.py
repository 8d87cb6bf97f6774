"""The Accept header: which media types a client asks for, and which of two it would rather have."""

from collections.abc import Iterable, Sequence

LEAST, MOST = 0.0, 1.0


class Accept:
    """What one request accepts. Without the header it accepts everything. Source: RFC 9110, 12.5.1."""

    def __init__(self, lines: Iterable[str]) -> None:
        """Read the header's lines. What cannot be read counts as not said."""
        parts = [part for part in ",".join(lines).split(",") if part.strip()]
        self._qualities = dict(_read(part) for part in reversed(parts))  # the first of two that name the same counts
        self._order = [name for name, _ in map(_read, parts)]

    def names(self, types: Sequence[str]) -> bool:
        """Return whether it asks for one of some types by name, without a wildcard."""
        return any(self._qualities.get(one, LEAST) > LEAST for one in types)

    def prefers(self, some: Sequence[str], others: Sequence[str]) -> bool:
        """Return whether it would rather have one of some types, which it names, than one of others."""
        return self._rank(some) >= self._rank(others)

    def takes(self, media_type: str) -> bool:
        """Return whether it would take a type, be it by a wildcard."""
        ranges = (media_type, f"{media_type.partition('/')[0]}/*", "*/*")
        return next((self._qualities[one] > LEAST for one in ranges if one in self._qualities), not self._qualities)

    def _rank(self, types: Sequence[str]) -> tuple[float, int]:
        """Return what the best of some types is worth: its quality, then how early it is named."""
        named = [(self._qualities[one], -self._order.index(one)) for one in types if one in self._qualities]
        return max(named, default=(LEAST, 0))


def _read(part: str) -> tuple[str, float]:
    name, *parameters = (one.strip().lower() for one in part.split(";"))
    weight = next((one[2:] for one in parameters if one.startswith("q=")), "1")
    try:
        return name, min(MOST, max(LEAST, float(weight)))
    except ValueError:
        return name, MOST
