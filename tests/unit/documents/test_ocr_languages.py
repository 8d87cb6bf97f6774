"""Which languages pictures are read in."""

import pytest

from app.core.settings import Settings, SettingsError
from app.documents import ocr_languages
from app.documents.errors import DocumentError
from app.documents.ocr_languages import by_script, chosen, code_of, languages, script_of
from app.processors.ocr import languages_for
from tests.rig.scans import PlayedTesseract


def test_installed_languages_are_listed_common_ones_first(tesseract: PlayedTesseract) -> None:
    tesseract.does("", languages="afr ara deu eng equ osd script/Cyrillic snum")
    assert languages() == ("eng", "deu", "afr", "ara", "script/Cyrillic")
    assert chosen("auto", "") == languages()


def test_those_wanted_keep_their_order(tesseract: PlayedTesseract) -> None:
    tesseract.does("")
    assert chosen("on", "jpn+eng+jpn") == ("jpn", "eng")
    assert chosen("on", "deu, eng") == ("deu", "eng")


def test_without_the_program_auto_reads_nothing_and_on_refuses(tesseract: PlayedTesseract) -> None:
    assert not ocr_languages.is_there()
    assert chosen("auto", "xyz") == chosen("off", "") == ()
    with pytest.raises(DocumentError) as caught:
        chosen("on", "")
    assert (caught.value.code, "install tesseract-ocr" in caught.value.message) == ("ocr_unavailable", True)


def test_off_asks_nobody(tesseract: PlayedTesseract) -> None:
    tesseract.does("")
    assert chosen("off", "xyz") == ()


def test_a_start_is_refused_by_the_setting_s_name(tesseract: PlayedTesseract) -> None:
    with pytest.raises(SettingsError, match=r"^OCR: Tesseract is not installed"):
        languages_for(Settings(ocr="on"))
    tesseract.does("")
    with pytest.raises(SettingsError, match=r"^OCR_LANGUAGES: Tesseract has no language xyz; it has eng, deu"):
        languages_for(Settings(ocr_languages="eng+xyz"))
    assert languages_for(Settings(ocr_languages="deu")) == ("deu",)


@pytest.mark.parametrize("code", ["sys.exit(1)", "raise SystemExit"])
def test_a_program_that_does_not_answer_has_no_language(tesseract: PlayedTesseract, code: str) -> None:
    tesseract.does("")
    broken = tesseract.program.read_text().replace("if '--list-langs' in sys.argv:", f"{code}\nif True:")
    tesseract.program.write_text(broken)
    assert languages() == ()


def test_languages_of_one_script_are_read_with_together() -> None:
    assert by_script(("jpn", "eng", "deu", "ara", "chi_sim")) == {
        "Japanese": ("jpn",),
        "Latin": ("eng", "deu"),
        "Arabic": ("ara",),
        "Han": ("chi_sim",),
    }
    assert by_script(()) == {}
    assert len(by_script(f"l{number}" for number in range(60))["Latin"]) == 8


@pytest.mark.parametrize(
    ("name", "script"),
    [
        ("eng", "Latin"),
        ("script/Cyrillic", "Cyrillic"),
        ("Hangul", "Korean"),
        ("Fraktur", "Latin"),
        ("rus", "Cyrillic"),
    ],
)
def test_scripts_have_one_name(name: str, script: str) -> None:
    assert script_of(name) == script


def test_a_language_has_tesseract_s_code() -> None:
    assert (code_of("de"), code_of(None), code_of("xx")) == ("deu", "", "")
