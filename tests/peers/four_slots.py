"""`python -m tests.peers.four_slots PORT`: the bundled model behind llama.cpp's own server, with four slots."""

import signal
import sys

import xllamacpp

from app.llm.base import LOCAL_MODEL_NAME
from app.llm.local_server import model_path

SLOTS = 4
SLOT_TOKENS = 4096


def serve(port: int) -> None:
    """Serve until SIGTERM; the process is then ended by whoever started it."""
    params = xllamacpp.CommonParams()
    params.model.path = str(model_path())
    params.model_alias = {LOCAL_MODEL_NAME}
    params.hostnames = ["127.0.0.1"]
    params.port = port
    params.n_parallel = SLOTS
    params.n_ctx = SLOTS * SLOT_TOKENS
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1  # two fight on a busy machine of two cores
    params.n_batch = params.n_ubatch = 256
    params.ui = False
    params.verbosity = -1
    server = xllamacpp.Server(params)
    print(f"model: {SLOTS} slots on {server.listening_address}", flush=True)  # noqa: T201 - who starts it waits for it
    signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    serve(int(sys.argv[1]))
