"""How API keys are written, and how a damaged copy is told."""

import re
from zlib import crc32

import pytest

from app.auth import base62
from app.auth.keys.format import id_of, is_key, new_key
from tests.conftest import TOKEN

KEY = "hr_live_Ab3dE5gH_" + "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg"


def written(text: str) -> str:
    number, digits = crc32(text.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[digit] + digits
    return text + digits


def test_a_key_has_the_form_that_scanners_look_for() -> None:
    key = new_key()
    assert re.fullmatch(r"hr_live_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}", key.text)
    assert key.prefix == key.text[:16] == f"hr_live_{key.id}"
    assert id_of(key.text) == key.id
    assert len({new_key().text for _ in range(100)}) == 100


def test_the_checksum_is_that_of_all_before_it() -> None:
    assert id_of(written(KEY)) == "Ab3dE5gH"


@pytest.mark.parametrize("place", range(8, 66))
def test_one_wrong_letter_is_a_damaged_copy(place: int) -> None:
    key = written(KEY)
    other = "x" if key[place] != "x" else "y"
    assert id_of(key[:place] + other + key[place + 1 :]) is None


@pytest.mark.parametrize(
    "damaged",
    ["hr_live_", written(KEY)[:-1], written(KEY) + "0", written(KEY).lower(), written(KEY) + "\n", "hr_live_é"],
)
def test_what_is_cut_or_changed_is_a_damaged_copy(damaged: str) -> None:
    assert is_key(damaged)
    assert id_of(damaged) is None


def test_other_credentials_are_no_keys() -> None:
    assert not is_key(TOKEN)
    assert not is_key("")


def test_numbers_have_a_fixed_width() -> None:
    assert base62.encode(0, 6) == "000000"
    assert base62.encode(62, 2) == "10"
    assert len(base62.encode(2**32 - 1, 6)) == 6
    assert len(base62.encode(2**256 - 1, 43)) == 43
    assert all(len(base62.new_secret()) == 43 for _ in range(100))
