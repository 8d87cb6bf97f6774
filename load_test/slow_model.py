"""An OpenAI-compatible provider whose every answer takes `DELAY_S`, and which tells how many calls it holds at once."""

import asyncio
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

DELAY_S = 2.0
ANSWER = {
    "id": "answer",
    "object": "chat.completion",
    "created": 0,
    "model": "slow-1",
    "choices": [
        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "The river was high."}}
    ],
    "usage": {"prompt_tokens": 40, "completion_tokens": 5, "total_tokens": 45},
}


@dataclass(slots=True)
class Seen:
    """What the provider has seen so far."""

    now: int = 0
    most: int = 0
    total: int = 0


def create() -> Starlette:
    """Return the application."""
    seen = Seen()

    async def complete(request: Request) -> JSONResponse:
        await request.body()
        seen.total += 1
        seen.now += 1
        seen.most = max(seen.most, seen.now)
        try:
            await asyncio.sleep(DELAY_S)
        finally:
            seen.now -= 1
        return JSONResponse(ANSWER)

    async def show(_: Request) -> JSONResponse:
        return JSONResponse({"now": seen.now, "most": seen.most, "total": seen.total})

    return Starlette(
        routes=[Route("/v1/chat/completions", complete, methods=["POST"]), Route("/seen", show, methods=["GET"])]
    )
