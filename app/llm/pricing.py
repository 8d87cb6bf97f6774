"""What a call costs: by the configured price, else by the list inside genai-prices. No network is asked."""

from decimal import ROUND_UP, Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from app.core.clock import utc_now
from app.llm.base import Completion, Usage
from app.llm.catalog import Catalog, ModelConfig, Price, ProviderKind

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, Provider

FREE = Price(Decimal(0), Decimal(0))

_MILLION = Decimal(1_000_000)
_STEP = Decimal("0.00000001")  # what the column of a cost keeps; rounding up, so that no cost becomes nothing
_FREE_MARK = ":free"  # OpenRouter's; a model without any price that is not called so is unknown


def cost_usd(config: ModelConfig, completion: Completion) -> Decimal | None:
    """Return what an answer cost, None where the price or the number of tokens is unknown."""
    if completion.usage == Usage(0, 0) and not _is_free(config):
        return None
    return price_usd(config, completion.usage, answered_as=completion.model)


def price_usd(config: ModelConfig, usage: Usage, *, answered_as: str = "") -> Decimal | None:
    """Return what so many tokens of a model cost, None where its price is unknown.

    The list is asked for the configured name, then for the one that the provider answered with.
    """
    if config.price is not None:
        return by_price(config.price, usage)
    if config.provider.kind is not ProviderKind.OPENAI:
        return by_price(FREE, usage)
    for name in (config.model, answered_as):
        found = _listed(config.provider.base_url, config.provider.name, name) if name else None
        if found is not None:
            return by_list(*found, usage)
    return None


def by_price(price: Price, usage: Usage) -> Decimal:
    """Return what so many tokens cost at a configured price."""
    cached = price.input if price.cached_input is None else price.cached_input
    fresh_tokens = usage.prompt_tokens - usage.cached_tokens
    spent = fresh_tokens * price.input + usage.cached_tokens * cached + usage.completion_tokens * price.output
    return _rounded(spent / _MILLION)


def by_list(provider: "Provider", model: "ModelInfo", usage: Usage) -> Decimal | None:
    """Return what so many tokens cost now by the list, None where it names no price of a chat."""
    from genai_prices import Usage as Counts  # noqa: PLC0415 - see load

    now = utc_now()
    if not _is_of_chats(model, model.get_prices(now)):
        return None
    counts = Counts(
        input_tokens=usage.prompt_tokens,
        cache_read_tokens=usage.cached_tokens,
        output_tokens=usage.completion_tokens,
    )
    return _rounded(model.calc_price(counts, provider, genai_request_timestamp=now).total_price)


def load(catalog: Catalog) -> None:
    """Read the list now, if any model of the catalogue needs it: half a second that a running loop cannot spare."""
    for config in catalog.models.values():
        if config.provider.kind is ProviderKind.OPENAI and config.price is None:
            _listed(config.provider.base_url, config.provider.name, config.model)


@lru_cache(maxsize=1024)
def _listed(base_url: str, provider_name: str, model: str) -> "tuple[Provider, ModelInfo] | None":
    """Find a model in the list: its provider by the address, else by its name there, such as `groq`."""
    from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415 - see load

    snapshot = get_snapshot()
    try:
        provider = snapshot.find_provider(None, None, base_url)
    except LookupError:
        same = [one for one in snapshot.providers if one.id == provider_name]
        if not same:
            return None
        provider = same[0]
    found = provider.find_model(model, all_providers=snapshot.providers)
    return None if found is None else (provider, found)


def _is_of_chats(model: "ModelInfo", prices: "ModelPrice") -> bool:
    if model.id.endswith(_FREE_MARK):
        return True
    return prices.input_mtok is not None and prices.output_mtok is not None


def _is_free(config: ModelConfig) -> bool:
    return config.price in {None, FREE} and config.provider.kind is not ProviderKind.OPENAI


def _rounded(usd: Decimal) -> Decimal:
    return usd.quantize(_STEP, rounding=ROUND_UP)
