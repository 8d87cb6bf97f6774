"""Documents by Chromium in scripts other than the Latin one."""

from functools import partial
from typing import Final

from tests.corpus.makers import chromium as browser
from tests.corpus.makers.chromium import paged, printed
from tests.corpus.makers.made import Made
from tests.corpus.truth import joined, paragraphs

PRODUCER: Final = browser.PRODUCER
NEEDS: Final = browser.NEEDS


def documents() -> list[Made]:
    """Return what this maker makes."""
    return [
        _written("ar", "Arabic", "Noto Naskh Arabic", "rtl"),
        _written("he", "Hebrew", "Noto Serif Hebrew", "rtl"),
        _written("zh", "Chinese", "Droid Sans Fallback"),
        _written("ru", "Cyrillic", "Liberation Serif"),
        _vertical(),
        _mixed(),
    ]


def _written(code: str, language: str, font: str, direction: str = "ltr") -> Made:
    title, *parts = paragraphs(code)
    css = f"body {{ font-family: '{font}'; font-size: 13pt }}"
    build = partial(printed, f"<h1>{title}</h1>{paged(parts)}", css, code, direction)
    name = f"chromium_{'russian' if code == 'ru' else language.lower()}"
    return Made(name, language, joined(title, parts), build)


def _vertical() -> Made:
    title, *parts = paragraphs("ja")
    css = "body { font-family: 'Noto Serif CJK JP'; font-size: 13pt; writing-mode: vertical-rl; height: 255mm }"
    build = partial(printed, f"<h1>{title}</h1>{paged(parts)}", css, "ja")
    return Made("chromium_japanese_vertical", "vertical Japanese", joined(title, parts), build)


def _mixed() -> Made:
    """Arabic lines with English names and numbers in them, between English paragraphs."""
    lines = [
        "تملك شركة Harrow Bridge Water Company الطاحونة منذ عام 2019.",
        "رقم الفاتورة BS-2026-0417 والمبلغ 5132.40 جنيها.",
        "قال Tom Birkett إن التدفق 400 لتر في الثانية.",
    ]
    english = "The invoice was sent in two languages, and both of them are valid."
    body = paged([english]) + "".join(f'<p dir="rtl" lang="ar">{line}</p>' for line in lines) + paged([english])
    css = "body { font-family: 'Liberation Serif', 'Noto Naskh Arabic'; font-size: 13pt }"
    return Made(
        "chromium_arabic_mixed", "Arabic with Latin", joined(english, lines, english), partial(printed, body, css)
    )
