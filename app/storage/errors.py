"""What a caller is told when a file cannot be taken or given."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from app.core.errors import FieldError, HeadraceError, InvalidError, NotFoundError, UnavailableError
from app.core.logging import get_logger

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_FULL_WORDS = "No space left on device"  # obstore gives the system's words, and no number
_log = get_logger(__name__)


class FileTooLargeError(HeadraceError):
    """The file is over FILE_UPLOAD_MAX_BYTES."""

    status, code, title = 413, "file_too_large", "The file is too large"


class FileTypeRefusedError(HeadraceError):
    """The file's bytes are of no kind that is taken."""

    status, code, title = 415, "file_type_refused", "This kind of file is not taken"


class FormError(HeadraceError):
    """The body is no multipart form, or breaks off."""

    status, code, title = 400, "malformed_request", "The request could not be read"


class StorageFullError(HeadraceError):
    """There is no room for the file."""

    status, code, title = 507, "storage_full", "The storage is full"


class StoredTooMuchError(HeadraceError):
    """The team's files together would be over MAX_STORED_BYTES_PER_TEAM. No 429: waiting helps nobody."""

    status, code, title = 413, "stored_too_much", "The team stores too much"


def file_missing() -> NotFoundError:
    """Return the error for an id that is unknown, expired or somebody else's."""
    return NotFoundError("There is no such file.", code="file_not_found")


def wrong_file(detail: str, *, code: str | None = None) -> InvalidError:
    """Return the error for a form whose field `file` will not do."""
    return InvalidError(f"#/file: {detail}", code=code, errors=[FieldError("#/file", detail)])


def _of_store() -> type[Exception]:
    from obstore.exceptions import BaseError  # noqa: PLC0415 - heavy, for who has files

    return BaseError


@contextmanager
def storage_errors() -> Iterator[None]:
    """Turn the errors of disks and stores into ours; FileNotFoundError passes."""
    try:
        yield
    except FileNotFoundError:
        raise
    except (_of_store(), OSError) as error:
        if getattr(error, "errno", None) in _FULL or _FULL_WORDS in str(error):
            _log.error("storage_full")
            raise StorageFullError("There is no room for this file; nothing was stored.") from error
        _log.error("storage_unavailable", error=type(error).__name__)
        raise UnavailableError("The storage of files cannot be reached.", code="storage_unavailable") from error
