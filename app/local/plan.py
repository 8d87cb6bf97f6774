"""Which processes the stack of these settings has, in which order, and how each is seen to be ready."""

import http.client
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from app.core import dotenv_file
from app.core.checkout import CHECKOUT
from app.core.connections import GRACE_S
from app.core.settings import REACHED_AT, Settings, SettingsError
from app.core.text_file import UnreadableFileError
from app.llm.catalog_source import load_catalog, needs_local_model
from app.llm.minilm import has_weights
from app.local import beats, credentials, ports
from app.local.postgres import Postgres
from app.local.process import ProcessSpec
from app.local.valkey import Valkey

LOOPBACK = "127.0.0.1"
ANSWER_POLL_S = 0.05
BEAT_POLL_S = 0.25  # each asks PostgreSQL or Redis
VITE_PORT = 5173  # as in frontend/vite.config.ts
OK = 200


@dataclass(frozen=True, slots=True)
class Plan:
    """The stack: embedded servers (None when the user named their own), one-off steps, and services."""

    settings: Settings
    secrets: Mapping[str, str]
    postgres: Postgres | None
    valkey: Valkey | None
    model: bool

    def ports(self) -> dict[str, tuple[str, int]]:
        """Return host and port by setting, for all that this stack will listen on."""
        settings = self.settings
        used = {
            "POSTGRES_PORT": (LOOPBACK, settings.postgres_port) if self.postgres else None,
            "VALKEY_PORT": (LOOPBACK, settings.valkey_port) if self.valkey else None,
            "MODEL_PORT": (LOOPBACK, settings.model_port) if self.model else None,
            "EMBEDDINGS_PORT": (LOOPBACK, settings.embeddings_port) if self.model and has_weights() else None,
            "API_PORT": (settings.api_host, settings.api_port),
            "FLOWER_PORT": (LOOPBACK, settings.flower_port),
        }
        return {name: address for name, address in used.items() if address is not None}

    def migrate(self) -> ProcessSpec:
        """Return the step that brings the database's tables up to date; it ends by itself."""
        return self._python("migrate", "-m", "app", "migrate")

    def web(self, make: str, checkout: Path) -> ProcessSpec:
        """Return the step that builds the browser interface where its sources are newer; `make` is a path."""
        return ProcessSpec(
            name="web",
            argv=(make, "--no-print-directory", "-C", str(checkout), "web"),
            ready=lambda _: True,
        )

    def model_server(self) -> ProcessSpec:
        """Return the local model's server."""
        port = self.settings.model_port
        return self._python(
            "model", "-m", "app", "model", port=port, ready=_answers(LOOPBACK, port, "/health"), grace_s=3.0
        )

    def vite(self, node: str, checkout: Path) -> ProcessSpec:
        """Return the development server of the browser interface; `node` is a path. It passes /api on to the API."""
        frontend = checkout / "frontend"
        return ProcessSpec(
            name="web",
            argv=(node, str(frontend / "node_modules" / "vite" / "bin" / "vite.js"), str(frontend)),
            ready=_answers(LOOPBACK, VITE_PORT, "/"),
            env={"API_PORT": str(self.settings.api_port)},
            port=VITE_PORT,
            grace_s=3.0,
        )

    def api(self, *, reload: bool = False) -> ProcessSpec:
        """Return the API's process; with `reload` it starts anew whenever a file of `app` changes."""
        host, port = self.settings.api_host, self.settings.api_port
        spec = self._python(
            "api",
            *("-m", "app", "api", "--host", host, "--port", str(port)),
            *(("--reload",) if reload else ()),
            port=port,
            ready=_answers(REACHED_AT.get(host, host), port, "/ready"),
            grace_s=GRACE_S + 3.0,
        )
        # The reloader has a child of its own: killed, it could not end it.
        return replace(spec, pdeathsig=signal.SIGTERM) if reload else spec

    def worker(self, number: int) -> ProcessSpec:
        """Return one of the workers, counted from 1."""
        grace_s, metrics_port = self.settings.grace_s + 5.0, self._metrics_port(number)
        return self._python(
            f"worker-{number}",
            *("-m", "app", "worker"),
            port=metrics_port,
            metrics_port=metrics_port,
            grace_s=grace_s,
            ready=beats.worker(self.settings),
            beats=True,
        )

    def scheduler(self) -> ProcessSpec:
        """Return the scheduler's process."""
        port = self._metrics_port(0)
        ready = beats.scheduler(self.settings)
        return self._python(
            "scheduler", "-m", "app", "scheduler", port=port, metrics_port=port, ready=ready, beats=True
        )

    def flower(self) -> ProcessSpec:
        """Return Flower's process; it takes its password from FLOWER_BASIC_AUTH in the environment."""
        port = self.settings.flower_port
        return self._python(
            "flower",
            *("-m", "app", "flower"),
            port=port,
            ready=_answers(LOOPBACK, port, "/healthcheck"),
            grace_s=5.0,
            essential=False,
        )

    def _metrics_port(self, number: int) -> int | None:
        """Return a port of its own for each process: METRICS_PORT for the scheduler, those after it for workers."""
        return self.settings.metrics_port + number if self.settings.metrics_port else None

    def _python(
        self,
        name: str,
        *arguments: str,
        port: int | None = None,
        metrics_port: int | None = None,
        ready: Callable[[int], bool] = lambda _: True,
        grace_s: float = 10.0,
        beats: bool = False,
        essential: bool = True,
    ) -> ProcessSpec:
        return ProcessSpec(
            name=name,
            argv=(sys.executable, "-P", *arguments),  # -P: the working folder may have an `app` of its own
            code=CHECKOUT,
            ready=ready,
            env={**self.secrets, "PYTHONUNBUFFERED": "1", "METRICS_PORT": str(metrics_port or 0)},
            port=port,
            stop_signal=signal.SIGTERM,
            pdeathsig=signal.SIGKILL,
            grace_s=grace_s,
            ready_poll_s=BEAT_POLL_S if beats else ANSWER_POLL_S,
            beats=beats,
            essential=essential,
        )


