"""Reading a picture, with a Tesseract that the test plays."""

import asyncio
import os
from pathlib import Path

import pytest
from PIL import Image

from app.documents import ocr, process
from app.documents.errors import DocumentError
from app.documents.ocr import Read, read_drawn, read_picture
from tests.rig.scans import PlayedTesseract, png, scan_of

LANGUAGES = ("eng", "deu", "ara", "jpn")
# 40 by 20 dots, black in the left upper corner: turned, the corner is elsewhere.
CORNER = Image.new("L", (40, 20), 255)
CORNER.paste(0, (0, 0, 6, 6))
DOTTED = CORNER.copy()
DOTTED.putpixel((30, 10), 0)
_SEEN = (
    f"sys.path.append({str(Path(Image.__file__).parents[1])!r})"
    """
def corner():
    import io
    from PIL import Image
    image = Image.open(io.BytesIO(picture))
    width, height = image.size
    at = {"left": (1, 1), "right": (width - 2, 1), "under": (1, height - 2), "behind": (width - 2, height - 2)}
    return image, next((name for name, place in at.items() if image.getpixel(place) < 128), "nowhere")
"""
)


async def read(picture: Image.Image = CORNER, **options: object) -> Read:
    return await read_picture(png(picture), languages=LANGUAGES, **options)  # type: ignore[arg-type]


async def error_of(**options: object) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        await read(**options)  # type: ignore[arg-type]
    return caught.value


async def test_a_sure_reading_is_the_only_one(tesseract: PlayedTesseract) -> None:
    tesseract.does("said(languages + layout, 90)")
    assert await read() == Read("eng3", 0.9, 1, ("eng",))


async def test_it_has_one_thread_and_nothing_of_our_environment(
    tesseract: PlayedTesseract, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "hush")
    tesseract.does("said(' '.join(f'{name}={value}' for name, value in os.environ.items()))")
    found = dict(word.split("=") for word in (await read()).text.split())
    assert found.pop("LC_CTYPE", "") in {"", "C.UTF-8"}  # Python's own
    assert found == {"OMP_THREAD_LIMIT": "1", "LC_ALL": "C", "PATH": os.defpath}


async def test_it_is_limited_as_any_reader_is(tesseract: PlayedTesseract) -> None:
    tesseract.does(
        "import resource\n"
        "said(' '.join(str(resource.getrlimit(one)[0]) for one in (9, 0, 1, 4)))"  # AS, CPU, FSIZE, CORE
    )
    assert (await read()).text == "1000000000 60 0 0"


@pytest.mark.parametrize(
    ("degrees", "where"), [(90, "under"), (180, "behind"), (270, "right")], ids=["left", "head", "right"]
)
async def test_a_doubtful_page_is_turned_as_detected(tesseract: PlayedTesseract, degrees: int, where: str) -> None:
    tesseract.does(
        _SEEN + f"if layout == '0': print('Rotate: {degrees}\\nOrientation confidence: 9.1\\nScript: Latin\\n'"
        " 'Script confidence: 9.0')\n"
        "elif corner()[1] == 'left': said('upright', 91)\n"
        "else: said('garbage', 30)"
    )
    turned = CORNER.rotate(degrees, expand=True)
    assert await read(turned) == Read("upright", 0.91, 1, ("eng", "deu"), degrees)


async def test_all_turns_are_tried_where_none_is_detected(tesseract: PlayedTesseract) -> None:
    tesseract.does(
        _SEEN + "if layout == '0': sys.exit('Too few characters. Skipping this page')\n"
        "elif corner()[1] == 'left': said('upright', 70)\n"
        "else: said('garbage garbage', 30)"
    )
    found = await read(CORNER.rotate(90, expand=True))
    assert (found.text, found.rotation) == ("upright", 90)


async def test_a_script_has_its_own_languages(tesseract: PlayedTesseract) -> None:
    tesseract.does(
        "if layout == '0': print('Script: Arabic\\nScript confidence: 120.0')\n"
        "else: said(languages, {'ara': 85, 'ara+eng': 92}.get(languages, 35))"
    )
    found = await read()
    assert (found.text, found.languages, found.missing) == ("ara+eng", ("ara", "eng"), "")


async def test_a_script_without_a_language_is_told(tesseract: PlayedTesseract) -> None:
    tesseract.does("if layout == '0': print('Script: Cyrillic\\nScript confidence: 12.0')\nelse: said('Bce', 43)")
    assert (await read()).missing == "Cyrillic"


async def test_a_detection_that_is_not_sure_is_not_believed(tesseract: PlayedTesseract) -> None:
    tesseract.does("if layout == '0': print('Script: Cyrillic\\nScript confidence: 0.4')\nelse: said('Bce', 43)")
    assert (await read()).missing == ""


async def test_dots_are_taken_away_from_a_doubtful_page(tesseract: PlayedTesseract) -> None:
    tesseract.does(
        _SEEN + "if layout == '0': sys.exit(1)\nsaid('clean' if corner()[0].getpixel((30, 10)) > 200 else 'dots',"
        " 85 if corner()[0].getpixel((30, 10)) > 200 else 50)"
    )
    assert (await read(DOTTED)).text == "clean"


