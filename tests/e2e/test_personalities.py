"""Ten kinds of providers, three workers and no setting but URL, key and model: all jobs complete, few calls are wasted.

The scripted provider plays each by a path of its own (`tests.scripted_model.personalities`), so nothing in the address
tells who it is: what they refuse must be learned. A refused call (4xx) is wasted, a 429 is not: it says to wait.
"""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from app.core.database import Database
from app.core.settings import Settings
from tests.conftest import empty
from tests.rig import pdfs
from tests.rig.stack import Stack, eventually, running, wait_all_final
from tests.scripted_model.personalities.base import THOUGHTS
from tests.scripted_model.process import ScriptedModel
from tests.scripted_model.witness import Record, read_calls

JOBS = "/api/v1/jobs"
KEY = "sk-only-for-tests"
MODELS = {
    "openai-o": "o4-mini",
    "azure": "our-o3-mini",
    "groq": "llama-3.3-70b-versatile",
    "deepseek-r1": "deepseek-reasoner",
    "mistral": "magistral-medium-latest",
    "gemini": "gemini-2.5-flash",
    "vllm": "deepseek-ai/DeepSeek-R1-Distill-Qwen-32B",
    "vllm-parser": "Qwen/Qwen3-32B",
    "ollama": "qwen3:8b",
    "litellm": "team-default",
}
SEEING = ("openai-o", "mistral", "gemini")  # also under a name that may be shown pictures
WASTED = frozenset(range(400, 500)) - {429}
MOST_WASTED = 3  # calls of each model, once
ROUNDS = ({"pdf_extract": 1, "each": 5}, {"pdf_extract": 1, "each": 2})
TEXT = "The mill was built in 1784. It ground barley until 1963 and now makes electricity for 40 houses."
SCHEMA = {"built": "integer", "grain": "string", "houses": "number"}
CATEGORIES = ["history", "sport", "weather"]
INPUTS: dict[str, dict[str, Any]] = {
    "summarize": {"text": TEXT},
    "translate": {"text": TEXT, "target_language": "French"},
    "classify": {"text": TEXT, "categories": CATEGORIES},
    "data_extraction": {"text": TEXT, "schema": SCHEMA},
    "file": {"input_file_path": "mill.txt"},
    "pdf_extract": {"input_file_path": "mill.pdf"},
}
ROWS = text("""
    SELECT id, type, requested_model, status, error, attempt - refunds AS spent, result, created_at FROM jobs
    ORDER BY created_at, id
""")


@dataclass(frozen=True, slots=True)
class Round:
    """What became of one round: the rows of its jobs and the provider's log, by the name that the jobs gave."""

    jobs: dict[str, list[Any]]
    calls: dict[str, list[Record]]

    def wasted(self, name: str) -> list[str]:
        """Return the words of the log for the refused calls of a model; waits are none."""
        return [call["entry"] for call in self.calls[name] if call["status"] in WASTED]


@dataclass(slots=True)
class Platform:
    """A stack with three workers, and what its database and its provider know."""

    client: httpx2.AsyncClient
    provider: ScriptedModel
    database: Database

    async def play(self, jobs: Sequence[dict[str, Any]]) -> Round:
        """Submit jobs at once and wait for their ends."""
        before = {row.id for row in await self.database.rows(ROWS)}
        called = len(read_calls(self.provider.log))
        answer = await self.client.post(f"{JOBS}/batch", json={"jobs": list(jobs)})
        assert answer.status_code == 202, answer.text
        await wait_all_final(self.database, len(before) + len(jobs), within_s=120)
        rows = [row for row in await self.database.rows(ROWS) if row.id not in before]
        calls = read_calls(self.provider.log)[called:]
        names = {job["model"] for job in jobs}
        return Round(
            {name: [row for row in rows if row.requested_model == name] for name in names},
            {name: [call for call in calls if call["model"] == own_name(name)] for name in names},
        )


def own_name(name: str) -> str:
    """Return the provider's own name of a model."""
    base = name.removesuffix("-sees")
    return MODELS[base] + name.removeprefix(base)


