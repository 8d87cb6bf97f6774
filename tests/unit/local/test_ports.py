import os
import socket
import sys
from collections.abc import Iterator
from threading import Timer

import pytest

from app.local import ports
from app.local.errors import LocalError
from tests.rig.ports import free_port


@pytest.fixture
def taken() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", free_port())) as server:
        yield server


def test_a_taken_port_is_named_with_its_setting_and_its_holder(taken: socket.socket) -> None:
    port = taken.getsockname()[1]
    with pytest.raises(LocalError) as caught:
        ports.check({"FLOWER_PORT": ("127.0.0.1", free_port()), "API_PORT": ("127.0.0.1", port)})
    holder = f" (by pid {os.getpid()})" if sys.platform == "linux" else ""
    assert str(caught.value) == f"API_PORT {port} is taken{holder}: set API_PORT to another one"


def test_a_port_on_every_address_is_taken_too(taken: socket.socket) -> None:
    port = taken.getsockname()[1]
    with pytest.raises(LocalError, match=f"API_PORT {port} is taken"):
        ports.check({"API_PORT": ("0.0.0.0", port)})


def test_two_settings_with_one_port_are_named() -> None:
    assert list(ports.clashes({"MODEL_PORT": 8000, "API_PORT": 8000, "FLOWER_PORT": 8000})) == [
        "API_PORT: 8000 is also MODEL_PORT; set one of them to another port",
        "FLOWER_PORT: 8000 is also MODEL_PORT; set one of them to another port",
    ]


def test_an_address_that_is_not_ours_is_no_taken_port() -> None:
    with pytest.raises(LocalError, match=r"on 192\.0\.2\.1 cannot be used"):
        ports.check({"API_PORT": ("192.0.2.1", free_port())})


def test_a_port_that_becomes_free_in_time_will_do(taken: socket.socket) -> None:
    timer = Timer(0.2, taken.close)
    timer.start()
    ports.check({"API_PORT": ("127.0.0.1", taken.getsockname()[1])}, patience_s=10)
    timer.join()
