"""What is drawn on a page beside its text: ruling lines, filled areas and pictures, as rectangles in points."""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import Any

import pypdfium2
from pypdfium2 import raw

MAX_OBJECTS = 20_000  # looked at on a page
MAX_RULES = 20_000

_MAX_DEPTH = 4  # of forms in forms
_THIN = 2.5  # points: a rectangle as thin as this is a line
_SHORT = 4.0
_WHITE = 250  # of 255
_MAX_SEGMENTS = 2000  # of one path; drawings have more

Box = tuple[float, float, float, float]  # left, top, right, bottom; y grows downwards
Matrix = tuple[float, float, float, float, float, float]


@dataclass(slots=True)
class Ink:
    """Lines across and down as boxes without height or width; what is dark; where pictures are."""

    across: list[Box] = field(default_factory=list)
    down: list[Box] = field(default_factory=list)
    dark: list[Box] = field(default_factory=list)
    pictures: list[Box] = field(default_factory=list)


def ink_of(page: pypdfium2.PdfPage) -> Ink:
    """Return what is drawn on a page, as far as a bound goes."""
    ink = Ink()
    for item, matrix in islice(_objects(page), MAX_OBJECTS):
        kind = raw.FPDFPageObj_GetType(item)
        if kind == raw.FPDF_PAGEOBJ_PATH:
            _read_path(item, matrix, ink)
        elif kind in (raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_SHADING) and (box := _bounds(item, matrix)):
            ink.dark.append(box)
            if kind == raw.FPDF_PAGEOBJ_IMAGE:
                ink.pictures.append(box)
    return ink


def _objects(page: pypdfium2.PdfPage) -> Iterator[tuple[Any, Matrix]]:
    for index in range(raw.FPDFPage_CountObjects(page)):
        yield from _inside(raw.FPDFPage_GetObject(page, index), (1, 0, 0, 1, 0, 0), 0)


def _inside(item: Any, matrix: Matrix, depth: int) -> Iterator[tuple[Any, Matrix]]:
    if raw.FPDFPageObj_GetType(item) != raw.FPDF_PAGEOBJ_FORM:
        yield item, matrix
        return
    if depth < _MAX_DEPTH:
        inner = _times(_matrix(item), matrix)
        for index in range(raw.FPDFFormObj_CountObjects(item)):
            yield from _inside(raw.FPDFFormObj_GetObject(item, index), inner, depth + 1)


def _matrix(item: Any) -> Matrix:
    found = raw.FS_MATRIX()
    if not raw.FPDFPageObj_GetMatrix(item, found):
        return (1, 0, 0, 1, 0, 0)
    return (found.a, found.b, found.c, found.d, found.e, found.f)


def _times(one: Matrix, other: Matrix) -> Matrix:
    a, b, c, d, e, f = one
    p, q, r, s, t, u = other
    return (a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u)


def _placed(x: float, y: float, matrix: Matrix) -> tuple[float, float]:
    """Return a point of an object as a point of the page, y downwards."""
    a, b, c, d, e, f = matrix
    return x * a + y * c + e, -(x * b + y * d + f)


def _bounds(item: Any, matrix: Matrix) -> Box | None:
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    if not raw.FPDFPageObj_GetBounds(item, left, bottom, right, top):
        return None
    corners = [_placed(x, y, matrix) for x in (left.value, right.value) for y in (bottom.value, top.value)]
    return _around(corners)


def _around(points: list[tuple[float, float]]) -> Box:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)


def _read_path(item: Any, matrix: Matrix, ink: Ink) -> None:
    mode, stroke = ctypes.c_int(), ctypes.c_int()
    if not raw.FPDFPath_GetDrawMode(item, mode, stroke) or not (mode.value or stroke.value):
        return
    is_seen = bool(mode.value) and not _is_white(item)
    whole = _times(_matrix(item), matrix)
    for points in _pieces(item, whole):
        if is_seen:
            ink.dark.append(_around(points))
        if (is_seen or stroke.value) and len(ink.across) + len(ink.down) < MAX_RULES:
            _add_rules(points, ink, is_stroked=bool(stroke.value))


def _add_rules(points: list[tuple[float, float]], ink: Ink, *, is_stroked: bool) -> None:
    """Keep a thin area as one rule, a rectangle as its four sides, and the straight parts of other lines."""
    left, top, right, bottom = box = _around(points)
    if min(right - left, bottom - top) <= _THIN:
        _add_rule(box, ink)
    elif _is_rectangle(points):
        ink.across += [(left, top, right, top), (left, bottom, right, bottom)]
        ink.down += [(left, top, left, bottom), (right, top, right, bottom)]
    elif is_stroked:
        for pair in pairwise(points):
            part = _around(list(pair))
            if min(part[2] - part[0], part[3] - part[1]) <= _THIN / 2:
                _add_rule(part, ink)


def _add_rule(box: Box, ink: Ink) -> None:
    left, top, right, bottom = box
    if max(right - left, bottom - top) < _SHORT:
        return
    if right - left > bottom - top:
        middle = (top + bottom) / 2
        ink.across.append((left, middle, right, middle))
    else:
        middle = (left + right) / 2
        ink.down.append((middle, top, middle, bottom))


def _pieces(item: Any, matrix: Matrix) -> Iterator[list[tuple[float, float]]]:
    """Yield the points of each subpath; curves end there, as nothing that has them is a rule."""
    points: list[tuple[float, float]] = []
    x, y = ctypes.c_float(), ctypes.c_float()
    for index in range(min(raw.FPDFPath_CountSegments(item), _MAX_SEGMENTS)):
        segment = raw.FPDFPath_GetPathSegment(item, index)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        if raw.FPDFPathSegment_GetType(segment) == raw.FPDF_SEGMENT_MOVETO and points:
            if len(points) > 1:
                yield points
            points = []
        points.append(_placed(x.value, y.value, matrix))
    if len(points) > 1:
        yield points


def _is_rectangle(points: list[tuple[float, float]]) -> bool:
    if not 4 <= len(points) <= 6:  # noqa: PLR2004 - corners, with the first again, and a closing move
        return False
    left, top, right, bottom = _around(points)
    return all(min(abs(x - left), abs(x - right)) < 1 and min(abs(y - top), abs(y - bottom)) < 1 for x, y in points)


def _is_white(item: Any) -> bool:
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    if not raw.FPDFPageObj_GetFillColor(item, red, green, blue, alpha):
        return False
    return min(red.value, green.value, blue.value) > _WHITE or alpha.value == 0
