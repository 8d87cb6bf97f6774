"""The bundled model as a server of a benchmark's own."""

import tempfile
from contextlib import ExitStack
from pathlib import Path

import typer

from app.core.settings import Settings, load_settings
from app.llm.catalog_source import has_local_model
from app.llm.minilm import has_weights
from load_test import rig
from load_test.rig import Rig


def serve(cleanup: ExitStack) -> Settings:
    """Start the server on free ports until `cleanup` ends, and return the settings that ask it.

    Raises: BadParameter where its packages are missing.
    """
    if not has_local_model() or not has_weights():
        raise typer.BadParameter("the local model is not installed: make setup")
    folder = Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="headrace-bench-")))
    port, embeddings_port = rig.free_port(), rig.free_port()
    ports = {"MODEL_PORT": str(port), "EMBEDDINGS_PORT": str(embeddings_port)}
    servers = Rig(folder, "postgresql://none", "redis://none", cleanup, settings=ports)
    servers.start("model", "-m", "app", "model", port=port)
    return load_settings(
        data_dir=folder,
        model_port=port,
        embeddings_port=embeddings_port,
        llm_provider="local",
        local_model_url="",
        local_embeddings_url="",
    )
