"""Serves the metrics of a process that has no HTTP server of its own, in a thread."""

from wsgiref.simple_server import WSGIServer

from prometheus_client import start_http_server

from app.core.logging import get_logger
from app.core.settings import Settings

_log = get_logger(__name__)


def serve(settings: Settings) -> WSGIServer | None:
    """Serve `/metrics` on METRICS_HOST and METRICS_PORT for the life of this process; return what does, None if none.

    It asks for no credential, so it belongs on loopback or on an inner network. A port that cannot be used is a line
    in the log: a worker without metrics is better than no worker.
    """
    if not settings.metrics_port:
        return None
    place = {"host": settings.metrics_host, "port": settings.metrics_port}
    try:
        server, _ = start_http_server(settings.metrics_port, settings.metrics_host)
    except OSError as error:
        _log.warning("metrics_not_served", **place, error=error.strerror)
        return None
    _log.info("metrics_served", **place)
    return server
