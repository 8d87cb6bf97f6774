"""Access tokens: what is none of ours opens nothing, whatever it claims."""

import base64
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest

from app.auth.tokens import access
from app.auth.tokens.access import ALGORITHM, LASTS, LEEWAY_S, Access, BadTokenError, ExpiredTokenError, derived
from app.core.clock import utc_now

SECRET = "a-secret-key-of-the-tests-0123456789"
WHO = Access(uuid4(), 3, uuid4())
KEY = derived(SECRET, "access")


def claims(**changed: Any) -> dict[str, Any]:
    good: dict[str, Any] = jwt.decode(access.issue(SECRET, WHO), options={"verify_signature": False})
    return {name: value for name, value in {**good, **changed}.items() if value is not None}


def made(**changed: Any) -> str:
    return jwt.encode(claims(**changed), KEY, ALGORITHM)


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_what_was_issued_is_read() -> None:
    token = access.issue(SECRET, WHO)
    assert access.looks_like_one(token)
    assert access.read(SECRET, token) == WHO
    assert access.read(SECRET, made()) == WHO


@pytest.mark.parametrize("name", ["iss", "aud", "typ", "jti", "sub", "ver", "sid", "exp", "iat"])
def test_each_claim_is_required(name: str) -> None:
    with pytest.raises(BadTokenError):
        access.read(SECRET, made(**{name: None}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("iss", "other"), ("aud", "other"), ("aud", ["other"]), ("typ", "refresh"), ("typ", 1)),
        *(("sub", "nobody"), ("sub", 7), ("ver", "3"), ("ver", True), ("sid", "x"), ("sid", 1)),
        *(("exp", "soon"), ("iat", "then"), ("nbf", 4e9), ("iat", 4e9)),
    ],
)
def test_a_wrong_claim_is_refused(name: str, value: Any) -> None:
    with pytest.raises(BadTokenError):
        access.read(SECRET, made(**{name: value}))


def test_no_algorithm_but_ours_is_believed() -> None:
    unsigned = f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims())}."
    other = jwt.encode(claims(), KEY * 2, "HS512")
    swapped = f"{part({'alg': 'RS256', 'typ': 'JWT'})}.{made().partition('.')[2]}"
    for forged in (unsigned, other, swapped, unsigned.replace("none", "None")):
        with pytest.raises(BadTokenError):
            access.read(SECRET, forged)


def test_a_changed_token_is_refused() -> None:
    head, body, signature = made().split(".")
    admin = part(claims(sub=str(uuid4())))
    for forged in (f"{head}.{admin}.{signature}", f"{head}.{body}.{signature[:-4]}AAAA", f"{head}.{body}.", "eyJ.x.y"):
        with pytest.raises(BadTokenError):
            access.read(SECRET, forged)


def test_another_secret_key_signs_other_tokens() -> None:
    with pytest.raises(BadTokenError):
        access.read("another-secret-key-of-the-tests-01234", made())
    with pytest.raises(BadTokenError):
        access.read(SECRET, jwt.encode(claims(), SECRET, ALGORITHM))  # with the setting itself
    assert derived(SECRET, "access") != derived(SECRET, "refresh")
    assert len(KEY) == 32


def test_it_lasts_a_quarter_of_an_hour_and_clocks_may_differ_a_little() -> None:
    now = utc_now()
    little, much = timedelta(seconds=LEEWAY_S - 3), timedelta(seconds=LEEWAY_S + 3)
    assert access.read(SECRET, access.issue(SECRET, WHO, now=now - LASTS - little)) == WHO
    assert access.read(SECRET, access.issue(SECRET, WHO, now=now + little)) == WHO
    with pytest.raises(ExpiredTokenError):
        access.read(SECRET, access.issue(SECRET, WHO, now=now - LASTS - much))
    with pytest.raises(BadTokenError):
        access.read(SECRET, access.issue(SECRET, WHO, now=now + much))
