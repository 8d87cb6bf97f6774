"""Short real texts in the encodings that people have; each was told from its bytes alone."""
# ruff: noqa: RUF001 - letters of many alphabets are the point

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.documents.errors import DocumentError
from app.documents.text import decode, is_text

SHORT = [
    ("windows-1252", "cp1252", "Name;Größe;Preis\nMüller;12;3,50 €\n"),
    ("windows-1252", "cp1252", "Straße;Köln"),
    ("windows-1252", "cp1252", "für"),
    ("windows-1252", "cp1252", "5 €"),
    ("windows-1252", "cp1252", "price: £5"),
    ("windows-1252", "cp1252", "It’s “fine” – really…"),
    ("windows-1252", "cp1252", "café"),
    ("windows-1252", "cp1252", "Où êtes-vous allés à Noël ?"),
    ("windows-1252", "cp1252", "año;señor\nEspaña;¿Qué?"),
    ("windows-1252", "cp1252", "São Paulo, ação, coração"),
    ("windows-1252", "cp1252", "Rødgrød med fløde"),
    ("windows-1252", "cp1252", "GRÖSSE;MÄNNER;ÜBUNG"),
    ("windows-1252", "cp1252", "Temp;21°C\nFläche;30 m²"),
    ("windows-1252", "cp1252", "10 µm"),
    ("windows-1250", "cp1250", "Győr;Pécs;Szőlő"),
    ("windows-1250", "cp1250", "Zażółć gęślą jaźń"),
    ("windows-1250", "cp1250", "Jméno;Město\nJiří Novák;Plzeň"),
    ("windows-1250", "cp1250", "Árvíztűrő tükörfúrógép"),
    ("ISO-8859-2", "iso8859_2", "Zażółć gęślą jaźń"),
    ("ISO-8859-15", "iso8859_15", "100 €;Größe"),
    ("windows-1251", "cp1251", "Имя;Город;Цена\nИван;Москва;100"),
    ("windows-1251", "cp1251", "МОСКВА"),
    ("windows-1251", "cp1251", "Київ, Україна є містом"),
    ("KOI8-R", "koi8_r", "Привет, мир! Как дела?"),
    ("IBM866", "cp866", "Привет, мир! Как дела?"),
    ("windows-1253", "cp1253", "Όνομα;Πόλη\nΓιώργος;Αθήνα"),
    ("windows-1253", "cp1253", "Αθήνα"),
    ("IBM850", "cp850", "Rechnung für Müller"),
    ("windows-1255", "cp1255", "תל אביב"),
    ("UTF-16LE", "utf-16-le", "Привет"),
    ("windows-1254", "cp1254", "Türkçe öğreniyorum"),
    ("windows-1255", "cp1255", "שלום עולם"),
    ("windows-1256", "cp1256", "الاسم;المدينة\nمحمد;القاهرة"),
    ("windows-1257", "cp1257", "Žąsų ežeras, Šiauliai"),
    ("windows-874", "cp874", "สวัสดีชาวโลก"),
    ("macintosh", "mac_roman", "Größe;Müller;Straße"),
    ("IBM850", "cp850", "Größe;Müller;Straße"),
    ("Shift_JIS", "cp932", "氏名,住所\n山田太郎,東京都千代田区"),
    ("Shift_JIS", "cp932", "カタカナ"),
    ("EUC-JP", "euc_jp", "氏名,住所\n山田太郎,東京都"),
    ("GB18030", "gb18030", "你好，世界"),
    ("GB18030", "gb18030", "姓名,地址\n张三,北京市朝阳区"),
    ("Big5", "big5", "姓名,地址\n王小明,台北市信義區"),
    ("EUC-KR", "euc_kr", "이름,주소\n홍길동,서울특별시 강남구"),
    ("ISO-2022-JP", "iso2022_jp", "日本語のメール"),
    ("UTF-16LE", "utf-16-le", "Name;Größe\nMüller"),
    ("UTF-16BE", "utf-16-be", "これはテストです。\n改行"),
    ("UTF-16LE", "utf-16-le", "日本語のテキスト"),
    ("UTF-16LE", "utf-16-le", "Привет мир\n"),
    ("UTF-32LE", "utf-32-le", "Hallo"),
    ("UTF-8", "utf-8", "é"),
    ("UTF-8", "ascii", "plain"),
]
MARKED = ["utf-8-sig", "utf-16", "utf-32"]


@pytest.mark.parametrize(("name", "codec", "text"), SHORT)
def test_a_short_text_is_read_in_its_encoding(name: str, codec: str, text: str) -> None:
    found = decode(text.encode(codec))

    assert (found.text, found.encoding, found.replaced) == (text, name, 0)


@pytest.mark.parametrize("codec", MARKED)
def test_a_mark_decides_and_is_no_letter(codec: str) -> None:
    assert decode("Preis: 5 €\r\n".encode(codec)).text == "Preis: 5 €\n"


def test_utf_16_that_was_cut_within_a_letter_is_read() -> None:
    found = decode("Größe\nMüller".encode("utf-16-le") + b"a")

    assert found.encoding == "UTF-16LE"
    assert found.text.startswith("Größe\nMüller")


def test_the_encoding_is_found_behind_a_long_ascii_head() -> None:
    assert decode(b"id;value\n" * 50_000 + "Müller;Größe\n".encode("cp1252")).text.endswith("Müller;Größe\n")


def test_utf_8_with_a_few_broken_bytes_stays_utf_8() -> None:
    found = decode("Größe für Müller\n".encode() * 50 + b"\xff\n")

    assert (found.encoding, found.replaced) == ("UTF-8", 1)
    assert found.text.startswith("Größe für Müller\n")


def test_what_a_page_declares_is_taken_where_the_bytes_fit() -> None:
    assert decode("Пётр".encode("koi8_r"), ["koi8-r"]) == ("Пётр", "KOI8-R", 0)
    assert decode("Größe".encode("cp1252"), ["iso-8859-1"]).encoding == "windows-1252"
    assert decode("Größe".encode(), ["windows-1252"]).text == "Größe"
    assert decode("Größe für".encode("cp1252"), ["rot13", "unicode_escape", "no such"]).text == "Größe für"


def test_control_characters_are_dropped_and_line_ends_are_one() -> None:
    assert decode(b"a\r\nb\rc\x0bd" + b" " * 3000 + b"\x00e\x1a").text == "a\nb\nc\nd" + " " * 3000 + "e"


@pytest.mark.parametrize("content", [bytes(range(256)), b"\x00\x01\x02\x03" * 40, b"\x05\x00\x06\x01\xff\x02" * 9])
def test_what_is_binary_is_no_text(content: bytes) -> None:
    assert not is_text(BytesIO(content))
    with pytest.raises(DocumentError, match="file_unreadable"):
        decode(content)


@given(st.binary(max_size=300))
def test_any_bytes_are_text_or_refused(content: bytes) -> None:
    try:
        text, _, _ = decode(content)
    except DocumentError:
        return
    assert "\x00" not in text


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1))
def test_utf_8_is_read_as_utf_8(text: str) -> None:
    assert decode(b"\xef\xbb\xbf" + text.encode()).text == text
