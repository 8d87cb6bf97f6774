# ruff: noqa: RUF001 - words of other scripts
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.processors.answers import plain


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("Plain text.", "Plain text."),
        ("Here is a summary of the text:\n\nThe mill turns.", "The mill turns."),
        ("Sure! Here's the translation: Bonjour.", "Bonjour."),
        ("Summary: The mill turns.", "The mill turns."),
        ("<text>\nThe mill turns.\n</text>", "The mill turns."),
        ("```text\nThe mill turns.\n```", "The mill turns."),
        ('"The mill turns."', "The mill turns."),
        ('"One" and "two"', '"One" and "two"'),
        ("Here is the list: eggs, flour.", "Here is the list: eggs, flour."),
        ("Here is where the river ends.", "Here is where the river ends."),
        ("Sure things are rare.", "Sure things are rare."),
        ('"', '"'),
        ("  ", ""),
    ],
)
def test_wrapping_is_taken_off(answer: str, expected: str) -> None:
    assert plain(answer) == expected


@pytest.mark.parametrize("answer", ["Of course.", "Of course, the house is blue.", "Sure! The river rose."])
def test_an_answer_that_begins_like_an_opening_stays_whole(answer: str) -> None:
    assert plain(answer) == answer


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        *(("**Summary:** It turns.", "It turns."), ("**Summary**: It turns.", "It turns."), ("*Summary*\n\nA.", "A.")),
        *(
            ("## Summary\n\nIt turns.", "It turns."),
            ("### **Summary:**\nIt turns.", "It turns."),
            ("TL;DR: It turns.", "It turns."),
        ),
        *(("Summary of the text: It turns.", "It turns."), ("Summary (120 words):\nIt turns.", "It turns.")),
        *(('{"summary": "It turns."}', "It turns."), ('{"summary": "It turns.", "word_count": 2}', "It turns.")),
        *(('{"result": {"summary": "It turns."}}', "It turns."), ('[{"summary": "It turns."}]', "It turns.")),
        *(('{"summary": ["One.", "Two."]}', "One.\nTwo."), ('```json\n{"summary": "It turns."}\n```', "It turns.")),
        *(("<summary>It turns.</summary>", "It turns."), ("<answer>\nIt turns.\n</answer>", "It turns.")),
        *(("Here is the summary:\n<summary>\nIt turns.\n</summary>", "It turns."), ("<output>It turns.", "It turns.")),
        *(("# Zusammenfassung\nSie dreht.", "Sie dreht."), ("Zusammenfassung: Sie dreht.", "Sie dreht.")),
        *(
            ("Hier ist die Zusammenfassung des Textes:\n\nSie dreht.", "Sie dreht."),
            ("**Résumé :** Il tourne.", "Il tourne."),
        ),
        *(("Résumé : Il tourne.", "Il tourne."), ("Voici le résumé du texte :\n\nIl tourne.", "Il tourne.")),
        *(("Resumen: Gira.", "Gira."), ("Aquí está el resumen:\nGira.", "Gira."), ("Riassunto: Gira.", "Gira.")),
        *(("Resumo: Gira.", "Gira."), ("Samenvatting: Draait.", "Draait."), ("Podsumowanie: Kręci się.", "Kręci się.")),
        *(
            ("Краткое содержание: Вертится.", "Вертится."),
            ("Shrnutí: Točí se.", "Točí se."),
            ("Özet: Döner.", "Döner."),
        ),
        *(
            ("Περίληψη: Γυρίζει.", "Γυρίζει."),
            ("摘要：它转。", "它转。"),
            ("以下は要約です：回る。", "回る。"),
            ("요약: 돈다.", "돈다."),
        ),
        *(
            ("**It turns.**", "It turns."),
            ("“It turns.”", "It turns."),
            ('"It \\"turns\\"."', 'It "turns".'),
            ("「回る。」", "回る。"),
        ),
        ("Summary:\n```\nIt turns.\n```", "It turns."),
    ],
)
def test_a_summary_is_taken_out_of_its_wrapping(answer: str, text: str) -> None:
    assert plain(answer) == text


