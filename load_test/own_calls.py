"""The calls of `bench_model` by a worker's model alone, without a job around them: what each costs in milliseconds.

To compare with `bare_calls`: the same bodies, as many at once, in the same kind of process.
"""

import asyncio
import time
from typing import Annotated

import typer
import uvloop
from pydantic import SecretStr

from app.llm.base import Ask, Limits, Message
from app.llm.catalog import ModelConfig, ProviderConfig, ProviderKind
from app.llm.connection import Connection
from app.llm.openai import OpenAIModel
from app.llm.pricing import FREE
from load_test.bare_calls import KEY, MODEL, SYSTEM

TIMEOUT_S = 60.0


async def _calls(url: str, text: str, *, calls: int, at_once: int) -> float:
    """Return milliseconds of processor time for each call."""
    provider = ProviderConfig("own", ProviderKind.OPENAI, url, SecretStr(KEY), TIMEOUT_S, TIMEOUT_S)
    model = OpenAIModel(ModelConfig("own", provider, MODEL, price=FREE), Connection(provider))
    ask = Ask((Message("system", SYSTEM), Message("user", text)), Limits(180, TIMEOUT_S), None)
    left = calls

    async def one_after_another() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            await model.complete(ask)

    await model.complete(ask)  # it loads what calls need
    begun_s = time.process_time()
    await asyncio.gather(*(one_after_another() for _ in range(at_once)))
    took_ms = (time.process_time() - begun_s) / calls * 1000
    await model.close()
    return took_ms


def main(
    url: Annotated[str, typer.Argument(help="The base URL.")],
    text: Annotated[str, typer.Argument(help="What is asked about.")],
    *,
    calls: Annotated[int, typer.Option(min=1)] = 4000,
    at_once: Annotated[int, typer.Option(min=1)] = 2000,
) -> None:
    """Make calls, and print what each cost."""
    typer.echo(uvloop.run(_calls(url, text, calls=calls, at_once=at_once)))


if __name__ == "__main__":
    typer.run(main)