def providers_toml(provider: ScriptedModel) -> str:
    """Return a file that says of ten providers where they are, which key they want, and of each model its name."""
    tables = [
        f'[providers.{name}]\nbase_url = "{provider.url_of(name)}"\napi_key_env = "PLAYED_KEY"\n'
        f'[models.{name}]\nprovider = "{name}"\nmodel = "{own_name(name)}"'
        for name in MODELS
    ]
    tables += [
        f'[models.{name}-sees]\nprovider = "{name}"\nmodel = "{own_name(f"{name}-sees")}"\nvision = true'
        for name in SEEING
    ]
    return "\n".join(tables)


def write_files(folder: Path) -> None:
    """Write what the jobs read: a text, a page of text, and a page without any."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["The mill was built in 1784 beside the old bridge.", "It ground barley until 1963.", "Now it makes light."]
    page = [(50.0, 750.0, 20.0, "The old mill works again"), *pdfs.column(50, 700, lines)]
    (folder / "mill.txt").write_text(TEXT)
    (folder / "mill.pdf").write_bytes(pdfs.of_texts(page))
    (folder / "scan.pdf").write_bytes(pdfs.blank())


@pytest.fixture(scope="module")
async def platform(
    settings: Settings, tmp_path_factory: pytest.TempPathFactory, open_database: Database
) -> AsyncIterator[Platform]:
    await empty(open_database)
    write_files(settings.files_dir)
    async with running(settings, tmp_path_factory.mktemp("personalities"), RETRY_SCALE="0.005") as stack:
        provider = await stack.provider()
        path = stack.folder / "providers.toml"
        path.write_text(providers_toml(provider))
        stack.environment |= {"PROVIDERS_FILE": str(path), "PLAYED_KEY": KEY}
        client = await three_workers(stack)
        yield Platform(client, provider, open_database)


async def three_workers(stack: Stack) -> httpx2.AsyncClient:
    """Start an API, a scheduler and three workers at once; return the API's client when all are ready."""
    workers = [stack.python("worker", "-m", "app", "worker") for _ in range(3)]
    stack.scheduler()
    client = await stack.api()

    def are_ready() -> bool:
        return all(b" ready." in one.log.read_bytes() for one in workers)

    await eventually(are_ready, within_s=60, what="three workers are ready")
    return client


@pytest.fixture(scope="module")
async def rounds(platform: Platform) -> list[Round]:
    """Play both rounds, and in the first one pages without text, for the models that see."""
    first, second = (
        [
            {"type": job_type, "model": name, "input": given}
            for job_type, given in INPUTS.items()
            for name in MODELS
            for _ in range(counts.get(job_type, counts["each"]))
        ]
        for counts in ROUNDS
    )
    scan = {"type": "pdf_extract", "input": {"input_file_path": "scan.pdf"}}
    first += [{**scan, "model": f"{name}-sees"} for name in SEEING]
    return [await platform.play(first), await platform.play(second)]


@pytest.mark.parametrize("name", [*MODELS])
async def test_all_job_types_complete_in_one_attempt(rounds: list[Round], name: str) -> None:
    ends = Counter(
        f"{row.type}: {row.status}, attempts {row.spent}, {row.error}" for one in rounds for row in one.jobs[name]
    )
    assert ends == {
        f"{job_type}: completed, attempts 1, None": sum(counts.get(job_type, counts["each"]) for counts in ROUNDS)
        for job_type in INPUTS
    }


@pytest.mark.parametrize("name", [*MODELS])
async def test_results_are_answers_and_no_thoughts(rounds: list[Round], name: str) -> None:
    for row in rounds[0].jobs[name]:
        assert row.status == "completed", row.error
        said = str(row.result)
        assert THOUGHTS[:12] not in said
        assert "think>" not in said
        _check(row.type, row.result)


def _check(job_type: str, result: Any) -> None:
    match job_type:
        case "classify":
            assert result["category"] in CATEGORIES
        case "data_extraction":
            assert set(result["data"]) == set(SCHEMA)
        case "pdf_extract":
            [page] = result["pages"]
            assert page["articles"][0]["summary"]
        case "translate":
            assert result["translation"].startswith("Scripted answer to job")
        case _:
            assert result["summary"].startswith("Scripted answer to job")


