"""Outages of the servers that an application in the tests' process works with."""

from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import FastAPI

from app.core.application_state import part_of
from app.core.redis import connect
from app.jobs.api.resources import Resources
from tests.rig.ports import free_port


@contextmanager
def without_redis(app: FastAPI) -> Iterator[None]:
    """Let the application find nobody where its Redis should be."""
    client = part_of(app, Resources).redis
    pool = client.connection_pool
    client.connection_pool = connect(f"redis://127.0.0.1:{free_port()}/0").connection_pool
    try:
        yield
    finally:
        client.connection_pool = pool
