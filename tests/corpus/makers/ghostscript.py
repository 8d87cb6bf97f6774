"""Documents by Ghostscript: PostScript written by hand, a paper distilled anew, a font whose glyphs have no names."""

import subprocess
import tempfile
from functools import partial
from pathlib import Path
from textwrap import wrap
from typing import Final

from tests.corpus.makers.latex import escaped, latex
from tests.corpus.makers.made import TIMEOUT_S, Made, english, run, stories
from tests.corpus.truth import joined

PRODUCER: Final = "Ghostscript"
NEEDS: Final = ("gs", "pdflatex")

_COMMAND: Final = ("gs", "-q", "-dBATCH", "-dNOPAUSE", "-sDEVICE=pdfwrite", "-sOutputFile=document.pdf", "document.ps")
_LINE: Final = 15


def documents() -> list[Made]:
    """Return what this maker makes."""
    return [_letter(), _justified(), _distilled(), _nameless()]


def _show(line: str) -> str:
    return "(" + line.replace("\u2019", "'").replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)") + ")"


def _plain(text: str) -> str:
    """Return a text that has no curly quotation marks but the apostrophe, which Adobe's encoding has in place of '."""
    return text.replace("\u201c", '"').replace("\u201d", '"')


def _letter() -> Made:
    """A letter whose lines are shown at once, with a letterhead and a footer."""
    head = ("PRYCE AND DAUGHTERS, MILLWRIGHTS", "Foundry Yard 3, Leeds LS4 7TT, telephone 01632 960 188")
    foot = "VAT number GB 551 2290 08. Account 20-77-19 40028831."
    start = ("Ms Margaret Olusoga", "Harrow Bridge Water Company", "The key of 1963")
    parts = [_plain(part) for part in english()[8:11]]
    lines = [line for part in (*start, *parts) for line in (*wrap(part, 86, break_on_hyphens=False), "")]
    shown = "\n".join(
        f"56 {720 - number * _LINE} moveto {_show(line)} show" for number, line in enumerate(lines) if line
    )
    source = (
        "%!PS\n/Times-Bold findfont 15 scalefont setfont\n"
        f"120 800 moveto {_show(head[0])} show\n/Times-Roman findfont 11 scalefont setfont\n"
        f"120 782 moveto {_show(head[1])} show\n{shown}\n120 40 moveto {_show(foot)} show\nshowpage\n"
    )
    text = joined("\n".join(head), start, parts, foot)
    return Made("ghostscript_letter", "letter", text, partial(run, _COMMAND, source, "document.ps"))


def _justified() -> Made:
    """Two columns of justified text: spaces widened by `widthshow`, letters by `ashow`."""
    found = stories()[2:4]
    parts = [_plain(part) for title, story in found for part in (title, *story)]
    lines = [
        (line, line is not broken[-1])
        for part in parts
        for broken in [wrap(part, 46, break_on_hyphens=False)]
        for line in (*broken, "")
    ]
    half = -(-len(lines) // 2)
    shown = "\n".join(
        f"{56 + 252 * (number // half)} {780 - number % half * 13} moveto "
        f"{0.9 if is_full else 0} 0 32 {0.12 if is_full else 0} 0 {_show(line)} awidthshow"
        for number, (line, is_full) in enumerate(lines)
        if line
    )
    source = f"%!PS\n/Times-Roman findfont 10 scalefont setfont\n{shown}\nshowpage\n"
    build = partial(run, _COMMAND, source, "document.ps")
    return Made("ghostscript_two_columns", "two columns", joined(parts), build)


def _distilled() -> Made:
    """A paper of pdfTeX's, turned into PostScript and back."""
    title, *parts = english()[:8]
    body = rf"\section*{{{title}}}" + "\n\n".join(map(escaped, parts))
    return Made("ghostscript_distilled", "distilled anew", joined(title, parts), partial(_again, body), (), "1 2")


def _again(body: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        paper, script, out = (Path(folder) / name for name in ("paper.pdf", "paper.ps", "out.pdf"))
        paper.write_bytes(latex("", body))
        for device, source, made in (("ps2write", paper, script), ("pdfwrite", script, out)):
            command = ("gs", "-q", "-dBATCH", "-dNOPAUSE", f"-sDEVICE={device}", f"-sOutputFile={made}", str(source))
            subprocess.run(command, check=True, timeout=TIMEOUT_S)
        return out.read_bytes()


def _nameless() -> Made:
    """A font of PostScript's type 3 whose glyphs are called G33 to G126: only the picture says what they are."""
    parts = [_plain(part) for part in english()[1:5]]
    lines = [line for part in parts for line in (*wrap(part, 86, break_on_hyphens=False), "")]
    shown = "\n".join(
        f"56 {780 - number * _LINE} moveto {_show(''.join(map(_moved, line)))} show"
        for number, line in enumerate(lines)
        if line
    )
    names = " ".join(f"Encoding {code} /G{code} put" for code in range(33, 127))
    source = f"""%!PS
/Glyphs 10 dict def
Glyphs begin
/FontType 3 def /FontMatrix [0.001 0 0 0.001 0 0] def /FontBBox [0 -250 1000 900] def
/Encoding 256 array def 0 1 255 {{ Encoding exch /.notdef put }} for
{names}
/BuildChar {{ exch pop
  /Times-Roman findfont 1000 scalefont setfont
  dup 126 eq {{ pop 32 }} {{ dup 33 eq {{ pop 126 }} {{ 1 sub }} ifelse }} ifelse
  1 string dup 0 4 -1 roll put
  dup stringwidth setcharwidth
  0 0 moveto false charpath fill }} def
end
/Nameless Glyphs definefont 11 scalefont setfont
{shown}
showpage
"""
    build = partial(run, _COMMAND, source, "document.ps")
    return Made("ghostscript_nameless_glyphs", "font without names", joined(parts), build, (), "", "flagged", (1,))


def _moved(char: str) -> str:
    """Return the code that stands for a letter: the next one."""
    return chr(126) if char == " " else chr(ord(char) + 1) if ord(char) < 126 else chr(33)
