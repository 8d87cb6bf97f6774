"""A PDF's pages are worked on once each, whatever happens to the worker."""

import signal

from sqlalchemy import text

from app.core.database import Database
from app.processors.concurrently import AT_ONCE
from tests.faults.asking import JOBS
from tests.rig import pdfs
from tests.rig.invariants import check_invariants
from tests.rig.stack import Stack, eventually, wait_all_final
from tests.scripted_model.witness import read_calls

PAGES = 10
DONE = 4  # pages, when the worker is killed; so many others are being worked on
PLAN = ",".join([*["ok"] * DONE, *["slow:600"] * AT_ONCE, "ok"])  # of the job's calls, whichever page they are for
KEPT = text("SELECT count(*) FROM job_parts WHERE key LIKE :key")


async def kept(database: Database, kind: str) -> int:
    row = await database.row(KEPT, {"key": f"{kind}:%"})
    return int(row[0]) if row else 0


def _page(number: int) -> list[pdfs.Text]:
    lines = [
        f"[[plan:{PLAN}]]",
        f"Mill number {number} was built in 1784 beside the old river bridge.",
        "It ground barley.",
    ]
    return [(50, 750, 20, f"Page number {number}"), *pdfs.column(50, 700, lines)]


async def test_a_killed_worker_loses_no_finished_page(stack: Stack, database: Database) -> None:
    folder = stack.settings.files_dir
    folder.mkdir(parents=True, exist_ok=True)
    pages = [_page(number) for number in range(PAGES)]
    (folder / "pages.pdf").write_bytes(pdfs.of_texts(*pages))
    stack.broker()
    log = await stack.scripted_model()
    small = {"OPENAI_CONTEXT_TOKENS": "8192"}
    client, worker = await stack.api(), await stack.worker(**small)
    stack.scheduler()
    answer = await client.post(JOBS, json={"type": "pdf_extract", "input": {"input_file_path": "pages.pdf"}})
    assert answer.status_code == 202, answer.text

    async def forty_per_cent() -> bool:
        return await kept(database, "page") >= DONE

    await eventually(forty_per_cent, what="four pages are kept")
    await eventually(lambda: len(read_calls(log)) == DONE + AT_ONCE, what="the next ones are asked about")
    worker.signal(signal.SIGKILL)
    await worker.ended()
    finished, answered = await kept(database, "page"), await kept(database, "answer")
    assert finished == DONE
    await stack.worker(**small)
    await wait_all_final(database, 1)
    shown = (await client.get(answer.headers["Location"])).json()
    assert shown["status"] == "completed", shown
    assert [(page["status"], page["articles"][0]["title"]) for page in shown["result"]["pages"]] == [
        ("processed", f"Page number {number}") for number in range(PAGES)
    ]
    asked_again = [call for call in read_calls(log) if call["attempt"] == "2"]
    assert len(asked_again) == PAGES - answered <= PAGES - finished
    await check_invariants(database)
