"""Documents of others, changed with pypdf: maps of letters that are wrong or gone, annotations, a form undrawn."""

import importlib
import io
import re
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from tests.corpus.makers import reportlab_forms as forms
from tests.corpus.makers.cairo import painted, say
from tests.corpus.makers.chromium import paged, printed
from tests.corpus.makers.made import Made, english
from tests.corpus.makers.reportlab import drawn, lines_of, write
from tests.corpus.truth import joined

PRODUCER: Final = "pypdf"
NEEDS: Final = ("python:pypdf", "python:reportlab", "python:cairocffi", "chromium")


def documents() -> list[Made]:
    """Return what this maker makes."""
    return [_shifted(), _without_map(), _undrawn_form(), _annotated()]


def _edited(build: Callable[[], bytes], edit: Callable[[Any], None]) -> bytes:
    """Return a PDF after `edit` has changed pypdf's writer of it."""
    pypdf = importlib.import_module("pypdf")
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(build()))
    edit(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _fonts(writer: Any) -> list[Any]:
    return [font.get_object() for page in writer.pages for font in page["/Resources"]["/Font"].values()]


def _shifted() -> Made:
    """Each letter's entry in the font's map names the next letter: what is copied is nonsense that can be printed."""
    title, *parts = english()[:4]
    lines = [title, "", *lines_of(parts)]

    def draw(context: Any) -> None:
        for number, line in enumerate(lines):
            say(context, 56, 70 + number * 15, line)

    def edit(writer: Any) -> None:
        for font in _fonts(writer):
            table = font["/ToUnicode"].get_object()
            table.set_data(re.sub(rb"<([0-9a-fA-F]+)> <([0-9a-fA-F]{4})>\r?\n", _next_letter, table.get_data()))

    build = partial(_edited, partial(painted, draw), edit)
    return Made("edited_shifted_map", "wrong map of letters", joined(title, parts), build, (), "", "flagged", (1,))


def _next_letter(entry: re.Match[bytes]) -> bytes:
    code = int(entry[2], 16)
    letter = chr(code)
    moved = chr(code + 1) if letter.isascii() and letter.isalpha() and letter not in "zZ" else letter
    moved = {"z": "a", "Z": "A"}.get(letter, moved)
    return b"<%s> <%04x>\n" % (entry[1], ord(moved))


def _without_map() -> Made:
    """The font's map of letters is gone, and its codes are numbers of glyphs."""
    title, *parts = english()[:4]

    def edit(writer: Any) -> None:
        for font in _fonts(writer):
            font.pop("/ToUnicode", None)

    build = partial(_edited, partial(printed, f"<h1>{title}</h1>{paged(parts)}"), edit)
    return Made("edited_without_map", "no map of letters", joined(title, parts), build, (), "", "flagged", (1,))


def _undrawn_form() -> Made:
    """The fields have values and nothing that draws them."""

    def edit(writer: Any) -> None:
        for widget in writer.pages[0]["/Annots"]:
            widget.get_object().pop("/AP", None)

    build = partial(_edited, partial(drawn, forms.draw), edit)
    text, optional = forms.text_of_form(), forms.optional_of_form()
    return Made("edited_form_undrawn", "form without appearance", text, build, (), optional)


def _annotated() -> Made:
    """Two texts that were written upon the page as annotations, and a note that opens when it is touched."""
    title, *parts = english()[:5]
    written = (("Approved by the board on 9 June", 300), ("Please shorten this passage", 180))
    note = "Ask Tom about the gauge"

    def edit(writer: Any) -> None:
        generic, annotations = (importlib.import_module(f"pypdf.{name}") for name in ("generic", "annotations"))
        name = generic.NameObject
        for text, y in written:
            one = annotations.FreeText(text=text, rect=(56, y, 360, y + 22), font_size="11pt")
            drawing = generic.DecodedStreamObject()
            drawing.set_data(f"BT /F 11 Tf 4 7 Td ({text}) Tj ET".encode())
            font = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
            font_object = generic.DictionaryObject({name(key): name(value) for key, value in font.items()})
            fonts = generic.DictionaryObject({name("/F"): font_object})
            drawing[name("/Resources")] = generic.DictionaryObject({name("/Font"): fonts})
            drawing[name("/Type")], drawing[name("/Subtype")] = name("/XObject"), name("/Form")
            drawing[name("/BBox")] = generic.ArrayObject(map(generic.NumberObject, (0, 0, 304, 22)))
            drawn_by = generic.DictionaryObject({name("/N"): writer._add_object(drawing)})
            one[name("/AP")] = drawn_by
            writer.add_annotation(0, one)
        writer.add_annotation(0, annotations.Text(text=note, rect=(500, 700, 520, 720)))

    def draw(canvas: Any) -> None:
        write(canvas, [title, "", *lines_of(parts)])

    text = joined(title, parts, [text for text, _ in written])
    return Made("edited_annotations", "annotations", text, partial(_edited, partial(drawn, draw), edit), (), note)
