"""Tables of figures as Markdown: pure functions that know nothing of what the figures are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MET, NOT_MET = "met", "**not met**"
Cell = str | float | None


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure is held against, with the figure."""

    value: float
    limit: float
    is_most: bool

    @property
    def told(self) -> str:
        """The limit as a cell."""
        return f"{'≤' if self.is_most else '≥'} {self.limit:,g}"

    @property
    def verdict(self) -> str:
        """Whether it is met, as a cell."""
        return met(self.value <= self.limit if self.is_most else self.value >= self.limit)


@dataclass(frozen=True, slots=True)
class Row:
    """A figure of Headrace, what stands beside it, their ratio, and the goal for one of them."""

    name: str
    ours: Cell
    beside: str = ""
    ratio: float | None = None
    goal: Goal | None = None

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The row of a table whose head is `COMPARED`."""
        told = (self.goal.told, self.goal.verdict) if self.goal else ("", "")
        return (self.name, self.ours, self.beside, self.ratio, *told)


COMPARED = ("", "Headrace", "beside it", "ratio", "goal", "")


def at_least(value: float, limit: float) -> Goal:
    """Return a goal that more is better for."""
    return Goal(value, limit, is_most=False)


def at_most(value: float, limit: float) -> Goal:
    """Return a goal that less is better for."""
    return Goal(value, limit, is_most=True)


def met(is_met: bool) -> str:  # noqa: FBT001 - its name says it
    """Return the word for a goal that is met, or is not."""
    return MET if is_met else NOT_MET


def number(value: float) -> str:
    """Return a figure as people read it: three digits or so."""
    if value == int(value) or abs(value) >= 100:  # noqa: PLR2004 - three digits
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"  # noqa: PLR2004 - the same


def table(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Return a table; numbers are written by `number`, None is an empty cell."""
    lines = [_line(head), "|" + "---|" * len(head), *(_line([_text(cell) for cell in row]) for row in rows)]
    return "\n".join(lines)


def compared(rows: Iterable[Row]) -> str:
    """Return a table of figures beside baselines and goals."""
    return table(COMPARED, (row.cells for row in rows))


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    return cell if isinstance(cell, str) else number(cell)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
