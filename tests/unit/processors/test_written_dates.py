# ruff: noqa: RUF001 - letters of other scripts
"""Dates in the languages of Europe, and in figures."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.processors import months
from app.processors.dates import find_date, readings
from app.processors.evidence import Evidence
from app.processors.fitting import Fitter


def days(text: str) -> set[str]:
    return {str(one.value) for one in readings(text)}


@pytest.mark.parametrize(
    "text",
    [
        *("3 May 2026", "May 3rd, 2026", "3rd of May, 2026", "Sun, 3 May 2026", "3-May-26", "on 3 May 2026"),
        *("3. Mai 2026", "Sonntag, den 3. Mai 2026", "3 mai 2026", "le dimanche 3 mai 2026", "3 de mayo de 2026"),
        *(
            "domenica 3 maggio 2026",
            "3 de maio de 2026",
            "3 mei 2026",
            "3 maja 2026 r.",
            "3 мая 2026 г.",
            "3 травня 2026",
        ),
        *(
            "3 май 2026",
            "3. května 2026",
            "3. mája 2026",
            "2026. május 3.",
            "3 mai 2026",
            "den 3 maj 2026",
            "3. mai 2026",
        ),
        *("3. toukokuuta 2026", "3 Μαΐου 2026", "3 Mayıs 2026 Pazar", "3. svibnja 2026.", "3. maja 2026", "3 maj 2026"),
        *("2026 m. gegužės 3 d.", "3. maijs 2026", "3. mai 2026", "3 maig 2026", "3.V.2026", "3 V 2026"),
        *("2026年5月3日", "2026년 5월 3일", "令和8年5月3日", "2026-05-03T10:00:00Z", "2026-05-03 14:30", "2026/5/3"),
        *(
            "3.5.2026",
            "3. 5. 2026",
            "03.05.2026",
            "2026. 5. 3.",
            "20260503",
            "٣.٥.٢٠٢٦",
            "2026-05-03T10:00:00.123+02:00",
        ),
    ],
)
def test_a_day_is_read_as_its_country_writes_it(text: str) -> None:
    assert days(text) == {"2026-05-03"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("03-05-2026", {"2026-05-03", "2026-03-05"}),
        ("03/05/2026", {"2026-05-03", "2026-03-05"}),
        ("13/05/2026", {"2026-05-13"}),
        ("05/13/2026", {"2026-05-13"}),
        ("05/05/2026", {"2026-05-05"}),
        ("05.03.26", {"2026-03-05", "2005-03-26"}),
        ("31.03.26", {"2026-03-31", "2031-03-26"}),
        ("03/05/62", set()),
        ("3 jui 2026", {"2026-06-03", "2026-07-03"}),
        ("11 listopada 2026", {"2026-11-11"}),
        ("11. listopada 2026.", {"2026-10-11"}),
    ],
)
def test_figures_may_mean_several_days(text: str, found: set[str]) -> None:
    assert days(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "May 2026",
        "3 May",
        "not 3 May 2026",
        "before 3 May 2026",
        "31 April 2026",
        "3 to 5 May 2026",
        "1.2.3",
    ],
)
def test_what_names_no_day_is_not_read(text: str) -> None:
    assert days(text) == set()


@pytest.mark.parametrize(
    ("text", "written", "day"),
    [
        ("Due on 3 May 2026.", "03-05-2026", "2026-05-03"),
        ("Due on 3 May 2026.", "05/03/2026", "2026-05-03"),
        ("Sent 25/04/2026, due 03/05/2026", "03/05/2026", "2026-05-03"),
        ("Sent 04/25/2026, due 05/03/2026", "05/03/2026", "2026-05-03"),
        ("Sent 25-04-2026, due 03-05-2026", "03/05/2026", "2026-05-03"),
        ("La facture est à payer pour le 03/05/2026", "03/05/2026", "2026-05-03"),
        ("Die Rechnung vom 05.03.26 ist fällig", "05.03.26", "2026-03-05"),
        ("The invoice of 05/03/2026 is due", "05/03/2026", None),
        ("Sent 25/04/2026 or 04/25/2026, due 03/05/2026", "03/05/2026", None),
        ("3 May 2026 or 5 March 2026", "03/05/2026", None),
        ("Sent 25/04/2026", "03/05/2026", None),
        ("", "03-05-2026", None),
        ("Tvrtka je iz Zagreba i rok za račun je 11 listopada 2026", "11. listopada 2026", "2026-10-11"),
    ],
)
def test_the_text_says_which_day_is_meant(text: str, written: str, day: str | None) -> None:
    found = Evidence(text).day(written)
    assert (None if found is None else str(found)) == day


LANGUAGES = sorted(months._MONTHS)


@pytest.mark.parametrize(
    "text", ["5 ΜΑ\u0399\u0308\u0301ΟΥ 2026", "5 aou\u0302t 2026", "5. ma\u0308rz 2026", "u\u0301nor 5, 2026"]
)
def test_accents_may_stand_apart(text: str) -> None:
    assert len(days(text)) == 1
    assert find_date(f"xx {text}, yy") == next(iter(days(text)))


@given(day=st.dates(date(1970, 1, 1), date(2069, 12, 31)), language=st.sampled_from(LANGUAGES), data=st.data())
def test_every_month_of_every_language_is_read(day: date, language: str, data: st.DataObject) -> None:
    form = data.draw(st.sampled_from(months._MONTHS[language].split()[day.month - 1].split("/")))
    mark = "." if language == "hr" else ""
    text = data.draw(
        st.sampled_from([f"{day.day}{mark} {form} {day.year}", f"{day.day}{mark} {form.upper()} {day.year}"])
    )
    assert days(text) == {day.isoformat()}
    assert find_date(f"xx {text}, yy") == day.isoformat()


@given(day=st.dates(date(1000, 1, 1)), form=st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%Y/%m/%d", "%Y年%m月%d日"]))
def test_a_day_in_figures_reads_back_to_itself(day: date, form: str) -> None:
    assert days(day.strftime(form)) == {day.isoformat()}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-05-03T14:30:00Z", "2026-05-03T14:30:00Z"),
        ("2026-05-03 14:30", "2026-05-03T14:30:00"),
        ("2026-05-03 14:30:15+0200", "2026-05-03T14:30:15+02:00"),
        ("3 May 2026, 2:30 pm", "2026-05-03T14:30:00"),
        ("12:05 AM", "12:05 AM"),
        ("le 3 mai 2026 à 14h30", "2026-05-03T14:30:00"),
        ("3. Mai 2026 um 14:30 Uhr", "2026-05-03T14:30:00"),
        ("2026-05-03", "2026-05-03"),
        ("03/05/2026 14:30", "03/05/2026 14:30"),
        ("at noon", "at noon"),
    ],
)
def test_a_time_gets_the_form_of_rfc_3339(said: str, meant: str) -> None:
    assert Fitter(Evidence("")).fit(said, {"type": "string", "format": "date-time"}) == meant
