"""Words of a text that may be its topics, so that a small model chooses instead of making something up."""

import re
from collections import Counter
from collections.abc import Iterator

MAX_CANDIDATES = 15

_MIN_CHARS = 5
_TITLE_WEIGHT = 3
_NAME = re.compile(r"[^\W\d_a-zß-ÿ][\w'’-]+(?: [^\W\d_a-zß-ÿ][\w'’-]+)*")  # noqa: RUF001 - an apostrophe
_WORD = re.compile(r"[^\W\d_][\w'’-]+")  # noqa: RUF001
_STARTS = re.compile(r"(?:^|[.!?…:]['\"”’»)]*\s+|\n\s*|[\"“„«(])$")  # noqa: RUF001
_ELIDED = re.compile(r"^(?:[cdjlmnst]|qu)['’]", re.IGNORECASE)  # noqa: RUF001
_COUNT = re.compile(r"(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)\b")
_COMMON_WORDS = """
and at but by for from he her his in its more most nine not now of on one our she six ten than that the they this
to two we when who with you am an auf aus bei bis das dem den der des die ein eine er es für im ist mit nun seit sie
so um und von vom vor zu zum zur au aux ce de du elle en et il ils la le les leur ne on où par qui sa se ses si un une
about above after again against almost along already although always among another because become before being
below between bring called cannot could different during every first found further going great hardly however
instead large later least little makes might never nobody nothing number often other others people place quite
rather really second several shall should since small something sometimes still taken their themselves there
these thing things third those though three through times today together toward towards twelve twice under
until usual usually where whether which while whole whose within without would years yesterday monday tuesday
wednesday thursday friday saturday sunday january february march april june july august september october
november december aller alles andere anderen aufgrund außerdem bereits besonders bisher damit danach dabei
daran darauf dessen dieser diese dieses einem einen einer eines einmal etwa genau gegen haben hatte hatten
heute immer jedoch jeder jedes keine keinen künftig meine nicht nichts niemand noch nach rund seine seinem
seinen seiner seit sich sind soll sollen sowie über unter viele wegen weiter welche wenig wenn werden wieder
worden wurde wurden zwischen zunächst montag dienstag mittwoch donnerstag freitag samstag sonntag januar
februar märz juni juli oktober dezember alors après aussi autre autres aujourd'hui avant avoir beaucoup celle
celles celui cette ceux chaque comme contre dans depuis dernier dernière deux dont elles encore entre était
étaient être fait leurs lorsque mais même moins notre nous parce pendant personne peut plus plusieurs pour
pourquoi premier première presque quand quelque quelques sans selon seront sont sous souvent surtout tandis
tous tout toute toutes très trois trop vers votre lundi mardi mercredi jeudi vendredi samedi dimanche janvier
février avril juillet août septembre octobre novembre décembre
"""  # in English, German and French; days and months, too
_COMMON = frozenset(_COMMON_WORDS.split())


def topic_candidates(text: str, *, title: str = "") -> list[str]:
    """Return names and words of a text, each as it is written, the weightiest first: said often, or in the title."""
    counts: Counter[str] = Counter()
    written: dict[str, str] = {}
    for word in _names_and_words(text):
        key = word.casefold()
        counts[key] += 2 if word[0].isupper() else 1
        written.setdefault(key, word)
    for word in {match[0].casefold() for match in _WORD.finditer(title)} & written.keys():
        counts[word] += _TITLE_WEIGHT
    ranked = sorted(written, key=lambda key: -counts[key])
    return [written[key] for key in ranked[:MAX_CANDIDATES]]


def _names_and_words(text: str) -> Iterator[str]:
    for match in _NAME.finditer(text):
        name = _ELIDED.sub("", match[0])
        if _STARTS.search(text[max(0, match.start() - 4) : match.start()]):  # its first word may be any word
            first, _, rest = name.partition(" ")
            name = rest if _is_common(first) else name if rest else ""
        if name and not _is_common(name) and name[0].isupper():
            yield name
    for match in _WORD.finditer(text):
        word = _ELIDED.sub("", match[0])
        if word[:1].islower() and len(word) >= _MIN_CHARS and not _is_common(word) and not _COUNT.match(word):
            yield word


def _is_common(word: str) -> bool:
    plain = word.casefold().removesuffix("s")
    return plain in _COMMON or plain + "s" in _COMMON
