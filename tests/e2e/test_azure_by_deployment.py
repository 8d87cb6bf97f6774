"""Azure's older address by deployment: the version in the query and the key in a header, as providers.toml says."""

from typing import Any

from app.core.database import Database
from app.core.settings import Settings
from tests.rig.stack import eventually, running
from tests.scripted_model.witness import read_calls

JOBS = "/api/v1/jobs"
FILE = """
[providers.azure]
base_url = "{url}/openai/deployments/our-o3-mini"
query = {{ api-version = "2024-10-21" }}
headers = {{ api-key = "sk-only-for-tests" }}
[models.our-o3-mini]
provider = "azure"
"""


async def test_a_deployment_is_asked_with_its_version_and_key(
    settings: Settings, tmp_path: Any, database: Database
) -> None:
    async with running(settings, tmp_path) as stack:
        provider = await stack.provider()
        path = stack.folder / "providers.toml"
        path.write_text(FILE.format(url=provider.base_url.replace("/v1", "/as/azure")))
        stack.environment["PROVIDERS_FILE"] = str(path)
        await stack.worker()
        stack.scheduler()
        client = await stack.api()
        job = {"type": "classify", "input": {"text": "It rains.", "categories": ["weather", "sport"]}}
        answer = await client.post(JOBS, json=job)
        assert answer.status_code == 202, answer.text
        shown: dict[str, Any] = {}

        async def is_final() -> bool:
            shown.update((await client.get(answer.headers["Location"])).json())
            return shown["status"] in {"completed", "failed"}

        await eventually(is_final, within_s=20, what="the job ends")
        assert shown["status"] == "completed", shown["error"]
        assert shown["result"]["category"] == "weather"
        calls = read_calls(provider.log)
        assert {call["personality"] for call in calls} == {"azure"}
        assert len([call for call in calls if call["status"] == 400]) <= 3