async def test_the_language_of_the_words_comes_first(tesseract: PlayedTesseract) -> None:
    tesseract.does("said({'eng': 'Wiirde', 'deu+eng': 'Würde'}.get(languages, '-'), 90 + 5 * languages.count('deu'))")
    found = await read(language_of=lambda text: "de" if "rde" in text else None)
    assert (found.text, found.languages) == ("Würde", ("deu", "eng"))


async def test_a_language_that_was_not_given_is_told_of_a_long_text(tesseract: PlayedTesseract) -> None:
    tesseract.does("said('estan ' * 50)")
    assert (await read(language_of=lambda _: "es")).missing == "es"
    tesseract.does("said('estan')")
    assert (await read(language_of=lambda _: "es")).missing == ""


async def test_a_later_reading_that_fails_leaves_the_first(tesseract: PlayedTesseract) -> None:
    tesseract.does("said('first', 50) if languages == 'eng' else sys.exit(1)")
    assert (await read()).text == "first"


async def test_a_picture_without_a_letter_is_empty(tesseract: PlayedTesseract) -> None:
    tesseract.does("said('')")
    found = await read()
    assert (found.text, found.confidence, found.words) == ("", 0.0, 0)


@pytest.mark.parametrize(
    "code",
    [
        "sys.exit(1)",
        "print('garbage')",
        "os.write(1, b'\\xff\\xfe')",
        "print(heading); print(*[5] * 10, 'nan?', 'word', sep='\\t')",
        "os.kill(os.getpid(), 11)",
        "pass",
    ],
)
async def test_what_is_no_table_is_an_error(tesseract: PlayedTesseract, code: str) -> None:
    tesseract.does(code)
    assert (await error_of()).code == "file_unreadable"


async def test_a_program_that_hangs_is_ended(tesseract: PlayedTesseract, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[asyncio.subprocess.Process] = []
    start = asyncio.create_subprocess_exec

    async def start_noted(*args: str, **kwargs: object) -> asyncio.subprocess.Process:
        started.append(await start(*args, **kwargs))  # type: ignore[arg-type]
        return started[-1]

    monkeypatch.setattr("app.documents.process.asyncio.create_subprocess_exec", start_noted)
    tesseract.does("time.sleep(600)")
    error = await error_of(wall_s=0.5)
    assert (error.code, error.retryable) == ("read_timeout", True)
    assert [one.returncode for one in started] == [-9]


async def test_a_program_that_says_too_much_is_ended(
    tesseract: PlayedTesseract, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "MAX_ANSWER_BYTES", 100_000)
    tesseract.does("while True: print('x' * 1000)")
    assert (await error_of()).code == "file_too_large"


async def test_a_page_of_too_many_words_is_an_error(tesseract: PlayedTesseract) -> None:
    tesseract.does("said('word ' * 50_001)")
    assert (await error_of()).code == "file_unreadable"


async def test_a_program_that_needs_too_much_memory_is_an_error(tesseract: PlayedTesseract) -> None:
    tesseract.does("os.kill(os.getpid(), 6)")  # as C++ does without memory
    assert (await error_of()).code == "file_too_large"


async def test_without_the_program_the_error_says_so(tesseract: PlayedTesseract) -> None:
    assert (await error_of()).code == "ocr_unavailable"


async def test_a_program_that_cannot_be_run_is_an_error(tesseract: PlayedTesseract, tmp_path: Path) -> None:
    (tmp_path / "tesseract").write_text("#!/nowhere/at/all\n")
    (tmp_path / "tesseract").chmod(0o700)
    assert (await error_of()).code == "file_unreadable"


async def test_two_pictures_are_held_at_once(tesseract: PlayedTesseract) -> None:
    tesseract.does("said('x')")
    held = most = 0
    original = ocr.read_picture

    async def draw() -> bytes:
        nonlocal held, most
        held += 1
        most = max(most, held)
        return png(CORNER)

    async def counted(*args: object, **options: object) -> Read:
        nonlocal held
        try:
            return await original(*args, **options)  # type: ignore[arg-type]
        finally:
            held -= 1

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ocr, "read_picture", counted)
        await asyncio.gather(*[read_drawn(draw, languages=LANGUAGES) for _ in range(5)])
    assert most == 2


async def test_a_page_of_a_pdf_is_drawn_for_it() -> None:
    from app.documents.kinds import Kind
    from app.documents.pictures import redrawn
    from app.documents.reader import draw

    drawn = await draw(scan_of(CORNER), 1, form="png")
    with Image.open(__import__("io").BytesIO(drawn)) as picture:
        assert (picture.format, picture.mode, picture.width) == ("PNG", "L", 2480)
    assert await draw(png(CORNER), 1, form="png", kind=Kind.PNG) == redrawn(png(CORNER))


async def test_what_the_program_has_started_is_ended_with_it(tesseract: PlayedTesseract) -> None:
    tesseract.does("os.fork()\ntime.sleep(600)")
    async with asyncio.timeout(60):  # whoever holds the pipe open would be waited for
        assert (await error_of(wall_s=1)).code == "read_timeout"
