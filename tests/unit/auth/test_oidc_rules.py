"""Who may sign in at the provider, and as what: by claims alone, as providers of every kind send them."""

from typing import Any

import pytest

from app.auth.caller import Role
from app.auth.oidc.errors import SsoError
from app.auth.oidc.rules import Rules, Verified, name_of, read_rules, verified
from app.core.settings import Settings, SettingsError
from tests.rig.oidc import ADA, PROVIDERS

MAP = "staff=member; cn=ops,ou=groups,dc=example=operator ;owners=admin"
GOOD = {
    "oidc_issuer": "https://id.example.org",
    "oidc_client_id": "headrace",
    "oidc_default_role": "member",
    "public_url": "https://jobs.example.org",
}


def rules(**changes: Any) -> Rules:
    return read_rules(Settings(**{**GOOD, **changes}))


def by_groups(**changes: Any) -> Rules:
    return rules(**{"oidc_role_claim": "groups", "oidc_role_map": MAP, "oidc_default_role": "", **changes})


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"email_verified": True}, Verified.YES),
        ({"email_verified": "true"}, Verified.YES),
        ({"email_verified": "True"}, Verified.YES),
        ({"email_verified": False}, Verified.NO),
        ({"email_verified": "false"}, Verified.NO),
        ({}, Verified.UNSAID),
        ({"email_verified": None}, Verified.UNCLEAR),
        ({"email_verified": 1}, Verified.UNCLEAR),
        ({"email_verified": "yes"}, Verified.UNCLEAR),
        ({"email_verified": []}, Verified.UNCLEAR),
    ],
)
def test_what_is_said_of_an_address_has_four_values(claims: dict[str, Any], said: Verified) -> None:
    assert verified(claims) is said
    claims = {**claims, "email": "Ada@Example.org"}
    found = rules(oidc_allowed_domains=("example.org",))
    if said is Verified.YES:
        found.require_domain(claims)
        assert found.trusted_email(claims) == "ada@example.org"
    else:
        with pytest.raises(SsoError, match="OIDC_TRUST_EMAIL") as raised:
            found.require_domain(claims)
        assert raised.value.code == "sso_email_unverified"
        assert found.trusted_email(claims) is None
    trusting = rules(oidc_allowed_domains=("example.org",), oidc_trust_email=True)
    trusting.require_domain(claims)
    assert trusting.trusted_email(claims) == "ada@example.org"
    rules().require_domain(claims)  # without domains nobody asks


@pytest.mark.parametrize(
    "email", ["ada@evil.example", "ada@example.org.evil", "ada@sub.example.org", "example.org", "", 7]
)
def test_another_domain_is_refused_however_verified(email: Any) -> None:
    with pytest.raises(SsoError) as raised:
        rules(oidc_allowed_domains=("example.org",)).require_domain({"email": email, "email_verified": True})
    assert raised.value.code == "sso_domain"


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        (["staff"], Role.MEMBER),
        ("staff", Role.MEMBER),  # one, as a text
        (["staff", "owners", "x"], Role.ADMIN),  # the one that may most
        (["cn=ops,ou=groups,dc=example"], Role.OPERATOR),
        ({"owners": {"1": "x"}}, Role.ADMIN),
        ([{"name": "staff"}], Role.MEMBER),
        (["Staff"], None),
        (["staff,owners"], None),
        ([], None),
        ("", None),
        ([7, None, ["staff"]], None),
        (True, None),
    ],
)
def test_a_claim_gives_the_role_that_may_most(groups: Any, role: Role | None) -> None:
    found = by_groups()
    assert found.role({"groups": groups}, None) is role
    assert found.role({"groups": groups}, Role.OPERATOR) is role  # an empty one says that there is no group
    assert by_groups(oidc_default_role="viewer").role({"groups": groups}, None) is (role or Role.VIEWER)


@pytest.mark.parametrize("claims", [{}, {"groups": None}, {"roles": ["owners"]}])
def test_an_absent_claim_says_nothing(claims: dict[str, Any]) -> None:
    found = by_groups()
    assert found.says_nothing(claims)
    assert found.role(claims, Role.ADMIN) is Role.ADMIN
    assert found.role(claims, None) is None
    assert by_groups(oidc_default_role="viewer").role(claims, None) is Role.VIEWER


