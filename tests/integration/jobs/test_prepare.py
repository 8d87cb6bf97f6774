"""What a job needs is loaded before anything is asked of the governor."""

from uuid import uuid4

import pytest

from app.auth.caller import SERVICE_OWNER_ID
from app.core.clock import utc_now
from app.core.database import Database
from app.core.settings import Settings
from app.jobs.rows import Claim
from app.jobs.runtime.prepare import prepare
from app.llm import loading
from app.llm.base import Model
from app.llm.catalog_source import load_catalog
from app.llm.registry import build


@pytest.mark.parametrize(
    ("job_type", "given", "expected"),
    [("echo", {"message": "x"}, []), ("summarize", {"text": "A mill."}, ["loaded", "model"])],
)
async def test_the_way_to_providers_is_loaded_before_a_call_is_admitted(
    settings: Settings,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    job_type: str,
    given: dict[str, str],
    expected: list[str],
) -> None:
    done: list[str] = []

    async def load() -> None:
        done.append("loaded")

    def model_of(_: str | None) -> Model:
        done.append("model")
        return build(load_catalog(settings).resolve("default")[0], settings)

    monkeypatch.setattr(loading, "load", load)
    claim = Claim(
        id=uuid4(),
        owner_id=SERVICE_OWNER_ID,
        type=job_type,
        queue="default",
        priority=5,
        timeout_s=60,
        attempt=1,
        token=uuid4(),
        refunds=0,
        remaining_s=600.0,
        input=given,
        run_at=utc_now(),
    )
    await prepare(claim, database, model_of)
    assert done == (expected or ["model"])
