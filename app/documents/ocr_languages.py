"""Which languages Tesseract has, and which of them belong together because they share a script.

A set of one script reads its pages well; a language of another script makes it slower and worse (English before
Japanese: confidence 0.69 instead of 0.91). So the sets are kept apart, and the page's script chooses.
"""

import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final, Literal

from app.documents.errors import DocumentError

PROGRAM: Final = "tesseract"
MAX_OF_A_SCRIPT = 8  # languages are tried at once; eight take twice the time of one
LATIN: Final = "Latin"
Mode = Literal["auto", "on", "off"]

_LIST_S = 10.0
_COMMON = ("eng", "deu", "fra", "spa", "ita", "por", "nld", "pol")  # of many that are installed, these are taken first
_NO_LANGUAGE = frozenset({"osd", "equ", "snum"})
_CODE = re.compile(r"[\w/-]+")
# By the names that Tesseract's own detection gives; what stands nowhere is written in Latin letters.
_LANGUAGES: Mapping[str, str] = {
    "Arabic": "ara fas pus snd uig urd",
    "Armenian": "hye",
    "Bengali": "asm ben",
    "Cyrillic": "aze_cyrl bel bul kaz kir mkd mon rus srp tat tgk ukr uzb_cyrl",
    "Devanagari": "hin mar nep san",
    "Ethiopic": "amh tir",
    "Georgian": "kat kat_old",
    "Greek": "ell grc",
    "Gujarati": "guj",
    "Gurmukhi": "pan",
    "Han": "chi_sim chi_sim_vert chi_tra chi_tra_vert",
    "Hebrew": "heb yid",
    "Japanese": "jpn jpn_vert",
    "Kannada": "kan",
    "Khmer": "khm",
    "Korean": "kor kor_vert",
    "Lao": "lao",
    "Malayalam": "mal",
    "Myanmar": "mya",
    "Sinhala": "sin",
    "Tamil": "tam",
    "Telugu": "tel",
    "Thai": "tha",
    "Tibetan": "bod dzo",
}
# Those that the words of a text can tell, by the codes that Tesseract has for them.
_CODES: Mapping[str, str] = {
    "bg": "bul",
    "cs": "ces",
    "da": "dan",
    "de": "deu",
    "el": "ell",
    "en": "eng",
    "es": "spa",
    "fi": "fin",
    "fr": "fra",
    "hr": "hrv",
    "hu": "hun",
    "id": "ind",
    "it": "ita",
    "nb": "nor",
    "nl": "nld",
    "pl": "pol",
    "pt": "por",
    "ro": "ron",
    "ru": "rus",
    "sk": "slk",
    "sv": "swe",
    "tr": "tur",
    "uk": "ukr",
}
_SCRIPTS = {code: script for script, codes in _LANGUAGES.items() for code in codes.split()}
_OTHER_NAMES = {"Hangul": "Korean", "Hiragana": "Japanese", "Katakana": "Japanese", "Fraktur": LATIN}


def is_there() -> bool:
    """Say whether Tesseract is installed."""
    return shutil.which(PROGRAM) is not None


def languages() -> tuple[str, ...]:
    """Return the codes of the installed languages, such as eng, common ones first; none without Tesseract."""
    program = shutil.which(PROGRAM)
    if program is None:
        return ()
    try:
        said = subprocess.run(  # noqa: S603 - a fixed command
            [program, "--list-langs"], capture_output=True, timeout=_LIST_S, check=True, stdin=subprocess.DEVNULL
        ).stdout.decode("utf-8", "replace")
    except (OSError, subprocess.SubprocessError):
        return ()
    codes = {line.strip() for line in said.splitlines()[1:]}  # the first line is a heading
    found = {code for code in codes if _CODE.fullmatch(code)} - _NO_LANGUAGE
    return tuple(sorted(found, key=lambda code: (_COMMON.index(code) if code in _COMMON else len(_COMMON), code)))


@lru_cache
def chosen(mode: Mode, wanted: str) -> tuple[str, ...]:
    """Return the languages that pictures are read in, none where Tesseract is not used.

    `wanted` is a list such as deu+eng; "" takes all that are installed. Asks the program, once for each choice.
    Raises: DocumentError (ocr_unavailable) when what is wanted is not installed.
    """
    if mode == "off" or (mode == "auto" and not is_there()):
        return ()
    found = languages()
    if not found:
        raise DocumentError("ocr_unavailable", "Tesseract is not installed, or has no language; install tesseract-ocr")
    asked = [code for code in re.split(r"[+,\s]+", wanted) if code]
    if missing := [code for code in asked if code not in found]:
        text = f"Tesseract has no language {', '.join(missing)}; it has {', '.join(found)}"
        raise DocumentError("ocr_unavailable", text)
    return tuple(dict.fromkeys(asked)) or found


def code_of(language: str | None) -> str:
    """Return Tesseract's code for a language of two letters, "" where it has none."""
    return _CODES.get(language or "", "")


def script_of(code: str) -> str:
    """Return the script of a language, or of Tesseract's name for a script (`script/Cyrillic`, `Hangul`)."""
    name = code.rpartition("/")[2]
    return _OTHER_NAMES.get(name) or (name if name in _LANGUAGES else _SCRIPTS.get(code, LATIN))


def by_script(codes: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the sets of languages to read with, by script; the first is for pages of which nothing is known."""
    found: dict[str, list[str]] = {}
    for code in codes:
        found.setdefault(script_of(code), []).append(code)
    return {script: tuple(of[:MAX_OF_A_SCRIPT]) for script, of in found.items()}