def test_without_a_claim_roles_are_set_here() -> None:
    found = rules()
    assert found.role({"groups": ["owners"]}, None) is Role.MEMBER
    assert found.role({"groups": []}, Role.ADMIN) is Role.ADMIN
    assert not found.says_nothing({})


@pytest.mark.parametrize(
    ("claim", "claims"),
    [
        ("groups", {"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": "https://graph"}}}),
        ("groups", {"hasgroups": True}),
        ("groups", {"hasgroups": "true"}),
        ("realm_access.roles", {"_claim_names": {"realm_access": "src1"}}),
    ],
)
def test_too_many_groups_are_refused_by_name(claim: str, claims: dict[str, Any]) -> None:
    found = by_groups(oidc_role_claim=claim, oidc_default_role="viewer")
    assert found.is_told({**ADA, **claims}), "userinfo has no more"
    for current in (None, Role.ADMIN):
        with pytest.raises(SsoError, match=f"left {claim} out.*too many groups") as raised:
            found.role(claims, current)
        assert raised.value.code == "sso_groups_overage"


def test_a_pointer_to_another_claim_is_none_of_ours() -> None:
    assert by_groups(oidc_role_claim="roles").role({"_claim_names": {"groups": "s"}, "roles": ["staff"]}, None)


@pytest.mark.parametrize("name", PROVIDERS)
def test_the_role_is_found_where_each_provider_puts_it(name: str) -> None:
    played = PROVIDERS[name]
    if not played["role_claim"]:
        return
    found = by_groups(oidc_role_claim=played["role_claim"], oidc_role_map="headrace-operators=operator")
    claims = {**played.get("userinfo", {}), **played["claims"]}
    assert found.role(claims, None) is Role.OPERATOR
    assert found.is_told(played["claims"]) == ("userinfo" not in played)


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"name": " Ada  Lovelace\x00\ud800 ", "sub": "1"}, "Ada  Lovelace"),
        ({"name": "", "preferred_username": "ada", "sub": "1"}, "ada"),
        ({"name": 7, "email": "ada@example.org", "sub": "1"}, "ada@example.org"),
        ({"sub": "1"}, "1"),
        ({"name": "a" * 999, "sub": "1"}, "a" * 200),
    ],
)
def test_everybody_has_a_name_that_can_be_stored_and_shown(claims: dict[str, Any], name: str) -> None:
    assert name_of(claims) == name


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"oidc_client_id": ""}, "OIDC_CLIENT_ID: not set, and OIDC_ISSUER needs it"),
        ({"public_url": ""}, "PUBLIC_URL: not set, and OIDC_ISSUER needs it"),
        ({"oidc_scopes": "profile email"}, "OIDC_SCOPES: the scope openid is missing"),
        ({"oidc_role_claim": "groups"}, "OIDC_ROLE_MAP: it goes with OIDC_ROLE_CLAIM"),
        ({"oidc_role_map": "a=admin"}, "OIDC_ROLE_MAP: it goes with OIDC_ROLE_CLAIM"),
        ({"oidc_default_role": ""}, "OIDC_DEFAULT_ROLE: nobody could sign in"),
        ({"oidc_role_claim": "g", "oidc_role_map": "staff"}, "OIDC_ROLE_MAP: 'staff' is none"),
        ({"oidc_role_claim": "g", "oidc_role_map": "a=member;b=root"}, "OIDC_ROLE_MAP: 'b=root' is none"),
        ({"oidc_role_claim": "g", "oidc_role_map": "=admin"}, "OIDC_ROLE_MAP: '=admin' is none"),
    ],
)
def test_settings_that_let_nobody_in_are_refused_by_name(changes: dict[str, Any], line: str) -> None:
    with pytest.raises(SettingsError) as raised:
        rules(**changes)
    assert any(one.startswith(line) for one in raised.value.lines)


def test_nobody_becomes_an_administrator_by_default() -> None:
    with pytest.raises(ValueError, match="'viewer', 'member' or 'operator'"):
        Settings(**{**GOOD, "oidc_default_role": "admin"})


def test_without_an_issuer_nothing_is_missing() -> None:
    assert read_rules(Settings()).default_role is None
