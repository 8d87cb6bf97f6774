"""What a file is, by its bytes and then its name: one rule for uploads, for the folder and for the reader."""

from enum import StrEnum


class Kind(StrEnum):
    """The kinds of files that are taken."""

    PDF = "pdf"
    PNG = "png"
    JPEG = "jpeg"
    DOCX = "docx"
    XLSX = "xlsx"
    EPUB = "epub"
    RTF = "rtf"
    EML = "eml"
    HTML = "html"
    XML = "xml"
    MARKDOWN = "markdown"
    CSV = "csv"
    JSON = "json"
    TEXT = "text"
