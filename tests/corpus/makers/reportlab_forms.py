"""A form with fields of every kind, by reportlab."""

from functools import partial
from typing import Any, Final

from tests.corpus.makers import reportlab as board
from tests.corpus.makers.made import Made
from tests.corpus.makers.reportlab import LEFT, drawn, write
from tests.corpus.truth import joined

PRODUCER: Final = board.PRODUCER
NEEDS: Final = board.NEEDS

INTRO: Final = "Application for a share in the company, to be handed in at the wheelhouse"
TEXTS: Final = (
    ("full_name", "Full name", "Desmond Fairclough"),
    ("address", "Address", "Tannery Lane 31, Upper Senn"),
    ("shares", "Number of shares", "14"),
    ("born", "Date of birth", "1971-08-23"),
)
BOXES: Final = (("newsletter", "Send me the newsletter", True), ("volunteer", "I can help on Saturdays", False))
CHOICES: Final = (("village", "Village", "Harrow Bridge", ["Harrow Bridge", "Upper Senn", "Milford"]),)
OUTRO: Final = "The board decides within six weeks of the date of arrival."

_STATES: Final = "On Off Yes No yes no true false checked unchecked [x] [X] x X"


def documents() -> list[Made]:
    """Return what this maker makes."""
    build = partial(drawn, draw)
    return [Made("reportlab_form", "form with values", text_of_form(), build, (), optional_of_form())]


def text_of_form() -> str:
    """Return what a person reads in the form."""
    fields = [f"{label}: {value}" for _, label, value in TEXTS] + [
        f"{label}: {value}" for _, label, value, _ in CHOICES
    ]
    return joined(INTRO, fields, [label for _, label, _ in BOXES], OUTRO)


def optional_of_form() -> str:
    """Return the names of the fields, the choices that were not taken, and words for a box's state."""
    names = [name for name, *_ in (*TEXTS, *BOXES, *CHOICES)]
    options = [option for *_, found in CHOICES for option in found]
    return " ".join((*names, *(f"{name}:" for name in names), *options, _STATES))


def draw(canvas: Any) -> None:
    """Draw the form."""
    form = canvas.acroForm
    write(canvas, [INTRO])
    top = 740
    for name, label, value in TEXTS:
        write(canvas, [f"{label}:"], top=top)
        form.textfield(name=name, value=value, x=180, y=top - 6, width=260, height=20, fontSize=11)
        top -= 34
    for name, label, value, options in CHOICES:
        write(canvas, [f"{label}:"], top=top)
        form.choice(name=name, value=value, options=options, x=180, y=top - 6, width=160, height=20, fontSize=11)
        top -= 34
    for name, label, is_checked in BOXES:
        form.checkbox(name=name, checked=is_checked, x=LEFT, y=top - 4, size=14)
        write(canvas, [label], top=top, left=LEFT + 24)
        top -= 34
    write(canvas, [OUTRO], top=top)
