"""How a PDF is known."""

_MAGIC = b"%PDF-"
_BEFORE_MAGIC = b"\xef\xbb\xbf \t\r\n"
_LOOKED_AT_BYTES = 1024


def is_pdf(content: bytes) -> bool:
    """Say whether bytes begin as a PDF does; what begins as something else and is a PDF later on is none."""
    return content[:_LOOKED_AT_BYTES].lstrip(_BEFORE_MAGIC).startswith(_MAGIC)
