"""Tell an encoding that says nothing of itself, by the letters that come out of it.

A detector that compares frequencies over pages is wrong about a short list of names, so each code page is judged by
its words: whether the letters are those of one language, in the right case, and signs stand where signs stand.
"""

import codecs
import unicodedata
from collections.abc import Iterator
from typing import Final

from app.documents.letters import IDEOGRAPHS, LATIN, OTHER

LAST_RESORT: Final = "cp1252"

_NAMES: Final = {
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16LE",
    "utf-16-be": "UTF-16BE",
    "utf-32-le": "UTF-32LE",
    "utf-32-be": "UTF-32BE",
    "cp932": "Shift_JIS",
    "cp949": "EUC-KR",
    "big5hkscs": "Big5",
    "gb18030": "GB18030",
    "euc_jp": "EUC-JP",
    "iso2022_jp": "ISO-2022-JP",
    "koi8_u": "KOI8-R",
    "mac_roman": "macintosh",
    "iso8859_2": "ISO-8859-2",
    "iso8859_5": "ISO-8859-5",
    "iso8859_15": "ISO-8859-15",
    "cp850": "IBM850",
    "cp866": "IBM866",
}
# What a label means to browsers. Source: WHATWG Encoding, section 4.2.
_LABELS: Final = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "koi8-r": "koi8_u",
}
_DECLARABLE: Final = frozenset(
    (
        "utf-8",
        "gb18030",
        "cp932",
        "euc_jp",
        "iso2022_jp",
        "cp949",
        "big5hkscs",
        "johab",
        "koi8_u",
        "mac-roman",
        "mac-cyrillic",
        "cp437",
        "cp850",
        "cp852",
        "cp866",
        "cp874",
        "cp1250",
        "cp1251",
        "cp1252",
        "cp1253",
        "cp1254",
        "cp1255",
        "cp1256",
        "cp1257",
        "cp1258",
        "iso8859-2",
        "iso8859-3",
        "iso8859-4",
        "iso8859-5",
        "iso8859-6",
        "iso8859-7",
        "iso8859-8",
        "iso8859-10",
        "iso8859-13",
        "iso8859-14",
        "iso8859-15",
        "iso8859-16",
    )
)
_JUDGED_BYTES: Final = 12_288
_LIKELY: Final = {
    "cp1252": 0.12,
    "cp1250": 0.04,
    "cp1251": 0.05,
    "iso8859_15": -0.02,
    "cp850": -0.04,
    "cp1257": -0.08,
    "koi8_u": -0.12,
}
_UNLIKELY: Final = -0.03
_QUOTES: Final = frozenset("„“”‘’‚«»‹›–—…")  # noqa: RUF001 - these are meant
_SIGNS: Final = frozenset("€£°§©®™•·¿¡\xa0²³½×µ")  # noqa: RUF001 - what people write beside letters and numbers
_APOSTROPHES: Final = frozenset("’–—…")  # noqa: RUF001 - these are meant
_AFTER_MICRO: Final = frozenset("mglsAFVWMS")
_FINALS: Final = frozenset("םןךףץ")
_NEVER_FINAL: Final = frozenset("מנכפצ")
_MIN_WIDE_CHARS: Final = 2
_ALPHABETS: Final = range(0x03, 0x0F)  # the high bytes of Greek to Lao; below space, so in no text of 8 bits
_FEW_NULS: Final = 0.25
_MANY_NULS: Final = 0.6
_KANA_SHARE: Final = 0.2
_CJK_SHARE: Final = 0.95
_ROWS: Final = (  # of Unicode, with the points of a character that is not among the common ones
    ("\u2460", "\u24ff", 0.4),
    ("\u25a0", "\u25ff", 0.4),
    ("\u3000", "\u303f", 0.7),
    ("\u4e00", "\u9fff", 0.35),
    ("\uac00", "\ud7a3", 0.4),
    ("\uff01", "\uff5e", 0.7),
    ("\uff61", "\uff9f", -0.6),  # half-width katakana: what other bytes look like
)
_WRONG: Final = -3.0


