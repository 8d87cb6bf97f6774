"""Which client asks the models of which kind of provider, and how one is built."""

from app.core.settings import Settings
from app.llm import pricing
from app.llm.base import Model
from app.llm.catalog import Catalog, ModelConfig, ProviderKind
from app.llm.connection import Connection
from app.llm.openai import OpenAIModel
from app.llm.simulated import SimulatedModel


def build(config: ModelConfig, settings: Settings, *, connection: Connection | None = None) -> Model:
    """Return one model; it opens nothing before its first call. Models of one provider may share a `connection`."""
    if config.provider.kind is ProviderKind.SIMULATED:
        return SimulatedModel(
            provider=config.provider.name,
            name=config.model,
            context_tokens=config.context_tokens,
            latency_s=settings.simulated_latency_s,
            failure_ratio=settings.simulated_failure_ratio,
            vision=config.vision,
            price=config.price or pricing.FREE,
        )
    return OpenAIModel(config, connection or Connection(config.provider))


def build_all(catalog: Catalog, settings: Settings) -> dict[str, Model]:
    """Return every model of a catalogue by its name; those of one provider share its connections and its places."""
    connections = {one.provider.name: Connection(one.provider) for one in catalog.models.values()}
    return {
        name: build(config, settings, connection=connections[config.provider.name])
        for name, config in catalog.models.items()
    }
