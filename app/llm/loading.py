"""Loads the way to providers, for who calls them: it takes half a second, and 16 MB."""

import asyncio
from importlib import import_module

EXCHANGE = "app.llm.exchange"
_loaded: set[str] = set()


async def load(*names: str) -> None:
    """Import modules beside the loop, and openai before them; whoever asks meanwhile waits beside it, too."""
    for name in ("openai", EXCHANGE, *names):
        if name not in _loaded:
            await asyncio.to_thread(_load, name)
            _loaded.add(name)


def _load(name: str) -> None:
    module = import_module(name)
    if name == EXCHANGE:
        module.certificates()
