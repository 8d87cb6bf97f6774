"""Files that are known by their first bytes and are not taken, each with what its owner may do."""

from typing import Final

HEAD_BYTES: Final = 65_536

_PICTURE: Final = "PNG and JPEG are the pictures that are taken"
_PACKED: Final = "unpack it and send what is in it"
_SOUND: Final = "sound and video are not read"
_PROGRAM: Final = "programs are not read"

_AT_START: Final = (
    (b"GIF87a", f"this is a GIF picture; {_PICTURE}"),
    (b"GIF89a", f"this is a GIF picture; {_PICTURE}"),
    (b"II*\x00", f"this is a TIFF picture; {_PICTURE}"),
    (b"MM\x00*", f"this is a TIFF picture; {_PICTURE}"),
    (b"8BPS", f"this is a Photoshop picture; {_PICTURE}"),
    (b"\x00\x00\x01\x00", f"this is an icon (ICO); {_PICTURE}"),
    (b"\xff\x0a", f"this is a JPEG XL picture; {_PICTURE}"),
    (b"\x00\x00\x00\x0cJXL ", f"this is a JPEG XL picture; {_PICTURE}"),
    (b"\x00\x00\x00\x0cjP  ", f"this is a JPEG 2000 picture; {_PICTURE}"),
    (b"AT&TFORM", "this is a DjVu document; save it as PDF"),
    (b"%!PS", "this is a PostScript program; save it as PDF"),
    (b"\xc5\xd0\xd3\xc6", "this is an EPS picture; save it as PDF"),
    (b"\x7fELF", f"this is a program (ELF); {_PROGRAM}"),
    (b"\xca\xfe\xba\xbe", f"this is a program (Java class or Mach-O); {_PROGRAM}"),
    (b"\xcf\xfa\xed\xfe", f"this is a program (Mach-O); {_PROGRAM}"),
    (b"\xce\xfa\xed\xfe", f"this is a program (Mach-O); {_PROGRAM}"),
    (b"\x00asm", f"this is a program (WebAssembly); {_PROGRAM}"),
    (b"\x1f\x8b", f"this is a gzip archive; {_PACKED}"),
    (b"BZh", f"this is a bzip2 archive; {_PACKED}"),
    (b"\xfd7zXZ\x00", f"this is an xz archive; {_PACKED}"),
    (b"\x28\xb5\x2f\xfd", f"this is a Zstandard archive; {_PACKED}"),
    (b"7z\xbc\xaf\x27\x1c", f"this is a 7z archive; {_PACKED}"),
    (b"Rar!\x1a\x07", f"this is a RAR archive; {_PACKED}"),
    (b"MSCF\x00", f"this is a cabinet archive; {_PACKED}"),
    (b"ID3", f"this is an MP3 recording; {_SOUND}"),
    (b"OggS", f"this is an Ogg recording; {_SOUND}"),
    (b"fLaC", f"this is a FLAC recording; {_SOUND}"),
    (b"\x1aE\xdf\xa3", f"this is a Matroska or WebM film; {_SOUND}"),
    (b"SQLite format 3\x00", "this is an SQLite database; save its tables as CSV"),
    (b"PAR1", "this is a Parquet table; save it as CSV"),
    (b"\x89HDF\r\n\x1a\n", "this is an HDF5 file; save its tables as CSV"),
    (b"bplist00", "this is a binary property list; save it as XML"),
    (b"!BDN", "this is an Outlook mailbox (.pst); save its mails as .eml"),
    (b"\x00\x01\x00\x00\x00", "this is a font"),
    (b"OTTO\x00", "this is a font"),
    (b"wOFF", "this is a font"),
    (b"wOF2", "this is a font"),
)
_RIFF: Final = {
    b"WEBP": f"this is a WebP picture; {_PICTURE}",
    b"WAVE": f"this is a WAV recording; {_SOUND}",
    b"AVI ": f"this is an AVI film; {_SOUND}",
}
_HEIF: Final = frozenset({b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis"})
_WITH_NULS: Final = (  # a letter may begin so as well
    (b"MZ", f"this is a program (MZ, Windows); {_PROGRAM}"),
    (b"BM", f"this is a BMP picture; {_PICTURE}"),
)
_BINARY_WITHIN: Final = 512


def known_refusal(head: bytes) -> str | None:
    """Return why a file with these first bytes is refused, None where they do not tell."""
    found = next((why for magic, why in _AT_START if head.startswith(magic)), None) or _at_offset(head)
    if found is None and b"\x00" in head[:_BINARY_WITHIN]:
        found = next((why for magic, why in _WITH_NULS if head.startswith(magic)), None)
    return found


def _at_offset(head: bytes) -> str | None:
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12])
    if head[257:262] == b"ustar":
        return f"this is a tar archive; {_PACKED}"
    if head[4:8] != b"ftyp":
        return None
    is_picture = head[8:12] in _HEIF
    return f"this is a HEIC or AVIF picture; {_PICTURE}" if is_picture else f"this is an MP4 recording; {_SOUND}"
