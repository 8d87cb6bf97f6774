# ruff: noqa: RUF001 - letters of other scripts
"""Tell by its small words which language a text is in, as far as its figures and dates depend on that."""

import re
from collections import Counter
from functools import cache
from typing import Final

MAX_CHARS = 20_000  # of a text are looked at
_MIN_HITS = 2
_LONG_CHARS = 5
_CLEARLY = 1.5  # times the hits of the next language

# Small words, and the words of letters and invoices. One that several languages have counts for each.
_WORDS: Final = {
    "en": "the and of to in is for on that with was are by from this be you your our we not have has at or as it an"
    " will invoice due amount paid date order number please dear per price tax",
    "de": "der die das und ist von den dem des mit für auf ein eine zu im nicht am vom zum zur bis sie wir ihre ihr"
    " sind rechnung betrag fällig gesamt summe mwst datum bestellung nummer bitte zahlbar netto brutto"
    " preis beträgt einen",
    "fr": "le la les et est de des du une un pour dans par sur avec au aux que qui nous vous votre notre ce cette à"
    " facture montant échéance ttc tva commande numéro prix payer réglé soit jusqu",
    "es": "el la los las y es de del una un para en por con al que se su nuestro ha fecha importe factura pedido iva"
    " vencimiento número precio pagar señor hasta",
    "it": "il lo la gli le e è di del della dei una un per in con da al che si nostro fattura importo scadenza ordine"
    " numero prezzo pagare entro data spett totale",
    "pt": "o a os as e é de do da dos das uma um para em no na por com ao que se seu nosso fatura valor vencimento"
    " pedido número preço pagar até data",
    "nl": "de het een en is van in op voor met te dat die niet aan bij uw wij u factuur bedrag btw datum bestelling"
    " nummer betalen vervaldatum prijs totaal",
    "pl": "i w na z do nie się jest to że od dla przez oraz po za faktura kwota termin zapłaty razem zamówienie numer"
    " data cena dnia wynosi płatności",
    "ru": "и в на с по не это что от для до за из к счёт счет сумма оплаты итого заказ номер дата цена руб срок",
    "uk": "і й в на з по не це що від для до за із рахунок сума сплати разом замовлення номер дата ціна грн термін",
    "cs": "a v na s z do ne se je to že od pro po za faktura částka splatnost celkem objednávka číslo datum cena dne",
    "sk": "a v na s z do nie sa je to že od pre po za faktúra suma splatnosť spolu objednávka číslo dátum cena dňa",
    "hu": "a az és egy van nem hogy meg ez is számla összeg határidő fizetési összesen rendelés szám dátum ár kelt",
    "ro": "și în la cu de pe nu este că din pentru prin o un factură suma scadență total comandă număr data preț lei",
    "sv": "och i att det är på för med av den en ett som till från inte faktura belopp förfallodatum summa moms"
    " beställning nummer datum pris betalas kronor",
    "da": "og i at det er på for med af den en et som til fra ikke faktura beløb forfaldsdato moms ordre nummer dato"
    " pris betales kroner",
    "nb": "og i at det er på for med av den en et som til fra ikke faktura beløp forfallsdato mva ordre nummer dato"
    " pris betales kroner",
    "fi": "ja on ei se että oli ovat mukaan kanssa lasku summa eräpäivä yhteensä alv tilaus numero päivä hinta euroa",
    "el": "και το η ο τα του της των με για από στο στη είναι τιμολόγιο ποσό ημερομηνία σύνολο αριθμός τιμή φπα",
    "tr": "ve bir bu için ile da de olarak olan tarihi tutar fatura toplam kdv sipariş numarası fiyat ödeme son",
    "bg": "и в на с за не от до по да се е фактура сума дата общо поръчка номер цена лв срок",
    "hr": "i u na s za ne od do po da se je račun iznos datum ukupno narudžba broj cijena dospijeće pdv rok",
    "id": "dan di yang untuk dengan dari ini itu tidak pada faktur jumlah tanggal total pesanan nomor harga jatuh"
    " tempo",
}
# Where a text writes 1.249,50 or 1 249,50. Spanish and German are also written in Mexico and Switzerland: the currency
# says so then, and where it contradicts, nothing is decided.
_POINT: Final = frozenset({"en"})
_YEAR_FIRST: Final = frozenset({"hu", "sv"})
_LETTERS = re.compile(r"[^\W\d_]+")


def language_of(text: str) -> str | None:
    """Return the language that a text's small words clearly name, or None."""
    hits = _hits(text)
    (first, most), (_, second) = hits.most_common(2)
    return first if most >= _MIN_HITS and most >= _CLEARLY * second else None


def decimal_mark_of(text: str) -> str | None:
    """Return which mark the language of a text puts before decimals, or None where the language is not clear.

    Languages that are alike write alike, so it is enough that the text is clearly in one of those, or clearly not.
    """
    hits = _hits(text)
    point = max(hits[name] for name in _POINT)
    comma = max(count for name, count in hits.items() if name not in _POINT)
    if max(point, comma) < _MIN_HITS or max(point, comma) < _CLEARLY * min(point, comma):
        return None
    return "." if point > comma else ","


def _hits(text: str) -> Counter[str]:
    """Return how much speaks for each language: a long word counts twice, a single letter not at all."""
    hits = Counter(dict.fromkeys(_WORDS, 0))
    speakers = _speakers()
    for word in _LETTERS.findall(text[:MAX_CHARS]):
        for name, weight in speakers.get(word.casefold(), ()):
            hits[name] += weight
    return hits


@cache
def _speakers() -> dict[str, list[tuple[str, int]]]:
    """Return for each word the languages that it speaks for, and how much."""
    found: dict[str, list[tuple[str, int]]] = {}
    for name, listed in _WORDS.items():
        for word in dict.fromkeys(listed.split()):
            if weight := _weight(word):
                found.setdefault(word, []).append((name, weight))
    return found


def _weight(word: str) -> int:
    if len(word) >= _LONG_CHARS:
        return 2
    return 0 if len(word) == 1 and word.isascii() else 1


def is_day_first(text: str) -> bool:
    """Say whether a text is clearly in a language that writes the day before the month. English does both."""
    return decimal_mark_of(text) == "," and language_of(text) not in _YEAR_FIRST
