"""What calls cost: the configured price, the list, and no price where there is none."""

import socket
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from genai_prices.data_snapshot import get_snapshot
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from app.llm import pricing
from app.llm.base import Ask, Completion, Limits, Message, Usage
from app.llm.catalog import Catalog, ModelConfig, Price, ProviderConfig, ProviderKind
from app.llm.simulated import SimulatedModel

MILLION = 1_000_000
OWN = Price(Decimal("0.15"), Decimal("0.60"), Decimal("0.075"))
HERE = "http://127.0.0.1:9/v1"


def config(
    model: str,
    *,
    base_url: str = "https://api.openai.com/v1",
    provider: str = "mine",
    kind: ProviderKind = ProviderKind.OPENAI,
    price: Price | None = None,
) -> ModelConfig:
    found = ProviderConfig(provider, kind, base_url, SecretStr(""), connect_timeout_s=1, timeout_s=1)
    return ModelConfig(model, found, model, price=price)


def completion(usage: Usage, model: str = "") -> Completion:
    return Completion("yes", "mine", model, "stop", usage)


@pytest.mark.parametrize(
    ("usage", "usd"),
    [
        (Usage(MILLION, 0), "0.15"),
        (Usage(0, MILLION), "0.60"),
        (Usage(MILLION, 0, MILLION), "0.075"),
        (Usage(MILLION, MILLION, MILLION // 2), "0.7125"),
        (Usage(1, 0), "0.00000015"),
        (Usage(0, 0), "0"),
    ],
)
def test_a_configured_price_counts_cached_tokens_at_their_own(usage: Usage, usd: str) -> None:
    assert pricing.price_usd(config("anything", base_url=HERE, price=OWN), usage) == Decimal(usd)


def test_cached_tokens_without_a_price_cost_as_any_other() -> None:
    price = Price(Decimal(2), Decimal(3))
    assert pricing.by_price(price, Usage(MILLION, 0, MILLION)) == 2


def test_a_configured_price_goes_before_the_list() -> None:
    assert pricing.price_usd(config("gpt-4o-mini", price=Price(Decimal(7), Decimal(9))), Usage(MILLION, 0)) == 7


# Public prices that have stood since 2024, in dollars for a million tokens.
@pytest.mark.parametrize(
    ("model", "prompt", "cached", "output"),
    [("gpt-4o-mini", "0.15", "0.075", "0.60"), ("gpt-4o", "2.50", "1.25", "10.00")],
)
def test_the_list_knows_usual_models(model: str, prompt: str, cached: str, output: str) -> None:
    one = config(model)
    assert pricing.price_usd(one, Usage(MILLION, 0)) == Decimal(prompt)
    assert pricing.price_usd(one, Usage(MILLION, 0, MILLION)) == Decimal(cached)
    assert pricing.price_usd(one, Usage(0, MILLION)) == Decimal(output)


@pytest.mark.parametrize(
    ("changes", "is_known"),
    [
        ({"base_url": "https://api.openai.com/v1"}, True),
        ({"base_url": "https://openrouter.ai/api/v1"}, False),  # there it is openai/gpt-4o-mini
        ({"base_url": HERE, "provider": "openai"}, True),
        ({"base_url": HERE, "provider": "mine"}, False),
    ],
)
def test_a_provider_is_known_by_its_address_else_by_its_name(changes: Mapping[str, Any], is_known: bool) -> None:
    assert (pricing.price_usd(config("gpt-4o-mini", **changes), Usage(5, 5)) is not None) is is_known


def test_the_name_of_the_answer_helps_where_the_configured_one_is_unknown() -> None:
    one = config("my-deployment")
    assert pricing.price_usd(one, Usage(MILLION, 0)) is None
    assert pricing.price_usd(one, Usage(MILLION, 0), answered_as="gpt-4o-mini-2024-07-18") == Decimal("0.15")
    assert pricing.cost_usd(one, completion(Usage(MILLION, 0), "gpt-4o-mini-2024-07-18")) == Decimal("0.15")


def test_the_configured_name_goes_before_that_of_the_answer() -> None:
    assert pricing.price_usd(config("gpt-4o"), Usage(MILLION, 0), answered_as="gpt-4o-mini") == Decimal("2.50")


@pytest.mark.parametrize("name", ["no-such-model", "", "x" * 5000, "text-embedding-3-small"])
def test_an_unknown_price_is_none_and_never_zero(name: str) -> None:
    assert pricing.price_usd(config(name), Usage(5, 5), answered_as=name) is None


def test_an_answer_without_counts_has_no_known_cost() -> None:
    assert pricing.cost_usd(config("gpt-4o"), completion(Usage(0, 0))) is None
    assert pricing.cost_usd(config("x", price=OWN), completion(Usage(0, 0))) is None


@pytest.mark.parametrize("kind", [ProviderKind.LOCAL, ProviderKind.SIMULATED])
def test_what_runs_here_costs_nothing(kind: ProviderKind) -> None:
    one = config("gpt-4o", base_url=HERE, kind=kind)
    assert pricing.price_usd(one, Usage(MILLION, MILLION)) == 0
    assert pricing.cost_usd(one, completion(Usage(0, 0))) == 0


def test_a_model_that_its_provider_calls_free_costs_nothing() -> None:
    one = config("meta-llama/llama-3.3-70b-instruct:free", base_url="https://openrouter.ai/api/v1")
    assert pricing.price_usd(one, Usage(MILLION, MILLION)) == 0


async def test_a_simulation_may_have_a_price_to_try_it_out() -> None:
    model = SimulatedModel(price=Price(Decimal(MILLION), Decimal(0)))
    answer = await model.complete(Ask((Message("user", "two words"),), Limits(5, 5)))
    assert answer.cost_usd == model.price_usd(answer.usage) == 2
    free = await SimulatedModel().complete(Ask((Message("user", "two words"),), Limits(5, 5)))
    assert free.cost_usd == 0


COUNTS = st.integers(0, 10_000_000)
PRICES = st.builds(
    Price,
    st.decimals(0, 10_000, places=6),
    st.decimals(0, 10_000, places=6),
    st.none() | st.decimals(0, 10_000, places=6),
)
LISTED = [(provider, model) for provider in get_snapshot().providers for model in provider.models]


@st.composite
def growing(draw: st.DrawFn) -> tuple[Usage, Usage]:
    """Two usages, the second of at least as many tokens of each sort."""
    fresh, cached, completion_tokens = draw(COUNTS), draw(COUNTS), draw(COUNTS)
    more_fresh, more_cached, more_completion = draw(COUNTS), draw(COUNTS), draw(COUNTS)
    return (
        Usage(fresh + cached, completion_tokens, cached),
        Usage(fresh + more_fresh + cached + more_cached, completion_tokens + more_completion, cached + more_cached),
    )


@given(PRICES, growing())
def test_more_tokens_never_cost_less(price: Price, usages: tuple[Usage, Usage]) -> None:
    less, more = (pricing.by_price(price, one) for one in usages)
    assert 0 <= less <= more


@given(st.sampled_from(LISTED), growing())
def test_more_tokens_never_cost_less_by_the_list(entry: tuple[Any, Any], usages: tuple[Usage, Usage]) -> None:
    less, more = (pricing.by_list(*entry, one) for one in usages)
    assert (less is None) == (more is None)
    if less is not None and more is not None:
        assert 0 <= less <= more


def test_every_model_of_the_list_has_a_cost_or_none() -> None:
    costs = [pricing.by_list(provider, model, Usage(1000, 100, 10)) for provider, model in LISTED]
    assert sum(cost is not None for cost in costs) > 1000


def test_nothing_is_asked_over_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(socket.socket, "connect", refuse)
    one = config("gpt-4o", provider="another")
    pricing.load(Catalog({"one": one}, {}))
    assert pricing.price_usd(one, Usage(5, 5)) is not None
