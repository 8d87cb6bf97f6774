"""Pictures as they are, read by the real Tesseract where it is installed."""

import shutil

import pytest
from PIL import Image, ImageChops

from app.documents.ocr import Read, read_picture
from app.processors.agreement import agreement
from app.processors.languages import language_of
from tests.rig.scans import DEJAVU, NOTO_ARABIC, NOTO_CJK, has, picture_of, png

pytestmark = pytest.mark.skipif(
    not (shutil.which("tesseract") and has("eng")), reason="Tesseract is not installed (tesseract-ocr)"
)
LINES = [
    "The night train to the coast runs again from",
    "the first of June. It leaves at nine in the even-",
    "ing and arrives before breakfast. Nobody has to",
    "change, and the bicycles travel with the train.",
]
TEXT = (
    "The night train to the coast runs again from the first of June. It leaves at nine in the evening and arrives"
    " before breakfast. Nobody has to change, and the bicycles travel with the train."
)


async def read(picture: Image.Image, *languages: str) -> Read:
    return await read_picture(png(picture), languages=languages or ("eng",), language_of=language_of)


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
async def test_a_page_in_any_turn_is_read(degrees: int) -> None:
    found = await read(picture_of(LINES).rotate(degrees, expand=True, fillcolor=255))
    assert agreement(found.text, TEXT) > 0.97
    assert found.confidence > 0.85


@pytest.mark.parametrize("degrees", [0, 180])
async def test_few_letters_are_read_in_either_turn(degrees: int) -> None:
    found = await read(picture_of(["Sold"], width=500).rotate(degrees, fillcolor=255))
    assert found.text == "Sold"


async def test_columns_are_read_one_after_the_other() -> None:
    second = [f"{place} ferries crossed the river below" for place in ("Many", "Two", "Four", "Six", "Ten", "Few")]
    columns = [*LINES, "Tickets are sold", "at the harbour.", *second]
    found = await read(picture_of(columns, size=30, width=2000, columns=2, leading=1.2))
    assert found.text.index("bicycles travel") < found.text.index("Many ferries") < found.text.index("Few ferries")


@pytest.mark.parametrize("low", [40, 90])
async def test_a_pale_page_is_read(low: int) -> None:
    found = await read(picture_of(LINES).point(lambda dot: 160 + dot * low // 255))
    assert agreement(found.text, TEXT) > 0.95


async def test_a_noisy_page_is_read() -> None:
    page = picture_of(LINES)
    noise = Image.effect_noise(page.size, 45)
    found = await read(ImageChops.add(page, noise, scale=2))
    assert agreement(found.text, TEXT) > 0.9


async def test_a_page_out_of_focus_is_not_taken_for_sure() -> None:
    from PIL import ImageFilter

    assert (await read(picture_of(LINES).filter(ImageFilter.GaussianBlur(7)))).confidence < 0.6


async def test_an_empty_page_is_empty() -> None:
    assert (await read(Image.new("L", (800, 600), 255))).text == ""


@pytest.mark.skipif(not (has("eng", "deu") and DEJAVU.exists()), reason="no German (tesseract-ocr-deu, DejaVu)")
async def test_german_is_read_as_german() -> None:
    lines = [
        "Alle Menschen sind frei und gleich an Würde und",
        "Rechten geboren. Sie sind mit Vernunft und Gewissen",
        "begabt und sollen einander im Geiste der Brüder-",
        "lichkeit begegnen, in jeder Straße und für immer.",
    ]
    found = await read(picture_of(lines, font=DEJAVU), "eng", "deu")
    assert found.languages == ("deu", "eng")
    assert all(word in found.text for word in ("Würde", "Brüderlichkeit", "Straße", "für"))


@pytest.mark.skipif(not (has("eng", "jpn") and NOTO_CJK.exists()), reason="no Japanese (tesseract-ocr-jpn, Noto CJK)")
async def test_japanese_is_found_and_read() -> None:
    lines = [
        "名前はまだ無い。どこで生れたかとんと見当がつかぬ。",
        "何でも薄暗いじめじめした所でニャーニャー泣いていた。",
    ]
    found = await read(picture_of(lines, font=NOTO_CJK), "eng", "deu", "jpn")
    assert (found.languages[0], found.missing) == ("jpn", "")
    assert agreement(found.text, "".join(lines)) > 0.85
    assert " " not in found.text.replace("\n", "")


@pytest.mark.skipif(not (has("eng", "ara") and NOTO_ARABIC.exists()), reason="no Arabic (tesseract-ocr-ara, Noto)")
async def test_arabic_is_found_and_read() -> None:
    lines = ["يولد جميع الناس أحرارا متساوين في الكرامة والحقوق", "وقد وهبوا عقلا وضميرا وعليهم أن يعامل بعضهم بعضا"]
    found = await read(picture_of(lines, font=NOTO_ARABIC), "eng", "ara")
    assert (found.languages[0], agreement(found.text, " ".join(lines)) > 0.9) == ("ara", True)


@pytest.mark.skipif(not NOTO_CJK.exists(), reason="no font for Japanese (Noto CJK)")
async def test_a_script_that_was_not_given_is_told_and_doubted() -> None:
    lines = [
        "名前はまだ無い。どこで生れたかとんと見当がつかぬ。",
        "何でも薄暗いじめじめした所でニャーニャー泣いていた。",
    ]
    found = await read(picture_of(lines, font=NOTO_CJK), "eng")
    assert (found.missing, found.confidence < 0.6) == ("Japanese", True)
