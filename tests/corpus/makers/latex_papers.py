"""Papers by pdfTeX: ligatures, columns, hyphenation, letters set apart, accents and fonts of the old kind."""

from functools import partial
from typing import Final

from tests.corpus.makers import latex as tex
from tests.corpus.makers.latex import MODERN, escaped, latex, pages
from tests.corpus.makers.made import Made, english
from tests.corpus.truth import joined, paragraphs

PRODUCER: Final = tex.PRODUCER
NEEDS: Final = tex.NEEDS


def documents() -> list[Made]:
    """Return what this maker makes."""
    return [_ligatures(), _two_columns(), _hyphenation(), _accents(), _spaced_heading(), _superscripts()]


def _ligatures() -> Made:
    title, *parts = paragraphs("paper")
    body = rf"\title{{{title}}}\author{{Fiona Griffiths}}\date{{5 May 2026}}\maketitle " + "\n\n".join(parts)
    text = joined(title, "Fiona Griffiths", "5 May 2026", parts)
    return Made("latex_article_ligatures", "article with ligatures", text, partial(latex, "", body), (), pages(2))


def _two_columns() -> Made:
    title, *parts = paragraphs("paper")
    abstract, *story = english()[1:]
    note = "Funded by the office for fisheries, file 55."
    body = rf"\title{{{title}}}\author{{Fiona Griffiths \and Effie Stafford}}\date{{}}\maketitle"
    body += rf"\begin{{abstract}}{escaped(abstract)}\end{{abstract}}"
    body += rf"\section{{Findings}}{parts[0]}\footnote{{{note}}}" + "\n\n" + "\n\n".join(parts[1:])
    body += r"\section{The mill}" + "\n\n".join(map(escaped, story))
    first, rest = parts[0], parts[1:]
    text = joined(
        title, "Fiona Griffiths Effie Stafford", "Abstract", abstract, "1 Findings", f"{first}1", rest,
        f"1 {note}", "2 The mill", story,
    )  # fmt: skip
    build = partial(latex, "", body, r"\documentclass[twocolumn]{article}")
    return Made("latex_paper_two_columns", "two columns", text, build, (), f"{pages(3)} 1Funded")


def _hyphenation() -> Made:
    title, *parts = paragraphs("de")
    body = rf"\section*{{{title}}}\begin{{multicols}}{{3}}" + "\n\n".join(parts) + r"\end{multicols}"
    build = partial(latex, MODERN + r"\usepackage[ngerman]{babel}\usepackage{multicol}", body)
    return Made("latex_german_columns", "hyphenation in German", joined(title, parts), build, (), pages(1))


def _accents() -> Made:
    title, *parts = paragraphs("fr")
    body = rf"\section*{{{title}}}" + "\n\n".join(parts)
    return Made(
        "latex_french_accents", "accents as glyphs", joined(title, parts), partial(latex, "", body), (), pages(1)
    )


def _spaced_heading() -> Made:
    _, *parts = english()[:5]
    heads = ("ANNUAL REPORT", "THE FOUNDING OF THE COMPANY", "What the flood changed")
    set_apart = [r"\textls[300]{" + head + "}" for head in heads]
    body = "".join(
        rf"\begin{{center}}\large {head}\end{{center}}" + escaped(part)
        for head, part in zip(set_apart, parts[:3], strict=True)
    )
    text = joined([joined(head, part) for head, part in zip(heads, parts[:3], strict=True)])
    build = partial(latex, MODERN + r"\usepackage{microtype}", body)
    return Made("latex_letters_set_apart", "letters set apart", text, build, (), pages(1))


def _superscripts() -> Made:
    title, *parts = english()[:4]
    lines = (
        (
            "The pond covers 310 m$^2$ and holds 480 m$^3$ of water.",
            "The pond covers 310 m² and holds 480 m³ of water.",
        ),
        ("A kilowatt is 10$^3$ watts, a megawatt 10$^6$.", "A kilowatt is 10³ watts, a megawatt 10⁶."),
        ("H$_2$O and CO$_2$ were measured on the 1$^{st}$ of May.", "H₂O and CO₂ were measured on the 1st of May."),
        (
            r"The mark of Pryce\textsuperscript{a} and of Olusoga\textsuperscript{b}.",
            "The mark of Pryceᵃ and of Olusogaᵇ.",
        ),
    )
    body = rf"\section*{{{title}}}" + "\n\n".join(
        f"{line} {escaped(part)}" for (line, _), part in zip(lines, [*parts, ""], strict=True)
    )
    text = joined(title, [f"{line} {part}" for (_, line), part in zip(lines, [*parts, ""], strict=True)])
    return Made("latex_superscripts", "superscripts", text, partial(latex, "", body), (), pages(1))
