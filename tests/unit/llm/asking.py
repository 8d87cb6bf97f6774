"""A model at a scripted provider, and questions to it."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from pydantic import SecretStr

from app.llm.base import ATTEMPT_HEADER, JOB_HEADER, STEP_HEADER, Ask, Limits, Message
from app.llm.catalog import ModelConfig, ProviderConfig, ProviderKind
from app.llm.connection import Connection
from app.llm.openai import OpenAIModel

KEY = "sk-only-for-tests-0123456789"
PATIENCE_S = 60.0  # of a call that is answered; a machine may be slow


def make(
    base_url: str, *, stream: bool = False, calls_at_once: int | None = None, timeout_s: float = PATIENCE_S
) -> OpenAIModel:
    provider = ProviderConfig(
        name="openai",
        kind=ProviderKind.OPENAI,
        base_url=base_url,
        api_key=SecretStr(KEY),
        connect_timeout_s=PATIENCE_S,
        timeout_s=timeout_s,
        calls_at_once=calls_at_once,
        dialect={"stream": stream},
    )
    return OpenAIModel(ModelConfig("scripted", provider, "scripted-1", context_tokens=1000), Connection(provider))


def ask(plan: str, *, job: str = "", timeout_s: float = PATIENCE_S, schema: Mapping[str, Any] | None = None) -> Ask:
    headers = {JOB_HEADER: job or str(uuid4()), ATTEMPT_HEADER: "1", STEP_HEADER: "1"}
    return Ask((Message("user", f"[[plan:{plan}]]"),), Limits(50, timeout_s), schema, headers)
