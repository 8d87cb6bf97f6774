"""Documents by pdfTeX: tables, notes, mathematics, code, slides and a book."""

from functools import partial
from typing import Final

from tests.corpus.makers.made import READINGS_HEAD, Made, chapters, english, readings, run
from tests.corpus.truth import joined, rows_text

PRODUCER: Final = "pdfTeX"
NEEDS: Final = ("pdflatex",)

MODERN: Final = r"\usepackage[T1]{fontenc}\usepackage{lmodern}"
_SPECIAL: Final = {**{char: f"\\{char}" for char in "&%$#_{}"}, "\\": r"\textbackslash{}", "~": r"\textasciitilde{}"}


def latex(preamble: str, body: str, kind: str = "\\documentclass{article}") -> bytes:
    """Return the PDF that pdfTeX makes."""
    source = f"{kind}\n\\usepackage[utf8]{{inputenc}}\n{preamble}\n\\begin{{document}}\n{body}\n\\end{{document}}\n"
    return run(("pdflatex", "-interaction=nonstopmode", "document.tex"), source, "document.tex", twice=True)


def escaped(text: str) -> str:
    """Return a text as TeX reads it."""
    return "".join(_SPECIAL.get(char, char) for char in text)


def pages(last: int) -> str:
    """Return the page numbers that a document prints."""
    return " ".join(map(str, range(1, last + 1)))


def documents() -> list[Made]:
    """Return what this maker makes."""
    return [_table_rules(), _table_pages(), _footnotes(), _endnotes(), _mathematics(), _code(), _slides(), _book()]


def _table_rules() -> Made:
    rows = (
        ("Crop", "Field", "Sown", "Harvest", "Yield"),
        ("Barley", "Mill Meadow", "14 March", "2 August", "6.4 t/ha"),
        ("Winter wheat", "Long Acre", "30 September", "11 August", "7.9 t/ha"),
        ("Field beans", "Tannery Close", "3 April", "20 September", "3.8 t/ha"),
        ("Potatoes", "Lower Senn", "22 April", "5 October", "41.0 t/ha"),
        ("Flax", "Fiddler\u2019s Field", "9 April", "28 July", "1.2 t/ha"),
    )
    before, after = english()[2], english()[3]
    table = r" \\ \hline ".join(" & ".join(map(escaped, row)) for row in rows)
    ruled = rf"\bigskip\begin{{tabular}}{{|l|l|l|l|r|}}\hline {table} \\ \hline\end{{tabular}}\bigskip"
    body = joined(escaped(before), ruled, escaped(after))
    text = joined(before, rows_text(rows), after)
    return Made("latex_table_rules", "table with rules", text, partial(latex, MODERN, body), (rows,), pages(1))


def _table_pages() -> Made:
    rows = readings(110)
    head = " & ".join(READINGS_HEAD) + r" \\ \midrule"
    table = "\n".join(" & ".join(map(escaped, row)) + r" \\" for row in rows)
    intro = "Readings of the gauges, hour by hour, as they were written into the register of the company."
    start = r"\begin{longtable}{llrrl}\toprule " + head + r"\endhead \bottomrule\endfoot"
    body = f"{intro}\n\n{start}\n{table}\n\\end{{longtable}}"
    text = joined(intro, rows_text((READINGS_HEAD, *rows)))
    optional = f"{pages(9)} {' '.join(READINGS_HEAD)}"
    build = partial(latex, rf"{MODERN}\usepackage{{longtable,booktabs}}", body)
    return Made("latex_table_pages", "table over pages", text, build, ((READINGS_HEAD, *rows),), optional)


def _footnotes() -> Made:
    title, *parts = english()[:7]
    notes = (
        "The register of the parish calls it the barley mill.",
        "Flour from abroad was sold at half of the local price in 1881.",
        "The flood report of the authority was published in May 2019.",
        "Shares may be returned at the end of each year.",
    )
    marked = [part if not number else f"{part}{number}" for number, part in zip((0, 1, 2, 3, 4, 0), parts, strict=True)]
    body = f"\\section*{{{title}}}" + "\n\n".join(
        escaped(part) + (f"\\footnote{{{note}}}" if note else "")
        for part, note in zip(parts, ("", *notes, ""), strict=True)
    )
    text = joined(title, marked, [f"{number} {note}" for number, note in enumerate(notes, 1)])
    build = partial(latex, r"\usepackage[a5paper,margin=15mm]{geometry}\raggedbottom", body)
    glued = " ".join(f"{number}{note.split()[0]}" for number, note in enumerate(notes, 1))
    return Made("latex_footnotes", "footnotes", text, build, (), f"{pages(4)} {glued}")


