from collections.abc import Iterator

import pytest

from tests.scripted_model.process import ScriptedModel, running


@pytest.fixture(scope="session")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScriptedModel]:
    with running(tmp_path_factory.mktemp("scripted") / "calls.jsonl") as server:
        yield server
