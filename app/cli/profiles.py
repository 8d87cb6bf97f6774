"""Profiles: servers that this account is signed in to, each with its API key, in a file that nobody else may read."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from app.core.private_file import write_private
from app.core.setting_sources import variable
from app.core.text_file import UnreadableFileError, read_text

DEFAULT = "default"  # the one that is used where none is named
LOCAL = "local"  # always there: this machine's stack
OTHERS = 0o077
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,49}")


class ProfileError(Exception):
    """A profile cannot be used or kept; the message is a line for a person, and holds no key."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A server, and the key that opens it; `user` is how people call whose it is, `expires_at` when the key ends."""

    url: str
    key: str
    user: str
    expires_at: str


def _place() -> Path | None:
    """Return where profiles are kept: below XDG_CONFIG_HOME, or ~/.config; None for an account without a home."""
    named = Path(variable("XDG_CONFIG_HOME"))
    try:
        config = named if named.is_absolute() else Path.home() / ".config"
    except RuntimeError:
        return None
    return config / "headrace" / "profiles.json"


def read_all() -> dict[str, Profile]:
    """Return the profiles by name. Raises: ProfileError for a file that others may read, or that is none of ours."""
    path = _place()
    if path is None:
        return {}
    try:
        mode = path.stat().st_mode
        text = read_text(path)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except UnreadableFileError as error:
        raise ProfileError(str(error)) from None
    except OSError as error:
        raise ProfileError(f"{path}: it cannot be read ({error.strerror}); let this account read it") from None
    if mode & OTHERS:
        raise ProfileError(f"{path}: others may read the keys in it (mode {mode & 0o777:04o}); chmod 600 {path}")
    try:
        return {name: _profile(value) for name, value in json.loads(text).items()}
    except (ValueError, TypeError, AttributeError, KeyError):
        message = f"{path}: it is not as `headrace login` writes it; move it away and sign in again"
        raise ProfileError(message) from None


def _profile(value: Mapping[str, object]) -> Profile:
    return Profile(**{name: str(value[name]) for name in Profile.__slots__})


def save(name: str, profile: Profile) -> None:
    """Keep a profile. Raises: ProfileError."""
    _write({**read_all(), name: profile})


def remove(name: str) -> None:
    """Forget a profile. Raises: ProfileError."""
    _write({known: one for known, one in read_all().items() if known != name})


def _write(profiles: Mapping[str, Profile]) -> None:
    path = _place()
    if path is None:
        raise ProfileError("this account has no home folder to keep a profile in; set XDG_CONFIG_HOME")
    text = json.dumps({name: asdict(one) for name, one in profiles.items()}, indent=2)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.parent.chmod(0o700)
        write_private(path, f"{text}\n")
    except OSError as error:
        raise ProfileError(f"{path}: it cannot be written ({error.strerror})") from None


def new_name(given: str) -> str:
    """Return the name under which to sign in. Raises: ProfileError for one that cannot be."""
    name = given or variable("HEADRACE_PROFILE") or DEFAULT
    if name == LOCAL:
        raise ProfileError(f"the profile {LOCAL} is always this machine's stack; choose another name")
    if not _NAME.fullmatch(name):
        raise ProfileError(f"{name!r} is no name of a profile: write letters, digits and . _ -, 50 at most")
    return name


def sign_in(name: str, url: str) -> str:
    """Return the command that makes a profile."""
    return f"headrace login {url}" + ("" if name == DEFAULT else f" --profile {name}")


def find(name: str) -> Profile:
    """Return a profile. Raises: ProfileError for an unknown one."""
    known = read_all()
    if name not in known:
        there = f"there are {', '.join(sorted(known))}" if known else "there is none yet"
        raise ProfileError(f"there is no profile {name!r} ({there}): {sign_in(name, 'URL')}")
    return known[name]


def chosen(given: str) -> tuple[str, Profile] | None:
    """Return the profile that a command uses with its name, None for this machine's stack.

    That is the given one, else HEADRACE_PROFILE; else, unless SERVICE_TOKEN is set, the default one if it is there.
    Raises: ProfileError.
    """
    name = given or variable("HEADRACE_PROFILE")
    if name == LOCAL or (not name and variable("SERVICE_TOKEN")):
        return None
    if name:
        return name, find(name)
    found = read_all().get(DEFAULT)
    return None if found is None else (DEFAULT, found)