def plan(settings: Settings, made: Mapping[str, str]) -> Plan:
    """Return the stack for these settings; `made` are the secrets of credentials.env.

    A DATABASE_URL or REDIS_URL from elsewhere means the user's own server, so ours is not started.
    """
    effective = {name: getattr(settings, name.lower()).get_secret_value() for name in credentials.NAMES}
    return Plan(
        settings=settings,
        secrets=effective,
        postgres=credentials.postgres(settings, effective) if _is_ours("DATABASE_URL", effective, made) else None,
        valkey=credentials.valkey(settings, effective) if _is_ours("REDIS_URL", effective, made) else None,
        model=needs_local_model(settings, load_catalog(settings)),
    )


def port_clashes(settings: Settings) -> Iterator[str]:
    """Yield a line for each port of this machine's stack that two settings name."""
    try:
        made = dotenv_file.read(settings.credentials_path)
        wanted = plan(settings, {name: made.get(name, "") for name in credentials.NAMES})
    except (UnreadableFileError, SettingsError):
        return  # which is told for itself
    first = settings.metrics_port
    metrics = {"METRICS_PORT": first, "METRICS_PORT, of which the first worker has the next one,": first + 1}
    yield from ports.clashes(
        {**{name: port for name, (_, port) in wanted.ports().items()}, **(metrics if first else {})}
    )


def _is_ours(name: str, effective: Mapping[str, str], made: Mapping[str, str]) -> bool:
    return effective[name] == made[name]


def _answers(host: str, port: int, path: str) -> Callable[[int], bool]:
    """Return a check that asks for `path` over HTTP and wants a 200."""

    def ready(pid: int) -> bool:
        del pid
        connection = http.client.HTTPConnection(host, port, timeout=1)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return ready