@pytest.mark.parametrize("name", [*MODELS])
async def test_at_most_three_calls_of_a_model_are_wasted_and_once(rounds: list[Round], name: str) -> None:
    first, second = rounds
    assert len(first.wasted(name)) <= MOST_WASTED, Counter(first.wasted(name))
    assert second.wasted(name) == []


@pytest.mark.parametrize("name", [f"{name}-sees" for name in SEEING])
async def test_a_page_without_text_is_read_by_a_model_that_sees(rounds: list[Round], name: str) -> None:
    [row] = rounds[0].jobs[name]
    assert (row.status, row.spent) == ("completed", 1), row.error
    assert row.result["pages"][0]["articles"][0]["body"]
    assert len(rounds[0].wasted(name)) <= MOST_WASTED, Counter(rounds[0].wasted(name))


# What a provider answers in its own words, and what becomes of a job that may try once.
FAULTS = [
    ("openai-o", "large", "request_too_large"),
    ("openai-o", "credit", "insufficient_credits"),
    ("openai-o", "content", "content_refused"),
    ("openai-o", "model", "model_not_found"),
    ("azure", "content", "content_refused"),
    ("azure", "model", "model_not_found"),
    ("groq", "large", "request_too_large"),
    ("groq", "context", "context_too_long"),
    ("deepseek-r1", "context", "context_too_long"),
    ("deepseek-r1", "credit", "insufficient_credits"),
    ("deepseek-r1", "model", "model_not_found"),
    ("mistral", "context", "context_too_long"),
    ("mistral", "model", "model_not_found"),
    ("gemini", "context", "context_too_long"),
    ("gemini", "model", "model_not_found"),
    ("gemini", "key", "auth_failed"),
    ("vllm", "context", "context_too_long"),
    ("vllm-parser", "context", "context_too_long"),
    ("vllm-parser", "model", "model_not_found"),
    ("ollama", "model", "model_not_found"),
    ("ollama", "memory", "unavailable"),
    ("litellm", "context", "context_too_long"),
    ("litellm", "model", "model_not_found"),
    ("litellm", "key", "auth_failed"),
    ("litellm", "large", "request_too_large"),
]
# What passes: a limit is waited for, and any other refusal is worth another attempt.
PASSING = [
    ("openai-o", "rate", 1),
    ("azure", "rate", 1),
    ("groq", "rate", 1),
    ("groq", "capacity", 1),
    ("groq", "json", 2),
    ("mistral", "rate", 1),
    ("mistral", "capacity", 1),
    ("gemini", "rate", 1),
    ("gemini", "overloaded", 2),
    ("vllm", "overloaded", 2),
    ("ollama", "overloaded", 2),
    ("litellm", "rate", 1),
    ("litellm", "closed", 1),
]


async def test_faults_have_their_code_in_every_dialect(platform: Platform, rounds: list[Round]) -> None:
    """Play all of them at once, after the rounds: what a model refuses for good is known by then."""
    failing = [_planned(name, f"err:{kind}", max_attempts=1) for name, kind, _ in FAULTS]
    passing = [_planned(name, f"err:{kind},ok", max_attempts=3) for name, kind, _ in PASSING]
    answer = await platform.client.post(f"{JOBS}/batch", json={"jobs": [*failing, *passing]})
    assert answer.status_code == 202, answer.text
    ids = [one["id"] for one in answer.json()["jobs"]]
    shown: dict[str, Any] = {}

    async def are_final() -> bool:
        shown.update({str(row.id): row for row in await platform.database.rows(ROWS)})
        return all(shown[one].status in {"completed", "failed"} for one in ids)

    await eventually(are_final, within_s=60, what="the jobs end")
    wanted = [*FAULTS, *PASSING]
    found = [
        (name, kind, row.spent if row.status == "completed" else row.error["code"])
        for (name, kind, _), row in zip(wanted, (shown[one] for one in ids), strict=True)
    ]
    wrong = [f"{ended}, not {right[2]}" for ended, right in zip(found, wanted, strict=True) if ended != right]
    assert wrong == []


def _planned(name: str, plan: str, **more: Any) -> dict[str, Any]:
    return {"type": "summarize", "model": name, "input": {"text": f"[[plan:{plan}]] {TEXT}"}, **more}
