"""What a model can do, found out by a handful of small questions; each is one short paid call."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from PIL import Image as Picture

from app.llm.base import Ask, Completion, Image, Limits, Message, ModelError
from app.llm.catalog import ModelConfig, ProviderKind
from app.llm.connection import Connection
from app.llm.openai import OpenAIModel

ROOM_TOKENS = 2000  # also for a model that thinks first
TIMEOUT_S = 60.0
_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"colour": {"type": "string", "enum": ["red", "green"]}},
    "required": ["colour"],
    "additionalProperties": False,
}
_FITTING = ({"colour": "red"}, {"colour": "green"})
_SAY_OK = (Message("user", "Answer with the one word OK."),)
_GRASS = (Message("user", 'Which colour has grass? Answer with JSON: {"colour": "red"} or {"colour": "green"}.'),)
# The least that any server takes: what is tried is added to it.
_BARE: Mapping[str, Any] = {
    "structured_output": "prompt",
    "max_tokens_param": "none",
    "temperature": False,
    "stream": False,
    "max_output_tokens": ROOM_TOKENS,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one question showed: `can` is None where it says nothing; `detail` is a sentence for people."""

    name: str
    can: bool | None
    detail: str


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a model can do: the findings in order, and what of them stands in a providers.toml (`parameters`)."""

    findings: Sequence[Finding]
    parameters: Mapping[str, Any]
    vision: bool = False
    calls: int = 0


async def find_out(config: ModelConfig) -> Capabilities:
    """Ask a model about itself, one question after another. Raises: ModelError when it answers no question at all."""
    questioner = _Questioner(config)
    try:
        return await questioner.run()
    finally:
        await questioner.connection.close()


class _Questioner:
    def __init__(self, config: ModelConfig) -> None:
        self.connection = Connection(config.provider)
        self._config = config
        self._findings: list[Finding] = []
        self._found: dict[str, Any] = {}
        self._calls = 0
        self._hints: dict[str, str] = {}

    async def run(self) -> Capabilities:
        plain = await self._ask(_SAY_OK)
        self._note("answers", can=True, detail=f"It answers as {plain.model!r}.")
        await self._lengths()
        await self._temperature()
        await self._system()
        await self._schemas()
        await self._stream()
        vision = await self._sees()
        self._thinking(plain)
        self._limits()
        return Capabilities(self._findings, self._found, vision, self._calls)

    async def _ask(self, messages: tuple[Message, ...], schema: Any = None, **parameters: Any) -> Completion:
        self._calls += 1
        spoken = {**_BARE, **self._found, **parameters}
        model = OpenAIModel(replace(self._config, dialect={**self._config.dialect, **spoken}), self.connection)
        found = await model.complete(Ask(messages, Limits(ROOM_TOKENS, TIMEOUT_S), schema))
        self._hints |= found.hints
        return found

    async def _try(
        self, name: str, yes: str, messages: tuple[Message, ...], schema: Any = None, **parameters: Any
    ) -> Completion | None:
        """Ask with something more; note whether it was taken, and return the answer if it was."""
        try:
            found = await self._ask(messages, schema, **parameters)
        except ModelError as error:
            if error.kind in {"auth_failed", "insufficient_credits", "rate_limited"}:
                raise
            is_silent = error.kind in {"network", "timeout"}  # that says nothing about what was tried
            self._note(name, can=None if is_silent else False, detail=error.message)
            return None
        self._note(name, can=True, detail=yes)
        return found

    async def _lengths(self) -> None:
        for name in ("max_completion_tokens", "max_tokens"):
            if await self._try(name, f"The answer's length is bounded as {name}.", _SAY_OK, max_tokens_param=name):
                self._found.setdefault("max_tokens_param", name)
        self._found.setdefault("max_tokens_param", "none")

    async def _temperature(self) -> None:
        found = await self._try("temperature", "It takes a temperature.", _SAY_OK, temperature=True)
        self._found["temperature"] = found is not None

    async def _system(self) -> None:
        messages = (Message("system", "You answer in capitals."), *_SAY_OK)
        if not await self._try("system_role", "It takes instructions of the role system.", messages):
            self._found["system_role"] = "user"

    async def _schemas(self) -> None:
        for form, yes, no in (
            ("json_schema", "It is held to a JSON Schema while it writes.", "It takes a JSON Schema, and breaks it."),
            ("json_object", "It writes JSON when asked for an object.", "It takes the wish for JSON, and breaks it."),
        ):
            found = await self._try(form, yes, _GRASS, _SCHEMA, structured_output=form)
            if found and not _keeps(form, found.text):
                self._findings[-1] = Finding(form, can=False, detail=no)
            elif found:
                self._found.setdefault("structured_output", form)
        self._found.setdefault("structured_output", "prompt")

    async def _stream(self) -> None:
        found = await self._try("stream", "It answers in pieces.", _SAY_OK, stream=True)
        if found is None:
            return
        if not found.in_pieces:
            self._findings[-1] = Finding("stream", can=False, detail="It answers all at once, though asked for pieces.")
            return
        has_usage = found.usage.completion_tokens > 0
        self._note(
            "usage_in_stream",
            can=has_usage,
            detail="The pieces say what was used." if has_usage else "The pieces do not say what was used.",
        )

    async def _sees(self) -> bool:
        red = io.BytesIO()
        Picture.new("RGB", (64, 64), (220, 0, 0)).save(red, "PNG")
        question = (Message("user", "Which colour is this picture? One word.", (Image("image/png", red.getvalue()),)),)
        found = await self._try("vision", "It looks at pictures.", question)
        if found is not None and "red" not in found.text.lower():
            self._findings[-1] = Finding(
                "vision", can=False, detail="It takes a picture, and does not see what is in it."
            )
            return False
        return found is not None

    def _thinking(self, plain: Completion) -> None:
        if plain.usage.reasoning_tokens or plain.learned.get("thinking_tokens"):
            self._note(
                "thinks",
                can=True,
                detail=f"It thinks before it writes ({plain.usage.completion_tokens} tokens for one word).",
            )

    def _limits(self) -> None:
        limits = {name: value for name, value in self._hints.items() if "limit-" in name}
        text = ", ".join(f"{name} {value}" for name, value in sorted(limits.items()))
        self._note(
            "limits_in_headers", can=bool(limits), detail=text or "Its answers do not name its limits: set `quota`."
        )

    def _note(self, name: str, *, can: bool | None, detail: str) -> None:
        self._findings.append(Finding(name, can, detail))


def _keeps(form: str, text: str) -> bool:
    """Say whether the answer about grass is what `form` promises."""
    try:
        found = json.loads(text)
    except ValueError:
        return False
    return found in _FITTING if form == "json_schema" else isinstance(found, dict)


def as_toml(config: ModelConfig, found: Capabilities) -> str:
    """Return a ready entry for providers.toml: the provider and the model with what was found out."""
    provider = config.provider
    lines = [f"[providers.{provider.name}]"]
    lines += [f"{name} = {_toml(value)}" for name, value in _provider_keys(config).items()]
    lines += [
        "",
        f"[models.{_key(config.name)}]",
        f"provider = {_toml(provider.name)}",
        f"model = {_toml(config.model)}",
    ]
    if config.context_tokens:
        lines.append(f"context_tokens = {config.context_tokens}")
    if found.vision:
        lines.append("vision = true")
    usual = {"temperature": True}
    lines += [f"{name} = {_toml(value)}" for name, value in found.parameters.items() if usual.get(name) != value]
    return "\n".join(lines) + "\n"


def _provider_keys(config: ModelConfig) -> dict[str, Any]:
    provider = config.provider
    known = provider.preset or (provider.known.name if provider.known else None)
    said = {
        "kind": provider.kind.value if provider.kind is not ProviderKind.OPENAI else None,
        "base_url": provider.base_url,
        "preset": known,
        "api_key_env": provider.api_key_env,
        "quota": provider.quota,
    }
    return {name: value for name, value in said.items() if value}


def _key(name: str) -> str:
    plain = name.replace("-", "").replace("_", "")
    return name if plain.isalnum() and plain.isascii() else _toml(name)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
