"""What stands on a page without being its content: values of form fields by name, and annotations that carry text."""

import ctypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pypdfium2
from pypdfium2 import raw

from app.documents.pdf.ink import Box

MAX_ANNOTATIONS = 2000  # of a page
_MAX_CHARS = 20_000  # of one value

_FILLED = frozenset({raw.FPDF_FORMFIELD_TEXTFIELD})
_CHOICES = frozenset({raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX})
_CHECKS = frozenset({raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON})
_SHOWN = frozenset({raw.FPDF_ANNOT_FREETEXT})
_COMMENTS = frozenset(
    {
        raw.FPDF_ANNOT_TEXT,
        raw.FPDF_ANNOT_HIGHLIGHT,
        raw.FPDF_ANNOT_UNDERLINE,
        raw.FPDF_ANNOT_STRIKEOUT,
        raw.FPDF_ANNOT_SQUIGGLY,
        raw.FPDF_ANNOT_STAMP,
        raw.FPDF_ANNOT_CARET,
    }
)
_HIDDEN_FLAGS = raw.FPDF_ANNOT_FLAG_HIDDEN | raw.FPDF_ANNOT_FLAG_NOVIEW


@dataclass(frozen=True, slots=True)
class Said:
    """A text beside the content; `box` is its place on the page (left, bottom, right, top), None without one."""

    text: str
    box: Box | None


def said_on(page: pypdfium2.PdfPage, form: pypdfium2.PdfFormEnv | None) -> Iterator[Said]:
    """Yield the filled fields as `name: value`, free texts where they stand, comments as `Note: …`."""
    for index in range(min(raw.FPDFPage_GetAnnotCount(page), MAX_ANNOTATIONS)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            if not raw.FPDFAnnot_GetFlags(annotation) & _HIDDEN_FLAGS:
                yield from _said(annotation, form)
        finally:
            raw.FPDFPage_CloseAnnot(annotation)


def _said(annotation: Any, form: pypdfium2.PdfFormEnv | None) -> Iterator[Said]:
    kind = raw.FPDFAnnot_GetSubtype(annotation)
    if kind == raw.FPDF_ANNOT_WIDGET and form is not None:
        value = _value(annotation, form)
        if value:
            name = _name(annotation, form)
            yield Said(f"{name}: {value}" if name else value, _box(annotation))
    elif kind in _SHOWN or kind in _COMMENTS:
        text = _text(lambda buffer, size: raw.FPDFAnnot_GetStringValue(annotation, b"Contents", buffer, size))
        if text:
            yield Said(text, _box(annotation)) if kind in _SHOWN else Said(f"Note: {text}", None)


def _name(annotation: Any, form: pypdfium2.PdfFormEnv) -> str:
    """Return what the field is called for people, else its name."""
    shown = _text(lambda buffer, size: raw.FPDFAnnot_GetFormFieldAlternateName(form, annotation, buffer, size))
    return shown or _text(lambda buffer, size: raw.FPDFAnnot_GetFormFieldName(form, annotation, buffer, size))


def _value(annotation: Any, form: pypdfium2.PdfFormEnv) -> str:
    kind = raw.FPDFAnnot_GetFormFieldType(form, annotation)
    if kind in _CHECKS:
        if not raw.FPDFAnnot_IsChecked(form, annotation):
            return ""
        value = _text(lambda buffer, size: raw.FPDFAnnot_GetFormFieldExportValue(form, annotation, buffer, size))
        return value if value and value.casefold() not in {"on", "yes", "true", "1", "off"} else "yes"
    if kind in _CHOICES and (chosen := _chosen(annotation, form)):
        return ", ".join(chosen)
    if kind in _FILLED or kind in _CHOICES:
        return _text(lambda buffer, size: raw.FPDFAnnot_GetFormFieldValue(form, annotation, buffer, size))
    return ""


def _chosen(annotation: Any, form: pypdfium2.PdfFormEnv) -> list[str]:
    count = min(raw.FPDFAnnot_GetOptionCount(form, annotation), MAX_ANNOTATIONS)
    places = [place for place in range(max(count, 0)) if raw.FPDFAnnot_IsOptionSelected(form, annotation, place)]
    labels = [
        _text(lambda buffer, size, place=place: raw.FPDFAnnot_GetOptionLabel(form, annotation, place, buffer, size))
        for place in places
    ]
    return [label for label in labels if label]


def _text(read: Callable[..., int]) -> str:
    """Return what a function writes as UTF-16 into a buffer, on one line."""
    size = min(read(None, 0), 2 * _MAX_CHARS)
    if size <= 2:  # noqa: PLR2004 - the end alone
        return ""
    buffer = ctypes.create_string_buffer(size)
    read(ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), size)
    return " ".join(buffer.raw.decode("utf-16-le", "replace").replace("\x00", "").split())


def _box(annotation: Any) -> Box:
    rect = raw.FS_RECTF()
    raw.FPDFAnnot_GetRect(annotation, rect)
    return (
        min(rect.left, rect.right),
        min(rect.top, rect.bottom),
        max(rect.left, rect.right),
        max(rect.top, rect.bottom),
    )
