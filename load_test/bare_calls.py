"""The baseline of `bench_model`: the same calls by aiohttp alone; prints what each costs, in ms of processor time."""

import asyncio
import json
import time
from typing import Annotated

import aiohttp
import typer
import uvloop

from app.llm.base import Ask, Limits, Message
from app.llm.dialect import Dialect
from app.llm.request import request

KEY, MODEL, SYSTEM = "sk-only-for-benchmarks", "slow-1", "Summarise the text."


async def _calls(url: str, text: str, *, calls: int, at_once: int) -> float:
    """Return milliseconds of processor time for each call."""
    ask = Ask((Message("system", SYSTEM), Message("user", text)), Limits(180, 60.0), None)
    body = json.dumps(request(ask, Dialect(), model=MODEL)).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {KEY}"}
    left = calls

    async def one_after_another(session: aiohttp.ClientSession) -> None:
        nonlocal left
        while left > 0:
            left -= 1
            async with session.post(url, data=body, headers=headers) as response:
                json.loads(await response.read())

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=at_once)) as session:
        begun_s = time.process_time()
        await asyncio.gather(*(one_after_another(session) for _ in range(at_once)))
        return (time.process_time() - begun_s) / calls * 1000


def main(
    url: Annotated[str, typer.Argument(help="Of chat completions.")],
    text: Annotated[str, typer.Argument(help="What is asked about.")],
    *,
    calls: Annotated[int, typer.Option(min=1)] = 4000,
    at_once: Annotated[int, typer.Option(min=1)] = 2000,
) -> None:
    """Make calls, and print what each cost."""
    typer.echo(uvloop.run(_calls(url, text, calls=calls, at_once=at_once)))


if __name__ == "__main__":
    typer.run(main)
