"""Names of users, teams and keys: what cannot be read is refused, and no two teams have one name."""

import asyncio
from typing import Any

import httpx2
import pytest

from tests.rig.people import KEYS, PASSWORD, SERVICE, USERS, person

TEAMS = "/api/v1/admin/teams"
RESEARCH = ["Research", "research", " RESEARCH ", "\uff32esearch", "Re\u200dsearch", "Research\u00a0"]
BODIES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "users": (USERS, "name", {"email": "ada@example.org", "password": PASSWORD}),
    "teams": (TEAMS, "name", {}),
    "keys": (KEYS, "description", {}),
}
ODD = [
    ("", "not blank"),
    ("   ", "not blank"),
    ("\u3164", "U+3164"),
    ("\u200d\u200c", "not blank"),
    ("a\tb", "U+0009"),
    ("a\nb", "U+000A"),
    ("a\x1b[31mb", "U+001B"),
    ("a\u202eb", "U+202E"),
    ("a\u2066b", "U+2066"),
    ("a\u200bb", "U+200B"),
    ("a\u2028b", "U+2028"),
    ("x" * 201, "200 characters"),
]


@pytest.mark.parametrize("what", BODIES)
@pytest.mark.parametrize(("name", "said"), ODD)
async def test_what_cannot_be_read_is_no_name(anonymous: httpx2.AsyncClient, what: str, name: str, said: str) -> None:
    path, field, body = BODIES[what]
    answer = await anonymous.post(path, json={**body, field: name}, headers=SERVICE)
    assert answer.status_code == 422
    assert (answer.json()["errors"][0]["pointer"], said in answer.json()["detail"]) == (f"#/{field}", True), answer.text


@pytest.mark.parametrize("what", ["users", "teams"])
@pytest.mark.parametrize("name", [" ", "a\u202eb"])
async def test_a_change_gives_no_such_name_either(anonymous: httpx2.AsyncClient, what: str, name: str) -> None:
    path, field, body = BODIES[what]
    made = (await anonymous.post(path, json={**body, field: "Ada"}, headers=SERVICE)).json()
    answer = await anonymous.patch(f"{path}/{made['id']}", json={"name": name}, headers=SERVICE)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/name")


@pytest.mark.parametrize("name", ["Ада Лавлейс", "می‌خواهم", "👩‍🔬 Labs", "José", "  Ada  ", "O'Neil & <b>"])
async def test_people_are_called_as_they_are(anonymous: httpx2.AsyncClient, name: str) -> None:
    made = await anonymous.post(TEAMS, json={"name": name}, headers=SERVICE)
    assert (made.status_code, made.json()["name"]) == (201, name.strip())


@pytest.mark.parametrize("other", RESEARCH)
async def test_no_two_teams_have_one_name(anonymous: httpx2.AsyncClient, other: str) -> None:
    first = (await anonymous.post(TEAMS, json={"name": RESEARCH[0]}, headers=SERVICE)).json()
    second = (await anonymous.post(TEAMS, json={"name": "Mills"}, headers=SERVICE)).json()
    for method, path in (("POST", TEAMS), ("PATCH", f"{TEAMS}/{second['id']}")):
        refused = await anonymous.request(method, path, json={"name": other}, headers=SERVICE)
        assert (refused.status_code, refused.json()["code"]) == (409, "team_exists")
    same = await anonymous.patch(f"{TEAMS}/{first['id']}", json={"name": other}, headers=SERVICE)
    assert same.status_code == 200, "its own name may be written in another way"


async def test_of_many_at_once_one_gets_the_name(anonymous: httpx2.AsyncClient) -> None:
    asked = [anonymous.post(TEAMS, json={"name": name}, headers=SERVICE) for name in RESEARCH]
    found = sorted(answer.status_code for answer in await asyncio.gather(*asked))
    assert found == [201, *[409] * (len(RESEARCH) - 1)]


async def test_people_may_share_a_name_and_a_team_has_one_that_was_left(anonymous: httpx2.AsyncClient) -> None:
    ada, _ = await person(anonymous), await person(anonymous)  # both are called "the member", and so are their teams
    made = await anonymous.post(TEAMS, json={"name": "the member"}, headers=SERVICE)
    assert made.status_code == 201
    path = f"{TEAMS}/{made.json()['id']}"
    assert (await anonymous.patch(f"{TEAMS}/{ada.id}", json={"name": "THE MEMBER"}, headers=SERVICE)).status_code == 200
    assert (await anonymous.patch(path, json={"name": "Mills"}, headers=SERVICE)).status_code == 200
    again = await anonymous.post(TEAMS, json={"name": "the member"}, headers=SERVICE)
    assert again.status_code == 201


@pytest.mark.parametrize("body", [{}, {"name": None}])
@pytest.mark.parametrize("what", ["users", "teams"])
async def test_a_change_of_nothing_is_refused(anonymous: httpx2.AsyncClient, what: str, body: dict[str, Any]) -> None:
    path, field, rest = BODIES[what]
    made = (await anonymous.post(path, json={**rest, field: "Ada"}, headers=SERVICE)).json()
    answer = await anonymous.patch(f"{path}/{made['id']}", json=body, headers=SERVICE)
    assert (answer.status_code, "name what is to change: " in answer.json()["detail"]) == (422, True)


@pytest.mark.parametrize(
    "email", ["a\u200bda@example.org", "ada@ex\u202eample.org", "ada\u3164@example.org", "ada\x1b@x.org"]
)
async def test_an_address_holds_nothing_that_nobody_sees(anonymous: httpx2.AsyncClient, email: str) -> None:
    await person(anonymous, email="ada@example.org")
    body = {"email": email, "name": "Ada", "password": PASSWORD}
    answer = await anonymous.post(USERS, json=body, headers=SERVICE)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/email")
