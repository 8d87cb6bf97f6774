"""How a PDF is known."""

from app.documents.kinds import Kind, KindError, kind_of


def is_pdf(content: bytes) -> bool:
    """Say whether bytes are a PDF by the one rule for kinds; its header may stand behind a banner or a mark."""
    try:
        return kind_of(content, "a.pdf") is Kind.PDF
    except KindError:
        return False
