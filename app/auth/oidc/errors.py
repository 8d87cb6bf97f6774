"""Why signing in at the provider ended without a session. The code is what the sign-in page shows words for."""

from app.core.errors import HeadraceError


class SsoError(HeadraceError):
    """Nobody was signed in; `code` says why."""

    status, code, title = 403, "sso_refused", "Not signed in"


class ProviderAwayError(SsoError):
    """The provider cannot be asked now, or says of itself what cannot be used."""

    status, code, title = 502, "sso_provider_away", "The provider cannot be used"