def usual_name(codec: str) -> str:
    """Return the IANA name of a codec of Python's."""
    if codec in _NAMES:
        return _NAMES[codec]
    return f"windows-{codec[2:]}" if codec.startswith(("cp125", "cp874")) else codec.upper().replace("_", "-")


def codec_of(label: str) -> str | None:
    """Return the codec that a label of a page or mail stands for, None for one that is no usual encoding."""
    try:
        name = codecs.lookup(label.strip().strip("\"'").lower()).name
    except (LookupError, ValueError):
        return None
    codec = _LABELS.get(name, name)
    return codec if codec in _DECLARABLE else None


def wide_without_mark(sample: bytes) -> str | None:
    """Return utf-16-le, utf-16-be or a UTF-32 where the places of the NULs, or kana, say so."""
    sample = sample[: len(sample) // 2 * 2]
    if len(sample) < _MIN_WIDE_CHARS * 2:
        return None
    nuls = (sample[::2].count(0), sample[1::2].count(0))
    total = sum(nuls)
    if total > _MANY_NULS * len(sample):
        codec = "utf-32-le" if sample[0] else "utf-32-be"
        return codec if _reads_as(sample[: len(sample) // 4 * 4], codec) else None
    if total == 0:
        return _wide_alphabet(sample) or _wide_kana(sample)
    if total < _FEW_NULS * len(sample) and _is_utf8_with_nuls(sample):
        return None
    codec = "utf-16-le" if nuls[1] > nuls[0] else "utf-16-be"
    return codec if min(nuls) * 20 <= max(nuls) and _reads_as(sample, codec) else None


def detect(sample: bytes) -> str:
    """Return the codec that gives the best words; windows-1252 where nothing is better."""
    sample = sample[:_JUDGED_BYTES]
    scores = {codec: score(sample, codec) for codec in (*LATIN, *OTHER, *IDEOGRAPHS)}
    best = max(scores, key=scores.__getitem__)
    return best if scores[best] > scores[LAST_RESORT] else LAST_RESORT


def score(sample: bytes, codec: str) -> float:
    """Return how well a sample reads in a codec: about 1 for words, negative for what is none."""
    text = sample.decode(codec, "replace").rstrip("\ufffd")
    prior = _LIKELY.get(codec, _UNLIKELY)
    if codec in IDEOGRAPHS:
        return _mean(_of_ideographs(text, codec)) + prior
    if codec in OTHER:
        return max(_mean(_of_words(text, _ranked(letters))) for letters in OTHER[codec]) + prior
    return max(_mean(_of_words(text, dict.fromkeys(letters, 1.0))) for letters in LATIN[codec]) + prior


def _mean(points: Iterator[float]) -> float:
    found = list(points)
    return sum(found) / len(found) if found else 0.0


def _ranked(letters: str) -> dict[str, float]:
    ranks = {char: 1.15 - 1.5 * place / len(letters) for place, char in enumerate(letters)}
    return ranks | {char.upper(): value for char, value in ranks.items() if len(char.upper()) == 1}


def _of_words(text: str, letters: dict[str, float]) -> Iterator[float]:
    """Yield points for each character beyond ASCII of an alphabet."""
    is_latin = "é" in letters or "ü" in letters or "ć" in letters or min(letters) < "\u0250"
    for before, char, after in zip(" " + text, text, text[1:] + " ", strict=False):
        if char < "\x80":
            continue
        if char == "\ufffd" or "\x80" <= char < "\xa0":
            yield _WRONG
        elif char in _SIGNS:
            yield _of_sign(before, char, after)
        elif char.isalpha() or unicodedata.combining(char) or unicodedata.category(char) == "Lo":
            yield _of_letter(letters.get(char, -0.5), before, after, is_latin=is_latin) + _fit(before, char, after)
        else:
            yield _of_sign(before, char, after)


def _of_letter(points: float, before: str, after: str, *, is_latin: bool) -> float:
    """Return the points of a letter: less beside a digit, alone, or among the letters of another alphabet."""
    if before.isdigit() or after.isdigit():
        return points - 0.8
    if is_latin:
        if _is_beyond_ascii(before) and _is_beyond_ascii(after):
            return points - 0.7
        return points if before.isalpha() or after.isalpha() else min(points, 0.4)
    if any(side < "\x80" and side.isalpha() for side in (before, after)):
        return points - 1.5
    return points if before.isalpha() or after.isalpha() else min(points, 0.3)


def _is_beyond_ascii(char: str) -> bool:
    return char >= "\x80" and char.isalpha()


def _fit(before: str, char: str, after: str) -> float:
    """Return a fine for a capital after a small letter, and for a Hebrew letter in the wrong form for its place."""
    if (char.isupper() and before.islower()) or (char.islower() and after.isupper()):
        return -1.5
    if char == "õ" and after not in "eE":
        return -0.6  # Portuguese has it in "ões" alone; here it is the ő of another code page
    if char in _FINALS:
        return -1.0 if after.isalpha() else 0.4
    return -0.6 if char in _NEVER_FINAL and not after.isalpha() else 0.0


def _of_sign(before: str, char: str, after: str) -> float:
    is_inside = before.isalpha() and after.isalpha()
    if char in _QUOTES:
        return 0.3 if not is_inside or char in _APOSTROPHES else -1.0
    if char == "µ" and after in _AFTER_MICRO:
        return 1.0
    if char in _SIGNS:
        return 0.5 if not is_inside or char in "\xa0·" else -1.0
    return -1.2 if before.isalpha() or after.isalpha() else -0.2


def _of_ideographs(text: str, codec: str) -> Iterator[float]:
    common = IDEOGRAPHS[codec]
    is_japanese = codec in ("cp932", "euc_jp")
    for before, char, after in zip(" " + text, text, text[1:] + " ", strict=False):
        if char < "\x80":
            continue
        points = _of_ideograph(char, common, is_japanese=is_japanese)
        is_alone = any(side < "\x80" and side.isalpha() for side in (before, after))
        yield points - 0.6 if is_alone else points


def _of_ideograph(char: str, common: frozenset[str], *, is_japanese: bool) -> float:
    if char in common:
        return 1.1
    if "\u3041" <= char <= "\u30ff":
        return 1.1 if is_japanese else -0.2
    if char == "\ufffd":
        return _WRONG
    return next((points for first, last, points in _ROWS if first <= char <= last), 0.7 if char in _QUOTES else -0.8)


def _is_utf8_with_nuls(sample: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample.replace(b"\x00", b""))
    except UnicodeDecodeError:
        return False
    return all(byte >= 0x20 or byte in b"\x00\t\n\r\f\x0b\x1a\x1b" for byte in set(sample))  # noqa: PLR2004 - the first letter


def _reads_as(sample: bytes, codec: str) -> bool:
    text = codecs.getincrementaldecoder(codec)("replace").decode(sample)
    odd = sum(
        unicodedata.category(char) in ("Cc", "Cn", "Co", "Cs") and char not in "\t\n\r\f\x0b\x1a\0" for char in text
    )
    return (odd + text.count("\ufffd")) * 50 <= len(text) and any(char.isalnum() for char in text)


def _wide_alphabet(sample: bytes) -> str | None:
    """Return a codec in which all letters are of one alphabet beyond Latin, with nothing between that has a NUL."""
    for codec, lane in (("utf-16-be", sample[::2]), ("utf-16-le", sample[1::2])):
        if len(lane) > _MIN_WIDE_CHARS and len(set(lane)) == 1 and lane[0] in _ALPHABETS and _reads_as(sample, codec):
            return codec
    return None


def _wide_kana(sample: bytes) -> str | None:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        for codec, lane in (("utf-16-be", sample[::2]), ("utf-16-le", sample[1::2])):
            cjk = sum(byte in (0x30, 0xFF) or 0x4E <= byte <= 0x9F for byte in lane)  # noqa: PLR2004 - rows of Unicode
            if lane.count(0x30) > _KANA_SHARE * len(lane) and cjk > _CJK_SHARE * len(lane) and _reads_as(sample, codec):
                return codec
    return None
