"""The main job with the bundled language model: no key, no network, real texts."""

import json
import shutil
from collections.abc import AsyncIterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx2
import pytest

from app.core.database import Database
from app.core.settings import Settings
from app.processors.json_schema import faults_in
from load_test import extraction_jobs
from tests.conftest import ROOT, empty
from tests.rig.invariants import check_invariants
from tests.rig.ports import free_port
from tests.rig.stack import eventually, is_ok, running

EXAMPLES = ROOT / "examples"
pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(find_spec("xllamacpp") is None, reason="the local model is not installed"),
]


@pytest.fixture(scope="module")
async def client(
    settings: Settings, tmp_path_factory: pytest.TempPathFactory, open_database: Database
) -> AsyncIterator[httpx2.AsyncClient]:
    await empty(open_database)
    shutil.copytree(EXAMPLES, settings.files_dir, dirs_exist_ok=True)
    ports = {"MODEL_PORT": str(free_port()), "EMBEDDINGS_PORT": str(free_port())}
    folder = tmp_path_factory.mktemp("model")
    async with running(settings, folder, PROVIDERS_FILE="/dev/null", LLM_PROVIDER="local", OCR="off", **ports) as stack:
        stack.python("model", "-m", "app", "model")
        client = await stack.api()
        health = f"http://127.0.0.1:{ports['MODEL_PORT']}/health"
        await eventually(partial(is_ok, client, health), what="the models answer")  # else an attempt finds none
        await stack.worker()
        stack.scheduler()
        yield client


async def end(client: httpx2.AsyncClient, job_type: str, **given: Any) -> dict[str, Any]:
    """Run a job to its end, whichever, and return it."""
    answer = await client.post("/api/v1/jobs", json={"type": job_type, "input": given})
    assert answer.status_code == 202, answer.text
    shown: dict[str, Any] = {}

    async def is_final() -> bool:
        shown.update((await client.get(f"/api/v1/jobs/{answer.json()['id']}")).json())
        return shown["status"] in {"completed", "failed"}

    await eventually(is_final, within_s=300, what=f"{job_type} ends")
    return shown


async def complete(client: httpx2.AsyncClient, job_type: str, **given: Any) -> dict[str, Any]:
    """Run a job to its end and return it."""
    shown = await end(client, job_type, **given)
    assert shown["status"] == "completed", json.dumps(shown, indent=1)
    model = "all-MiniLM-L6-v2" if job_type == "classify" else "SmolLM2-135M-Instruct"
    assert (shown["provider"], shown["model"]) == ("local", model)
    return shown


def text(name: str) -> str:
    return Path(EXAMPLES / name).read_text("utf-8")


async def test_an_article_is_summarised(client: httpx2.AsyncClient) -> None:
    job = await complete(client, "summarize", text=text("article.txt"), max_words=80)
    summary = job["result"]["summary"]
    assert 8 <= len(summary.split()) <= 80
    assert job["attempt"] == 1, "several calls of one job reach the model over live connections"


async def test_a_ticket_is_classified(client: httpx2.AsyncClient) -> None:
    categories = ["billing", "technical", "feedback"]
    job = await complete(client, "classify", text=text("support-ticket.txt"), categories=categories)
    assert job["result"]["category"] == "billing"


async def test_an_invoice_is_read(client: httpx2.AsyncClient) -> None:
    wanted = {"invoice_number": "string", "total": "number"}
    job = await complete(client, "data_extraction", text=text("invoice.txt"), schema=wanted)
    found = job["result"]["data"]
    assert set(found) == set(wanted)
    assert isinstance(found["total"], int | float)


async def test_extractions_are_valid_or_say_where_they_are_not(client: httpx2.AsyncClient) -> None:
    for job in extraction_jobs.make(5):
        shown = await end(client, "data_extraction", **job.given)
        if shown["status"] == "completed":
            assert faults_in(shown["result"]["data"], extraction_jobs.SCHEMA) == []
        else:
            assert shown["error"]["code"] == "invalid_output"
            assert isinstance(shown["error"]["pointer"], str)


async def test_a_pdf_is_summarised(client: httpx2.AsyncClient, open_database: Database) -> None:
    job = await complete(client, "file", input_file_path="report.pdf")
    assert job["result"]["pages"] == 3
    assert len(job["result"]["summary"].split()) >= 8
    await check_invariants(open_database)


async def test_a_newspaper_s_pages_are_extracted(client: httpx2.AsyncClient, open_database: Database) -> None:
    job = await complete(client, "pdf_extract", input_file_path="newspaper.pdf", pages="5-6")
    scanned, page = job["result"]["pages"]
    assert job["result"]["issue_date"] == "2026-03-14"
    assert (scanned["status"], scanned["reason"], page["status"]) == ("skipped", "no_text_layer", "processed")
    assert [article["title"] for article in page["articles"]] == [
        "Brass band wins in the final round",
        "Library lends tools as well as books",
    ]
    for article in page["articles"]:
        assert article["summary"] in article["body"].replace("\n\n", " ")
        assert 3 <= len(article["topics"]) <= 5
    assert job["progress"]["done"] == 2
    await check_invariants(open_database)
