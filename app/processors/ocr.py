"""Which languages pictures are read in, as OCR and OCR_LANGUAGES say."""

from app.core.settings import Settings, SettingsError
from app.documents import ocr_languages
from app.documents.errors import DocumentError


def languages_for(settings: Settings) -> tuple[str, ...]:
    """Return Tesseract's languages, none where it is not used; the program is asked once in a process.

    Raises: SettingsError when OCR=on and it is not installed, or has not what OCR_LANGUAGES names.
    """
    try:
        return ocr_languages.chosen(settings.ocr, settings.ocr_languages)
    except DocumentError as error:
        name = "OCR_LANGUAGES" if ocr_languages.languages() else "OCR"
        raise SettingsError(f"{name}: {error.message}") from None
