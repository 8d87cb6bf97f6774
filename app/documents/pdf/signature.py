"""How a PDF is known."""

_MAGIC = b"%PDF-"
_LOOKED_AT_BYTES = 1024  # Source: PDF reference 1.7, appendix H, note 13


def is_pdf(content: bytes) -> bool:
    """Say whether bytes have a PDF's first line near their start, as readers look for it."""
    return _MAGIC in content[:_LOOKED_AT_BYTES]
