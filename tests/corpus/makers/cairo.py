"""Documents by Cairo: letters placed one by one, a plan with turned labels, columns and tables drawn across."""

import importlib
import io
import itertools
from collections.abc import Callable
from functools import partial
from textwrap import wrap
from typing import Any, Final

from tests.corpus.makers.made import Made, english, readings
from tests.corpus.truth import Row, joined, rows_text

PRODUCER: Final = "Cairo"
NEEDS: Final = ("python:cairocffi",)

_SIZE: Final = 11
_LINE: Final = 15
_LEFT: Final = 56
_QUARTER: Final = 1.5707963267948966

Draw = Callable[[Any], None]


def painted(draw: Draw) -> bytes:
    """Return the PDF that `draw` makes of a context; y grows downwards."""
    cairo = importlib.import_module("cairocffi")
    out = io.BytesIO()
    surface = cairo.PDFSurface(out, 595, 842)
    context = cairo.Context(surface)
    context.select_font_face("Liberation Serif")
    context.set_font_size(_SIZE)
    draw(context)
    surface.finish()
    return out.getvalue()


def say(context: Any, x: float, y: float, text: str) -> None:
    """Write a text at a point."""
    context.move_to(x, y)
    context.show_text(text)


def documents() -> list[Made]:
    """Return what this maker makes."""
    return [_placed(), _plan(), _across(), _table()]


def _placed() -> Made:
    """Each letter is placed by itself, a little nearer or farther than the font says."""
    title, *parts = english()[:5]
    lines = [title, "", *(line for part in parts for line in (*wrap(part, 80, break_on_hyphens=False), ""))]

    def draw(context: Any) -> None:
        nudges = itertools.cycle((0.0, 0.5, -0.3, 0.2, 0.6, -0.2, 0.1))
        for number, line in enumerate(lines):
            x = float(_LEFT)
            for letter in line:
                if letter != " ":
                    say(context, x, 70 + number * _LINE, letter)
                x += context.text_extents(letter)[4] + 0.3 + next(nudges)

    return Made("cairo_letters_placed", "letters placed one by one", joined(title, parts), partial(painted, draw))


def _plan() -> Made:
    """A plan of the mill: names beside, below and along the walls, in four directions."""
    title, intro = "Plan of the mill and its channels", english()[3]
    lines = wrap(intro, 88, break_on_hyphens=False)
    labels = (
        ("Headrace channel from the weir", 90, 480, -_QUARTER),
        ("Tailrace back into the river", 510, 300, _QUARTER),
        ("Fish pass between boulders", 420, 640, 2 * _QUARTER),
        ("Wheelhouse with generator", 210, 400, 0.0),
    )

    def draw(context: Any) -> None:
        say(context, _LEFT, 60, title)
        for number, line in enumerate(lines):
            say(context, _LEFT, 90 + number * _LINE, line)
        context.rectangle(110, 250, 380, 340)
        context.stroke()
        for label, x, y, angle in labels:
            context.save()
            context.translate(x, y)
            context.rotate(angle)
            say(context, 0, 0, label)
            context.restore()

    text = joined(title, intro, [label for label, *_ in labels])
    return Made("cairo_plan", "labels in four directions", text, partial(painted, draw))


def _across() -> Made:
    """Three columns whose lines are drawn across: the first of each column, then the second of each."""
    _, *parts = english()[:10]
    lines = [line for part in parts for line in (*wrap(part, 29, break_on_hyphens=False), "")]
    height = -(-len(lines) // 3)
    columns = [lines[start : start + height] for start in range(0, len(lines), height)]

    def draw(context: Any) -> None:
        context.set_font_size(9)
        for number, row in enumerate(itertools.zip_longest(*columns, fillvalue="")):
            for place, line in enumerate(row):
                if line:
                    say(context, 50 + place * 172, 60 + number * 10.5, line)

    return Made("cairo_columns_across", "three columns drawn across", joined(parts), partial(painted, draw))


def _table() -> Made:
    """A table without rules whose cells are drawn column by column."""
    rows: tuple[Row, ...] = (("Date", "Gauge", "Level", "Flow", "Remark"), *readings(24))
    before, after = english()[8], english()[9]
    places = (_LEFT, 130, 250, 320, 400)

    def draw(context: Any) -> None:
        for number, line in enumerate(wrap(before, 88)):
            say(context, _LEFT, 60 + number * _LINE, line)
        for place, column in zip(places, zip(*rows, strict=True), strict=True):
            for number, cell in enumerate(column):
                say(context, place, 180 + number * 17, cell)
        for number, line in enumerate(wrap(after, 88)):
            say(context, _LEFT, 640 + number * _LINE, line)

    text = joined(before, rows_text(rows), after)
    return Made("cairo_table_by_column", "table drawn by column", text, partial(painted, draw), (rows,))
