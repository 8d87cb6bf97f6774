"""Who of those that a provider knows may sign in, and as what: settings and claims in, a verdict out; asks nobody."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.auth.caller import Role
from app.auth.oidc.errors import SsoError
from app.auth.users import emails
from app.core.settings import Settings, SettingsError

OVERAGE = "_claim_names"  # Source: OpenID Connect Core 1.0, 5.6.2; Entra ID names it so beyond 200 groups
ENTRA_OVERAGE = "hasgroups"
_RANKED = (Role.ADMIN, Role.OPERATOR, Role.MEMBER, Role.VIEWER)
_ABSENT = object()


class Verified(StrEnum):
    """What a provider says of an e-mail address."""

    YES = "yes"
    NO = "no"
    UNSAID = "unsaid"  # Entra ID never says
    UNCLEAR = "unclear"  # neither true nor false


_WHY = {
    Verified.NO: "the provider says that it is not verified; verify it there",
    Verified.UNSAID: "the provider does not say whether it is verified",
    Verified.UNCLEAR: "what the provider says of its being verified is neither true nor false",
}


def verified(claims: Mapping[str, Any]) -> Verified:
    """Return what the claims say of the address; some providers write the word instead of the value."""
    said = claims.get("email_verified", _ABSENT)
    if said is _ABSENT:
        return Verified.UNSAID
    word = said.lower() if isinstance(said, str) else said
    if word is True or word == "true":
        return Verified.YES
    return Verified.NO if word is False or word == "false" else Verified.UNCLEAR


def email_of(claims: Mapping[str, Any]) -> str | None:
    """Return the address that the provider names, in its one form, verified or not."""
    email = emails.normalised(str(claims.get("email") or ""))
    return email if emails.is_email(email) else None


def name_of(claims: Mapping[str, Any]) -> str:
    """Return how people call the user, in at most 200 characters that can be shown."""
    given = (claims.get(one) for one in ("name", "preferred_username", "email", "sub"))
    shown = ("".join(filter(str.isprintable, one)).strip() for one in given if isinstance(one, str))
    return next(filter(None, shown))[:200]


@dataclass(frozen=True, slots=True)
class Rules:
    """What the settings say of those whom the provider knows."""

    role_claim: str
    role_map: Mapping[str, Role]
    default_role: Role | None
    allowed_domains: frozenset[str]
    trusts_email: bool

    def is_told(self, claims: Mapping[str, Any]) -> bool:
        """Say whether the claims have all that is looked at, so that nobody need be asked for more."""
        has_role = not self.role_claim or self._is_overage(claims) or _find(claims, self.role_claim) is not _ABSENT
        return has_role and "email" in claims and "name" in claims

    def role(self, claims: Mapping[str, Any], current: Role | None) -> Role | None:
        """Return the role of a user, None for one who has none any more; `current`: None for who is new.

        A claim that is absent says nothing: who is known keeps his role. An empty one says that there is no group.
        Raises: SsoError when the provider has left the groups out for their number.
        """
        if not self.role_claim:
            return current or self.default_role
        if self._is_overage(claims):
            raise SsoError(
                f"The provider left {self.role_claim} out, since the user is in too many groups; let it send only "
                "those assigned to this application, or app roles, and name that claim in OIDC_ROLE_CLAIM.",
                code="sso_groups_overage",
            )
        said = _find(claims, self.role_claim)
        if said is _ABSENT:
            return current or self.default_role
        held = {self.role_map[one] for one in _names(said) if one in self.role_map}
        return next((one for one in _RANKED if one in held), self.default_role)

    def says_nothing(self, claims: Mapping[str, Any]) -> bool:
        """Say whether roles are read from a claim that is not there."""
        return bool(self.role_claim) and _find(claims, self.role_claim) is _ABSENT

    def require_domain(self, claims: Mapping[str, Any]) -> None:
        """Raise SsoError for somebody new whose address is of no allowed domain, or may be of another's."""
        if not self.allowed_domains:
            return
        email, said = email_of(claims), verified(claims)
        if email is None or email.rpartition("@")[2] not in self.allowed_domains:
            raise SsoError(f"{email or 'No address'} is of no domain in OIDC_ALLOWED_DOMAINS.", code="sso_domain")
        if said is not Verified.YES and not self.trusts_email:
            detail = f"{email} cannot be relied on: {_WHY[said]}. OIDC_TRUST_EMAIL=true takes this provider's word."
            raise SsoError(detail, code="sso_email_unverified")

    def trusted_email(self, claims: Mapping[str, Any]) -> str | None:
        """Return the address if it is the user's own beyond doubt: others find him by it."""
        return email_of(claims) if self.trusts_email or verified(claims) is Verified.YES else None

    def _is_overage(self, claims: Mapping[str, Any]) -> bool:
        elsewhere = claims.get(OVERAGE)
        first = self.role_claim.partition(".")[0]
        is_pointer = isinstance(elsewhere, Mapping) and bool({first, self.role_claim} & elsewhere.keys())
        return is_pointer or (self.role_claim == "groups" and claims.get(ENTRA_OVERAGE) in {True, "true"})


