"""A credential is read in one way, however it was copied."""

import pytest
from starlette.datastructures import Headers

from app.auth.credential import clean, presented_in

KEY = "hr_live_Ab3dE5gH_secret"


@pytest.mark.parametrize(
    "given",
    [
        *(KEY, f"  {KEY}\t", f"{KEY}\r\n", f'"{KEY}"', f"'{KEY}'", f"`{KEY}`", f"\u201c{KEY}\u201d"),
        *(f"Bearer {KEY}", f"bearer  {KEY}", f'"Bearer {KEY}"', f"Bearer Bearer {KEY}", f'Bearer "{KEY}"'),
        *(f"\u200b{KEY}", f"{KEY}\ufeff", f"{KEY[:9]}\u200d{KEY[9:]}", f"\xa0{KEY}\u2060"),
        f"\u200b{KEY}".encode().decode("latin-1"),  # as a header brings it
    ],
)
def test_what_copying_adds_is_left_out(given: str) -> None:
    assert clean(given) == KEY


@pytest.mark.parametrize("given", ["", " ", '""', "Bearer", "a b", "tokén"])
def test_what_stands_inside_stays(given: str) -> None:
    assert clean(given) == given.strip().strip('"')


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({"X-Service-Token": KEY}, KEY),
        ({"X-API-Key": f" {KEY}"}, KEY),
        ({"Authorization": f"Bearer {KEY}"}, KEY),
        ({"Authorization": f"BEARER   Bearer {KEY} "}, KEY),
        ({"X-Service-Token": "", "Authorization": f"Bearer {KEY}"}, KEY),
        ({"Authorization": f"Basic {KEY}"}, None),
        ({"Authorization": f'"Bearer {KEY}"'}, KEY),
        ({"Authorization": f"\u2018Bearer {KEY}\u2019".encode().decode("latin-1")}, KEY),
        ({"Authorization": f"Bearer\t{KEY}"}, KEY),
        ({"Authorization": f"Bearer bearer  BEARER {KEY}"}, KEY),
        ({"Authorization": "Bearer "}, None),
        ({"Authorization": KEY}, None),
        ({}, None),
    ],
)
def test_it_comes_by_any_of_three_headers(headers: dict[str, str], found: str | None) -> None:
    assert presented_in(Headers(headers)) == found
