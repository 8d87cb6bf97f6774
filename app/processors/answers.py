# ruff: noqa: RUF001 - words of other scripts
"""Take a text that a model wrote out of its wrapping: a heading, an opening, tags, a fence, quotes, JSON around it.

A heading goes where it is one of the words below, as a line or before a colon, and never where the source begins with
a heading itself: then it may be that one's translation.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from app.processors.json_answer import Fault, loads, unfenced

MAX_OPENING_CHARS = 120

_TAG_NAMES = r"(?:text|summary|translation|translated_text|answer|output|result|response|final_answer|document)"
_TAGGED = re.compile(rf"<({_TAG_NAMES})>(.*?)</\1>", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(rf"^\s*<{_TAG_NAMES}>\s*|\s*</{_TAG_NAMES}>\s*$", re.IGNORECASE)

# What models call a summary, a translation and an answer, in the languages they answer in.
_SUMMARY = """
summary, executive summary, brief summary, short summary, concise summary, summarization, tl;dr,
tldr, abstract, key points, zusammenfassung, kurzfassung, résumé, synthèse, en résumé, resumen,
resumen ejecutivo, síntesis, riassunto, sintesi, sommario, riepilogo, resumo, síntese,
samenvatting, podsumowanie, streszczenie, краткое содержание, краткое изложение, резюме, сводка,
підсумок, короткий виклад, souhrn, shrnutí, zhrnutie, súhrn, összefoglaló, összefoglalás,
rezumat, sammanfattning, sammendrag, resumé, oppsummering, tiivistelmä, yhteenveto, kokkuvõte,
kopsavilkums, santrauka, περίληψη, özet, sažetak, povzetek, resum, ringkasan, tóm tắt, 摘要, 总结,
總結, 概要, 要約, まとめ, 요약, ملخص, सारांश
"""
_TRANSLATION = """
translation, translated text, translated, übersetzung, traduction, traducción, traduzione,
tradução, vertaling, tłumaczenie, перевод, переклад, překlad, preklad, fordítás, traducere,
översättning, oversættelse, oversettelse, käännös, tõlge, tulkojums, vertimas, μετάφραση,
çeviri, превод, prijevod, prevod, traducció, terjemahan, bản dịch, 译文, 譯文, 翻译, 翻譯, 翻訳, 訳文, 번역,
الترجمة, ترجمة, अनुवाद
"""
_ANSWER = "answer, final answer, antwort, réponse, respuesta, risposta, resposta, antwoord, odpowiedź, ответ"
_POLITE = """
sure, certainly, of course, okay, ok, absolutely, gerne, natürlich, bien sûr, claro, certo,
natuurlijk, oczywiście, конечно, 当然, 好的
"""
_HERE = """
here's, here’s, here is, here are, below is, the following is, this is, hier ist, hier sind,
nachfolgend, voici, aquí está, aquí tienes, ecco, aqui está, segue, hier is, oto, poniżej, вот,
ось, zde je, här är, her er, tässä, ορίστε, işte, 以下是, 以下は, 다음은, إليك
"""


def _any_of(*listed: str) -> str:
    words = (re.escape(word.strip()).replace(r"\ ", " ") for one in listed for word in one.split(","))
    return f"(?:{'|'.join(sorted((word for word in words if word), key=len, reverse=True))})"


_SUBJECT = _any_of(_SUMMARY, _TRANSLATION, _ANSWER)
_OF = (
    r"(?:[ \t]+(?:of|von|des|der|du|de|del|della|van|по|in|into|to|en|em|auf|ins|na|на)\b[^\n:：*#]{0,60})?"
    r"(?:[ \t]*[(（][^()（）\n]{0,40}[)）])?"
)
_MARKS = r"(?:[*_]{1,3})?"
_HEADING = re.compile(
    rf"^\s*(?:#{{1,6}}[ \t]*{_MARKS}{_SUBJECT}{_OF}{_MARKS}[ \t]*[:：]?{_MARKS}[ \t]*(?:\n+|$)"
    rf"|[*_]{{1,3}}{_SUBJECT}{_OF}[ \t]*(?:[:：][ \t]*[*_]{{1,3}}|[*_]{{1,3}}[ \t]*[:：]|[*_]{{1,3}}[ \t]*(?=\n|$))\s*"
    rf"|{_SUBJECT}{_OF}[ \t]*(?:[:：]\s*|\n\s*\n))",
    re.IGNORECASE,
)
_IN_LANGUAGE = re.compile(
    rf"^\s*{_MARKS}(?:[^\W\d_]+ {_any_of(_TRANSLATION)}|{_any_of(_TRANSLATION)} [^\W\d_]+)"
    rf"{_MARKS}[ \t]*[:：]{_MARKS}\s*",
    re.IGNORECASE,
)
_OPENING = re.compile(
    rf"^(?:{_any_of(_POLITE)}(?: thing)?[!,.:！，。]\s*)?{_any_of(_HERE)}(?=[^\n:：]{{0,{MAX_OPENING_CHARS}}}[:：])"
    rf"[^\n:：]{{0,60}}?(?<!\w)(?:{_SUBJECT}|category|label)(?!\w)[^\n:：]{{0,60}}[:：]\s*",
    re.IGNORECASE,
)
_SIGNED_OPENING = re.compile(rf"^(?:以下[是は]|다음은)[^\n:：]{{0,20}}{_SUBJECT}[^\n:：]{{0,20}}[:：]\s*")
_ANY_HEADING = re.compile(r"^\s*(?:#{1,6}\s|[*_]{1,3}[^*_\n]{1,60}[*_]{1,3}|[^\n.!?:：。]{1,60}(?:[:：]|\n\s*\n))")
_QUOTES = {'"': '"', "“": "”", "«": "»", "„": "“", "「": "」", "『": "』", "‹": "›"}
_BOLD = re.compile(r"^(\*\*|__)(?![\s*_])((?:(?!\1).)+)\1$", re.DOTALL)
_TEXT_NAMES = frozenset(
    [
        "summary",
        "translation",
        "text",
        "translatedtext",
        "answer",
        "result",
        "output",
        "response",
        "content",
        "category",
    ]
)


def plain(answer: str, *, source: str | None = None) -> str:
    """Return the text of an answer without what a model put around it.

    With `source`, the text that was translated, what the source begins with, too, stays: a heading, quotes, a fence.
    """
    text = answer.strip()
    before = None
    while before != text:  # a fence within tags, a heading within a fence
        before = text
        text = _without_json(text, source)
        text = _without_fence(text, source)
        text = _without_tags(text, source)
        text = _without_heading(text, source)
        text = _without_quotes(text, source)
    return text


def _without_json(text: str, source: str | None) -> str:
    """Return the string that JSON holds, if it holds one under a name for it, or nothing else."""
    if text[:1] not in {"{", "["} or text[-1:] not in {"}", "]"} or _starts(source, "{["):
        return text
    try:
        return _said(loads(text)) or text
    except Fault:
        return text


def _said(value: Any) -> str | None:
    match value:
        case str():
            return value.strip()
        case [str(), *_] if all(isinstance(one, str) for one in value):
            return "\n".join(value)
        case [Mapping() as only]:
            return _said(only)
        case Mapping():
            named = [one for name, one in value.items() if re.sub(r"[\W_]", "", name).casefold() in _TEXT_NAMES]
            meant = named or [*value.values()]
            return _said(meant[0]) if len(meant) == 1 else None
    return None


def _without_fence(text: str, source: str | None) -> str:
    return text if _starts(source, "`~") else unfenced(text)


def _without_tags(text: str, source: str | None) -> str:
    if source is not None and _TAG.search(source):
        return text
    tagged = _TAGGED.findall(text)
    if len(tagged) == 1:
        around = _TAGGED.sub("", text).strip()
        if not around or _OPENING.match(around + ":") or around.endswith((":", "：")):
            return str(tagged[0][1]).strip()
    return _TAG.sub("", text).strip()


def _without_heading(text: str, source: str | None) -> str:
    for opening in (_OPENING, _SIGNED_OPENING):
        text = opening.sub("", text, count=1).strip()
    rest = _HEADING.sub("", text, count=1).strip()
    if rest == text and source is not None:
        rest = _IN_LANGUAGE.sub("", text, count=1).strip()
    if not rest or rest == text:
        return text
    if source is not None and _ANY_HEADING.match(source.strip()) and not _ANY_HEADING.match(rest):
        return text  # it is the source's own heading, translated
    return rest


def _without_quotes(text: str, source: str | None) -> str:
    """Return a text without quotes or bold type around the whole of it."""
    if source is not None and source.strip()[:1] in {*_QUOTES, "*", "_"}:
        return text
    if bold := _BOLD.match(text):
        return bold[2].strip()
    closing = _QUOTES.get(text[:1])
    if not closing or len(text) < 2 or not text.endswith(closing):  # noqa: PLR2004 - both quotes
        return text
    if {text[0], closing} & set(text[1:-1]):
        return _unescaped(text) if text[0] == '"' else text
    return _unescaped(text) if "\\" in text and text[0] == '"' else text[1:-1].strip()


def _unescaped(text: str) -> str:
    """Return the string that a JSON string stands for; the text, where it is none."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value.strip() if isinstance(value, str) else text


def _starts(source: str | None, signs: str) -> bool:
    return source is not None and source.strip()[:1] in {*signs}
