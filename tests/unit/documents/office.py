"""Small files of office programs."""

import zipfile
from io import BytesIO


def zipped(parts: dict[str, bytes]) -> bytes:
    kept = BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return kept.getvalue()


def office(content_type: str) -> bytes:
    return zipped({"[Content_Types].xml": f"<Types><Override ContentType='{content_type}'/></Types>".encode()})


WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
