# ruff: noqa: RUF001 - signs of other scripts
"""Numbers in the forms of many countries."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.processors.evidence import Evidence
from app.processors.numbers import readings


def values(text: str) -> set[str]:
    return {format(one.value.normalize(), "f") for one in readings(text)}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("5,132.40", "5132.4"), ("$5,132.40", "5132.4"), ("US$ 5,132.40", "5132.4"), ("5,132.40 USD", "5132.4")),
        *(("GBP 5,132.40", "5132.4"), ("£5,132.40", "5132.4"), ("GBP5,132.40", "5132.4")),
        *(("5.132,40", "5132.4"), ("5.132,40 €", "5132.4"), ("EUR 5.132,40", "5132.4"), ("5.132,- €", "5132")),
        *(("5 132,40", "5132.4"), ("5\u202f132,40 €", "5132.4"), ("5\u00a0132,40 EUR", "5132.4"), ("105,91", "105.91")),
        *(("1'249.00", "1249"), ("CHF 1’249.50", "1249.5"), ("1’249.–", "1249"), ("19.— Fr.", "19")),
        *(("1,23,456.00", "123456"), ("₹1,23,456", "123456"), ("Rs. 12,34,567.5", "1234567.5")),
        *(
            ("5 132,40 zł", "5132.4"),
            ("1 234 567,89 Kč", "1234567.89"),
            ("kr 1 249,50", "1249.5"),
            ("1 249 kr", "1249"),
        ),
        *(("R$ 1.234,56", "1234.56"), ("1.234,56 ₺", "1234.56"), ("1 234,56 руб.", "1234.56"), ("5万円", "50000")),
        *(("١٬٢٣٤٫٥٦", "1234.56"), ("۱۲۳", "123"), ("१२३", "123"), ("１２３．５", "123.5")),
        *(
            ("(1,249.00)", "-1249"),
            ("−5", "-5"),
            ("–5,50", "-5.5"),
            ("-€5", "-5"),
            ("€ -5,20", "-5.2"),
            ("1.249,00-", "-1249"),
        ),
        *(
            ("12 %", "12"),
            ("12,5%", "12.5"),
            ("120 km/h", "120"),
            ("2,50 €/kg", "2.5"),
            ("3 Stück", "3"),
            ("5 kg.", "5"),
        ),
        *(("1.2k", "1200"), ("1,2 Mio. €", "1200000"), ("2 Mrd. EUR", "2000000000"), ("3 lakh", "300000")),
        *(
            ("5132.4", "5132.4"),
            ("0.125", "0.125"),
            ("0,125", "0.125"),
            ("1234.567", "1234.567"),
            (".5", "0.5"),
            ("5.", "5"),
        ),
        *(
            ("1.249.000", "1249000"),
            ("1,249,000", "1249000"),
            ("1_000", "1000"),
            ("1e3", "1000"),
            ("+5", "5"),
            ("007", "7"),
        ),
    ],
)
def test_a_number_is_read_as_its_country_writes_it(text: str, value: str) -> None:
    assert values(text) == {value}


@pytest.mark.parametrize("text", ["1.249", "1,249", "12.345", "1.000", "EUR 1.249", "-1,249"])
def test_three_digits_behind_one_mark_have_two_readings(text: str) -> None:
    assert len(values(text)) == 2


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "-",
            "abc",
            "EUR",
            "1.2.3",
            "14:30",
            "3-4",
            "5/2",
            "1,2,3",
            "12,34,56",
            "½",
            "5²",
            "--5",
            "5 6",
            "9" * 41,
        ),
        *(
            "3 chairs",
            "about 5",
            "not 5",
            "5 or 6",
            "€5m",
            "5m",
            "5 billion",
            "5 k€",
            "5 T€",
            "k$5",
            "(3)",
            "5-",
            "1,2345,6",
        ),
        *("5 million thousand", "x" * 10_000, "1" * 10_000),
    ],
)
def test_what_is_no_number_or_not_certain_is_not_read(text: str) -> None:
    assert values(text) == set()


@pytest.mark.parametrize(
    ("text", "written", "value"),
    [
        ("Rechnung: 1.249 EUR, Versand 19,50 EUR.", "1.249", "1249"),
        ("Zwischensumme 1.249 €, Summe 1.486,31 €", "1.249", "1249"),
        ("Betrag: 1.249 EUR, zahlbar bis zum 3. Mai", "1.249", "1249"),
        ("Le montant de la facture est de 1.249 EUR", "1.249 EUR", "1249"),
        ("The parcel is of 1.249 kg and was sent", "1.249", "1.249"),
        ("The total of the invoice is 1,249 USD", "1,249", "1249"),
        ("The invoice: 1,249.00", "1,249", "1249"),
        ("Total 1249", "1.249", "1249"),
        ("Total 1 249,00", "1.249", "1249"),
        ("Gesamt: 1.249", "1.249", "1249"),
        ("Amount: 1,249", "1,249", "1249"),
        ("Importo: 1.249, IVA 274,78 EUR", "1.249", "1249"),
        ("1.249 und 2.500.000", "1.249", "1249"),
        ("1,249 PLN", "1,249", None),
        ("", "1.249", None),
        ("1.249", "1.249", None),
        ("1.249 EUR", "1.249", None),
        ("The price of the fuel is 1.249 EUR", "1.249", None),
        ("Total 12.50 and 12,50; 1.249", "1.249", None),
        ("Version 2.0 of 1.249 things", "1.249", None),
        ("Der Termin ist um 14.30 Uhr, 1.249 Gäste und mehr", "1.249", "1249"),
        ("Die Rechnung ist von 19,50 EUR", "1.249", None),
    ],
)
def test_the_text_says_which_reading_is_meant(text: str, written: str, value: str | None) -> None:
    found = Evidence(text).number(written)
    assert (None if found is None else format(found.normalize(), "f")) == value


FORMS = {  # country: marks of thousands and decimals, and what a text of it says besides
    "US": (",", ".", "${}", "Subtotal $1,000.00."),
    "GB": (",", ".", "£{}", "Subtotal £1,000.00."),
    "DE": (".", ",", "{} €", "Zwischensumme 1.000,00 €."),
    "FR": ("\u202f", ",", "{} €", "Sous-total 1\u202f000,00 €."),
    "CH": ("’", ".", "CHF {}", "Zwischentotal CHF 1’000.00."),
    "IT": (".", ",", "€ {}", "Subtotale € 1.000,00."),
    "ES": (".", ",", "{} EUR", "Subtotal 1.000,00 EUR."),
    "PL": ("\u00a0", ",", "{} zł", "Razem 1\u00a0000,00 zł."),
    "SE": (" ", ",", "{} kr", "Delsumma 1 000,00 kr."),
    "BR": (".", ",", "R$ {}", "Subtotal R$ 1.000,00."),
    "RU": ("\u00a0", ",", "{} ₽", "Итого 1\u00a0000,00 ₽."),
    "CZ": (" ", ",", "{} Kč", "Celkem 1 000,00 Kč."),
    "NO": (" ", ",", "kr {}", "Sum kr 1 000,00."),
    "TR": (".", ",", "{} TL", "Toplam 1.000,00 TL."),
    "JP": (",", ".", "¥{}", "小計 ¥1,000.00"),
}


def written(value: Decimal, country: str, *, digits: int) -> str:
    thousands, point, _, _ = FORMS[country]
    whole, _, decimals = f"{value:,.{digits}f}".partition(".")
    return whole.replace(",", thousands) + (point + decimals if decimals else "")


@given(
    value=st.decimals(min_value=0, max_value=10**9, places=2, allow_nan=False, allow_infinity=False),
    country=st.sampled_from(sorted(FORMS)),
    digits=st.sampled_from([0, 2]),
    is_dressed=st.booleans(),
)
def test_a_number_in_a_countrys_form_reads_back_to_itself(
    value: Decimal, country: str, digits: int, *, is_dressed: bool
) -> None:
    value = round(value, digits)
    text = written(value, country, digits=digits)
    dressed = FORMS[country][2].format(text)
    evidence = Evidence(f"{FORMS[country][3]} {dressed} end")
    assert evidence.number(dressed if is_dressed else text) == value
    assert value in {evidence.value(one) for one in evidence.numbers}


def test_an_indian_amount_reads_back_to_itself() -> None:
    evidence = Evidence("Total ₹ 12,34,567.00 and ₹ 1,249")
    assert [evidence.value(one) for one in evidence.numbers] == [Decimal("1234567.00"), Decimal(1249)]


@pytest.mark.parametrize(
    "text", ["1 111 " * 40_000, "1,1" * 60_000, "1.249 EUR " * 20_000, "9" * 200_000, "1-" * 90_000]
)
def test_a_text_of_figures_is_read_once(text: str) -> None:
    evidence = Evidence(text)
    assert all(evidence.number("1.249") is None for _ in range(1000))