@pytest.mark.parametrize(
    "text",
    [
        *("Summary judgment was granted: the mill is sold.", "Translation is hard.", "Abstract art is art."),
        *("The summary: it is sold.", "Résumé-writing is an art.", "Summary", "Summary:", "**One** and **two**"),
        *(
            "Results: two mills.",
            "Label: a brand of the mill.",
            '{"mills": 2, "wheels": 3}',
            "[1] The mill",
            "- Summary: one",
        ),
        *("He said: <summary> is a tag.", "A <text> and a <b>.", "Here is where: the summary ends.", "«One» and «two»"),
    ],
)
def test_a_text_that_merely_holds_such_words_stays_whole(text: str) -> None:
    assert plain(text) == text
    assert plain(text, source="Ein Text.") == text


@pytest.mark.parametrize(
    ("answer", "source", "text"),
    [
        ("Translation: Good morning.", "Guten Morgen.", "Good morning."),
        ("**English translation:** Good morning.", "Guten Morgen.", "Good morning."),
        ("Traduction française : Bonjour.", "Good morning.", "Bonjour."),
        ("Translation (English):\nGood morning.", "Guten Morgen.", "Good morning."),
        ('{"translation": "Good morning."}', "Guten Morgen.", "Good morning."),
        ("翻译：早上好。", "Good morning.", "早上好。"),
        ("Summary:\nThe mill turns.", "Zusammenfassung:\nDie Mühle dreht.", "Summary:\nThe mill turns."),
        ("# Summary\n\nThe mill.", "# Kurzum\n\nDie Mühle.", "# Summary\n\nThe mill."),
        ("Translation: a short history", "Übersetzen: eine kurze Geschichte", "Translation: a short history"),
        ("Translation: Note: bring water.", "Hinweis: Wasser mitbringen.", "Note: bring water."),
        ("Translation:\n# Title\n\nText", "# Titel\n\nText", "# Title\n\nText"),
        ('{"title": "Mill"}', '{"title": "Mühle"}', '{"title": "Mill"}'),
        ('"Good morning"', "„Guten Morgen“", '"Good morning"'),
        ("**Good morning**", "**Guten Morgen**", "**Good morning**"),
        ("<text>Good</text>", "<text>Gut</text>", "<text>Good</text>"),
        ("```\ncode\n```", "```\ncode\n```", "```\ncode\n```"),
        ("Answer: yes", "Antwort: ja", "Answer: yes"),
    ],
)
def test_a_translation_keeps_what_its_source_begins_with(answer: str, source: str, text: str) -> None:
    assert plain(answer, source=source) == text


HEADINGS = st.sampled_from(
    ["**Summary:** ", "## Summary\n\n", "Zusammenfassung:\n", "Résumé : ", "Here is a summary:\n\n", "摘要："]
)
WORDS = st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8), min_size=1, max_size=12)


@given(words=WORDS, heading=HEADINGS)
def test_a_heading_goes_and_the_text_stays(words: list[str], heading: str) -> None:
    text = " ".join(words) + "."
    if plain(text) == text:  # a text may begin with such a heading itself
        assert plain(heading + text) == text


@given(words=WORDS)
def test_words_without_a_wrapping_stay_as_they_are(words: list[str]) -> None:
    text = "The " + " ".join(words) + "."
    assert plain(text) == text
    assert plain(text, source=text) == text


@pytest.mark.parametrize(
    "answer",
    [
        *("<text>" * 30_000, "Summary: " * 20_000, "# Summary" + " " * 150_000 + "x", '"' * 150_000, "**" * 70_000),
        *(" " * 150_000 + "</text>", "{" * 100_000 + "}" * 100_000, "Here is " + "a " * 70_000, "```\n" * 40_000),
    ],
)
def test_a_long_answer_is_read_once(answer: str) -> None:
    assert isinstance(plain(answer), str)
    assert isinstance(plain(answer, source="x"), str)
