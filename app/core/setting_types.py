"""The types of settings whose text has a form; a ValueError says what is wrong, and shows nothing of a secret."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from app.core import database_url, faultpoint, proxies, redis_url
from app.core.addresses import as_base_url, as_host, as_issuer, as_key, as_origin, as_root_path, as_site
from app.core.text_file import read_text

LONGEST_QUEUE_NAME = 64
_DOMAIN = re.compile(r"[^\s@/:,]+(\.[^\s@/:,.]+)+")


def _secret(rule: Callable[[str], str]) -> AfterValidator:
    """Apply a rule to what is inside a secret that is set."""
    return AfterValidator(lambda value: SecretStr(rule(text)) if (text := value.get_secret_value()) else value)


def _where_set(rule: Callable[[str], str]) -> AfterValidator:
    return AfterValidator(lambda value: rule(value) if value else value)


def _split(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _as_queues(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        raise ValueError("name at least one queue")
    for name in names:
        is_name = name.isascii() and name.replace("-", "").replace("_", "").isalnum()
        if not is_name or len(name) > LONGEST_QUEUE_NAME:
            raise ValueError(f"{name[:80]!r} is no queue name (letters, digits, - and _, at most {LONGEST_QUEUE_NAME})")
    if len(set(names)) < len(names):
        raise ValueError("it names a queue twice")
    return names


def _as_name(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise ValueError("write the model's name alone, without blanks around it")
    return text


def _as_folder(path: Path) -> Path:
    there = next(one for one in (path, *path.absolute().parents) if one.exists())
    if not there.is_dir():
        raise ValueError("it is a file; name a folder" if there == path else f"{there} is a file; name another folder")
    return path


def _as_file(text: str) -> str:
    try:
        read_text(Path(text))
    except FileNotFoundError:
        raise ValueError("there is no such file") from None
    return text


def _as_domains(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if not _DOMAIN.fullmatch(name):
            raise ValueError(f"{name[:80]!r} is no domain; write what stands behind the @, such as example.org")
    return tuple(name.lower() for name in names)


def _as_logins(text: str) -> str:
    logins = text.strip()
    for login in logins.split(","):
        user, _, password = login.partition(":")
        if not (user.strip() and password):
            raise ValueError("write user:password; a comma begins another login, so no password has one")
    return logins


def _as_database(text: str) -> str:
    database_url.parse(text)
    return text.strip()


def _as_redis(text: str) -> str:
    redis_url.parse(text)
    return text.strip()


def _as_fault_points(text: str) -> str:
    faultpoint.parse(text)
    return text


Port = Annotated[int, Field(ge=1, le=65535)]
Host = Annotated[str, AfterValidator(as_host)]
RootPath = Annotated[str, AfterValidator(as_root_path)]
Site = Annotated[str, _where_set(as_site)]
BaseUrl = Annotated[str, _where_set(as_base_url)]
Name = Annotated[str, AfterValidator(_as_name)]
Folder = Annotated[Path, AfterValidator(_as_folder)]
FolderOrNone = Annotated[str, _where_set(lambda text: str(_as_folder(Path(text))))]
FileOrNone = Annotated[str, _where_set(_as_file)]
Issuer = Annotated[str, _where_set(as_issuer)]
Domains = Annotated[tuple[str, ...], BeforeValidator(_split), AfterValidator(_as_domains)]
Queues = Annotated[tuple[str, ...], BeforeValidator(_split), AfterValidator(_as_queues)]
TrustedProxies = Annotated[
    tuple[str, ...], BeforeValidator(_split), AfterValidator(lambda given: tuple(map(proxies.parse_trusted, given)))
]
Origins = Annotated[
    tuple[str, ...], BeforeValidator(_split), AfterValidator(lambda given: tuple(map(as_origin, given)))
]
Key = Annotated[SecretStr, _secret(as_key)]
Logins = Annotated[SecretStr, _secret(_as_logins)]
DatabaseUrl = Annotated[SecretStr, _secret(_as_database)]
RedisUrl = Annotated[SecretStr, _secret(_as_redis)]
FaultPoints = Annotated[str, AfterValidator(_as_fault_points)]
