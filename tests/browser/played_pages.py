"""Documents of the played API: PDFs with tables and doubts, what was said of them, and pictures of their pages."""

import io
from functools import partial

from PIL import Image, ImageDraw

from tests.browser.played_job import WORKER, Json, PlayedJob
from tests.browser.refused import RefusedError
from tests.browser.stand_in import StandIn

SIZE = (827, 1169)  # A4 at 100 dpi
TABLE: list[list[str]] = [
    ["Year", "Barley, t", "Share", "Remarks"],
    ["1784", "1,204.5", "12 %", "first full year"],
    ["1785", "(87.0)", "-3 %", "<b>flood</b>"],
    ["1786", "2,011.0", "=SUM(A1)", "a_word_without_a_space_that_is_longer_than_its_cell_is_wide"],
]
MARKDOWN = "| Mill | Wheels |\n| --- | --- |\n| Upper | 3 |\n| Lower | 12 |"
BODY = "The accounts of the mill, year by year.\n\nThe wheels are counted below."
DOUBTS: list[Json] = [
    {"reason": "unknown_words", "share": 0.31, "detail": "such as: qzxv, wrlth"},
    {"reason": "hidden_text", "share": 0.004, "detail": ""},
]


def read_page(number: int, **changes: object) -> Json:
    """Return a page as pdf_extract says it."""
    article: Json = {
        "title": f"Chapter {number}",
        "subtitle": None,
        "author": None,
        "body": BODY,
        "topics": [],
        "summary": "",
    }
    page: Json = {"page_number": number, "status": "processed", "reason": None, "articles": [article]}
    page |= {"layout": "plain", "read_by": "text_layer", "doubtful": False, "doubts": [], "score": 1.0}
    page |= {"tables": [], "left_out": 0, "left_out_text": None, "notes": []}
    return page | changes


def add_document(site: StandIn, *, pages: int = 12) -> PlayedJob:
    """Add a PDF that was read: page 2 has tables, 3 and 7 are doubtful, 4 was skipped, 5 read by Tesseract."""
    read = {number: read_page(number) for number in range(1, pages + 1)}
    accounts: Json = {"title": "Accounts", "subtitle": None, "author": None, "topics": [], "summary": ""}
    wheels = [["Mill", "Wheels"], ["Upper", "3"], ["Lower", "12"]]
    read[2] |= {
        "articles": [accounts | {"body": f"{BODY}\n\n{MARKDOWN}"}],
        "tables": [{"rows": TABLE}, {"rows": wheels}],
        "left_out": 3,
        "left_out_text": ["The Courier", "14 March 2026", "2"],
        "notes": ["The form's 4 fields are at the end."],
    }
    read[3] |= {"doubtful": True, "doubts": DOUBTS, "score": 0.62, "left_out": 1, "layout": "newspaper"}
    read[4] = {"page_number": 4, "status": "skipped", "reason": "no_text_layer", "articles": []}
    read[5] |= {"read_by": "tesseract"}
    read[7] |= {"doubtful": True, "read_by": "vision", "score": 0.4}
    read[7] |= {"doubts": [{"reason": "readings_differ", "share": 0.999, "detail": "Tesseract reads other words"}]}
    result = {"filename": "accounts.pdf", "issue_date": "unknown", "pages": list(read.values())}
    return _ended(site, "pdf_extract", {"file_id": site.uploads.add("accounts.pdf")}, result)


def add_sourced(site: StandIn) -> PlayedJob:
    """Add a summary of the pages 5 to 9 of a PDF, with a sentence that nothing in it says."""
    said = [("The mill was built in 1784.", 6, "The mill was built in the year 1784"), ("It is blue.", None, None)]
    said.append(("It ground barley.", 9, "barley was ground there until 1963"))
    result = {
        "summary": " ".join(text for text, _, _ in said),
        "statements": [
            {"text": text, "score": 0.9, "page": page, "quote": quote}
            | dict.fromkeys(("start", "text_start"), 0 if quote else None)
            | dict.fromkeys(("end", "text_end"), 30 if quote else None)
            for text, page, quote in said
        ],
        "source": _source(),
    }
    return _ended(site, "summarize", {"file_id": site.uploads.add("mill.pdf"), "pages": "5-9"}, result)


def add_extracted(site: StandIn) -> PlayedJob:
    """Add what was extracted from a PDF, with a field that its parts say different things of."""
    places = {
        name: {"page": page, "start": 3, "end": 9, "text_start": 3, "text_end": 9, "quote": quote}
        for name, page, quote in (("/owner", 7, "owned by A. Miller"), ("/total", 8, "in all 5,132.40"))
    }
    alternatives = [{"value": 5132.4, "place": places["/total"]}, {"value": 17, "place": None}]
    result = {
        "data": {"owner": "A. Miller", "total": 5132.4},
        "places": places,
        "conflicts": [{"pointer": "/total", "alternatives": alternatives}],
        "source": _source(),
    }
    given = {"file_id": site.uploads.add("mill.pdf"), "pages": "5-9", "schema": {"owner": "string"}}
    return _ended(site, "data_extraction", given, result)


def _source() -> Json:
    counted = {"kind": "pdf", "pages": 5, "characters": 34_012, "encoding": None, "doubtful_pages": [8]}
    return counted | {"notes": ["page 8: words that are in no dictionary"]}


def _ended(site: StandIn, job_type: str, given: Json, result: Json) -> PlayedJob:
    site.draw = partial(picture, site)
    job = site.add(job_type, given, age_s=300)
    job.body |= {"attempt": 1, "attempts_used": 1, "worker": WORKER, "result": result}
    job.move("processing", "started")
    job.move("completed", "completed", {"run_ms": 4200})
    return job


def picture(site: StandIn, job_id: str, number: int) -> bytes:
    """Return a page of a job's document as a JPEG. Raises: RefusedError when its file is gone."""
    if site.jobs[job_id].body["input"].get("file_id") not in site.uploads.stored:
        raise RefusedError(404, "file_not_found", "There is no such file.")
    page = Image.new("RGB", SIZE, "white")
    draw = ImageDraw.Draw(page)
    draw.text((90, 80), f"Chapter {number}", fill="black", font_size=34)
    for row in range(30):
        draw.text((90, 160 + 30 * row), "The river is high today, and the mill runs until the snow is gone.", fill=60)
    out = io.BytesIO()
    page.save(out, "JPEG", quality=80)
    return out.getvalue()
