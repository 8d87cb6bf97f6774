"""What is known beforehand about well-known servers: `presets.toml` beside this module, and how one is found."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from app.llm.dialect import PARAMETERS

_FILE = Path(__file__).with_name("presets.toml")


@dataclass(frozen=True, slots=True)
class Preset:
    """One kind of server. `parameters` are those of a Dialect, `models` further ones by a pattern of the model's name.

    `key_header`: the header that has the key instead of Authorization; `account`: whose account page can be read.
    """

    name: str
    parameters: Mapping[str, Any]
    models: tuple[tuple[re.Pattern[str], Mapping[str, Any]], ...] = ()
    hosts: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    key_header: str | None = None
    account: str | None = None

    def of_model(self, model: str) -> Mapping[str, Any]:
        """Return the parameters for a model of this server, by the provider's own name for it."""
        found = dict(self.parameters)
        for pattern, more in self.models:
            if pattern.search(model):
                found |= more
        return found

    def serves(self, host: str, port: int | None) -> bool:
        """Say whether an address is one of this kind of server."""
        return port in self.ports or any(
            host == one or (one.startswith(".") and host.endswith(one)) for one in self.hosts
        )


@cache
def known() -> Mapping[str, Preset]:
    """Return every preset by its name."""
    tables = tomllib.loads(_FILE.read_text("utf-8"))
    return MappingProxyType({name: _preset(name, table) for name, table in tables.items()})


def find(base_url: str) -> Preset | None:
    """Return the preset of an address, None where none is known."""
    parts = urlsplit(base_url)
    host = (parts.hostname or "").lower()
    return next((one for one in known().values() if one.serves(host, parts.port)), None)


def _preset(name: str, table: Mapping[str, Any]) -> Preset:
    return Preset(
        name=name,
        parameters=_parameters(table),
        models=tuple((re.compile(one["match"], re.IGNORECASE), _parameters(one)) for one in table.get("models", ())),
        hosts=tuple(table.get("hosts", ())),
        ports=tuple(table.get("ports", ())),
        key_header=table.get("key_header"),
        account=table.get("account"),
    )


def _parameters(table: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: value for key, value in table.items() if key in PARAMETERS}
