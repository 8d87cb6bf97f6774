"""Documents by Chromium: tables whose cells wrap, stand in the middle or begin on the right; marks."""

from functools import partial
from typing import Final

from tests.corpus.makers.chromium import paged, printed, table_of
from tests.corpus.makers.made import Made, english
from tests.corpus.truth import Row, joined, rows_text

PRODUCER: Final = "Chromium"
NEEDS: Final = ("chromium",)


def documents() -> list[Made]:
    """Return what this maker makes."""
    return [_middle(), _arabic(), _persian()]


def _middle() -> Made:
    """A table without rules whose short cells stand at the middle of the long ones."""
    long = "The height of the water above the sill of the weir, read twice a day by hand and once by the machine"
    rows: tuple[Row, ...] = (
        ("Gauge", "What it measures and how it is read by the warden on duty", "Level"),
        ("Weir", long, "1.20 m"),
        ("Bridge", "The height under the second arch, where the current is strongest in a flood", "0.98 m"),
        ("Tannery", "Nothing any more", "2.31 m"),
    )
    before, after = english()[1:3]
    css = "table { width: 130mm } td { vertical-align: middle; padding: 3pt 8pt } td:nth-child(2) { width: 60mm }"
    build = partial(printed, f"{paged([before])}{table_of(rows)}{paged([after])}", css)
    text = joined(before, rows_text(rows), after)
    return Made("chromium_table_middle", "table with cells at the middle", text, build, (rows,))


def _arabic() -> Made:
    rows: tuple[Row, ...] = (
        ("المقياس", "المستوى", "التدفق", "ملاحظة"),
        ("السد", "1.20", "340", "هادئ"),
        ("الجسر", "0.98", "275", "يرتفع ببطء"),
        ("المطحنة", "2.01", "411", "البوابة مغلقة"),
        ("الطاحونة القديمة", "1.75", "390", "قراءة يدوية"),
    )
    css = "table { font-family: 'Noto Naskh Arabic' } td { padding: 3pt 14pt }"
    build = partial(printed, table_of(rows), css, "ar", "rtl")
    return Made("chromium_table_arabic", "table from right to left", rows_text(rows), build, (rows,))


def _persian() -> Made:
    parts = (
        "رودخانه آرام از زیر پل سنگی می‌گذرد و مردم ده هر بامداد برای آب می‌آیند.",
        "در سال ۱۴۰۳ تراز آب ۳٫۴ متر بود و در سال 2025 به 2.9 متر رسید (گزارش شماره 12).",  # noqa: RUF001
    )
    build = partial(printed, paged(parts), "p { font-family: 'Noto Naskh Arabic' }", "fa", "rtl")
    return Made("chromium_persian", "Persian", joined(parts), build)
