"""The provider of single sign-on: whether it answers, calls itself what OIDC_ISSUER says, and has keys that sign."""

from collections.abc import Sequence

from app.auth.oidc.errors import ProviderAwayError
from app.auth.oidc.provider import Provider
from app.core.settings import Settings, SettingsError
from app.ops.doctor.finding import Finding, fault, note, ok, skipped

SUBJECT = "sign-in"


async def check(settings: Settings) -> Sequence[Finding]:
    """Read the provider's document and keys, as a sign-in would."""
    try:
        provider = Provider(settings)
    except SettingsError:
        return [skipped(SUBJECT, "the settings OIDC_* are refused")]
    try:
        issuer = await provider.check()
    except ProviderAwayError as error:
        return [fault(SUBJECT, error.detail, "nobody signs in by OIDC_ISSUER until this is mended")]
    found = [ok(SUBJECT, f"{issuer} answers; it must know the redirect URI {provider.redirect_uri}")]
    if settings.oidc_default_role and not (settings.oidc_allowed_domains or settings.oidc_role_claim):
        text = f"everybody with an account at {issuer} may sign in, as {settings.oidc_default_role}"
        found.append(note(SUBJECT, text, "if that is the whole world, set OIDC_ALLOWED_DOMAINS"))
    return found
