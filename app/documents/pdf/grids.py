"""Tables with rules: cells are what lines across and down part, rows without a line are parted by their text lines."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.documents.pdf.ink import Box, Ink

_SNAP = 3.0  # points: lines closer than this are one
_TOUCH = 4.0
MAX_LINES = 1500  # on one page, those that go on in each other counted as one
_MAX_CELLS = 20_000  # of one grid


@dataclass(frozen=True, slots=True)
class Grid:
    """A table's lines: `xs` and `ys` are where columns and rows begin and end, `across` and `down` the lines drawn."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    across: tuple[Box, ...]
    down: tuple[Box, ...]

    @property
    def box(self) -> Box:
        """The place of all of it."""
        return self.xs[0], self.ys[0], self.xs[-1], self.ys[-1]

    def has_wall(self, column: int, y: float) -> bool:
        """Say whether a line goes down left of a column at a height."""
        x = self.xs[column]
        return any(abs(box[0] - x) <= _SNAP and box[1] - 1 <= y <= box[3] + 1 for box in self.down)

    def has_floor(self, row: int, x: float) -> bool:
        """Say whether a line goes across above a row at a place."""
        y = self.ys[row]
        return any(abs(box[1] - y) <= _SNAP and box[0] - 1 <= x <= box[2] + 1 for box in self.across)


def grids_of(ink: Ink) -> list[Grid]:
    """Return the grids of a page: lines that touch each other, with at least two columns and two rows."""
    across, down = list(_merged(ink.across)), [_flipped(box) for box in _merged(map(_flipped, ink.down))]
    if len(across) + len(down) > MAX_LINES:  # a drawing
        return []
    lines = [(box, True) for box in across] + [(box, False) for box in down]
    found = []
    for group in _touching(lines):
        walls = tuple(box for box, is_across in group if not is_across)
        floors = tuple(box for box, is_across in group if is_across)
        xs, ys = _places(box[0] for box in walls), _places(box[1] for box in floors)
        if len(xs) > 2 and len(ys) > 1 and len(xs) * len(ys) <= _MAX_CELLS:  # noqa: PLR2004 - two columns
            found.append(Grid(xs, ys, floors, walls))
    return [grid for grid in found if not any(_is_inside(grid, other) for other in found if other is not grid)]


def _merged(lines: Iterable[Box]) -> Iterator[Box]:
    """Yield lines across with those that go on in each other, or lie upon each other, as one."""
    last: Box | None = None
    for box in sorted(lines, key=lambda box: (round(box[1]), box[0])):
        if last is not None and abs(box[1] - last[1]) <= 1 and box[0] <= last[2] + _TOUCH:
            last = (last[0], last[1], max(last[2], box[2]), last[3])
            continue
        if last is not None:
            yield last
        last = box
    if last is not None:
        yield last


def _flipped(box: Box) -> Box:
    """Return a box with x and y exchanged."""
    return box[1], box[0], box[3], box[2]


def _is_inside(grid: Grid, other: Grid) -> bool:
    left, top, right, bottom = grid.box
    others = other.box
    return others[0] <= left and others[1] <= top and right <= others[2] and bottom <= others[3]


def _places(values: Iterable[float]) -> tuple[float, ...]:
    places: list[float] = []
    for value in sorted(values):
        if not places or value - places[-1] > _SNAP:
            places.append(value)
    return tuple(places)


def _touching(lines: Sequence[tuple[Box, bool]]) -> list[list[tuple[Box, bool]]]:
    """Return lines in groups that hang together, found by sweeping over them from left to right."""
    order = sorted(range(len(lines)), key=lambda one: lines[one][0][0])
    owner = list(range(len(lines)))

    def root(one: int) -> int:
        while owner[one] != one:
            owner[one] = owner[owner[one]]
            one = owner[one]
        return one

    open_ones: list[int] = []
    for one in order:
        box, is_across = lines[one]
        open_ones = [other for other in open_ones if lines[other][0][2] >= box[0] - _TOUCH]
        for other in open_ones:
            if _touch(box, lines[other][0]):
                owner[root(one)] = root(other)
        open_ones.append(one)
        del is_across
    groups: dict[int, list[tuple[Box, bool]]] = {}
    for one, line in enumerate(lines):
        groups.setdefault(root(one), []).append(line)
    return list(groups.values())


def _touch(one: Box, other: Box) -> bool:
    return (
        one[0] <= other[2] + _TOUCH
        and other[0] <= one[2] + _TOUCH
        and one[1] <= other[3] + _TOUCH
        and other[1] <= one[3] + _TOUCH
    )
