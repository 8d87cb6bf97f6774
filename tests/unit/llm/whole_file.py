"""A providers file with everything in it, and the settings that name it."""

from pathlib import Path
from typing import Any

from app.core.settings import Settings, load_settings

PROVIDER = '[providers.one]\nbase_url = "http://127.0.0.1:9/v1"\n'
MODEL = '[models.small]\nprovider = "one"\n'
WHOLE = PROVIDER + MODEL


def settings_of(tmp_path: Path, text: str | None = None, **changes: Any) -> Settings:
    if text is not None:
        (tmp_path / "providers.toml").write_text(text, "utf-8")
    return load_settings(data_dir=tmp_path, **changes)
