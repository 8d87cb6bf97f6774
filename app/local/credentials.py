"""The local stack's secrets: made once, kept in a file that only its owner can read, never printed."""

import secrets
from pathlib import Path
from urllib.parse import quote, urlsplit

from dotenv import dotenv_values

from app.core.private_file import write_private
from app.core.settings import Settings
from app.local.postgres import Postgres
from app.local.valkey import Valkey

DATABASE = "headrace"
NAMES = ("SERVICE_TOKEN", "SECRET_KEY", "DATABASE_URL", "REDIS_URL", "FLOWER_BASIC_AUTH")
HEADER = "# Made on the first start. Keep it secret; delete a line to have it made anew.\n"


def ensure(settings: Settings) -> dict[str, str]:
    """Return the secrets of DATA_DIR, made where missing, with the ports in their URLs as the settings say.

    Commits the file at once and as a whole (mode 0600); lines it does not know stay.
    """
    path = settings.credentials_path
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = {name: value for name, value in dotenv_values(path, interpolate=False).items() if value}
    wanted = kept | {
        "SERVICE_TOKEN": kept.get("SERVICE_TOKEN") or _token(),
        "SECRET_KEY": kept.get("SECRET_KEY") or _token(),
        "DATABASE_URL": postgres(settings, kept).url(DATABASE),
        "REDIS_URL": valkey(settings, kept).url,
        "FLOWER_BASIC_AUTH": kept.get("FLOWER_BASIC_AUTH") or f"headrace:{_token()}",
    }
    if wanted != kept:
        _write(path, wanted)
    return {name: wanted[name] for name in NAMES}


def change(settings: Settings, values: dict[str, str]) -> None:
    """Put other values before those of DATA_DIR, and keep the rest."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = dotenv_values(settings.credentials_path, interpolate=False)
    _write(settings.credentials_path, {name: value for name, value in {**kept, **values}.items() if value})


def postgres(settings: Settings, secrets_: dict[str, str]) -> Postgres:
    """Return the embedded PostgreSQL that belongs to these secrets."""
    return Postgres(settings.data_dir, settings.postgres_port, _password(secrets_.get("DATABASE_URL")))


def valkey(settings: Settings, secrets_: dict[str, str]) -> Valkey:
    """Return the embedded Valkey that belongs to these secrets."""
    return Valkey(settings.data_dir, settings.valkey_port, _password(secrets_.get("REDIS_URL")))


def _token() -> str:
    return secrets.token_urlsafe(32)


def _password(url: str | None) -> str:
    password = urlsplit(url or "").password
    if password is None:
        return _token()
    # Only ours are taken over; they need no quoting.
    if quote(password, safe="") != password:  # nosemgrep: secret-compared-with-equals - with itself
        return _token()
    return password


def _write(path: Path, values: dict[str, str]) -> None:
    write_private(path, HEADER + "".join(f"{name}={value}\n" for name, value in values.items()))
