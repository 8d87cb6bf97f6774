"""What a reasoning model thinks aloud, taken off its answer; pure functions over the text.

Sources: the chat templates and model cards of DeepSeek-R1, QwQ, Qwen3, Magistral, Kimi, Seed-OSS, Command A Reasoning,
OpenThinker and gpt-oss (https://cookbook.openai.com/articles/openai-harmony).
"""

import re
from collections.abc import Iterable

# How thoughts begin and end. A template may hold the beginning itself: then only the end stands in the answer.
_NAMES = r"(?:seed:)?(?:think|thinking|thought|thoughts|reasoning|reflection)"
_PAIRS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (re.compile(begin, re.IGNORECASE), re.compile(end, re.IGNORECASE))
    for begin, end in (
        (rf"<{_NAMES}(?:\s[^<>]{{0,100}})?>", rf"</{_NAMES}\s*>"),
        (r"\[THINK\]", r"\[/THINK\]"),
        (r"◁think▷", r"◁/think▷"),
        (r"<\|begin_of_thought\|>", r"<\|end_of_thought\|>"),
        (r"<\|START_THINKING\|>", r"<\|END_THINKING\|>"),
        (r"<unused94>(?:thought\b)?", r"<unused95>"),
        (r"Thinking\.\.\.\s*\n", r"\.\.\.done thinking\.?"),
        (r"<\|channel>thought\b", r"<channel\|>"),  # Gemma 4
        (r"<details\s[^<>]{0,40}type=\"reasoning\"[^<>]{0,100}>", r"</details\s*>"),  # Open WebUI
    )
)
# One of these is in every mark of thoughts, of a frame and of what a template lets through: most answers have none.
_ANY = re.compile(r"[<◁]|\[/?think\]|thinking\.\.\.|done thinking", re.IGNORECASE)
# Around the answer itself, beside some of the above.
_FRAMES = re.compile(
    r"<\|(?:begin_of_solution|end_of_solution|START_RESPONSE|END_RESPONSE|im_end|eot_id|endoftext"
    r"|begin_of_box|end_of_box|end_of_text|eom_id|return|end)\|>",
    re.IGNORECASE,
)
# What a template that is not quite right lets through before an answer and behind it.
_BEGUN = re.compile(
    r"\A\s*(?:(?:<s>|<bos>|<\|begin_of_text\|>)\s*)?"
    r"(?:<\|start_header_id\|>\s*assistant\s*<\|end_header_id\|>|<\|im_start\|>\s*assistant\b"
    r"|<start_of_turn>\s*model\b|<\|assistant\|>|<s>|<bos>|<\|begin_of_text\|>)\s*",
    re.IGNORECASE,
)
_ENDED = re.compile(r"(?:\s*(?:</s>|<end_of_turn>|<eos>))+\s*\Z", re.IGNORECASE)
_CHANNEL = re.compile(
    r"<\|channel\|>\s*(\w+)(?:(?!<\|message\|>).){0,100}<\|message\|>(.*?)(?=<\|(?:end|return|start|channel|call)\|>|\Z)",
    re.DOTALL,
)
_BLANKS = re.compile(r"\s*")
# Without its marks, and Granite's, which has none.
_BARE_CHANNELS = (
    re.compile(r"\Aanalysis(?P<thought>.*?)assistantfinal(?P<text>.*)\Z", re.DOTALL),
    re.compile(
        r"\A\s*Here(?:'s| is) my thought process:(?P<thought>.*?)Here(?:'s| is) my response:(?P<text>.*)\Z", re.DOTALL
    ),
)


def are_in(texts: Iterable[str]) -> bool:
    """Say whether any text holds a mark of thoughts itself: then one in an answer may be a quotation."""
    return any(one.search(text) for text in texts if _ANY.search(text) for pair in _PAIRS for one in pair)


def split(said: str, *, may_quote: bool = False) -> tuple[str, str]:
    """Return the answer and the thoughts of what a model said; the answer of one that is still thinking is empty.

    With `may_quote` only thoughts at the very start are taken for such.
    """
    if "<|channel|>" in said:
        return _of_channels(said)
    if found := next(filter(None, (one.match(said) for one in _BARE_CHANNELS)), None):
        return found["text"].strip(), found["thought"].strip()
    if not _ANY.search(said):
        return said, ""
    text, thoughts = _leading(_unframed(said))
    if not may_quote and not thoughts:
        text, thoughts = _ended_only(text)
    if not may_quote:
        text, more = _between(text)
        thoughts += more
    if not thoughts:
        return _FRAMES.sub("", text), ""
    return _FRAMES.sub("", text).strip(), "\n\n".join(one for one in map(str.strip, thoughts) if one)


def _unframed(said: str) -> str:
    """Take off what a template lets through; a `</s>` that ends a struck out text of the answer's own is kept."""
    rest = _BEGUN.sub("", said)
    found = _ENDED.search(rest)
    return rest if found is None or "<s>" in rest else rest[: found.start()]


def _leading(said: str) -> tuple[str, list[str]]:
    """Take off thoughts at the start, one after another."""
    at, thoughts = 0, list[str]()
    while True:
        start = _after_blanks(said, at)
        found = next(((opening, end) for begin, end in _PAIRS if (opening := begin.match(said, start))), None)
        if found is None:
            return said[at:], thoughts
        opening, end = found
        closing = end.search(said, opening.end())
        if closing is None:  # cut off while it thought
            return "", [*thoughts, said[opening.end() :]]
        thoughts.append(said[opening.end() : closing.start()])
        at = closing.end()


def _ended_only(said: str) -> tuple[str, list[str]]:
    """Take off everything before the last end of thoughts that has no beginning."""
    for begin, end in _PAIRS:
        ends = list(end.finditer(said))
        if ends and not begin.search(said, 0, ends[-1].start()):
            return said[ends[-1].end() :], [said[: ends[-1].start()]]
    return said, []


def _between(said: str) -> tuple[str, list[str]]:
    """Take off whole thoughts that begin a line in the midst of the answer, and one at its end that was cut off."""
    thoughts: list[str] = []
    for begin, end in _PAIRS:
        said, found = _without(said, begin, end)
        thoughts += found
    return said, thoughts


def _without(said: str, begin: re.Pattern[str], end: re.Pattern[str]) -> tuple[str, list[str]]:
    """Take off the thoughts of one form, in one pass: a model that repeats itself writes thousands."""
    kept, thoughts, at, place = list[str](), list[str](), 0, 0
    while (opening := begin.search(said, place)) is not None:
        place = opening.end()
        if not _begins_line(said, at, opening.start()):
            continue
        closing = end.search(said, place)
        thoughts.append(said[place : closing.start() if closing else len(said)])
        kept.append(said[at : opening.start()])
        at = place = _after_blanks(said, closing.end()) if closing else len(said)
    return "".join((*kept, said[at:])), thoughts


def _begins_line(said: str, after: int, start: int) -> bool:
    """Say whether only blanks stand before a place in its line; `after` is where a thought before it ended."""
    while start > after and said[start - 1] in " \t":
        start -= 1
    return start == after or said[start - 1] == "\n"


def _after_blanks(said: str, at: int) -> int:
    found = _BLANKS.match(said, at)
    return found.end() if found else at


def _of_channels(said: str) -> tuple[str, str]:
    parts = _CHANNEL.findall(said)
    final = [text for channel, text in parts if channel == "final"]
    thoughts = [text.strip() for channel, text in parts if channel != "final"]
    return "".join(final).strip(), "\n\n".join(filter(None, thoughts))