def _endnotes() -> Made:
    title, *parts = english()[:8]
    notes = [f"Minutes of the company, book {number}, leaf {7 * number + 4}." for number in range(1, 8)]
    body = f"\\section*{{{title}}}" + "\n\n".join(
        f"{escaped(part)}$^{{{number}}}$" for number, part in enumerate(parts, 1)
    )
    listed = "\n\n".join(f"\\noindent {number}. {note}" for number, note in enumerate(notes, 1))
    body += f"\\section*{{Notes}}{listed}"
    text = joined(
        title,
        [f"{part}{number}" for number, part in enumerate(parts, 1)],
        "Notes",
        [f"{number}. {note}" for number, note in enumerate(notes, 1)],
    )
    return Made("latex_endnotes", "endnotes", text, partial(latex, "", body), (), pages(2))


def _mathematics() -> Made:
    before, middle, after, end = english()[2:6]
    first = r"\[ \int_0^1 x^2\,dx = \frac{1}{3} \]"
    second = r"\[ \sum_{k=1}^{n} k = \frac{n(n+1)}{2} \]"
    inline = r"The wheel gives $P = 18$ and never more than $P < 21$ at any flow."
    parts = (escaped(before), first, escaped(middle), second, inline, escaped(after), escaped(end))
    text = joined(before, middle, "The wheel gives P = 18 and never more than P < 21 at any flow.", after, end)
    optional = (
        "0 1 2 3 x dx x2 x2dx ∫ ∫1 ∫01 1∫ = ∑ n k k=1 = n(n 1) n(n+1) + 2 n∑ ∑n k=1k = x2 dx =1 1 Z Z1 X n X X n Xn"
    )
    return Made("latex_mathematics", "mathematics", text, partial(latex, "", "\n\n".join(parts)), (), optional)


def _code() -> Made:
    before, after = english()[3], english()[4]
    code = (
        "def flow_over(weir, level):",
        "    # litres a second, by the table of the river authority",
        "    for height, litres in weir.table:",
        "        if height >= level:",
        "            return litres * weir.width",
        "    raise ValueError('no such level')",
        "",
        "gate.shut(when=flow_over(weir, 0.40) < 400)",
    )
    listing = "\n".join(code)
    body = f"{escaped(before)}\n\\begin{{verbatim}}\n{listing}\n\\end{{verbatim}}\n{escaped(after)}"
    text = joined(before, listing.replace("'", "\u2019"), after)
    return Made("latex_code", "code listing", text, partial(latex, MODERN, body), (), pages(1))


def _slides() -> Made:
    slides = (
        ("The mill turns again", ("Sixty-one years without work", "Three hundred guests", "First kilowatt at noon")),
        ("What it cost", ("486,000 pounds in all", "212 members with a share each", "A loan for ten years")),
        (
            "Who uses the power",
            ("A third: the school and the surgery", "The rest: the grid", "Surplus insulates homes"),
        ),
        ("What comes next", ("Clear the rack in October", "Publish the readings", "Count the fish")),
    )
    body = r"\newpage ".join(
        rf"{{\Huge {title}\par}}\LARGE\begin{{itemize}}{_items(lines)}\end{{itemize}}" for title, lines in slides
    )
    text = joined([f"{title}\n" + "\n".join(lines) for title, lines in slides])
    preamble = MODERN + r"\usepackage[paperwidth=254mm,paperheight=143mm,margin=15mm]{geometry}\pagestyle{empty}"
    preamble += r"\renewcommand{\familydefault}{\sfdefault}\setlength{\parindent}{0pt}"
    return Made("latex_slides", "slides", text, partial(latex, preamble, body))


def _items(lines: tuple[str, ...]) -> str:
    return "".join(rf"\item {line} " for line in lines)


def _book() -> Made:
    found = chapters(10, 20)
    body = "".join(
        f"\\chapter*{{{title}}}\\markboth{{{title}}}{{{title}}}" + "\n\n".join(map(escaped, parts)) + "\n\n"
        for title, parts in found
    )
    text = joined([joined(title, parts) for title, parts in found])
    optional = f"{pages(90)} {' '.join(title for title, _ in found)} {' '.join(title.upper() for title, _ in found)}"
    build = partial(
        latex,
        MODERN + r"\usepackage[a5paper,margin=18mm]{geometry}",
        body,
        r"\documentclass[11pt,oneside]{book}",
    )
    return Made("latex_book", "book", text, build, (), optional)
