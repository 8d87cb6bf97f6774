"""The metrics of a process without an HTTP server of its own."""

import io
import json
import socket
import urllib.request
from collections.abc import Callable

import pytest

from app.core.metrics_server import serve
from app.core.settings import load_settings
from tests.rig.ports import free_port


def test_without_a_port_nothing_is_served() -> None:
    assert serve(load_settings(metrics_port=0)) is None


def test_a_port_serves_them() -> None:
    port = free_port()
    server = serve(load_settings(metrics_port=port))
    assert server is not None
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
            assert b"headrace_build_info" in answer.read()
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("host", ["127.0.0.1", "192.0.2.1"])
def test_a_port_that_cannot_be_used_is_a_line_in_the_log(log_as: Callable[[str], io.StringIO], host: str) -> None:
    log, port = log_as("json"), free_port()
    with socket.create_server(("127.0.0.1", port)):
        assert serve(load_settings(metrics_port=port, metrics_host=host)) is None
    line = json.loads(log.getvalue())
    assert (line["event"], line["level"], line["port"]) == ("metrics_not_served", "warning", port)