def _find(claims: Mapping[str, Any], path: str) -> Any:
    """Return the value of a claim: of one with the whole name, which may have dots, else by the path."""
    found: Any = claims
    for name in (path,) if path in claims else path.split("."):
        if not isinstance(found, Mapping) or name not in found:
            return _ABSENT
        found = found[name]
    return _ABSENT if found is None else found


def _names(said: Any) -> list[str]:
    """Return the names in a claim: one text, a list of texts or of objects with a name, or an object's keys."""
    if isinstance(said, str):
        return [said]
    if isinstance(said, list):
        named = (one.get("name") if isinstance(one, Mapping) else one for one in said)
        return [one for one in named if isinstance(one, str)]
    return list(said) if isinstance(said, Mapping) else []


def read_rules(settings: Settings) -> Rules:
    """Return the rules of the settings. Raises: SettingsError with a line for each fault."""
    role_map, lines = _read_map(settings.oidc_role_map)
    if settings.oidc_issuer:
        lines += _missing(settings, has_map=bool(role_map))
    if lines:
        raise SettingsError(*lines)
    return Rules(
        role_claim=settings.oidc_role_claim,
        role_map=role_map,
        default_role=Role(settings.oidc_default_role) if settings.oidc_default_role else None,
        allowed_domains=frozenset(settings.oidc_allowed_domains),
        trusts_email=settings.oidc_trust_email,
    )


def _missing(settings: Settings, *, has_map: bool) -> list[str]:
    lines = [
        f"{name.upper()}: not set, and OIDC_ISSUER needs it"
        for name in ("oidc_client_id", "public_url")
        if not getattr(settings, name)
    ]
    if "openid" not in settings.oidc_scopes.split():
        lines.append("OIDC_SCOPES: the scope openid is missing")
    if bool(settings.oidc_role_claim) != has_map:
        lines.append("OIDC_ROLE_MAP: it goes with OIDC_ROLE_CLAIM, neither without the other")
    if not (settings.oidc_default_role or settings.oidc_role_claim):
        lines.append("OIDC_DEFAULT_ROLE: nobody could sign in; write a role, or set OIDC_ROLE_CLAIM and OIDC_ROLE_MAP")
    if settings.oidc_client_secret_file and settings.oidc_client_secret.get_secret_value():
        lines.append("OIDC_CLIENT_SECRET_FILE: OIDC_CLIENT_SECRET is set, too; write one of them")
    return lines


def _read_map(text: str) -> tuple[dict[str, Role], list[str]]:
    """Return roles by group, and a line for what is none; a group may have = in its name, as LDAP's do."""
    found, lines = dict[str, Role](), list[str]()
    for part in filter(None, (one.strip() for one in text.split(";"))):
        group, _, role = (one.strip() for one in part.rpartition("="))
        if group and role in set(Role):
            found[group] = Role(role)
        else:
            lines.append(f"OIDC_ROLE_MAP: {part[:80]!r} is none; write group=role;group=role with {', '.join(Role)}")
    return found, lines
