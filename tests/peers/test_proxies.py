"""The proxies of docs/deployment.md are configured as nginx and Caddy read it, and say who asks."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.peers.servers import program
from tests.rig.tls import CERTIFICATES

PAGE = (Path(__file__).parents[2] / "docs" / "deployment.md").read_text("utf-8")
pytestmark = pytest.mark.peers


def blocks(language: str) -> list[str]:
    found = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert len(found) == 2, "one for a host of its own, one for a path"
    return found


def said(*command: str, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_nginx_takes_them_and_names_the_client(tmp_path: Path) -> None:
    path = program("nginx", "nginx")
    server, location = blocks("nginx")
    server = re.sub(r"/etc/ssl/\S+\.(pem|key)", rf"{CERTIFICATES}/server.\1", server)
    server = f"{server.rstrip().removesuffix('}')}\n{location}\n}}"
    folders = "".join(f"{name}_temp_path {name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (tmp_path / "nginx.conf").write_text(
        f"pid pid; events {{}}\nhttp {{\naccess_log off;\n{folders}\n{server}\n}}\n", "utf-8"
    )
    said(path, "-t", "-q", "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path), cwd=tmp_path)
    for block in (server, location):
        for header in ("Host $http_host", "X-Forwarded-For $remote_addr", "X-Forwarded-Proto $scheme"):
            assert f"proxy_set_header {header};" in block


def test_caddy_takes_them(tmp_path: Path) -> None:
    path = program("caddy", "caddy")
    (tmp_path / "Caddyfile").write_text("\n".join(blocks("caddy")), "utf-8")
    adapted = said(path, "adapt", "--config", "Caddyfile", "--adapter", "caddyfile", cwd=tmp_path)
    assert adapted.count('"dial":"127.0.0.1:8000"') == 2
