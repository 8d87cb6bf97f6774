# ruff: noqa: RUF001 - letters of other scripts
"""What stands beside a number without changing it: currencies and units; and what multiplies it."""

import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Final

# Source: ISO 4217.
_CODES = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLF CLP CNH
CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR
ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP
MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG
SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST
XAF XAG XAU XCD XOF XPF YER ZAR ZMW ZWG
"""
CURRENCIES: Final = frozenset(_CODES.split())
# Currencies whose amounts are written with a decimal point, or a comma, wherever they are written; not the euro.
# The Canadian dollar and the rand are neither: both are written either way.
_POINT = "AUD CHF CNY EGP GBP HKD ILS INR JPY KES KRW LKR MXN MYR NGN NZD PHP PKR SGD THB TWD USD"
_COMMA = "ARS BAM BGN BRL BYN CLP COP CZK DKK HRK HUF IDR ISK NOK PLN PYG RON RSD RUB SEK TRY UAH UYU VND"
_SIGNS = """
£ GBP ₹ INR ¥ JPY ₩ KRW ₪ ILS ฿ THB ₱ PHP ₦ NGN ₺ TRY ₽ RUB ₴ UAH ₫ VND ₡ CRC ₲ PYG R$ BRL US$ USD HK$ HKD NT$
TWD S$ SGD A$ AUD AU$ AUD NZ$ NZD MX$ MXN Mex$ MXN zł PLN kč CZK ft HUF руб RUB грн UAH лв BGN lei RON sfr CHF
fr CHF rs INR rp IDR tl TRY rm MYR 円 JPY 元 CNY 원 KRW din RSD
"""
_MONEY = """
euro euros eur dollar dollars pound pounds sterling franken francs franc kronor kroner krone kronen kr korun
koruna zlotych złotych zloty złoty rubel rubli rublos рублей рубля рубль гривень гривні rupees rupee rupien yen
yuan pesos peso reais real lira lire forint лева лей евро євро ευρώ kč ft zł lei руб грн лв дин din fr sfr chf
rs rp rm tl rmb r usd gbp cents cent pence 円 元 원
"""
_SIGNED_DOLLARS: Final = frozenset("US CA CAN C A AU NZ HK S SG NT MX MEX R AR".split())  # noqa: SIM905
# Not "m": 5 m are metres, or millions.
_UNITS = """
percent prozent pct procent pourcent % kg g mg µg t lb lbs oz km cm mm µm nm mi ft in yd m² m³ km² cm² ha l ml
cl dl kwh wh kw w mw gwh mwh v a ah hz khz mhz ghz kb mb gb tb kib mib gib °c °f mph h hr hrs min mins s sec
secs ms hours hour minutes minute seconds second days day weeks week months month years year tage tag stunden
stunde minuten wochen monate jahre jours jour heures pcs pc pieces piece units unit items item stk stück stueck
st pièces pièce unidades uds unidad pezzi pz stuks szt sztuk шт ks kpl adet db persons people seiten pages page
"""
MONEY: Final = frozenset(_MONEY.split())
UNITS: Final = frozenset(_UNITS.split())

# Words that multiply. Not "billion", which is 10^9 or 10^12, nor "mil" and "m", which are several things.
_SCALES = {
    3: "thousand tausend tsd mille mila tys tysięcy тыс тысяч тис tusen duizend tisíc tusind ezer bin χιλιάδες",
    4: "万 萬 만",
    5: "lakh lakhs lac",
    6: "million millions millionen mio millón millones milione milioni milhão milhões miljoen milion miliony milionů"
    " milionów mln млн miljon miljoner millioner miljoonaa millió milyon миллионов мільйонів",
    7: "crore crores",
    8: "億 亿 억",
    9: "bn mrd milliarde milliarden milliard milliards miliardo miliardi mld miljard miliard miliardy miliardów млрд"
    " milyar milliárd",
}
SCALES: Final = {word: Decimal(10**zeros) for zeros, words in _SCALES.items() for word in words.split()}


def is_currency(word: str) -> bool:
    """Say whether a word is a currency's code, sign or name."""
    if word.isupper() and word in CURRENCIES:
        return True
    if unicodedata.category(word[-1]) == "Sc":
        return len(word) == 1 or (word[-1] == "$" and word[:-1].upper() in _SIGNED_DOLLARS and word[0].isupper())
    return word.casefold().rstrip(".") in MONEY


def is_unit(word: str) -> bool:
    """Say whether a word is a unit, or one of two for each other: km/h."""
    parts = word.casefold().rstrip(".").split("/")
    return len(parts) <= 2 and all(part in UNITS or (part and is_currency(part)) for part in parts)  # noqa: PLR2004


def currency_of(word: str) -> str | None:
    """Return the ISO code of a currency's code or sign, None where it names none or several ($, kr)."""
    if word in CURRENCIES:
        return word
    return _currencies().get(word) or _currencies().get(word.casefold().rstrip("."))


@cache
def _currencies() -> Mapping[str, str]:
    words = _SIGNS.split()
    return dict(zip(words[::2], words[1::2], strict=True))


def decimal_mark_of(currency: str) -> str | None:
    """Return which mark amounts of a currency have before their decimals, None where both are usual."""
    if currency in _POINT.split():
        return "."
    return "," if currency in _COMMA.split() else None
