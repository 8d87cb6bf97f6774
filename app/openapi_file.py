"""The OpenAPI document as a file: `python -m app.openapi_file` writes it; a test compares it with the application."""

import json
from pathlib import Path

from fastapi import FastAPI

from app.core.settings import load_settings
from app.main import create_app

DOCUMENT = Path(__file__).parents[1] / "docs" / "openapi.json"
_NOWHERE = "stands only while the document is written"


def render(app: FastAPI) -> str:
    """Return an application's document as text that is the same wherever it is made."""
    return json.dumps(app.openapi(), indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write the document; needs no server and no secret."""
    names = ("database_url", "redis_url", "service_token", "secret_key")
    urls = {"database_url": "postgresql://localhost/none", "redis_url": "redis://localhost/0"}
    settings = load_settings(**{**dict.fromkeys(names, _NOWHERE), **urls})
    DOCUMENT.write_text(render(create_app(settings)), "utf-8")


if __name__ == "__main__":
    main()
